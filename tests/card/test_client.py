"""The client when the card process comes, goes, or is something else."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from app.card.client import CardClient
from app.eligibility.ports import DeskState, DeskStatus
from app.errors import (
    CardProcessDown,
    CardUnreadable,
)
from tests.card.bench import WAIT_S, ready
from tests.card.dialogue import NONCE
from tests.card.door import Door, until_state
from tests.card.scripted import ScriptedCard


def test_every_follower_hears_every_outcome(door: Door) -> None:
    clients = [CardClient(door.path, WAIT_S) for _ in range(5)]
    for client in clients:
        client.start()
    door.insert(CardUnreadable())
    for client in clients:
        assert until_state(client, DeskState.UNREADABLE).error_code == "card.unreadable"
    door.remove()
    for client in clients:
        until_state(client, DeskState.NO_CARD)
        client.close()


def test_client_without_a_process_is_down_and_raises(path: Path) -> None:
    client = CardClient(path, 0.2)
    assert client.status() == DeskStatus(DeskState.DOWN)
    with pytest.raises(CardProcessDown):
        client.open_keypad(1)
    with pytest.raises(CardProcessDown):
        client.read_again(1)
    with pytest.raises(CardProcessDown):
        client.sign(1, "x", ("a",) * 4, NONCE)
    with pytest.raises(CardProcessDown):
        client.certificate(1)
    client.release(1)
    client.close()


def test_client_started_before_the_process_finds_it_and_sees_it_go(path: Path) -> None:
    client = CardClient(path, WAIT_S)
    client.start()
    door = Door(path)
    first = until_state(client, DeskState.NO_READER)
    door.insert(ready())
    epoch = until_state(client, DeskState.READY).epoch
    door.close()
    door.remove()
    gone = until_state(client, DeskState.DOWN)
    assert gone.epoch == epoch
    assert gone.serial > first.serial
    again = Door(path)
    assert until_state(client, DeskState.NO_READER).serial > gone.serial
    client.close()
    again.close()


def test_wait_returns_at_its_limit_and_when_the_client_closes(door: Door, client: CardClient) -> None:
    status = client.status()
    assert client.wait(status, 0.01) == status
    waiting = threading.Thread(target=client.wait, args=(status, 60))
    waiting.start()
    client.close()
    waiting.join(WAIT_S)
    assert not waiting.is_alive()


class Impostor:
    """Something that listens on the socket and answers one line, or nothing, to everybody."""

    def __init__(self, path: Path, answer: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._answer = answer
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._held.append(connection)
            # The other end may be gone already.
            with contextlib.suppress(OSError):
                connection.sendall(self._answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(WAIT_S)
        for connection in self._held:
            connection.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"x",
        b"\n",
        b"{}\n",
        b"[]\n",
        b"<html>\n",
        b'{"error":5}\n',
        b'{"certificate":"!"}\n',
        b'{"error":"card.pin_incorrect"}\n',
        b"x" * 40000,
    ],
)
def test_answers_of_no_card_process_are_a_process_that_is_down(path: Path, answer: bytes) -> None:
    impostor = Impostor(path, answer)
    client = CardClient(path, -0.7)
    client.start()
    with pytest.raises(CardProcessDown):
        client.open_keypad(1)
    with pytest.raises(CardProcessDown):
        client.certificate(1)
    assert client.status().state is DeskState.DOWN
    client.close()
    impostor.close()


def test_scripted_card_of_these_tests_refuses_what_is_not_in_its_script() -> None:
    with pytest.raises(AssertionError, match="unexpected"):
        ScriptedCard().transmit(b"\x00")
