"""An outage through the whole product: visits stay open, staff ask, the kiosk process tries and asks again."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from app.box.ports import free_port
from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.eligibility.ports import Method, Outcome
from app.store.board import check_detail
from app.store.database import Store
from app.store.events import Waker
from app.store.health import ask_for_trial, service_state
from app.store.numbers import read_period
from app.store.pending import pending_rows
from app.store.people import list_people
from app.store.visual import decide_request, open_requests
from tests.box.processes import wait_for
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import PEOPLE, Demo
from tests.e2e.kiosk_page import KioskPage


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    port = free_port()
    with running_demo(tmp_path_factory.mktemp("demo") / "state", {"KIOSK_METRICS_PORT": str(port)}) as running:
        demo = Demo(running)
        demo.facts["metrics"] = f"http://127.0.0.1:{port}/metrics"
        yield demo


def press(demo: Demo, store: Store) -> None:
    """「もう一度照会する」, as the page does it."""
    staff = list_people(store)[0].member.staff_id
    ask_for_trial(store, Waker(demo.state / "run" / "wake.sock"), staff, datetime.now(TOKYO))


def soon() -> datetime:
    return datetime.now(TOKYO) + timedelta(minutes=1)


def noted(store: Store, action: AuditAction) -> list[tuple[str, str, str]]:
    with store.reading() as db:
        rows = db.execute("SELECT subject, outcome, detail FROM audit WHERE action = ? ORDER BY seq", [action.value])
        return [tuple(row) for row in rows.fetchall()]


def figures(demo: Demo) -> str:
    with urllib.request.urlopen(demo.facts["metrics"], timeout=30) as reply:  # noqa: S310 - our own address
        text: str = reply.read().decode()
    return text


def test_staff_learn_that_the_service_is_back_and_whom_to_call(demo: Demo, kiosk: KioskPage) -> None:
    now = datetime.now(TOKYO)
    with closing(demo.open_store()) as store:
        demo.fault("refuse")
        demo.tap("employee")
        kiosk.expect("pin")
        kiosk.type("1234")
        kiosk.expect("counter")
        demo.lift()
        kiosk.home()
        wait_for(lambda: service_state(store).is_up is False)
        (row,) = pending_rows(store, soon())
        assert row.needs_card
        assert row.reception_number == 1
        assert "uketsuke_service_up 0\n" in figures(demo)
        assert "uketsuke_pending 1\n" in figures(demo)

        demo.fault(None)
        press(demo, store)
        # The kiosk tries by itself now and then: that alone is no answer to the press.
        wait_for(lambda: (service_state(store).is_up, service_state(store).is_tried) == (True, False))
        assert "uketsuke_service_up 1\n" in figures(demo)

        demo.tap("employee")
        kiosk.expect("pin")
        kiosk.type("1234")
        kiosk.expect("accepted")
        demo.lift()
        kiosk.home()
        today = datetime.now(TOKYO).date()
        told_s = read_period(store, now.date(), today, datetime.now(TOKYO)).told_s
        assert told_s is not None
        assert 0 < told_s < (datetime.now(TOKYO) - now).total_seconds()
        assert "uketsuke_pending 1\n" in figures(demo), "who it was, staff decide"


def test_who_was_confirmed_by_staff_needs_no_card_when_the_service_is_back(demo: Demo, kiosk: KioskPage) -> None:
    with closing(demo.open_store()) as store:
        before = {row.check_id for row in pending_rows(store, soon())}
        demo.fault("503", kinds=["visual"])
        demo.tap("face-auth")
        kiosk.expect("no-pin")
        (request,) = open_requests(store)
        decide_request(store, lambda: None, request.request_id, 1, datetime.now(TOKYO), is_confirmed=True)
        kiosk.expect("counter")
        demo.lift()
        kiosk.home()
        (row,) = [row for row in pending_rows(store, soon()) if row.check_id not in before]
        assert (row.check_id, row.needs_card, row.can_ask_again) == (request.check_id, False, True)

        press(demo, store)
        wait_for(lambda: noted(store, AuditAction.ASKED_WITHOUT_CARD) != [])
        assert noted(store, AuditAction.ASKED_WITHOUT_CARD) == [(row.check_id, "gateway.broken", None)]
        assert row in pending_rows(store, soon())

        demo.fault(None)
        press(demo, store)
        wait_for(lambda: {one.check_id for one in pending_rows(store, soon())} == before)
        found = check_detail(store, row.check_id, datetime.now(TOKYO))
        assert (found.record.outcome, found.record.method) == (Outcome.ACCEPTED, Method.VISUAL)
        assert found.reception_number == row.reception_number
        assert found.record.result is not None
        answer = PEOPLE["face-auth"].answer
        assert answer is not None
        assert found.record.result.qualifications == answer.qualifications
        assert noted(store, AuditAction.ASKED_WITHOUT_CARD)[1:] == [(row.check_id, "ok", None)]
        assert noted(store, AuditAction.ASKED_AGAIN)[-2:] == [(None, "ok", "service visits=1")] * 2
        with store.reading() as db:
            assert db["visual_proofs"].count == 0
        assert demo.card().verifies == 0
        told = demo.service()["requests"]["visual"]
        press(demo, store)
        wait_for(lambda: not service_state(store).is_tried)
        assert demo.service()["requests"]["visual"] == told, "what has its answer is asked about no more"
