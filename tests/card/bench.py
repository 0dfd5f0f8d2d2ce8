"""A desk with a reader played by the test: no PC/SC, a clock that moves by hand."""

from __future__ import annotations

import threading

from app.card.connection import ApduResponse, CardConnection, PinBuffer
from app.card.desk import Desk
from app.card.guard import GuardedConnection
from app.card.watcher import Presence, ReaderEvent
from app.card.worker import CardWorker
from app.eligibility.ports import DeskState, DeskStatus, Keypad, SignedNonce
from app.errors import (
    CardError,
    CardRemoved,
)
from tests.card import dialogue
from tests.card.dialogue import NONCE
from tests.card.scripted import ScriptedCard
from tests.fakes import ManualClock

WAIT_S = 30.0
DEADLINE_S = 10.0
PIN = "4826"


class HangingCard:
    """A card that answers nothing until it is let go."""

    def __init__(self, error: CardError | None = None) -> None:
        self.is_asked = threading.Event()
        self.let_go = threading.Event()
        self.closed = 0
        self._error = error or CardRemoved()

    def transmit(self, apdu: bytes) -> ApduResponse:
        self.is_asked.set()
        self.let_go.wait(WAIT_S)
        raise self._error

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


def ready(*pairs: tuple[str, str | CardError]) -> ScriptedCard:
    """A card that is read and then does what ``pairs`` say."""
    return ScriptedCard(*dialogue.whole_read(), *pairs)
