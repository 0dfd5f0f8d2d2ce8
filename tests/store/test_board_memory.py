"""The board with a memory says what the board without one says, whatever happens between two readings."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.model import Validity
from app.eligibility.ports import CheckRecord, Method, Outcome, VisualEvidence, VisualProof
from app.errors import StoreError
from app.store import board
from app.store.board import board_rows, mark_handled
from app.store.board_memory import FEW, BoardMemory
from app.store.people import add_staff
from app.store.purge import purge
from app.store.questions import StoreQuestions
from app.store.taking import take_check
from tests.store.support import KIOSK, MORNING, Desk, accepted, answer, patient, person, waiting

PASSPHRASE = "とても長い試験用の合言葉です。"
NAMES = st.sampled_from("abcdef")
RATIOS = st.sampled_from(["010", "030"])
STEP = st.one_of(
    st.tuples(st.just("valid"), NAMES, RATIOS),
    st.tuples(st.just("invalid"), NAMES, RATIOS),
    st.tuples(st.sampled_from(["unknown", "open", "unanswered", "late", "late"]), NAMES, RATIOS),
    st.tuples(st.sampled_from(["withdraw", "handled", "taken"]), NAMES, RATIOS),
    st.tuples(st.sampled_from(["wait", "midnight", "months", "purge", "call"]), st.just(""), st.just("")),
)


EVIDENCE = VisualEvidence(b"\x30\x82\x05certificate of A", VisualProof("試験 太郎", MORNING))


def unanswered(name: str, minutes: float) -> CheckRecord:
    """Confirmed by staff, and the service did not answer: it can be asked again without the card."""
    return waiting(name, Outcome.COUNTER, minutes=minutes, method=Method.VISUAL, reason="gateway.timeout")


class Day:
    """A clinic's day of two people's checks, played step by step."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.staff_id = add_staff(self.desk.store, "見本太郎", PASSPHRASE, MORNING).staff_id
        self.at = MORNING
        self.memory = BoardMemory(self.desk.store)

    def play(self, what: str, name: str, ratio: str, pause_s: int) -> None:
        desk, wake = self.desk, self.desk.wake
        self.at += {"midnight": timedelta(days=1), "months": timedelta(days=70)}.get(what, timedelta(seconds=pause_s))
        minutes = (self.at - MORNING) / timedelta(minutes=1)
        one = answer(person(1 if name in "abc" else 2, contribution_ratio=ratio))
        try:
            if what == "valid":
                desk.keeper.record(accepted(name, minutes=minutes, result=one))
            elif what == "invalid":
                ended = replace(one, validity=Validity.INVALID)
                desk.keeper.record(
                    accepted(name, minutes=minutes, outcome=Outcome.COUNTER, reason="check.not_valid", result=ended)
                )
            elif what == "unknown":
                desk.keeper.record(waiting(name, Outcome.UNKNOWN, minutes=minutes, reason="gateway.timeout"))
            elif what == "open":
                desk.keeper.open_check(name, KIOSK, 1, self.at, Method.VISUAL, EVIDENCE)
            elif what == "unanswered":
                desk.keeper.record(unanswered(name, minutes))
            elif what == "withdraw":
                desk.keeper.withdraw(name)
            elif what == "late":
                StoreQuestions(desk.store, wake).keep_answer(name, one, self.at)
            elif what in ("handled", "taken"):
                act = mark_handled if what == "handled" else take_check
                act(desk.store, wake, name, 1, self.staff_id, self.at)
            elif what == "purge":
                purge(desk.store, self.at)
            elif what == "call":
                desk.keeper.call_staff(KIOSK, "pin", self.at)
        except (StoreError, ValueError):
            pass  # a step that makes no sense here changes nothing


@patient
@given(st.lists(st.tuples(STEP, st.sampled_from([0, 20])), max_size=25))
def test_whatever_happens_both_say_the_same(steps: list[tuple[tuple[str, str, str], int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        day = Day(Path(folder))
        for step, pause_s in steps:
            day.play(*step, pause_s)
            assert day.memory.read(day.at)[1] == board_rows(day.desk.store, day.at), step
        day.desk.store.close()


def test_a_visit_that_comes_back_with_its_old_place_is_no_new_one(desk: Desk) -> None:
    memory = BoardMemory(desk.store)
    before = replace(answer(person(contribution_ratio="010")), validity=Validity.INVALID)
    desk.keeper.record(accepted("x", outcome=Outcome.COUNTER, reason="check.not_valid", result=before))
    desk.keeper.open_check("x", KIOSK, 1, MORNING + timedelta(minutes=1))
    desk.keeper.record(accepted("y", minutes=2, kiosk="受付2", result=answer(person(contribution_ratio="030"))))
    memory.read(MORNING + timedelta(minutes=2))
    desk.keeper.record(waiting("x", Outcome.UNKNOWN, minutes=2, reason="gateway.timeout"))
    now = MORNING + timedelta(minutes=3)
    rows = board_rows(desk.store, now)
    assert memory.read(now)[1] == rows
    assert [row.comparison is not None for row in rows if row.check_id == "y"] == [True]


def compared_for(desk: Desk, memory: BoardMemory) -> int:
    """How many rows the next reading compares anew."""
    with patch.object(board, "compare_with_earlier", wraps=board.compare_with_earlier) as compare:
        memory.read(MORNING + timedelta(hours=1))
    return compare.call_count


def test_a_new_check_costs_one_comparison_and_any_other_change_all_of_them(desk: Desk) -> None:
    memory = BoardMemory(desk.store)
    for number in range(5):
        desk.keeper.record(accepted(f"n{number}", minutes=number))
    assert compared_for(desk, memory) == 5
    assert compared_for(desk, memory) == 0
    desk.keeper.record(accepted("new", minutes=9))
    assert compared_for(desk, memory) == 1
    desk.keeper.open_check("u", KIOSK, 1, MORNING + timedelta(minutes=10), Method.VISUAL, EVIDENCE)
    desk.keeper.record(unanswered("u", 10))
    assert compared_for(desk, memory) == 0
    StoreQuestions(desk.store, desk.wake).keep_answer("u", answer(person()), MORNING + timedelta(minutes=11))
    assert compared_for(desk, memory) == 7


def test_a_row_that_did_not_change_stays_the_same_object(desk: Desk) -> None:
    memory = BoardMemory(desk.store)
    for name in ("a", "b"):
        desk.keeper.record(waiting(name))
    now = MORNING + timedelta(hours=1)
    before = {row.check_id: row for row in memory.read(now)[1]}
    assert memory.read(now)[1][0] is before["b"]
    desk.keeper.record(accepted("new", minutes=9))
    after = {row.check_id: row for row in memory.read(now)[1]}
    assert (after["a"] is before["a"], after["b"] is before["b"]) == (True, True)
    staff_id = add_staff(desk.store, "見本太郎", PASSPHRASE, MORNING).staff_id
    take_check(desk.store, desk.wake, "a", 1, staff_id, now)
    assert {row.check_id: row.taken_by for row in memory.read(now)[1]}["a"] == "見本太郎"


def test_after_many_events_all_is_compared_anew(desk: Desk) -> None:
    memory = BoardMemory(desk.store)
    desk.keeper.record(accepted("a"))
    assert compared_for(desk, memory) == 1
    for number in range(FEW + 1):
        desk.keeper.record(accepted(f"n{number}", minutes=number / 10))
    assert compared_for(desk, memory) == FEW + 2
