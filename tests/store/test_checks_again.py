"""Checks that are asked again, are interrupted late, or whose patient was not told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.eligibility.model import Validity
from app.eligibility.ports import CheckRecord, Outcome
from app.store.board import board_rows, mark_handled
from app.store.people import add_staff
from tests.store.support import KIOSK, MORNING, Desk, accepted, answer, kept, person, waiting


@pytest.mark.parametrize("is_handled", [False, True])
def test_waiting_check_that_is_asked_again_survives_a_crash_and_waits_anew(desk: Desk, is_handled: bool) -> None:
    staff = add_staff(desk.store, "試験 太郎", "とても長い合言葉を入れます 一二三", MORNING)
    number = desk.keeper.record(waiting(reason="check.pin_last", service_code="S1", service_message="前の返事"))
    desk.keeper.record(accepted("other"))
    if is_handled:
        mark_handled(desk.store, desk.wake, "check-a", 1, staff.staff_id, MORNING)
    before = kept(desk)
    nudges = desk.wake.count
    asked = MORNING + timedelta(minutes=1)
    desk.keeper.open_check("check-a", KIOSK, 1, asked)
    detail = kept(desk)
    assert detail.record == CheckRecord("check-a", KIOSK, 1, Outcome.ASKING, asked)
    assert (detail.handled_at, detail.handled_by, detail.version) == (None, None, before.version + 1)
    assert [row.check_id for row in board_rows(desk.store, asked)] == ["other"]
    assert desk.events()[-1] == ("board-panel", "check-a")
    assert desk.wake.count == nudges + 1
    closed = asked + timedelta(minutes=1)
    assert desk.keeper.close_interrupted(KIOSK, closed) == 1
    detail = kept(desk)
    assert detail.record == CheckRecord("check-a", KIOSK, 1, Outcome.UNKNOWN, closed, reason="check.interrupted")
    assert (detail.reception_number, detail.is_waiting) == (number, True)


def test_result_of_a_check_that_is_asked_again_is_kept(desk: Desk) -> None:
    refused = answer(validity=Validity.INVALID)
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, result=refused))
    desk.keeper.open_check("check-a", KIOSK, 1, MORNING)
    assert (kept(desk).record.outcome, kept(desk).record.result) == (Outcome.ASKING, refused)


def test_late_closing_leaves_the_visits_of_the_new_process_alone(desk: Desk) -> None:
    started = MORNING + timedelta(seconds=30, milliseconds=500)
    instant = timedelta(microseconds=1)
    desk.keeper.open_check("dead", KIOSK, 1, started - instant)
    desk.keeper.record(waiting("new"))
    for name in ("new", "newer"):
        desk.keeper.open_check(name, KIOSK, 1, started)
    assert desk.keeper.close_interrupted(KIOSK, started) == 1
    outcomes = {name: kept(desk, name).record.outcome for name in ("dead", "new", "newer")}
    assert outcomes == {"dead": Outcome.UNKNOWN, "new": Outcome.ASKING, "newer": Outcome.ASKING}
    assert desk.keeper.close_interrupted(KIOSK, started + instant) == 2


@pytest.mark.parametrize("reason", ["check.card_removed_early", "check.not_told"])
def test_accepted_check_that_the_patient_was_not_told_waits_for_staff(desk: Desk, reason: str) -> None:
    number = desk.keeper.record(accepted())
    untold = accepted(outcome=Outcome.COUNTER, reason=reason, minutes=1)
    assert desk.keeper.record(untold) == number
    detail = kept(desk)
    assert (detail.record, detail.is_waiting, detail.version) == (untold, True, 2)
    assert desk.events() == [("board-panel", "check-a")] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "gateway.timeout"},
        {"reason": None},
        {"outcome": Outcome.UNKNOWN},
        {"result": None},
        {"result": answer(person(9, name="別人　太郎"))},
    ],
)
def test_accepted_check_stays_final_for_all_other_news(desk: Desk, changes: dict[str, object]) -> None:
    desk.keeper.record(accepted())
    late: dict[str, object] = {"outcome": Outcome.COUNTER, "reason": "check.not_told", "minutes": 1, **changes}
    assert desk.keeper.record(accepted(**late)) == 1  # type: ignore[arg-type]
    assert kept(desk).record == accepted()
    assert len(desk.events()) == 1
