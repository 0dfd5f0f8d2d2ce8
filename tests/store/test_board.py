"""Today's list, one check in full, and who takes care of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.clock import TOKYO
from app.eligibility.changes import Change, ChangeKind, Comparison, Link
from app.eligibility.contribution import Contribution, RatioReason, RatioSource
from app.eligibility.model import ElderlyRecipient, Validity
from app.eligibility.ports import Method, Outcome
from app.errors import AlreadyHandled, RecordMissing, StoreError
from app.store.board import BoardRow, board_rows, check_detail, mark_handled, ratio_of
from app.store.people import StaffMember, add_staff
from tests.store.support import KIOSK, MORNING, Desk, accepted, answer, person, waiting

NOW = MORNING + timedelta(hours=1)


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", "ながい合い言葉をここに書きます", MORNING)


def shown(desk: Desk, now: datetime = NOW) -> list[tuple[str, Outcome]]:
    return [(row.check_id, row.outcome) for row in board_rows(desk.store, now)]


def test_row_holds_what_a_line_shows(desk: Desk) -> None:
    desk.keeper.record(accepted("before"))
    desk.keeper.record(
        accepted(method=Method.VISUAL, minutes=5, result=answer(person(contribution_ratio="010"), notice_text="期限"))
    )
    assert board_rows(desk.store, NOW)[0] == BoardRow(
        check_id="check-a",
        reception_number=2,
        at=MORNING + timedelta(minutes=5),
        kiosk=KIOSK,
        outcome=Outcome.ACCEPTED,
        reason=None,
        method=Method.VISUAL,
        validity=Validity.VALID,
        name="試験　花子1",
        name_kana="シケン　ハナコ1",
        contribution=Contribution("010", RatioSource.INSURED_CARD, RatioReason.RECEIVED),
        comparison=Comparison(Link.NUMBERS, "before", MORNING, (Change(ChangeKind.RATIO, "3割", "1割"),)),
        has_notice=True,
        is_waiting=False,
        version=1,
        handled_at=None,
        handled_by=None,
        taken_at=None,
        taken_by=None,
    )


def test_newest_stands_first_and_withdrawn_is_gone(desk: Desk) -> None:
    for name, minutes in (("a", 0), ("b", 2), ("c", 1), ("d", 1)):
        desk.keeper.record(waiting(name, minutes=minutes))
    assert [name for name, _ in shown(desk)] == ["b", "d", "c", "a"]
    desk.keeper.withdraw("d")
    assert [name for name, _ in shown(desk)] == ["b", "c", "a"]


def test_check_without_qualification_and_with_several_have_one_row(desk: Desk) -> None:
    desk.keeper.record(
        waiting("none", Outcome.COUNTER, result=answer(qualifications=(), validity=Validity.NO_INFORMATION))
    )
    desk.keeper.record(waiting("many", Outcome.COUNTER, result=answer(person(1), person(2), person(3))))
    desk.keeper.record(waiting("unread"))
    by_id = {row.check_id: row for row in board_rows(desk.store, NOW)}
    assert len(by_id) == 3
    assert by_id["many"].name == "試験　花子1"
    assert (by_id["unread"].name, by_id["unread"].validity, by_id["unread"].is_waiting) == (None, None, True)
    assert (by_id["none"].name, by_id["none"].validity) == (None, Validity.NO_INFORMATION)


@pytest.mark.parametrize("seconds", [0, 59, 60])
def test_check_being_asked_is_not_shown_yet(desk: Desk, seconds: int) -> None:
    desk.keeper.open_check("asked", KIOSK, 1, NOW)
    assert shown(desk, NOW + timedelta(seconds=seconds)) == []
    detail = check_detail(desk.store, "asked", NOW + timedelta(seconds=seconds))
    assert detail.record.outcome is Outcome.ASKING
    assert not detail.is_waiting


def test_check_asked_for_over_a_minute_waits_as_unknown(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.open_check("asked", KIOSK, 1, NOW)
    late = NOW + timedelta(seconds=61)
    (row,) = board_rows(desk.store, late)
    assert (row.outcome, row.reason, row.is_waiting) == (Outcome.UNKNOWN, "check.interrupted", True)
    assert row.reception_number is None
    detail = check_detail(desk.store, "asked", late)
    assert (detail.record.outcome, detail.record.reason) == (Outcome.UNKNOWN, "check.interrupted")
    mark_handled(desk.store, desk.wake, "asked", row.version, staff.staff_id, late)
    assert [row.is_waiting for row in board_rows(desk.store, late)] == [False]
    desk.keeper.close_interrupted(KIOSK, late)
    (row,) = board_rows(desk.store, late)
    assert (row.is_waiting, row.handled_by, row.reception_number) == (False, "試験 太郎", 1)


def test_board_is_of_one_tokyo_day(desk: Desk) -> None:
    last_second = MORNING.replace(hour=23, minute=59, second=59)
    desk.keeper.record(waiting("yesterday", at=last_second))
    desk.keeper.open_check("asked-yesterday", KIOSK, 1, last_second)
    desk.keeper.record(waiting("today", at=last_second + timedelta(seconds=1)))
    assert [name for name, _ in shown(desk, last_second)] == ["yesterday"]
    next_day = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 00:30 on the 25th in Tokyo
    assert [name for name, _ in shown(desk, next_day)] == ["today"]


def test_every_read_hides_what_is_past_its_time(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.record(waiting())
    last = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=TOKYO)
    assert check_detail(desk.store, "check-a", last).visible_until == last.replace(microsecond=0)
    over = last + timedelta(microseconds=1)
    with pytest.raises(RecordMissing) as expired:
        check_detail(desk.store, "check-a", over)
    with pytest.raises(RecordMissing) as missing:
        check_detail(desk.store, "never", over)
    assert (expired.value.args, expired.value.code) == (missing.value.args, missing.value.code)
    with pytest.raises(RecordMissing):
        mark_handled(desk.store, desk.wake, "check-a", 1, staff.staff_id, over)
    with desk.store.writing() as db:
        db.execute("UPDATE checks SET visible_until = '2026-11-24T09:59:59+09:00'")
    assert shown(desk) == []


def test_second_hand_is_told_that_the_first_was_faster(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.record(waiting())
    other = add_staff(desk.store, "試験 次郎", "べつの長い合い言葉を書きました", MORNING)
    (row,) = board_rows(desk.store, NOW)
    mark_handled(desk.store, desk.wake, "check-a", row.version, staff.staff_id, NOW)
    for version in (row.version, row.version + 1):
        with pytest.raises(AlreadyHandled) as caught:
            mark_handled(desk.store, desk.wake, "check-a", version, other.staff_id, NOW)
    assert isinstance(caught.value, StoreError)
    assert (caught.value.code, caught.value.http_status) == ("staff.already_handled", 409)
    (after,) = board_rows(desk.store, NOW)
    assert (after.handled_by, after.handled_at, after.is_waiting) == ("試験 太郎", NOW, False)
    assert after.version == row.version + 1
    assert desk.events() == [("board-panel", "check-a")] * 2
    assert desk.wake.count == 2


def test_of_many_hands_at_once_one_gets_it(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.record(waiting())
    told: list[str] = []
    start = threading.Barrier(5)

    def take() -> None:
        start.wait()
        try:
            mark_handled(desk.store, desk.wake, "check-a", 1, staff.staff_id, NOW)
            told.append("mine")
        except AlreadyHandled:
            told.append("taken")

    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["mine", "taken", "taken", "taken", "taken"]


def test_stale_page_cannot_take_a_check_that_changed(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.record(waiting())
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, reason="gateway.timeout"))
    with pytest.raises(AlreadyHandled):
        mark_handled(desk.store, desk.wake, "check-a", 1, staff.staff_id, NOW)
    assert board_rows(desk.store, NOW)[0].is_waiting


def test_news_after_it_was_handled_waits_anew(desk: Desk, staff: StaffMember) -> None:
    desk.keeper.record(waiting())
    mark_handled(desk.store, desk.wake, "check-a", 1, staff.staff_id, NOW)
    desk.keeper.withdraw("check-a")
    assert board_rows(desk.store, NOW)[0].handled_by == "試験 太郎", "staff have it in hand: nothing to withdraw"
    desk.keeper.record(waiting())
    assert not board_rows(desk.store, NOW)[0].is_waiting, "the same again is no news"
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, result=answer(validity=Validity.INVALID)))
    (row,) = board_rows(desk.store, NOW)
    assert (row.is_waiting, row.handled_by) == (True, None)
    mark_handled(desk.store, desk.wake, "check-a", row.version, staff.staff_id, NOW)
    desk.keeper.record(accepted())
    (row,) = board_rows(desk.store, NOW)
    assert (row.outcome, row.is_waiting, row.handled_by) == (Outcome.ACCEPTED, False, "試験 太郎")


ELDERLY = ElderlyRecipient(valid_from="20260801", valid_to="20270731", contribution_ratio="020")


@pytest.mark.parametrize(
    ("insured", "elderly", "expected"),
    [
        (None, None, None),
        ("", None, None),
        ("010", None, "010"),
        (None, ELDERLY, "020"),
        ("020", ELDERLY, "020"),
        ("030", ELDERLY, None),
        (None, ElderlyRecipient(valid_to="20261123", contribution_ratio="020"), None),
        (None, ElderlyRecipient(valid_to="20261124", contribution_ratio="020"), "020"),
        (None, ElderlyRecipient(valid_from="20261125", contribution_ratio="020"), None),
        ("010", ElderlyRecipient(valid_from="20261125", contribution_ratio="020"), "010"),
        ("010", ElderlyRecipient(), "010"),
    ],
)
def test_ratio_comes_from_the_certificate_that_counts_today(
    desk: Desk, insured: str | None, elderly: ElderlyRecipient | None, expected: str | None
) -> None:
    desk.keeper.record(accepted(result=answer(person(contribution_ratio=insured, elderly_recipient=elderly))))
    contribution = board_rows(desk.store, NOW)[0].contribution
    assert contribution is not None
    assert (contribution.ratio if contribution.is_received else None) == expected
    assert ratio_of(insured, elderly, "2026-11-24") == expected
