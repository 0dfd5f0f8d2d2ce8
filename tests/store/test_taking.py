"""A row is in one pair of hands at a time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from app.eligibility.ports import Outcome
from app.errors import AlreadyHandled, RecordMissing
from app.store.board import BoardRow, board_rows, mark_handled
from app.store.people import StaffMember, add_staff
from app.store.taking import check_sheet, release_check, take_check
from tests.store.support import KIOSK, MORNING, Desk, accepted, waiting

NOW = MORNING + timedelta(hours=1)


@pytest.fixture
def first(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", "ながい合い言葉をここに書きます", MORNING)


@pytest.fixture
def second(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 次郎", "べつの長い合い言葉を書きました", MORNING)


def row(desk: Desk) -> BoardRow:
    (only,) = board_rows(desk.store, NOW)
    return only


def take(desk: Desk, who: StaffMember, version: int) -> None:
    take_check(desk.store, desk.wake, "check-a", version, who.staff_id, NOW)


def audited(desk: Desk) -> list[tuple[str, str | None]]:
    rows = desk.store.database()["audit"].rows_where("subject = 'check-a'", order_by="seq")
    return [(entry["action"], entry["actor"]) for entry in rows if entry["action"] != "checked"]


def test_taking_shows_whose_it_is_on_row_and_sheet(desk: Desk, first: StaffMember) -> None:
    desk.keeper.record(waiting())
    before = len(desk.events())
    take(desk, first, row(desk).version)
    assert (row(desk).taken_by, row(desk).taken_at, row(desk).is_waiting) == ("試験 太郎", NOW, True)
    taking = check_sheet(desk.store, "check-a", NOW).taking
    assert taking is not None
    assert (taking.taken_by, taking.taken_at) == ("試験 太郎", NOW)
    assert desk.events()[before:] == [("board-panel", "check-a")]
    assert audited(desk) == [("taken", "試験 太郎")]


def test_the_second_is_told_and_nothing_changes(desk: Desk, first: StaffMember, second: StaffMember) -> None:
    desk.keeper.record(waiting())
    version = row(desk).version
    take(desk, first, version)
    for seen in (version, version + 1):
        with pytest.raises(AlreadyHandled):
            take(desk, second, seen)
    assert row(desk).taken_by == "試験 太郎"
    assert audited(desk) == [("taken", "試験 太郎")]


def test_of_many_hands_at_once_one_takes_it(desk: Desk, first: StaffMember) -> None:
    desk.keeper.record(waiting())
    told: list[str] = []
    start = threading.Barrier(5)

    def reach() -> None:
        start.wait()
        try:
            take(desk, first, 1)
            told.append("mine")
        except AlreadyHandled:
            told.append("taken")

    threads = [threading.Thread(target=reach) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["mine", "taken", "taken", "taken", "taken"]


def test_anybody_may_free_a_row_and_who_did_is_noted(desk: Desk, first: StaffMember, second: StaffMember) -> None:
    desk.keeper.record(waiting())
    take(desk, first, 1)
    with pytest.raises(AlreadyHandled):
        release_check(desk.store, desk.wake, "check-a", 1, second.staff_id, NOW)
    release_check(desk.store, desk.wake, "check-a", 2, second.staff_id, NOW)
    assert row(desk).taken_by is None
    with pytest.raises(AlreadyHandled):
        release_check(desk.store, desk.wake, "check-a", row(desk).version, second.staff_id, NOW)
    take(desk, second, row(desk).version)
    assert row(desk).taken_by == "試験 次郎"
    assert audited(desk) == [("taken", "試験 太郎"), ("released", "試験 次郎"), ("taken", "試験 次郎")]


def test_done_ends_a_taking_and_a_done_row_cannot_be_taken(desk: Desk, first: StaffMember, second: StaffMember) -> None:
    desk.keeper.record(waiting())
    take(desk, first, 1)
    with pytest.raises(AlreadyHandled):  # a page that has not heard of the taking
        mark_handled(desk.store, desk.wake, "check-a", 1, second.staff_id, NOW)
    mark_handled(desk.store, desk.wake, "check-a", 2, second.staff_id, NOW)
    assert (row(desk).taken_by, row(desk).handled_by) == (None, "試験 次郎")
    assert desk.store.database()["takings"].count == 0
    with pytest.raises(AlreadyHandled):
        take(desk, first, row(desk).version)


def test_news_of_a_taken_row_leaves_it_in_nobodys_hands(desk: Desk, first: StaffMember) -> None:
    desk.keeper.record(waiting())
    take(desk, first, 1)
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, reason="gateway.timeout"))
    assert row(desk).taken_by is None
    take(desk, first, row(desk).version)
    desk.keeper.open_check("check-a", KIOSK, 1, NOW - timedelta(seconds=61))
    assert row(desk).taken_by is None


def test_what_waits_for_nobody_or_is_gone_cannot_be_taken(desk: Desk, first: StaffMember) -> None:
    desk.keeper.record(accepted())
    with pytest.raises(AlreadyHandled):
        take(desk, first, 1)
    for gone in ("never", "withdrawn"):
        if gone == "withdrawn":
            desk.keeper.record(waiting(gone))
            desk.keeper.withdraw(gone)
        for act in (take_check, release_check):
            with pytest.raises(RecordMissing):
                act(desk.store, desk.wake, gone, 2, first.staff_id, NOW)
