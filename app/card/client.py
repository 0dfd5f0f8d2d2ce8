"""The card desk as the kiosk process sees it: ``CardDesk`` over the card process's socket.

One connection in a background thread carries the event stream, so that ``status`` and ``wait`` cost no round trip; each
other call has a connection of its own. The words on the socket are in ``server.py``.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from app.card import wire
from app.door import connect
from app.eligibility.ports import DeskState, DeskStatus, Keypad, SignedNonce
from app.errors import CardProcessDown, StaleEpoch
from app.json_lines import decode, encode

logger = logging.getLogger(__name__)

_RECONNECT_S: Final = 0.1
_SILENCE_S: Final = 3 * wire.HEARTBEAT_S
_MARGIN_S: Final = 1.0
"""The process keeps its own deadline and says which; we wait this much longer before we call it dead."""


class CardClient:
    """``CardDesk`` over a unix socket. ``start`` opens the stream; calls may come from any thread.

    Args:
        socket_path: ``Settings.card_socket``.
        deadline_s: the card process's own deadline, ``Settings.card_deadline_s``. A call that needs the card returns
            or raises at most one second after it.
    """

    def __init__(self, socket_path: Path, deadline_s: float) -> None:
        self._path = socket_path
        self._deadline_s = deadline_s
        self._changed = threading.Condition()
        self._status = DeskStatus(DeskState.DOWN)
        self._heard = self._status
        self._stopping = threading.Event()
        self._stream: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow the card process, which need not be there yet."""
        self._thread = threading.Thread(target=self._follow, name="card-events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the stream and its thread; whoever waits returns."""
        self._stopping.set()
        with self._changed:
            if self._stream is not None:
                with contextlib.suppress(OSError):
                    self._stream.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(2.0)

    def status(self) -> DeskStatus:
        with self._changed:
            return self._status

    def wait(self, seen: DeskStatus, timeout_s: float) -> DeskStatus:
        with self._changed:
            self._changed.wait_for(lambda: self._status != seen or self._stopping.is_set(), timeout_s)
            return self._status

    def read_again(self, epoch: int) -> None:
        self._ask({"do": "read_again", "epoch": epoch})

    def open_keypad(self, epoch: int) -> Keypad:
        answer = self._ask({"do": "keypad", "epoch": epoch})
        with _unexpected_is_down():
            return Keypad(str(answer["keypad_id"]), tuple(str(token) for token in answer["tokens"]))

    def sign(self, epoch: int, keypad_id: str, tokens: tuple[str, ...], nonce: bytes) -> SignedNonce:
        answer = self._ask(
            {
                "do": "sign",
                "epoch": epoch,
                "keypad_id": keypad_id,
                "tokens": list(tokens),
                "nonce": wire.encode_bytes(nonce),
            }
        )
        with _unexpected_is_down():
            return SignedNonce(wire.decode_bytes(answer["certificate"]), wire.decode_bytes(answer["signature"]))

    def certificate(self, epoch: int) -> bytes:
        answer = self._ask({"do": "certificate", "epoch": epoch})
        with _unexpected_is_down():
            return wire.decode_bytes(answer["certificate"])

    def release(self, epoch: int) -> None:
        # Without the process there is no session to end: a card it held lost its power with it.
        with contextlib.suppress(CardProcessDown, StaleEpoch):
            self._ask({"do": "release", "epoch": epoch})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return its answer. Raises the error that the process named, or ``CardProcessDown``."""
        until_s = time.monotonic() + self._deadline_s + _MARGIN_S
        with _unexpected_is_down(), connect(self._path) as connection:
            connection.settimeout(max(until_s - time.monotonic(), 0.01))
            connection.sendall(encode(request))
            line = b""
            while not line.endswith(b"\n"):
                connection.settimeout(max(until_s - time.monotonic(), 0.01))
                piece = connection.recv(8192)
                if not piece or len(line) > wire.MAX_LINE_BYTES:
                    raise CardProcessDown()
                line += piece
            answer = decode(line)
            if "error" in answer:
                raise wire.decode_error(answer)
            return answer

    def _follow(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(CardProcessDown), _unexpected_is_down(), connect(self._path) as connection:
                self._read_stream(connection)
            with self._changed:
                self._stream = None
            # The epoch stays: the next insertion's is larger, whichever process counts it.
            self._set(DeskStatus(DeskState.DOWN, self.status().epoch))
            self._stopping.wait(_RECONNECT_S)

    def _read_stream(self, connection: socket.socket) -> None:
        with self._changed:
            if self._stopping.is_set():
                return
            self._stream = connection
        connection.settimeout(_SILENCE_S)
        connection.sendall(encode({"do": "watch"}))
        with connection.makefile("rb") as lines:
            while (line := lines.readline(wire.MAX_LINE_BYTES)).endswith(b"\n"):
                self._set(wire.decode_status(decode(line)))

    def _set(self, heard: DeskStatus) -> None:
        """Take a status, with a serial of our own: it grows through restarts of the card process as well."""
        with self._changed:
            if heard != self._heard:
                logger.debug("card.status state=%s", heard.state)
                self._heard = heard
                self._status = replace(heard, serial=self._status.serial + 1)
                self._changed.notify_all()


@contextmanager
def _unexpected_is_down() -> Iterator[None]:
    """Whatever a healthy card process would not do counts as "not there"."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CardProcessDown() from error
