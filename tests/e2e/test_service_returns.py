"""An outage through the whole product: the visit stays open, staff ask, the kiosk process tries."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from app.box.ports import free_port
from app.clock import TOKYO
from app.store.events import Waker
from app.store.health import ask_for_trial, service_state
from app.store.numbers import read_period
from app.store.pending import pending_rows
from app.store.people import list_people
from tests.box.processes import wait_for
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage

METRICS = free_port()
QUICK = {"KIOSK_GATEWAY_TIMEOUT_S": "2", "KIOSK_METRICS_PORT": str(METRICS)}


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "state", QUICK) as running:
        yield Demo(running)


def figures() -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{METRICS}/metrics", timeout=10) as reply:
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
        (row,) = pending_rows(store, now + timedelta(minutes=1))
        assert row.kind.needs_card
        assert row.reception_number == 1
        assert "uketsuke_service_up 0\n" in figures()
        assert "uketsuke_pending 1\n" in figures()

        demo.fault(None)
        staff = list_people(store)[0].member.staff_id
        ask_for_trial(store, Waker(demo.state / "run" / "wake.sock"), staff, datetime.now(TOKYO))
        wait_for(lambda: service_state(store).is_up is True)
        assert not service_state(store).is_tried
        assert "uketsuke_service_up 1\n" in figures()

        demo.tap("employee")
        kiosk.expect("pin")
        kiosk.type("1234")
        kiosk.expect("accepted")
        demo.lift()
        kiosk.home()
        today = datetime.now(TOKYO).date()
        told_s = read_period(store, now.date(), today, datetime.now(TOKYO)).told_s
        assert told_s is not None
        assert 0 < told_s < 60
        assert "uketsuke_pending 1\n" in figures(), "who it was, staff decide"
