"""A pcscd that lives and answers nothing: the desk says so, and takes everything up again when it wakes."""

from __future__ import annotations

import logging

import pytest

from app.card.insertion import REMOVAL_CONFIRM_S
from app.card.watcher import TURN_S, Presence, ReaderEvent
from app.eligibility.ports import DeskState, DeskStatus
from app.errors import ReaderLost, StaleEpoch
from tests.card.bench import DEADLINE_S, WAIT_S, Bench, HangingCard, ready

PATIENCE_S = TURN_S + DEADLINE_S


class WatchedBench(Bench):
    """A desk whose watcher had its last answer at ``answered_at_s``."""

    def __init__(self) -> None:
        super().__init__()
        self.answered_at_s = self.clock.monotonic_s()
        self.desk._watched_at_s = lambda: self.answered_at_s

    def pass_time(self, seconds: float) -> DeskStatus:
        self.clock.move(seconds)
        self.desk.enforce_limits()
        return self.desk.status()

    def wake_up(self) -> DeskStatus:
        self.answered_at_s = self.clock.monotonic_s()
        return self.pass_time(0.0)


@pytest.fixture
def watched() -> WatchedBench:
    return WatchedBench()


def silences(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.getMessage().startswith("reader.silent")]


def test_silence_is_told_once_after_the_deadline_and_empty_again_at_the_next_answer(
    watched: WatchedBench, caplog: pytest.LogCaptureFixture
) -> None:
    watched.remove()
    assert watched.desk.seconds_to_next_limit() == pytest.approx(PATIENCE_S)
    assert watched.pass_time(PATIENCE_S - 0.01).state is DeskState.NO_CARD
    status = watched.pass_time(0.02)
    assert (status.state, status.error_code) == (DeskState.NO_READER, "reader.silent")
    assert watched.pass_time(60).state is DeskState.NO_READER
    assert (watched.desk.seconds_to_next_limit() or 9) < 1, "it looks again soon"
    assert watched.wake_up().state is DeskState.NO_CARD
    assert silences(caplog) == ["reader.silent code=reader.silent"]
    assert watched.pass_time(PATIENCE_S).state is DeskState.NO_READER
    assert len(silences(caplog)) == 2


def test_answers_that_come_keep_the_state(watched: WatchedBench) -> None:
    watched.insert(ready())
    status = watched.until(DeskState.READY)
    for _ in range(20):
        watched.answered_at_s = watched.clock.monotonic_s()
        assert watched.pass_time(TURN_S) == status


def test_card_that_lay_there_is_a_new_insertion_afterwards(watched: WatchedBench) -> None:
    before = ready()
    watched.insert(before)
    status = watched.until(DeskState.READY)
    keypad = watched.desk.open_keypad(status.epoch)
    assert watched.pass_time(PATIENCE_S).state is DeskState.NO_READER
    with pytest.raises(StaleEpoch):
        watched.desk.sign(status.epoch, keypad.keypad_id, keypad.tokens[:4], b"n" * 32)
    watched.reader.ready.append(ready())
    watched.wake_up()
    assert watched.until(DeskState.READY).epoch > status.epoch
    assert before.closed == 1, "the old session has no power"


def test_event_that_comes_with_the_first_answer_is_all_that_counts(watched: WatchedBench) -> None:
    watched.insert(ready())
    watched.until(DeskState.READY)
    watched.pass_time(PATIENCE_S)
    watched.answered_at_s = watched.clock.monotonic_s()
    watched.desk.take(ReaderEvent(Presence.EMPTY, "Reader"))
    watched.desk.enforce_limits()
    assert watched.desk.status().state is DeskState.NO_CARD
    assert watched.pass_time(REMOVAL_CONFIRM_S).state is DeskState.NO_CARD


def test_hanging_command_of_a_silent_service_never_ends_the_process(
    watched: WatchedBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    card = HangingCard()
    watched.insert(card)
    assert card.is_asked.wait(WAIT_S)
    assert watched.pass_time(DEADLINE_S).error_code == ReaderLost.code
    assert watched.pass_time(TURN_S).state is DeskState.NO_READER
    assert watched.pass_time(3600).state is DeskState.NO_READER
    assert not watched.desk.is_beyond_repair
    card.let_go.set()
    watched.settle()
    assert watched.desk.status().error_code == "reader.silent", "what hung says nothing of a service that is silent"
    watched.reader.ready.append(ready())
    watched.wake_up()
    watched.until(DeskState.READY)
    watched.pass_time(REMOVAL_CONFIRM_S)
    assert not watched.desk.is_beyond_repair
