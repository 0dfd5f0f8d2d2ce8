"""The keeper of checks: one row, one number, one event, and what later records may change."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.model import EligibilityResult, Validity
from app.eligibility.ports import CheckRecord, Outcome, RecordKeeper
from app.errors import RecordMissing, StoreUnwritable
from app.store.board import check_detail
from app.store.checks import CheckKeeper
from app.store.database import Store
from tests.store.support import (
    KEY,
    KIOSK,
    MORNING,
    CountingWake,
    Desk,
    accepted,
    answer,
    full_person,
    kept,
    patient,
    person,
    waiting,
)


def test_keeper_is_what_the_check_asks_for(desk: Desk) -> None:
    keeper: RecordKeeper = desk.keeper
    assert keeper.record(accepted()) == 1


def test_record_comes_back_as_it_went_in_with_number_and_event(desk: Desk) -> None:
    record = accepted(
        result=answer(full_person(), person(2), notice_code="N1", notice_text="お知らせ", prescription_issue="1"),
        service_code="S0001",
        service_message="受理",
        reason="check.notice",
    )
    desk.keeper.open_check(record.check_id, KIOSK, 1, MORNING - timedelta(seconds=2))
    assert desk.events() == []
    assert desk.keeper.record(record) == 1
    detail = check_detail(desk.store, record.check_id, MORNING)
    assert detail.record == record
    assert detail.record.at.utcoffset() == timedelta(hours=9)
    assert (detail.opened_at, detail.decided_at) == (MORNING - timedelta(seconds=2), MORNING)
    assert (detail.reception_number, detail.version, detail.handled_at) == (1, 2, None)
    assert desk.events() == [("board-panel", "check-a")]
    assert desk.wake.count == 1


def test_record_without_opening_works(desk: Desk) -> None:
    assert desk.keeper.record(accepted()) == 1
    assert kept(desk).opened_at == MORNING


def test_same_record_twice_is_one_row_one_number_one_event(desk: Desk) -> None:
    desk.keeper.record(accepted("other"))
    first = desk.keeper.record(accepted())
    again = desk.keeper.record(replace(accepted(), at=MORNING + timedelta(days=1)))
    assert (first, again) == (2, 2)
    assert desk.numbers() == [1, 2]
    assert desk.numbers("2026-11-25") == []
    assert len(desk.events()) == 2
    assert kept(desk).record == accepted()


def test_later_record_keeps_the_number_and_changes_the_rest(desk: Desk) -> None:
    number = desk.keeper.record(waiting())
    desk.keeper.record(accepted("other"))
    assert desk.keeper.record(accepted(minutes=3)) == number
    detail = kept(desk)
    assert (detail.record.outcome, detail.record.reason, detail.record.result) == (Outcome.ACCEPTED, None, answer())
    assert detail.decided_at == MORNING + timedelta(minutes=3)
    assert detail.version == 2
    assert desk.events() == [("board-panel", name) for name in ("check-a", "other", "check-a")]


def test_number_stays_when_the_later_record_falls_on_the_next_day(desk: Desk) -> None:
    late = MORNING.replace(hour=23, minute=59, second=59)
    desk.keeper.record(accepted("first"))
    assert desk.keeper.record(waiting(at=late)) == 2
    assert desk.keeper.record(accepted(at=late + timedelta(seconds=2))) == 2
    assert desk.keeper.record(accepted("next", at=late + timedelta(seconds=3))) == 1
    assert (desk.numbers(), desk.numbers("2026-11-25")) == ([1, 2], [1])


@pytest.mark.parametrize("outcome", [Outcome.COUNTER, Outcome.VISUAL, Outcome.UNKNOWN, Outcome.ACCEPTED])
def test_accepted_result_is_never_overwritten(desk: Desk, outcome: Outcome, caplog: pytest.LogCaptureFixture) -> None:
    number = desk.keeper.record(accepted())
    other = answer(person(9, name="別人　太郎"), validity=Validity.INVALID)
    with caplog.at_level(logging.WARNING):
        assert desk.keeper.record(accepted(outcome=outcome, result=other, minutes=1)) == number
        assert desk.keeper.record(waiting(outcome=outcome)) == number
        desk.keeper.withdraw("check-a")
        desk.keeper.open_check("check-a", KIOSK, 1, MORNING)
    assert kept(desk).record == accepted()
    assert kept(desk).version == 1
    assert len(desk.events()) == 1
    assert "store.accepted_is_final" in caplog.text
    assert "別人" not in caplog.text


def test_result_is_not_erased_by_a_later_record_without_one(desk: Desk) -> None:
    refused = answer(validity=Validity.INVALID)
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, result=refused))
    desk.keeper.record(waiting(outcome=Outcome.UNKNOWN, reason="gateway.timeout"))
    assert (kept(desk).record.outcome, kept(desk).record.result) == (Outcome.UNKNOWN, refused)


def test_better_result_replaces_all_of_the_one_before(desk: Desk) -> None:
    desk.keeper.record(waiting(outcome=Outcome.COUNTER, result=answer(person(1), person(2), person(3))))
    desk.keeper.record(accepted(result=answer(person(4))))
    assert kept(desk).record.result == answer(person(4))


@pytest.mark.parametrize(("kiosk", "epoch"), [("受付2", 1), (KIOSK, 2)])
def test_id_of_another_visit_is_refused(desk: Desk, kiosk: str, epoch: int) -> None:
    desk.keeper.record(waiting())
    with pytest.raises(ValueError, match="another visit"):
        desk.keeper.record(accepted(kiosk=kiosk, card_epoch=epoch))
    with pytest.raises(ValueError, match="another visit"):
        desk.keeper.open_check("check-a", kiosk, epoch, MORNING)
    assert kept(desk).record == waiting()


@pytest.mark.parametrize("outcome", [Outcome.ASKING, Outcome.WITHDRAWN])
def test_states_with_methods_of_their_own_are_not_recorded(desk: Desk, outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="does not take"):
        desk.keeper.record(accepted(outcome=outcome))
    with pytest.raises(ValueError, match="aware"):
        desk.keeper.record(accepted(at=MORNING.replace(tzinfo=None)))
    assert desk.numbers() == []


def test_withdrawing_never_gives_or_takes_a_number(desk: Desk) -> None:
    desk.keeper.open_check("asked", KIOSK, 1, MORNING)
    desk.keeper.withdraw("asked")
    desk.keeper.withdraw("unknown")
    assert kept(desk, "asked").reception_number is None
    assert kept(desk, "asked").record.outcome is Outcome.WITHDRAWN
    assert desk.keeper.record(waiting("numbered")) == 1
    desk.keeper.withdraw("numbered")
    desk.keeper.withdraw("numbered")
    assert desk.keeper.record(accepted("next")) == 2
    assert [name for _, name in desk.events()] == ["asked", "numbered", "numbered", "next"]
    with pytest.raises(RecordMissing):
        check_detail(desk.store, "numbered", MORNING)


def test_withdrawn_check_that_goes_on_keeps_its_number_and_survives_a_crash(desk: Desk) -> None:
    number = desk.keeper.record(waiting())
    desk.keeper.withdraw("check-a")
    desk.keeper.open_check("check-a", KIOSK, 1, MORNING + timedelta(minutes=1))
    assert desk.keeper.close_interrupted(KIOSK, MORNING + timedelta(minutes=2)) == 1
    assert kept(desk).reception_number == number
    assert desk.keeper.record(accepted(minutes=3)) == number


def test_interrupted_checks_of_this_kiosk_get_number_reason_and_event(desk: Desk) -> None:
    for name, kiosk in (("b", KIOSK), ("a", KIOSK), ("elsewhere", "受付2")):
        desk.keeper.open_check(name, kiosk, 1, MORNING)
    desk.keeper.record(accepted("done"))
    later = MORNING + timedelta(minutes=5)
    assert desk.keeper.close_interrupted(KIOSK, later) == 2
    assert desk.keeper.close_interrupted(KIOSK, later) == 0
    assert [kept(desk, name).reception_number for name in ("done", "b", "a", "elsewhere")] == [1, 2, 3, None]
    assert kept(desk, "b").record == CheckRecord("b", KIOSK, 1, Outcome.UNKNOWN, later, reason="check.interrupted")
    assert kept(desk, "b").is_waiting
    assert [name for _, name in desk.events()] == ["done", "b", "a"]


def test_failing_nudge_never_harms_a_commit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(tmp_path, wake=CountingWake(failure=ConnectionError("secret words")))
    assert desk.keeper.record(accepted()) == 1
    desk.keeper.record(waiting("b"))
    desk.keeper.withdraw("b")
    desk.keeper.call_staff(KIOSK, "welcome", MORNING)
    assert desk.wake.count == 4
    assert "secret words" not in caplog.text


def test_failed_write_leaves_neither_row_nor_number_nor_event_nor_nudge(desk: Desk) -> None:
    desk.store.database().execute("DROP TABLE event")
    with pytest.raises(Exception, match="no such table"):
        desk.keeper.record(accepted())
    assert desk.numbers() == []
    assert desk.wake.count == 0


def test_full_disk_between_open_and_record_keeps_the_visit(desk: Desk) -> None:
    desk.keeper.open_check("check-a", KIOSK, 1, MORNING)
    db = desk.store.database()
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")
    large = accepted(result=answer(*(person(n, address="長" * 5000) for n in range(20))))
    with pytest.raises(StoreUnwritable):
        desk.keeper.record(large)
    assert kept(desk).record.outcome is Outcome.ASKING
    assert desk.keeper.record(large) == 1
    assert kept(desk).record == large


def _record_many(path: Path, name: str, count: int) -> None:
    store = Store(path, KEY, wait_s=30)
    keeper = CheckKeeper(store, lambda: None)

    def work(thread: int) -> None:
        for number in range(count):
            check_id = f"{name}-{thread}-{number}"
            keeper.open_check(check_id, KIOSK, 1, MORNING)
            if number % 5 == 4:
                keeper.withdraw(check_id)
            else:
                keeper.record(accepted(check_id))

    threads = [threading.Thread(target=work, args=[thread]) for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_numbers_are_gapless_with_threads_in_two_processes(desk: Desk) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_record_many, args=(desk.path, name, 20)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(300)
        assert writer.exitcode == 0
    assert desk.numbers() == list(range(1, 2 * 3 * 16 + 1))


def test_same_check_recorded_by_many_threads_gets_one_number(desk: Desk) -> None:
    numbers: list[int] = []
    start = threading.Barrier(6)

    def work() -> None:
        start.wait()
        numbers.append(desk.keeper.record(accepted()))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers == [1] * 6
    assert len(desk.events()) == 1


IDS = st.sampled_from(["a", "b", "c"])
DECIDED = st.sampled_from([Outcome.ACCEPTED, Outcome.COUNTER, Outcome.VISUAL, Outcome.UNKNOWN])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), IDS),
        st.tuples(st.just("withdraw"), IDS),
        st.tuples(st.just("close"), IDS),
        st.tuples(st.just("record"), IDS, DECIDED, st.booleans()),
    ),
    max_size=14,
)


@settings(patient, max_examples=60)
@given(steps=STEPS)
def test_any_order_of_calls_keeps_numbers_gapless_and_accepted_results(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, ...]]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("order"))
    numbers: dict[str, int] = {}
    expected: dict[str, tuple[Outcome, EligibilityResult | None]] = {}
    for count, (kind, check_id, *rest) in enumerate(steps):
        outcome, result = expected.get(check_id, (None, None))
        if kind == "open":
            desk.keeper.open_check(check_id, KIOSK, 1, MORNING)
            if outcome is not Outcome.ACCEPTED:
                expected[check_id] = (Outcome.ASKING, result)
        elif kind == "withdraw":
            desk.keeper.withdraw(check_id)
            if outcome not in (None, Outcome.ACCEPTED):
                expected[check_id] = (Outcome.WITHDRAWN, result)
        elif kind == "close":
            desk.keeper.close_interrupted(KIOSK, MORNING + timedelta(seconds=1))
            asking = [name for name, (state, _) in expected.items() if state is Outcome.ASKING]
            expected |= {name: (Outcome.UNKNOWN, expected[name][1]) for name in asking}
        else:
            decided, with_result = Outcome(rest[0]), bool(rest[1])
            new = answer(person(count)) if with_result else None
            number = desk.keeper.record(accepted(check_id, outcome=decided, result=new))
            assert numbers.setdefault(check_id, number) == number, "a number never changes"
            if outcome is not Outcome.ACCEPTED or result is None:
                expected[check_id] = (decided, new or result)
        given_numbers = desk.numbers()
        assert given_numbers == list(range(1, len(given_numbers) + 1))
        for name, state in expected.items():
            detail = kept(desk, name)
            assert (detail.record.outcome, detail.record.result) == state
            if detail.reception_number is not None:
                assert numbers.setdefault(name, detail.reception_number) == detail.reception_number
    desk.store.close()
