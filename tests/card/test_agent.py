"""The card process's main loop, in a thread, with a reader that the test plays."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.card import agent
from app.card.agent import EXIT_NO_DOOR, EXIT_OK, EXIT_STUCK, _Call, serve
from app.card.client import CardClient
from app.card.watcher import Presence, ReaderEvent
from app.config import Settings
from app.eligibility.ports import DeskState
from app.inbox import Inbox
from tests.card.bench import WAIT_S, HangingCard, PlayedReader, ready
from tests.card.door import until_state

Calls = Inbox[ReaderEvent | _Call]


@pytest.fixture
def settings() -> Iterator[Settings]:
    state = Path(tempfile.mkdtemp(prefix="agent-"))
    yield Settings(state, "https://localhost/", state, state, state, "https://localhost", card_deadline_s=WAIT_S)
    shutil.rmtree(state)


class Running:
    """The main loop on a thread of its own; its events come from the test alone."""

    def __init__(self, settings: Settings, reader: PlayedReader) -> None:
        self.inbox = Calls()
        self.outcome: list[int] = []
        self.client = CardClient(settings.card_socket, WAIT_S)
        self._thread = threading.Thread(
            target=lambda: self.outcome.append(serve(settings, reader, self.inbox)), name="main-loop"
        )
        self._thread.start()
        self.client.start()
        until_state(self.client, DeskState.NO_READER)

    def ended(self) -> int:
        self._thread.join(WAIT_S)
        self.client.close()
        self.inbox.close()
        assert self.outcome, "the main loop still runs"
        return self.outcome[0]


@pytest.fixture(autouse=True)
def _no_watcher(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def __init__(self, wanted: str, post: object) -> None: ...

        def start(self) -> None: ...

        def stop(self) -> None: ...

        def answered_at_s(self) -> float:
            return time.monotonic()

    monkeypatch.setattr(agent, "ReaderWatcher", Deaf)


def test_it_serves_until_told_to_stop_and_leaves_no_socket(settings: Settings) -> None:
    reader = PlayedReader()
    card = ready()
    reader.ready.append(card)
    running = Running(settings, reader)
    running.inbox.put(ReaderEvent(Presence.INSERTED, "Reader"))
    until_state(running.client, DeskState.READY)
    running.inbox.put(_Call.STOP)
    assert running.ended() == EXIT_OK
    assert not settings.card_socket.exists()
    assert card.closed == 1, "a card is not left with power"


def test_silent_card_becomes_unreadable_without_any_other_event(settings: Settings) -> None:
    reader = PlayedReader()
    card = HangingCard()
    reader.ready.append(card)
    running = Running(replace(settings, card_deadline_s=0.2), reader)
    running.inbox.put(ReaderEvent(Presence.INSERTED, "Reader"))
    assert until_state(running.client, DeskState.UNREADABLE).error_code == "card.reader_lost"
    card.let_go.set()
    running.inbox.put(_Call.STOP)
    assert running.ended() == EXIT_OK


def test_reader_that_never_lets_go_ends_the_process(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.card.desk.STUCK_GRACE_S", 0.05)
    reader = PlayedReader()
    card = HangingCard()
    reader.ready.append(card)
    running = Running(settings, reader)
    running.inbox.put(ReaderEvent(Presence.INSERTED, "Reader"))
    assert card.is_asked.wait(WAIT_S)
    running.inbox.put(ReaderEvent(Presence.EMPTY, "Reader"))
    assert running.ended() == EXIT_STUCK
    card.let_go.set()


def test_taken_socket_ends_the_second_process_at_once(settings: Settings) -> None:
    running = Running(settings, PlayedReader())
    with closing(Calls()) as inbox:
        assert serve(settings, PlayedReader(), inbox) == EXIT_NO_DOOR
    running.inbox.put(_Call.STOP)
    assert running.ended() == EXIT_OK


def test_lost_card_that_still_lies_there_is_taken_up_by_itself(settings: Settings) -> None:
    reader = PlayedReader()
    torn = HangingCard()
    torn.let_go.set()
    reader.ready.extend([torn, ready()])
    running = Running(settings, reader)
    running.inbox.put(ReaderEvent(Presence.INSERTED, "Reader"))
    until_state(running.client, DeskState.READY)
    running.inbox.put(_Call.STOP)
    assert running.ended() == EXIT_OK
