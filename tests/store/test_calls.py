"""Calls for help."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import AlreadyHandled, RecordMissing
from app.store.calls import answer_call, open_calls
from app.store.people import StaffMember, add_staff
from tests.store.support import KIOSK, MORNING, Desk


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", "ながい合い言葉をここに書きます", MORNING)


def test_open_call_of_a_kiosk_is_kept_and_not_doubled(desk: Desk) -> None:
    desk.keeper.call_staff(KIOSK, "pin", MORNING)
    desk.keeper.call_staff(KIOSK, "welcome", MORNING + timedelta(minutes=1))
    desk.keeper.call_staff("受付2", "welcome", MORNING - timedelta(minutes=1))
    calls = [(call.kiosk, call.screen, call.called_at) for call in open_calls(desk.store)]
    assert calls == [("受付2", "welcome", MORNING - timedelta(minutes=1)), (KIOSK, "pin", MORNING)]
    assert [kind for kind, _ in desk.events()] == ["calls-panel", "calls-panel"]
    assert desk.wake.count == 2


def test_answered_call_leaves_and_the_kiosk_may_call_again(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.call_staff(KIOSK, "pin", MORNING)
    (call,) = open_calls(desk.store)
    answer_call(desk.store, desk.wake, call.call_id, staff.staff_id, MORNING)
    assert open_calls(desk.store) == []
    with pytest.raises(AlreadyHandled):
        answer_call(desk.store, desk.wake, call.call_id, staff.staff_id, MORNING)
    with pytest.raises(RecordMissing):
        answer_call(desk.store, desk.wake, "none", staff.staff_id, MORNING)
    assert desk.events() == [("calls-panel", call.call_id)] * 2
    assert desk.wake.count == 2
    desk.keeper.call_staff(KIOSK, "no-pin", MORNING)
    assert [again.screen for again in open_calls(desk.store)] == ["no-pin"]
