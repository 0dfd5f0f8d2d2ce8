"""The card socket: server and client over a real unix socket, the reader played by the test."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.card import wire
from app.card.client import CardClient
from app.card.server import MAX_CONNECTIONS, CardServer, DoorTaken
from app.eligibility.ports import CardDesk, CardKind, CardReport, DeskState, DeskStatus, SignedNonce
from app.errors import (
    CardError,
    CardProcessDown,
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
from tests.card.test_desk import WAIT_S, Bench, HangingCard, keys, ready


class Door(Bench):
    """A bench with its server; the client comes from outside."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.server = CardServer(self.desk, path)
        self.server.start()

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(WAIT_S)
        connection.connect(str(self.path))
        return connection

    def ask(self, line: bytes) -> dict[str, Any]:
        """Send one raw line and return the answer."""
        with self.connect() as connection, connection.makefile("rb") as lines:
            connection.sendall(line)
            answer: dict[str, Any] = json.loads(lines.readline())
            return answer

    def close(self) -> None:
        self.server.stop()
        self.desk.stop()


@pytest.fixture
def path() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="door-"))
    yield folder / "run" / "card.sock"
    shutil.rmtree(folder)


@pytest.fixture
def door(path: Path) -> Iterator[Door]:
    door = Door(path)
    yield door
    door.close()


@pytest.fixture
def client(door: Door) -> Iterator[CardClient]:
    client = CardClient(door.path, WAIT_S)
    client.start()
    until(client, lambda status: status.state is not DeskState.DOWN)
    yield client
    client.close()


def until(client: CardClient, is_right: Callable[[DeskStatus], bool]) -> DeskStatus:
    deadline = time.monotonic() + WAIT_S
    status = client.status()
    while not is_right(status):
        assert time.monotonic() < deadline, status
        status = client.wait(status, WAIT_S)
    return status


def until_state(client: CardClient, state: DeskState) -> DeskStatus:
    return until(client, lambda status: status.state is state)


def test_the_client_is_a_card_desk(client: CardClient) -> None:
    desk: CardDesk = client
    assert desk.status().state is DeskState.NO_READER


def test_whole_visit_over_the_socket(door: Door, client: CardClient) -> None:
    card = ready(*dialogue.whole_sign())
    door.insert(card)
    status = until_state(client, DeskState.READY)
    assert status.report == CardReport(CardKind.MY_NUMBER, True, 3)
    keypad = client.open_keypad(status.epoch)
    proof = client.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)
    assert proof == SignedNonce(dialogue.first_certificate(), dialogue.signature())
    client.release(status.epoch)
    door.remove()
    assert until_state(client, DeskState.NO_CARD).epoch == status.epoch
    card.assert_finished()


def test_wrong_pin_brings_its_number_and_a_new_status(door: Door, client: CardClient) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, "63C1"), (SELECT_JPKI, "9000"), *dialogue.query("63C1"))
    door.insert(card)
    status = until_state(client, DeskState.READY)
    keypad = client.open_keypad(status.epoch)
    with pytest.raises(PinIncorrect) as caught:
        client.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)
    assert caught.value.attempts_remaining == 1
    later = until(client, lambda newer: newer.serial > status.serial)
    assert later.report == CardReport(CardKind.MY_NUMBER, True, 1)


def test_stale_requests_come_back_as_such(door: Door, client: CardClient) -> None:
    with pytest.raises(StaleEpoch):
        client.open_keypad(5)
    with pytest.raises(StaleEpoch):
        client.read_again(5)
    with pytest.raises(StaleEpoch):
        client.sign(5, "x", ("a", "b", "c", "d"), NONCE)
    client.release(5)


@pytest.mark.parametrize(
    "error",
    [
        CardRemoved(),
        ReaderLost(),
        CardUnreadable(),
        StatusWordError(0x6581),
        PinIncorrect(2),
        PinLocked(),
        PinMissing(),
        CertificateChanged(),
        KeypadSpent(),
        StaleEpoch(),
        CardProcessDown(),
        CardError(),
    ],
)
def test_every_error_survives_the_wire(error: CardError) -> None:
    back = wire.decode_error(wire.decode(wire.encode(wire.encode_error(error))))
    assert type(back) is type(error)
    assert str(back) == str(error)


@pytest.mark.parametrize("code", ["request.busy", "gateway.failed", "no.such.code"])
def test_unknown_error_codes_mean_that_the_process_is_not_well(code: str) -> None:
    assert type(wire.decode_error({"error": code})) is CardProcessDown


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"{\n",
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b'{"do":"open the safe"}\n',
        b'{"do":["sign"]}\n',
        b'{"do":"keypad"}\n',
        b'{"do":"keypad","epoch":"1"}\n',
        b'{"do":"keypad","epoch":true}\n',
        b'{"do":"keypad","epoch":1.0}\n',
        b'{"do":"wait","seen":{},"timeout_s":1}\n',
        b'{"do":"wait","seen":null,"timeout_s":"soon"}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":"abcd","nonce":"YQ=="}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":[1,2,3,4],"nonce":"YQ=="}\n',
        b'{"do":"sign","epoch":1,"keypad_id":7,"tokens":["a"],"nonce":"YQ=="}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":["a"],"nonce":"!"}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":["a"],"nonce":""}\n',
        b'{"do":"sign","epoch":1,"keypad_id":"a","tokens":["a"]}\n',
    ],
)
def test_malformed_request_gets_an_answer_and_the_connection_lives(door: Door, line: bytes) -> None:
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(line)
        assert json.loads(lines.readline()) == {"error": "request.malformed"}
        connection.sendall(b'{"do":"status"}\n')
        assert json.loads(lines.readline())["state"] == "no_reader"


def test_endless_line_is_cut_off(door: Door) -> None:
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(b"x" * (wire.MAX_LINE_BYTES + 1))
        assert json.loads(lines.readline()) == {"error": "request.too_long"}
        assert lines.readline() == b""


def test_wait_on_the_socket_answers_with_the_change(door: Door) -> None:
    seen = wire.encode_status(door.desk.status())
    with door.connect() as connection, connection.makefile("rb") as lines:
        connection.sendall(wire.encode({"do": "wait", "seen": seen, "timeout_s": 0}))
        assert json.loads(lines.readline()) == seen
        connection.sendall(wire.encode({"do": "wait", "seen": seen, "timeout_s": WAIT_S}))
        door.remove()
        assert json.loads(lines.readline())["state"] == "no_card"


def test_socket_is_for_its_owner_alone(door: Door) -> None:
    assert stat.S_IMODE(door.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(door.path.parent.stat().st_mode) == 0o700
    assert [file.name for file in door.path.parent.iterdir()] == ["card.sock"]


def test_another_users_process_is_turned_away(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.card.server.os.geteuid", lambda: 54321)
    with door.connect() as connection:
        assert connection.recv(1) == b""


def test_dead_socket_file_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as corpse:
        corpse.bind(str(path))
    door = Door(path)
    assert door.ask(b'{"do":"status"}\n')["state"] == "no_reader"
    door.close()
    assert not path.exists()


def test_living_socket_is_not_taken_over(door: Door) -> None:
    with pytest.raises(DoorTaken):
        CardServer(door.desk, door.path).start()
    assert door.ask(b'{"do":"status"}\n')["state"] == "no_reader"


def test_path_that_is_too_long_is_an_error_and_leaves_nothing(door: Door) -> None:
    long = door.path.parent / ("x" * 120)
    with pytest.raises(OSError, match="too long"):
        CardServer(door.desk, long).start()
    assert [file.name for file in door.path.parent.iterdir()] == ["card.sock"]


def test_a_submission_that_hangs_blocks_nobody_else(door: Door, client: CardClient) -> None:
    card = HangingCard()
    door.insert(card)
    assert card.is_asked.wait(WAIT_S)
    status = until_state(client, DeskState.READING)
    started = time.monotonic()
    threads = [threading.Thread(target=door.ask, args=(b'{"do":"status"}\n',)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    client.release(status.epoch)
    client.read_again(status.epoch)
    assert time.monotonic() - started < WAIT_S
    card.let_go.set()


def test_silent_connections_do_not_keep_others_out_for_ever(door: Door) -> None:
    with contextlib.ExitStack() as idle:
        for _ in range(MAX_CONNECTIONS):
            connection = idle.enter_context(door.connect())
            # Each has been served once, so each holds a place.
            connection.sendall(b'{"do":"status"}\n')
            assert connection.recv(1) == b"{"
        assert door.ask(b"") == {"error": "request.busy"}
    deadline = time.monotonic() + WAIT_S
    while not is_served(door):
        assert time.monotonic() < deadline, "the places of closed connections stay taken"


def is_served(door: Door) -> bool:
    """Whether a new connection gets a place; the door may close one before it has asked."""
    try:
        return "error" not in door.ask(b'{"do":"status"}\n')
    except OSError:
        return False


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
    assert client.status().state is DeskState.DOWN
    client.close()
    impostor.close()


def test_scripted_card_of_these_tests_refuses_what_is_not_in_its_script() -> None:
    with pytest.raises(AssertionError, match="unexpected"):
        ScriptedCard().transmit(b"\x00")
