"""The desk with a reader played by the test: no PC/SC, a clock that moves by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.card.connection import ApduResponse, CardConnection, PinBuffer
from app.card.desk import MAX_TEARS, REMOVAL_CONFIRM_S, STUCK_GRACE_S, Desk
from app.card.guard import GuardedConnection
from app.card.watcher import Presence, ReaderEvent
from app.card.worker import CardWorker
from app.eligibility.ports import CardKind, CardReport, DeskState, DeskStatus, Keypad, SignedNonce
from app.errors import (
    CardError,
    CardRemoved,
    CardUnreadable,
    CertificateChanged,
    KeypadSpent,
    PinIncorrect,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
    StatusWordError,
)
from tests.card import dialogue
from tests.card.dialogue import NONCE, SELECT_JPKI, VERIFY
from tests.card.scripted import ScriptedCard
from tests.fakes import ManualClock

WAIT_S = 5.0
DEADLINE_S = 10.0
PIN = "4826"


class HangingCard:
    """A card that answers nothing until it is let go."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.let_go = threading.Event()
        self.closed = 0

    def transmit(self, apdu: bytes) -> ApduResponse:
        self.is_asked.set()
        self.let_go.wait(WAIT_S)
        raise CardRemoved()

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        raise AssertionError("no PIN may come here")

    def close(self) -> None:
        self.closed += 1


class PlayedReader:
    """Gives out the cards that the test lays ready, one for each connection."""

    def __init__(self) -> None:
        self.ready: list[CardConnection | CardError] = []
        self.connected: list[CardConnection] = []

    def connect(self, reader: str) -> CardConnection:
        assert reader == "Reader"
        assert self.ready, "no connection was expected"
        card = self.ready.pop(0)
        if isinstance(card, CardError):
            raise card
        self.connected.append(card)
        return GuardedConnection(card)


class Bench:
    """A desk, its reader, its clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.reader = PlayedReader()
        self.worker = CardWorker()
        self.wakes = 0
        self.desk = Desk(self.reader, self.worker, self.clock, DEADLINE_S, 1000, self._wake)
        self.worker.start()

    def _wake(self) -> None:
        self.wakes += 1

    def insert(self, *cards: CardConnection | CardError) -> DeskStatus:
        self.reader.ready.extend(cards)
        self.desk.take(ReaderEvent(Presence.INSERTED, "Reader"))
        return self.desk.status()

    def remove(self) -> None:
        self.desk.take(ReaderEvent(Presence.EMPTY, "Reader"))

    def until(self, state: DeskState) -> DeskStatus:
        status = self.desk.status()
        while status.state is not state:
            newer = self.desk.wait(status, WAIT_S)
            assert newer != status, f"waited for {state}, still {status}"
            status = newer
        return status

    def settle(self) -> None:
        """Wait until the worker has done all that was asked so far."""
        self.worker.submit(lambda _: None).result(WAIT_S)

    def enter(self, status: DeskStatus) -> SignedNonce:
        keypad = self.desk.open_keypad(status.epoch)
        return self.desk.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)


def keys(keypad: Keypad) -> tuple[str, ...]:
    return tuple(keypad.tokens["1234567890".index(digit)] for digit in PIN)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.desk.stop()


def ready(*pairs: tuple[str, str | CardError]) -> ScriptedCard:
    """A card that is read and then does what ``pairs`` say."""
    return ScriptedCard(*dialogue.whole_read(), *pairs)


def test_before_anything_happened_there_is_no_reader(bench: Bench) -> None:
    assert bench.desk.status() == DeskStatus(DeskState.NO_READER)
    with pytest.raises(StaleEpoch):
        bench.desk.open_keypad(0)
    with pytest.raises(StaleEpoch):
        bench.desk.read_again(0)
    bench.desk.release(0)


def test_insertion_is_reading_at_once_and_ready_after_the_read(bench: Bench) -> None:
    card = ready()
    assert bench.insert(card).state in (DeskState.READING, DeskState.READY)
    status = bench.until(DeskState.READY)
    assert (status.epoch, status.report) == (1000, CardReport(CardKind.MY_NUMBER, True, 3))
    card.assert_finished()
    assert card.closed == 0, "the session is held while the patient types"


def test_removal_closes_the_session_and_keeps_the_epoch(bench: Bench) -> None:
    card = ready()
    bench.insert(card)
    bench.until(DeskState.READY)
    bench.remove()
    assert bench.desk.status().state is DeskState.NO_CARD
    assert bench.desk.status().epoch == 1000
    bench.settle()
    assert card.closed == 1


@pytest.mark.parametrize("presence", [Presence.NO_READER, Presence.NO_SERVICE])
def test_reader_and_service_loss_end_the_insertion(bench: Bench, presence: Presence) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    bench.desk.take(ReaderEvent(presence))
    assert bench.desk.status().state is DeskState.NO_READER
    with pytest.raises(StaleEpoch):
        bench.enter(status)


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        (ScriptedCard((SELECT_JPKI, "6A82")), CardKind.OTHER),
        (ScriptedCard(*dialogue.identify(b"JPKIAPICCTOKEN")), CardKind.JUKI),
        (ScriptedCard(*dialogue.whole_read()[:-2], (dialogue.SELECT_PIN, "6A82")), CardKind.MY_NUMBER),
    ],
)
def test_card_that_takes_no_pin_loses_its_power_after_the_read(
    bench: Bench, card: ScriptedCard, kind: CardKind
) -> None:
    bench.insert(card)
    status = bench.until(DeskState.READY)
    assert status.report == CardReport(kind, False, None)
    with pytest.raises(PinMissing):
        bench.enter(status)
    assert card.closed == 1
    card.assert_finished()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CardUnreadable(), "card.unreadable"),
        (ReaderLost(), "card.reader_lost"),
    ],
)
def test_card_that_cannot_be_connected_is_unreadable(bench: Bench, error: CardError, code: str) -> None:
    bench.insert(error)
    assert bench.until(DeskState.UNREADABLE).error_code == code


def test_unknown_status_word_while_reading_is_unreadable_and_powers_off(bench: Bench) -> None:
    card = ScriptedCard((SELECT_JPKI, "6581"))
    bench.insert(card)
    assert bench.until(DeskState.UNREADABLE).error_code == "card.status_word"
    bench.settle()
    assert card.closed == 1


def test_read_again_takes_the_same_insertion_and_a_new_connection(bench: Bench) -> None:
    bench.insert(CardUnreadable())
    status = bench.until(DeskState.UNREADABLE)
    bench.reader.ready.append(ready())
    bench.desk.read_again(status.epoch)
    assert bench.until(DeskState.READY).epoch == status.epoch


def test_failed_second_read_is_a_new_status(bench: Bench) -> None:
    bench.insert(CardUnreadable())
    first = bench.until(DeskState.UNREADABLE)
    bench.reader.ready.append(CardUnreadable())
    bench.desk.read_again(first.epoch)
    bench.settle()
    second = bench.until(DeskState.UNREADABLE)
    assert second != first
    assert second.serial > first.serial


def test_right_pin_signs_and_powers_off_before_it_answers(bench: Bench) -> None:
    card = ready(*dialogue.whole_sign())
    bench.insert(card)
    proof = bench.enter(bench.until(DeskState.READY))
    assert proof == SignedNonce(dialogue.first_certificate(), dialogue.signature())
    assert card.closed >= 1
    card.assert_finished()


def test_wrong_pin_keeps_the_session_and_tells_the_tries(bench: Bench) -> None:
    refused = [*dialogue.whole_read(), (VERIFY, "63C2"), (SELECT_JPKI, "9000"), *dialogue.query("63C2")]
    again = [*dialogue.whole_sign()]
    again[-4] = (again[-4][0], "63C2")
    card = ready(*refused, *again)
    bench.insert(card)
    status = bench.until(DeskState.READY)
    with pytest.raises(PinIncorrect):
        bench.enter(status)
    bench.settle()
    later = bench.desk.status()
    assert later.report == CardReport(CardKind.MY_NUMBER, True, 2)
    assert later.epoch == status.epoch
    assert card.closed == 0
    bench.enter(later)
    card.assert_finished()


def test_wrong_pin_and_then_gone_is_still_a_wrong_pin(bench: Bench) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, "63C2"), (SELECT_JPKI, CardRemoved()), (dialogue.SELECT_PIN, "6F00"))
    bench.insert(card)
    with pytest.raises(PinIncorrect) as caught:
        bench.enter(bench.until(DeskState.READY))
    assert caught.value.attempts_remaining == 2


def test_locked_card_is_said_so_and_reported_with_no_tries(bench: Bench) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, "6984"), (SELECT_JPKI, "9000"))
    bench.insert(card)
    with pytest.raises(PinLocked):
        bench.enter(bench.until(DeskState.READY))
    bench.settle()
    assert bench.desk.status().report == CardReport(CardKind.MY_NUMBER, True, 0)


def test_other_certificate_stops_before_verify(bench: Bench) -> None:
    card = ready(*dialogue.identify(), *dialogue.read_certificate(dialogue.second_certificate()))
    bench.insert(card)
    with pytest.raises(CertificateChanged):
        bench.enter(bench.until(DeskState.READY))
    assert bench.until(DeskState.UNREADABLE).error_code == "card.certificate_changed"
    assert VERIFY not in "".join(card.sent).replace(" ", "")
    bench.settle()
    assert card.closed == 1


def test_request_of_another_insertion_sends_nothing(bench: Bench) -> None:
    bench.insert(ready())
    first = bench.until(DeskState.READY)
    keypad = bench.desk.open_keypad(first.epoch)
    card = ready()
    bench.insert(card)
    second = bench.until(DeskState.READY)
    assert second.epoch > first.epoch
    with pytest.raises(StaleEpoch):
        bench.desk.sign(first.epoch, keypad.keypad_id, keys(keypad), NONCE)
    with pytest.raises(StaleEpoch):
        bench.desk.open_keypad(first.epoch)
    with pytest.raises(StaleEpoch):
        bench.desk.read_again(first.epoch)
    with pytest.raises(KeypadSpent):
        bench.desk.sign(second.epoch, keypad.keypad_id, keys(keypad), NONCE)
    bench.desk.release(first.epoch)
    bench.settle()
    assert card.closed == 0, "releasing an old insertion leaves the new one alone"
    card.assert_finished()


def test_release_powers_off_and_kills_the_keypad(bench: Bench) -> None:
    card = ready()
    bench.insert(card)
    status = bench.until(DeskState.READY)
    keypad = bench.desk.open_keypad(status.epoch)
    bench.desk.release(status.epoch)
    bench.settle()
    assert card.closed == 1
    with pytest.raises(KeypadSpent):
        bench.desk.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)


def test_two_submissions_at_once_reach_the_card_once(bench: Bench) -> None:
    card = ready(*dialogue.whole_sign())
    bench.insert(card)
    status = bench.until(DeskState.READY)
    keypad = bench.desk.open_keypad(status.epoch)
    outcomes: list[object] = []

    def submit() -> None:
        try:
            outcomes.append(bench.desk.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE))
        except CardError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert outcomes.count(KeypadSpent) == 5
    assert sum(isinstance(outcome, SignedNonce) for outcome in outcomes) == 1
    card.assert_finished()


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


def test_card_that_keeps_tearing_off_is_unreadable_in_the_end(bench: Bench) -> None:
    bench.insert(*(ScriptedCard((SELECT_JPKI, CardRemoved())) for _ in range(MAX_TEARS + 1)))
    for _ in range(MAX_TEARS):
        bench.until(DeskState.NO_CARD)
        bench.clock.move(REMOVAL_CONFIRM_S)
        bench.desk.enforce_limits()
        bench.settle()
    assert bench.until(DeskState.UNREADABLE).error_code == "card.removed"
    assert bench.desk.seconds_to_next_limit() is None


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


class SlowCard(ScriptedCard):
    """Waits before the n-th command, as a card that is busy."""

    def __init__(self, number: int, *exchanges: tuple[str, str | CardError]) -> None:
        super().__init__(*exchanges)
        self._number = number
        self.is_asked = threading.Event()
        self.go_on = threading.Event()

    def transmit(self, apdu: bytes) -> ApduResponse:
        if len(self.sent) + 1 == self._number:
            self.is_asked.set()
            assert self.go_on.wait(WAIT_S)
        return super().transmit(apdu)


def test_submission_that_was_given_up_never_reaches_verify() -> None:
    """The card is slow before VERIFY; when it answers at last, the patient has long been told."""
    bench = Bench()
    bench.desk = Desk(bench.reader, bench.worker, bench.clock, 0.05, 1000, lambda: None)
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
