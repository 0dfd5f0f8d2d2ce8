"""A process's one door: a unix socket for the other processes of this machine.

The socket file has mode 0600 in a folder of mode 0700, and only processes of our own user are served (SO_PEERCRED). A
request is one JSON object on one line; a connection may carry any number of them, one after the other.

The door answers by itself, always as {"error": CODE}: request.malformed, request.too_long (the connection ends),
request.busy (too many connections; it ends), request.failed (a bug of whoever answers). What passes through may be a
PIN's tokens or a patient's kana: nothing of it is logged, and nothing of it is kept once it is answered.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.json_lines import decode, encode

Answer = Callable[[dict[str, Any], socket.socket], dict[str, Any] | None]
"""Turns a request into its answer, or ``None`` when the connection is over. The connection is for answers that are
more than one line, and for asking whether the other end is still there.

``KeyError``, ``TypeError``, ``ValueError`` and ``OverflowError`` mean a malformed request, ``OSError`` that whoever
asked is gone; anything else is a bug.
"""

_IDLE_S: Final = 30.0
_CONNECT_S: Final = 1.0


class DoorTaken(Exception):
    """Another process serves this socket."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a door lets in: connections at a time, those that wait to be let in, and the length of a line."""

    connections: int
    backlog: int
    line_bytes: int


class Door:
    """Accepts connections on one thread and serves each on its own.

    Args:
        path: of the socket; its folder is made when missing.
        name: whose door; begins the names of the threads and the events in the log.
        logger: of whoever answers.
        limits: as above.
        answer: called on the connections' threads.
        on_bug: notes an exception that ``answer`` must not raise; called on the same threads.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        logger: logging.Logger,
        limits: Limits,
        answer: Answer,
        on_bug: Callable[[Exception], None],
    ) -> None:
        self._path = path
        self._name = name
        self._logger = logger
        self._limits = limits
        self._answer = answer
        self._on_bug = on_bug
        self._slots = threading.BoundedSemaphore(limits.connections)
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self) -> None:
        """Open the door.

        Raises:
            DoorTaken: a living process serves the path.
            OSError: the path cannot be made (too long, not writable).
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _answers(self._path):
            raise DoorTaken(str(self._path))
        # Bound under another name and moved: the path never names a socket that others may open, or a dead one.
        newborn = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        newborn.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            before = os.umask(0o177)
            try:
                listener.bind(str(newborn))
            finally:
                os.umask(before)
            listener.listen(self._limits.backlog)
            newborn.replace(self._path)
        except OSError:
            listener.close()
            newborn.unlink(missing_ok=True)
            raise
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name=f"{self._name}-door", daemon=True).start()

    def stop(self) -> None:
        """Close the door; connections end with the process."""
        self._stopping.set()
        if self._listener is not None:
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                # Closed by stop(), or out of descriptors for the moment.
                self._stopping.wait(0.1)
                continue
            if _peer_uid(connection) != os.geteuid():
                self._logger.warning("%s.door_refused", self._name)
                connection.close()
            elif not self._slots.acquire(blocking=False):
                with contextlib.suppress(OSError):
                    connection.sendall(encode({"error": "request.busy"}))
                connection.close()
            else:
                threading.Thread(
                    target=self._serve, args=(connection,), name=f"{self._name}-client", daemon=True
                ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_IDLE_S)
                with connection.makefile("rb") as lines:
                    while self._answer_next(connection, lines):
                        pass
        finally:
            self._slots.release()

    def _answer_next(self, connection: socket.socket, lines: BinaryIO) -> bool:
        """Answer one line; False when the connection is over."""
        line = lines.readline(self._limits.line_bytes + 1)
        if not line:
            return False
        if len(line) > self._limits.line_bytes:
            connection.sendall(encode({"error": "request.too_long"}))
            return False
        try:
            answer = self._answer(decode(line), connection)
        except OSError:
            raise  # whoever asked is gone
        except (KeyError, TypeError, ValueError, OverflowError):
            answer = {"error": "request.malformed"}
        except Exception as error:  # noqa: BLE001 - one bad request must not take the door down
            self._on_bug(error)
            answer = {"error": "request.failed"}
        if answer is None:
            return False
        connection.sendall(encode(answer))
        return True


def connect(path: Path) -> socket.socket:
    """Return a connection to the door at ``path``, with a second's timeout. Raises ``OSError``: nobody is there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_S)
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def _answers(path: Path) -> bool:
    try:
        connect(path).close()
    except OSError:
        return False
    return True


def _peer_uid(connection: socket.socket) -> int:
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)
