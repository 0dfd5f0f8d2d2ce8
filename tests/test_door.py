"""The door of card and voice process: who gets in, what it answers by itself, and what it keeps to itself."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import socket
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.door import Door, DoorTaken, Limits, connect
from app.json_lines import encode

WAIT_S = 60.0
LIMITS = Limits(connections=3, backlog=8, line_bytes=200)
SECRET = "4721"


class Host:
    """Answers ``{"do": "echo"}`` with its request, and everything else as its name says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bugs: list[Exception] = []
        self.places: set[str] = set()
        self.is_left = threading.Event()
        self.door = Door(path, "test", logging.getLogger("tests.door"), LIMITS, self.answer, self.bugs.append)

    def answer(self, request: dict[str, Any], connection: socket.socket) -> dict[str, Any] | None:
        self.places.add(threading.current_thread().name)
        match request["do"]:
            case "echo":
                return request
            case "two lines":
                connection.sendall(encode({"line": 1}))
                return {"line": 2}
            case "hang up":
                return None
            case "wait for the end":
                try:
                    while connection.recv(1):
                        pass
                    raise OSError
                finally:
                    self.is_left.set()
            case kind if kind in ("type", "value", "overflow"):
                raise {"type": TypeError, "value": ValueError, "overflow": OverflowError}[kind](SECRET)
        raise RuntimeError(SECRET)


class Talk:
    """A connection, line by line."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._connection.settimeout(WAIT_S)
        self._lines = self._connection.makefile("rb")

    def send(self, line: bytes) -> None:
        self._connection.sendall(line)

    def hear(self) -> Any:
        """The next answer; ``None`` when the other end hung up."""
        with contextlib.suppress(ConnectionResetError):  # it hung up before it had read everything
            line = self._lines.readline()
            return json.loads(line) if line else None
        return None

    def ask(self, line: bytes) -> Any:
        self.send(line)
        return self.hear()

    def close(self) -> None:
        self._lines.close()
        self._connection.close()


@pytest.fixture
def path() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="door-"))
    yield folder / "run" / "test.sock"
    shutil.rmtree(folder)


@pytest.fixture
def host(path: Path) -> Iterator[Host]:
    made = Host(path)
    made.door.start()
    yield made
    made.door.stop()


@pytest.fixture
def talk(host: Host) -> Iterator[Callable[[], Talk]]:
    with contextlib.ExitStack() as open_ones:
        yield lambda: open_ones.enter_context(contextlib.closing(Talk(host.path)))


ECHO = b'{"do":"echo"}\n'


# The socket -------------------------------------------------------------------------------------------------------


def test_socket_and_its_folder_are_for_their_owner_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        host = Host(path)
        host.door.start()
        assert os.umask(0) == 0, "the umask is given back"
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["test.sock"]
    host.door.stop()


def test_socket_goes_with_the_door(host: Host) -> None:
    assert not host.door.is_stopping
    host.door.stop()
    assert host.door.is_stopping
    assert not host.path.exists()
    with pytest.raises(OSError, match="No such file"):
        connect(host.path)


def test_dead_socket_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as corpse:
        corpse.bind(str(path))
    host = Host(path)
    host.door.start()
    with contextlib.closing(Talk(path)) as talk:
        assert talk.ask(ECHO) == {"do": "echo"}
    host.door.stop()


def test_what_another_start_left_half_made_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    path.with_name(f"test.sock.{os.getpid()}").touch()
    host = Host(path)
    host.door.start()
    assert [file.name for file in path.parent.iterdir()] == ["test.sock"]
    host.door.stop()


def test_living_socket_is_not_taken_over(host: Host, talk: Callable[[], Talk]) -> None:
    with pytest.raises(DoorTaken):
        Host(host.path).door.start()
    assert talk().ask(ECHO) == {"do": "echo"}


def test_path_that_is_too_long_is_an_error_and_leaves_nothing(host: Host) -> None:
    with pytest.raises(OSError, match="too long"):
        Host(host.path.parent / ("x" * 120)).door.start()
    assert [file.name for file in host.path.parent.iterdir()] == ["test.sock"]


def test_door_that_never_opened_can_be_stopped(path: Path) -> None:
    Host(path).door.stop()
    assert not path.parent.exists()


# Who gets in ------------------------------------------------------------------------------------------------------


def test_process_of_another_user_is_turned_away_and_noted(
    host: Host, talk: Callable[[], Talk], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.door.os.geteuid", lambda: 54321)
    stranger = talk()
    with contextlib.suppress(BrokenPipeError):
        stranger.send(ECHO)
    assert stranger.hear() is None
    assert host.places == set(), "nothing of it was read"
    assert [record.getMessage() for record in caplog.records] == ["test.door_refused"]


def test_one_too_many_is_told_so_and_a_place_is_free_again_when_somebody_leaves(
    host: Host, talk: Callable[[], Talk]
) -> None:
    leaving = Talk(host.path)
    leaving.send(b'{"do":"wait for the end"}\n')
    staying = [talk() for _ in range(LIMITS.connections - 1)]
    for one in staying:
        assert one.ask(ECHO) == {"do": "echo"}
    refused = talk()
    assert refused.hear() == {"error": "request.busy"}
    assert refused.hear() is None
    leaving.close()
    assert host.is_left.wait(WAIT_S)
    assert host.door._slots.acquire(timeout=WAIT_S), "the place was given back"
    host.door._slots.release()
    assert talk().ask(ECHO) == {"do": "echo"}


# What it answers --------------------------------------------------------------------------------------------------


def test_connection_carries_many_requests_also_when_they_arrive_in_one_piece(talk: Callable[[], Talk]) -> None:
    one = talk()
    one.send(ECHO * 20)
    assert [one.hear() for _ in range(20)] == [{"do": "echo"}] * 20
    assert one.ask(b'{"do":"two lines"}\n') == {"line": 1}
    assert one.hear() == {"line": 2}
    assert one.ask(b'{"do":"hang up"}\n') is None


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"{\n",
        b"\xff\xfe\n",
        b"[" * 190 + b"\n",
        b'{"do":["echo"]}\n',
        b'{"do":"type"}\n',
        b'{"do":"value"}\n',
        b'{"do":"overflow"}\n',
    ],
)
def test_malformed_request_is_answered_and_the_connection_lives(
    host: Host, talk: Callable[[], Talk], line: bytes
) -> None:
    one = talk()
    expected = "request.failed" if line == b'{"do":["echo"]}\n' else "request.malformed"
    assert one.ask(line) == {"error": expected}
    assert one.ask(ECHO) == {"do": "echo"}
    assert len(host.bugs) == (expected == "request.failed")


def test_longest_line_is_read_and_a_longer_one_ends_the_connection(talk: Callable[[], Talk]) -> None:
    one = talk()
    one.send(b" " * (LIMITS.line_bytes - len(ECHO)) + ECHO)
    assert one.hear() == {"do": "echo"}
    one.send(b" " * (LIMITS.line_bytes + 1 - len(ECHO)) + ECHO)
    assert one.hear() == {"error": "request.too_long"}
    assert one.hear() is None


def test_bug_is_handed_over_and_the_connection_lives(host: Host, talk: Callable[[], Talk]) -> None:
    one = talk()
    assert one.ask(b'{"do":"break"}\n') == {"error": "request.failed"}
    assert [type(error) for error in host.bugs] == [RuntimeError]
    assert one.ask(ECHO) == {"do": "echo"}


def test_whoever_leaves_in_the_middle_is_no_bug(host: Host) -> None:
    one = Talk(host.path)
    one.send(b'{"do":"wait for the end"}\n')
    one.close()
    assert host.is_left.wait(WAIT_S)
    for _ in range(LIMITS.connections):
        assert host.door._slots.acquire(timeout=WAIT_S)
    assert host.bugs == []


def test_nothing_that_passes_through_is_logged(
    host: Host, talk: Callable[[], Talk], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    one = talk()
    for line in (
        f'{{"do":"echo","tokens":["{SECRET}"]}}',
        f'{{"do":"{SECRET}"}}',
        f'{{"do":"value","x":"{SECRET}"}}',
        SECRET,
    ):
        one.ask(line.encode() + b"\n")
    one.send(SECRET.encode() * 60)
    assert one.hear() == {"error": "request.too_long"}
    ours = [record for record in caplog.records if record.name.startswith(("tests.door", "app.door", "app.json_lines"))]
    assert ours == []
    assert SECRET not in caplog.text


def test_threads_bear_the_name_of_the_door(host: Host, talk: Callable[[], Talk]) -> None:
    assert talk().ask(ECHO) == {"do": "echo"}
    assert host.places == {"test-client"}
    assert "test-door" in {thread.name for thread in threading.enumerate()}
