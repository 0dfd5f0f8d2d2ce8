"""The desk when cards tear off, hang, are swapped or hit a bug."""

from __future__ import annotations

import logging
import threading

import pytest

from app.card.connection import ApduResponse
from app.card.desk import STUCK_GRACE_S, Desk
from app.card.insertion import MAX_TEARS, REMOVAL_CONFIRM_S
from app.card.watcher import Presence, ReaderEvent
from app.eligibility.ports import DeskState
from app.errors import (
    CardError,
    CardRemoved,
    ReaderLost,
    StatusWordError,
)
from tests.card import dialogue
from tests.card.bench import DEADLINE_S, WAIT_S, Bench, HangingCard, SlowCard, ready
from tests.card.dialogue import SELECT_JPKI, VERIFY
from tests.card.scripted import ScriptedCard


def test_card_lost_in_verify_is_gone_at_once_and_nothing_is_sent_again(bench: Bench) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, CardRemoved()))
    bench.insert(card)
    status = bench.until(DeskState.READY)
    with pytest.raises(CardRemoved):
        bench.enter(status)
    assert bench.until(DeskState.NO_CARD).epoch == status.epoch
    assert bench.wakes > 0
    bench.remove()
    bench.clock.move(REMOVAL_CONFIRM_S)
    bench.desk.enforce_limits()
    bench.settle()
    assert bench.desk.status().state is DeskState.NO_CARD
    assert card.closed == 1
    card.assert_finished()


def test_lost_card_that_the_reader_still_sees_is_read_as_a_new_insertion(bench: Bench) -> None:
    bench.insert(ready(*dialogue.whole_read(), (VERIFY, CardRemoved())))
    status = bench.until(DeskState.READY)
    with pytest.raises(CardRemoved):
        bench.enter(status)
    again = ready()
    bench.reader.ready.append(again)
    assert bench.desk.seconds_to_next_limit() == pytest.approx(REMOVAL_CONFIRM_S)
    bench.clock.move(REMOVAL_CONFIRM_S - 0.01)
    bench.desk.enforce_limits()
    assert bench.desk.status().state is DeskState.NO_CARD
    bench.clock.move(0.02)
    bench.desk.enforce_limits()
    assert bench.until(DeskState.READY).epoch > status.epoch
    again.assert_finished()


def test_card_that_keeps_tearing_off_is_told_once_and_unreadable_in_the_end(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.insert(*(ScriptedCard((SELECT_JPKI, CardRemoved())) for _ in range(MAX_TEARS + 1)))
    for _ in range(MAX_TEARS):
        bench.until(DeskState.NO_CARD)
        bench.clock.move(REMOVAL_CONFIRM_S)
        bench.desk.enforce_limits()
        bench.settle()
    assert bench.until(DeskState.UNREADABLE).error_code == "card.removed"
    assert bench.desk.seconds_to_next_limit() is None
    bench.settle()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert told == ["card.read_failed code=card.removed"], "the last failure is the kiosk's to tell, on the board"


def test_hanging_read_is_given_up_at_the_deadline(bench: Bench) -> None:
    card = HangingCard()
    bench.insert(card)
    assert card.is_asked.wait(WAIT_S)
    assert bench.desk.seconds_to_next_limit() == pytest.approx(DEADLINE_S)
    bench.clock.move(DEADLINE_S)
    bench.desk.enforce_limits()
    assert bench.desk.status().state is DeskState.UNREADABLE
    assert bench.desk.status().error_code == "card.reader_lost"
    bench.clock.move(1000)
    bench.desk.enforce_limits()
    assert not bench.desk.is_beyond_repair, "a silent card that lies there harms nobody"
    card.let_go.set()


def test_hanging_card_that_is_pulled_frees_the_reader_for_the_next(bench: Bench) -> None:
    card = HangingCard()
    bench.insert(card)
    assert card.is_asked.wait(WAIT_S)
    bench.clock.move(DEADLINE_S)
    bench.desk.enforce_limits()
    bench.remove()
    card.let_go.set()
    bench.insert(ready())
    bench.until(DeskState.READY)
    bench.clock.move(STUCK_GRACE_S + 1)
    bench.desk.enforce_limits()
    assert not bench.desk.is_beyond_repair
    assert card.closed == 1


@pytest.mark.parametrize("error", [CardRemoved(), ReaderLost()], ids=lambda error: error.code)
@pytest.mark.parametrize(
    ("presence", "state"), [(Presence.NO_SERVICE, DeskState.NO_READER), (Presence.EMPTY, DeskState.NO_CARD)]
)
def test_call_that_ends_after_reader_or_card_went_says_nothing_of_them(
    bench: Bench, presence: Presence, state: DeskState, error: CardError
) -> None:
    card = HangingCard(error)
    bench.insert(card)
    assert card.is_asked.wait(WAIT_S)
    bench.clock.move(DEADLINE_S)
    bench.desk.enforce_limits()
    bench.desk.take(ReaderEvent(presence))
    before = bench.desk.status()
    card.let_go.set()
    bench.settle()
    assert bench.desk.status() == before
    assert before.state is state


def test_call_that_hangs_when_the_card_goes_is_watched_from_then_on(bench: Bench) -> None:
    card = HangingCard()
    bench.insert(card)
    assert card.is_asked.wait(WAIT_S)
    bench.remove()
    assert bench.desk.seconds_to_next_limit() == pytest.approx(STUCK_GRACE_S)
    bench.clock.move(STUCK_GRACE_S)
    bench.desk.enforce_limits()
    assert bench.desk.is_beyond_repair
    card.let_go.set()


def test_call_that_hangs_on_after_the_card_is_gone_needs_a_new_process(bench: Bench) -> None:
    card = HangingCard()
    bench.insert(card)
    assert card.is_asked.wait(WAIT_S)
    bench.clock.move(DEADLINE_S)
    bench.desk.enforce_limits()
    bench.remove()
    bench.clock.move(STUCK_GRACE_S - 0.1)
    bench.desk.enforce_limits()
    assert not bench.desk.is_beyond_repair
    bench.clock.move(0.2)
    bench.desk.enforce_limits()
    assert bench.desk.is_beyond_repair
    card.let_go.set()


def test_submission_that_was_given_up_never_reaches_verify() -> None:
    """The card is slow before VERIFY; when it answers at last, the patient has long been told."""
    bench = Bench()
    # Long enough to come as far as the slow command on a machine that does other things.
    bench.desk = Desk(bench.reader, bench.worker, bench.clock, 2.0, 1000, lambda: None)
    number = len(dialogue.whole_read()) * 2
    card = SlowCard(number, *dialogue.whole_read(), *dialogue.whole_read())
    bench.insert(card)
    with pytest.raises(ReaderLost):
        bench.enter(bench.until(DeskState.READY))
    assert bench.desk.status().error_code == "card.reader_lost"
    card.go_on.set()
    bench.settle()
    card.assert_finished()
    assert VERIFY not in "".join(card.sent).replace(" ", "")
    assert card.closed == 1
    bench.desk.stop()


def test_card_swapped_while_it_signs_ends_as_removed(bench: Bench) -> None:
    number = len(dialogue.whole_read()) * 2
    card = SlowCard(number, *dialogue.whole_read(), *dialogue.whole_read())
    bench.insert(card)
    status = bench.until(DeskState.READY)
    raised: list[CardError] = []

    def submit() -> None:
        try:
            bench.enter(status)
        except CardError as error:
            raised.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    assert card.is_asked.wait(WAIT_S)
    bench.insert(ready())
    card.go_on.set()
    thread.join(WAIT_S)
    assert [type(error) for error in raised] == [CardRemoved]
    later = bench.until(DeskState.READY)
    assert later.epoch > status.epoch
    card.assert_finished()


def test_a_bug_in_a_job_neither_kills_the_worker_nor_hangs_the_desk(bench: Bench) -> None:
    class Broken(ScriptedCard):
        def transmit(self, apdu: bytes) -> ApduResponse:
            raise RuntimeError("a bug")

    bench.insert(Broken())
    bench.settle()
    bench.clock.move(DEADLINE_S)
    bench.desk.enforce_limits()
    assert bench.desk.status().state is DeskState.UNREADABLE
    bench.insert(ready())
    bench.until(DeskState.READY)


def test_status_word_while_signing_ends_the_session(bench: Bench) -> None:
    sign = dialogue.whole_sign()[:-1]
    card = ready(*sign, (dialogue.SIGN, "6985"), (SELECT_JPKI, "9000"))
    bench.insert(card)
    with pytest.raises(StatusWordError):
        bench.enter(bench.until(DeskState.READY))
    assert bench.until(DeskState.UNREADABLE).error_code == "card.status_word"
    bench.settle()
    assert card.closed == 1
