"""Which earlier check a check is compared with, and that this stays quick."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.clock import TOKYO
from app.eligibility.changes import Change, ChangeKind, Link
from app.eligibility.counter import CounterEntry
from app.eligibility.model import Validity
from app.eligibility.ports import CheckRecord, Method, Outcome
from app.store.board import board_rows
from app.store.counter import keep_entry
from app.store.history import _BY_NAME, _BY_NUMBERS
from app.store.people import add_staff
from app.store.taking import check_sheet
from tests.store.support import MORNING, Desk, accepted, answer, person, waiting

NOW = MORNING + timedelta(hours=1)
ONE = person(sex1="2")
PASSPHRASE = "とても長い試験用の合言葉です。"


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


# What staff entered at the counter


def enter(desk: Desk, check_id: str, minutes: float, method: Method = Method.CERTIFICATE, **changes: object) -> None:
    """As a form keeps it: no sex, kana and insurer as somebody typed them."""
    with desk.store.reading() as db:
        known = db.execute("SELECT id FROM staff").fetchone()
    staff_id = known[0] if known else add_staff(desk.store, "試験 職員", PASSPHRASE, MORNING).staff_id
    typed = person(**{"card_classification": None, "address": None, "sex1": None, "name": "試験花子1", **changes})
    entry = CounterEntry(method, typed, staff_id)
    keep_entry(desk.store, desk.wake, check_id, entry, staff_id, MORNING + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (Link.NUMBERS, [])),
        ({"name": None, "name_kana": None, "symbol": "試験1"}, (Link.NUMBERS, [])),
        ({"name_kana": "ｼｹﾝ ﾊﾅｺ1", "branch_number": None}, (Link.PERSON, [])),
        ({"insurer_number": "39481234"}, (Link.PERSON, [ChangeKind.INSURER])),
        ({"number": "777", "contribution_ratio": "020"}, (Link.PERSON, [ChangeKind.NUMBERS, ChangeKind.RATIO])),
        ({"card_valid_to": "20270731"}, (Link.NUMBERS, [])),
        ({"name": "架空　月子", "number": "777"}, None),
        ({"birthdate": None}, None),
        ({"insurer_number": None, "number": None, "symbol": None, "branch_number": None}, None),
    ],
)
def test_an_entry_of_the_counter_is_compared_both_ways(
    desk: Desk, changes: dict[str, object], expected: tuple[Link, list[ChangeKind]] | None
) -> None:
    desk.keeper.record(check("online", 0))
    enter(desk, "paper", 5, **changes)
    desk.keeper.record(check("again", 10))
    assert compared(desk, "paper") == (None if expected is None else ("online", *expected))
    assert compared(desk, "again") == (("online", Link.NUMBERS, []) if expected is None else ("paper", *expected))


def test_a_verdict_is_nothing_that_paper_could_change(desk: Desk) -> None:
    ended = answer(ONE, validity=Validity.INVALID)
    desk.keeper.record(accepted("online", outcome=Outcome.COUNTER, reason="check.not_valid", result=ended))
    enter(desk, "paper", 5, insurer_number="39481234")
    assert compared(desk, "paper") == ("online", Link.PERSON, [ChangeKind.INSURER])


def test_two_papers_are_compared_and_a_statement_with_nothing(desk: Desk) -> None:
    enter(desk, "first", 0)
    enter(desk, "second", 5, card_valid_to="20270731", symbol="試験２")
    enter(desk, "statement", 6, Method.STATEMENT)
    enter(desk, "third", 7, card_valid_to="20280731", symbol="試験２")
    assert compared(desk, "second") == ("first", Link.PERSON, [ChangeKind.NUMBERS])
    assert compared(desk, "statement") is None
    assert compared(desk, "third") == ("second", Link.NUMBERS, [ChangeKind.TERM])


# More than one qualification

WELFARE = replace(ONE, card_classification="A1", insurer_number="12480018", number="7654321", symbol=None)


def test_a_second_qualification_that_comes_or_goes_is_a_change(desk: Desk) -> None:
    desk.keeper.record(check("one", 0))
    desk.keeper.record(accepted("two", minutes=1, result=answer(ONE, WELFARE)))
    desk.keeper.record(accepted("same", minutes=2, result=answer(ONE, WELFARE)))
    desk.keeper.record(accepted("turned", minutes=3, result=answer(WELFARE, ONE)))
    desk.keeper.record(check("gone", 4))
    assert compared(desk, "two") == ("one", Link.NUMBERS, [ChangeKind.OTHERS])
    assert compared(desk, "same") == ("two", Link.NUMBERS, [])
    assert compared(desk, "turned") == ("same", Link.PERSON, []), "the order of arrival is no change"
    assert compared(desk, "gone") == ("turned", Link.PERSON, [ChangeKind.OTHERS])
    found = check_sheet(desk.store, "two", NOW).comparison
    assert found is not None
    assert found.changes[0].old == "なし"
    assert found.changes[0].new.startswith("医療扶助 12480018 番号 7654321")


@pytest.mark.parametrize("query", [_BY_NUMBERS, _BY_NAME])
def test_earlier_checks_are_walked_by_index_newest_first_without_sorting(desk: Desk, query: str) -> None:
    names = "birthdate number insurer_number symbol branch_number name_kana name sex1 place check_id decided_at now"
    plan = desk.store.database().execute("EXPLAIN QUERY PLAN " + query, dict.fromkeys(names.split(), "x")).fetchall()
    steps = [str(row[3]) for row in plan]
    assert "USING INDEX qualifications_by_" in steps[0]
    assert "birthdate=?" in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")]
