"""Which earlier check a check is compared with, and that this stays quick."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.clock import TOKYO
from app.eligibility.changes import Change, ChangeKind, Link
from app.eligibility.model import Validity
from app.eligibility.ports import CheckRecord, Outcome
from app.store.board import board_rows
from app.store.history import _BY_NAME, _BY_NUMBERS
from app.store.taking import check_sheet
from tests.store.support import MORNING, Desk, accepted, answer, person, waiting

NOW = MORNING + timedelta(hours=1)
ONE = person(sex1="2")


def check(
    check_id: str, minutes: float, changed: dict[str, str | None] | None = None, **changes: object
) -> CheckRecord:
    one = replace(ONE, **(changed or {}))  # type: ignore[arg-type]
    return accepted(check_id, minutes=minutes, result=answer(one), **changes)


def compared(desk: Desk, check_id: str = "now", at: datetime = NOW) -> tuple[str, Link, list[ChangeKind]] | None:
    """What sheet and board say; they must agree."""
    found = check_sheet(desk.store, check_id, at).comparison
    rows = {row.check_id: row.comparison for row in board_rows(desk.store, at)}
    assert rows.get(check_id, found) == found
    return None if found is None else (found.earlier_id, found.link, [change.kind for change in found.changes])


def test_the_first_check_of_a_person_has_nothing_before_it(desk: Desk) -> None:
    desk.keeper.record(check("other", 0, {"name": "架空　月子", "number": "7"}))
    desk.keeper.record(check("now", 5))
    assert compared(desk) is None


def test_the_newest_earlier_one_counts_and_later_ones_do_not(desk: Desk) -> None:
    desk.keeper.record(check("old", -60 * 24))
    desk.keeper.record(check("before", 0, {"card_valid_to": "20261130"}))
    desk.keeper.record(check("now", 5, {"card_valid_to": "20271130"}))
    desk.keeper.record(check("after", 6))
    assert compared(desk) == ("before", Link.NUMBERS, [ChangeKind.TERM])
    assert compared(desk, "before") == ("old", Link.NUMBERS, [ChangeKind.TERM])
    assert compared(desk, "old") is None


def test_a_new_insurer_is_found_by_the_name_and_said_to_be_looked_at(desk: Desk) -> None:
    desk.keeper.record(check("before", 0))
    desk.keeper.record(check("now", 5, {"insurer_number": "01480011", "number": "9"}))
    assert compared(desk) == ("before", Link.PERSON, [ChangeKind.INSURER, ChangeKind.NUMBERS])


def test_of_two_links_the_newer_check_counts(desk: Desk) -> None:
    desk.keeper.record(check("first", 0))
    desk.keeper.record(check("elsewhere", 1, {"insurer_number": "01480011"}))
    desk.keeper.record(check("now", 5))
    assert compared(desk) == ("elsewhere", Link.PERSON, [ChangeKind.INSURER])


def test_a_family_without_branch_numbers_is_not_one_person(desk: Desk) -> None:
    desk.keeper.record(check("twin", 0, {"branch_number": None, "name": "試験　月子"}))
    desk.keeper.record(check("now", 5, {"branch_number": None}))
    assert compared(desk) is None


def test_a_right_that_ended_is_told_with_both_verdicts(desk: Desk) -> None:
    desk.keeper.record(check("before", 0))
    ended = answer(ONE, validity=Validity.INVALID)
    desk.keeper.record(accepted("now", minutes=5, outcome=Outcome.COUNTER, reason="check.not_valid", result=ended))
    found = check_sheet(desk.store, "now", NOW).comparison
    assert found is not None
    assert found.changes == (Change(ChangeKind.VALIDITY, "1", "2"),)


@pytest.mark.parametrize("gone", ["withdrawn", "asking", "no answer", "expired"])
def test_what_nobody_may_see_is_compared_with_nothing(desk: Desk, gone: str) -> None:
    if gone == "expired":
        desk.keeper.record(check("before", 0, at=datetime(2026, 9, 30, 18, 0, tzinfo=TOKYO)))
    elif gone == "no answer":
        desk.keeper.record(waiting("before"))
    else:
        desk.keeper.record(waiting("before", result=answer(ONE)))
        if gone == "withdrawn":
            desk.keeper.withdraw("before")
        else:
            desk.keeper.open_check("before", "受付1", 1, MORNING)
    desk.keeper.record(check("now", 5))
    assert compared(desk) is None


def test_it_is_gone_from_the_second_on_in_which_it_expires(desk: Desk) -> None:
    desk.keeper.record(check("before", 0, at=datetime(2026, 11, 30, 18, 0, tzinfo=TOKYO)))
    desk.keeper.record(check("now", 0, at=datetime(2026, 12, 1, 9, 0, tzinfo=TOKYO)))
    last = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=TOKYO)
    assert compared(desk, at=last) == ("before", Link.NUMBERS, [])
    assert compared(desk, at=last + timedelta(microseconds=1)) is None


def test_a_purged_check_takes_nothing_along(desk: Desk) -> None:
    desk.keeper.record(check("before", 0))
    desk.keeper.record(check("now", 5))
    with desk.store.writing() as db:
        db.execute("DELETE FROM checks WHERE check_id = 'before'")
    assert compared(desk) is None


@pytest.mark.parametrize("query", [_BY_NUMBERS, _BY_NAME])
def test_earlier_checks_are_walked_by_index_newest_first_without_sorting(desk: Desk, query: str) -> None:
    names = "birthdate number insurer_number symbol branch_number name_kana name sex1 place check_id decided_at now"
    plan = desk.store.database().execute("EXPLAIN QUERY PLAN " + query, dict.fromkeys(names.split(), "x")).fetchall()
    steps = [str(row[3]) for row in plan]
    assert "USING INDEX qualifications_by_" in steps[0]
    assert "birthdate=?" in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")]
