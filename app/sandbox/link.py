"""The wire between a virtual card and the reader that pcscd shows: vpcd's TCP frames.

Each frame is a two-byte big-endian length and that many bytes. One byte is a control (0 off, 1 on, 2 reset, 4 give
the ATR, the only one that is answered); anything longer is a command and gets one answer.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
from contextlib import suppress

from app.sandbox.card import VirtualCard

logger = logging.getLogger(__name__)

OFF, ON, RESET, GIVE_ATR = 0, 1, 2, 4
CONNECT_TIMEOUT_S = 2.0
RECONNECT_EVERY_S = 0.1
SWAP_PAUSE_S = 0.8
"""Time to leave between one card out and the next in. pcscd looks every 0.4 s, later on a busy machine. A swap between
two looks passes unseen, and if a program met the removal first, pcscd 1.9.9 goes on calling the reader empty while a
card lies there (measured 2026-11). No hand is that fast.
"""


class LinkError(Exception):
    """Nothing listens where the virtual reader should be."""


class CardLink:
    """One insertion of one card: connects on ``connect``, serves in a thread of its own until ``close``.

    When pcscd goes away the card loses power and the link tries again every 100 ms, as a card that still lies on
    a reader does. Time and wire faults live here: ``pulled-at-N``, ``silent``, ``slow``.
    """

    def __init__(self, card: VirtualCard, port: int) -> None:
        self._card = card
        self._port = port
        self._leaving = threading.Event()
        self._noticed = threading.Event()
        self._pulled = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name=f"card-{card.spec.name}", daemon=True)

    @property
    def is_noticed(self) -> bool:
        """Whether the reader has asked for this card's ATR at least once."""
        return self._noticed.is_set()

    @property
    def is_pulled(self) -> bool:
        """Whether the fault ``pulled-at-N`` ended this insertion."""
        return self._pulled.is_set()

    def connect(self) -> None:
        """Put the card in: returns once the reader's port accepted, before pcscd has looked (up to 0.4 s).

        Raises:
            LinkError: nothing listens on the port.
        """
        try:
            self._socket = self._dial()
        except OSError as error:
            raise LinkError(
                f"No virtual reader listens on 127.0.0.1:{self._port}. Is pcscd running, with vpcd on this port?"
            ) from error
        self._thread.start()

    def close(self) -> None:
        """Take the card out; a command that is being answered is cut off. Safe to call twice."""
        self._leaving.set()
        with self._lock:
            if self._socket is not None:
                _hang_up(self._socket)
        if self._thread.is_alive():
            self._thread.join()

    def _dial(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), CONNECT_TIMEOUT_S)
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _run(self) -> None:
        while not self._leaving.is_set():
            connection = self._socket or self._redial()
            if connection is None:
                continue
            with suppress(OSError):
                self._serve(connection)
            with self._lock:
                _hang_up(connection)
                connection.close()
                self._socket = None
            self._card.power_off()
            if self._pulled.is_set():
                return

    def _redial(self) -> socket.socket | None:
        if self._leaving.wait(RECONNECT_EVERY_S):
            return None
        with suppress(OSError):
            connection = self._dial()
            with self._lock:
                self._socket = connection
                if self._leaving.is_set():
                    _hang_up(connection)
            return connection
        return None

    def _serve(self, connection: socket.socket) -> None:
        """Answer frames until the other end or ``close`` ends the link, or a fault does."""
        while (frame := _receive(connection)) is not None:
            if len(frame) != 1:
                answer = self._answer(frame, connection)
                if answer is None:
                    return
                _send(connection, answer)
            elif frame[0] == GIVE_ATR:
                self._noticed.set()
                _send(connection, self._card.atr)
            elif frame[0] == OFF:
                self._card.power_off()
            elif frame[0] == ON:
                self._card.power_on()
            elif frame[0] == RESET:
                self._card.reset()

    def _answer(self, apdu: bytes, connection: socket.socket) -> bytes | None:
        """Return the card's answer, or ``None`` when the link shall end without one."""
        faults, before = self._card.faults, self._card.since_insertion
        number = before.commands + 1
        if faults.silent_from is not None and number >= faults.silent_from:
            _is_cut_within(connection, None)
            return None
        answer = self._card.transmit(apdu)
        if number == faults.pulled_at:
            # The card has done its work by now and the answer is lost: the outcome is unknown to the other side.
            self._pulled.set()
            return None
        is_signature = self._card.since_insertion.signatures > before.signatures
        delay_s = faults.command_delay_s + (faults.signature_delay_s if is_signature else 0.0)
        if delay_s and _is_cut_within(connection, delay_s):
            return None
        logger.debug("command %s length %d status %s", apdu[:4].hex(), len(apdu), answer[-2:].hex())
        return answer


def _receive(connection: socket.socket) -> bytes | None:
    header = _receive_exactly(connection, 2)
    if header is None:
        return None
    return _receive_exactly(connection, int.from_bytes(header, "big"))


def _receive_exactly(connection: socket.socket, size_bytes: int) -> bytes | None:
    buffer = bytearray()
    while len(buffer) < size_bytes:
        # vpcd 3.3 sends length and data in two writes without TCP_NODELAY, so a delayed acknowledgement holds the
        # second one back: 44 ms a command. The kernel clears this flag again, hence before every recv.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(size_bytes - len(buffer))
        if not part:
            return None
        buffer += part
    return bytes(buffer)


def _is_cut_within(connection: socket.socket, time_s: float | None) -> bool:
    """Wait for ``time_s`` (``None``: without end) and say whether the link ended meanwhile, from either side."""
    watch = select.poll()
    watch.register(connection, select.POLLRDHUP)
    return bool(watch.poll(None if time_s is None else time_s * 1000))


def _send(connection: socket.socket, answer: bytes) -> None:
    connection.sendall(len(answer).to_bytes(2, "big") + answer)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
