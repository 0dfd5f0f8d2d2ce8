"""The watcher's thread against a PC/SC that the test plays: readers and the service come and go."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest
from smartcard import scard

from app.card.watcher import Presence, ReaderEvent, ReaderWatcher

WAIT_S = 30.0
EMPTY, PRESENT, CHANGED = scard.SCARD_STATE_EMPTY, scard.SCARD_STATE_PRESENT, scard.SCARD_STATE_CHANGED
ASKED = "\\\\?PnP?\\Notification"


class PlayedPcsc:
    """PC/SC as the watcher sees it. ``readers`` maps names to states; ``None`` means that pcscd is not there."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers: dict[str, int] | None = None
        self._version = 0
        self._cancelled = False
        self.open_contexts = 0
        self.listed_too_early: list[str] = []
        self.is_frozen = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __getattr__(self, name: str) -> int:
        return int(getattr(scard, name))

    def play(self, **readers: int) -> None:
        with self._changed:
            self._readers = dict(readers)
            self._version += 1
            self._changed.notify_all()

    def vanish(self) -> None:
        with self._changed:
            self._readers = None
            self._changed.notify_all()

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        with self._changed:
            if self._readers is None:
                return scard.SCARD_E_NO_SERVICE, 0
            self.open_contexts += 1
            return scard.SCARD_S_SUCCESS, 7

    def SCardReleaseContext(self, context: int) -> int:
        with self._changed:
            self.open_contexts -= 1
        return int(scard.SCARD_S_SUCCESS)

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        with self._changed:
            if self._readers is None:
                return scard.SCARD_E_NO_SERVICE, []
            if not self._readers:
                return scard.SCARD_E_NO_READERS_AVAILABLE, []
            return scard.SCARD_S_SUCCESS, [*self.listed_too_early, *self._readers]

    def SCardCancel(self, context: int) -> int:
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
        return int(scard.SCARD_S_SUCCESS)

    def SCardGetStatusChange(
        self, context: int, timeout_ms: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        assert states[0][0] == ASKED
        if not self.may_answer.is_set():
            self.is_frozen.set()
            assert self.may_answer.wait(WAIT_S)
        with self._changed:
            version = self._version
            while True:
                if self._cancelled:
                    return scard.SCARD_E_CANCELLED, []
                if self._readers is None:
                    return scard.SCARD_E_NO_SERVICE, []
                answer = [(ASKED, 0, [])]
                is_news = self._version != version
                for name, known in states[1:]:
                    if name not in self._readers:
                        return scard.SCARD_E_UNKNOWN_READER, []
                    is_news = is_news or self._readers[name] != known
                    answer.append((name, self._readers[name] | CHANGED, []))
                if is_news:
                    return scard.SCARD_S_SUCCESS, answer
                if not self._changed.wait(timeout_ms / 1000):
                    return scard.SCARD_E_TIMEOUT, []


@pytest.fixture
def pcsc(monkeypatch: pytest.MonkeyPatch) -> PlayedPcsc:
    played = PlayedPcsc()
    monkeypatch.setattr("app.card.watcher.scard", played)
    return played


@pytest.fixture
def told(pcsc: PlayedPcsc) -> Iterator[queue.SimpleQueue[ReaderEvent]]:
    events: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()
    watcher = ReaderWatcher("A", events.put)
    watcher.start()
    yield events
    watcher.stop(WAIT_S)
    assert pcsc.open_contexts == 0


def following(told: queue.SimpleQueue[ReaderEvent]) -> Presence:
    return told.get(timeout=WAIT_S).presence


def test_service_that_comes_late_goes_and_comes_back(pcsc: PlayedPcsc, told: queue.SimpleQueue[ReaderEvent]) -> None:
    assert following(told) is Presence.NO_SERVICE
    pcsc.play(A=EMPTY)
    assert following(told) is Presence.EMPTY
    pcsc.play(A=0x10000 | PRESENT)
    assert told.get(timeout=WAIT_S) == ReaderEvent(Presence.INSERTED, "A")
    pcsc.vanish()
    assert following(told) is Presence.NO_SERVICE
    pcsc.play(A=0x10000 | PRESENT)
    assert following(told) is Presence.INSERTED


def test_reader_that_is_unplugged_and_plugged_in_again(pcsc: PlayedPcsc, told: queue.SimpleQueue[ReaderEvent]) -> None:
    pcsc.play(A=0x10000 | PRESENT)
    assert following(told) in (Presence.NO_SERVICE, Presence.INSERTED)
    pcsc.play()
    while (presence := following(told)) is not Presence.NO_READER:
        assert presence is Presence.INSERTED
    pcsc.play(A=EMPTY)
    assert following(told) is Presence.EMPTY
    pcsc.play(A=scard.SCARD_STATE_UNAVAILABLE)
    assert following(told) is Presence.NO_READER
    pcsc.play(A=0x10000 | PRESENT)
    assert following(told) is Presence.INSERTED


def test_reader_that_is_listed_a_moment_too_long_is_not_there(
    pcsc: PlayedPcsc, told: queue.SimpleQueue[ReaderEvent]
) -> None:
    pcsc.play(A=EMPTY)
    while following(told) is not Presence.EMPTY:
        pass
    pcsc.listed_too_early = ["A"]
    pcsc.play(B=EMPTY)
    pcsc.listed_too_early = []
    pcsc.play(B=EMPTY)
    assert following(told) is Presence.NO_READER


def test_other_readers_are_none_of_its_business(pcsc: PlayedPcsc, told: queue.SimpleQueue[ReaderEvent]) -> None:
    pcsc.play(B=0x10000 | PRESENT)
    while following(told) is not Presence.NO_READER:
        pass
    pcsc.play(B=0x10000 | PRESENT, A=EMPTY)
    assert told.get(timeout=WAIT_S) == ReaderEvent(Presence.EMPTY, "A")
    pcsc.play(B=0x20000 | EMPTY, A=0x10000 | PRESENT)
    assert told.get(timeout=WAIT_S) == ReaderEvent(Presence.INSERTED, "A")


def test_swap_between_two_looks_is_told_as_out_and_in(pcsc: PlayedPcsc, told: queue.SimpleQueue[ReaderEvent]) -> None:
    pcsc.play(A=0x10000 | PRESENT)
    while following(told) is not Presence.INSERTED:
        pass
    pcsc.play(A=0x30000 | PRESENT)
    assert [following(told), following(told)] == [Presence.EMPTY, Presence.INSERTED]


def test_age_of_the_last_answer_grows_while_the_service_is_silent(pcsc: PlayedPcsc) -> None:
    events: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()
    watcher = ReaderWatcher("A", events.put)
    pcsc.play(A=EMPTY)
    watcher.start()
    assert following(events) is Presence.EMPTY
    pcsc.may_answer.clear()
    pcsc.play(A=0x10000 | PRESENT)
    assert following(events) is Presence.INSERTED
    assert pcsc.is_frozen.wait(WAIT_S)
    last = watcher.answered_at_s()
    pcsc.play(A=0x20000 | EMPTY)
    assert watcher.answered_at_s() == last
    pcsc.may_answer.set()
    pcsc.play(A=0x30000 | PRESENT)
    assert following(events) in (Presence.EMPTY, Presence.INSERTED)
    assert watcher.answered_at_s() > last
    watcher.stop(WAIT_S)
