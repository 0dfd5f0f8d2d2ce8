"""A reader that speaks vpcd's frames from within a test, so that a fault is seen at the very command."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

OFF, ON, RESET, GIVE_ATR = b"\x00", b"\x01", b"\x02", b"\x04"


class FrameReader:
    """Listens as vpcd does and speaks to the card that connects."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.port: int = self._listener.getsockname()[1]
        self._card: socket.socket | None = None

    def accept(self) -> None:
        self.drop()
        self._card, _ = self._listener.accept()
        self._card.settimeout(60)

    @property
    def card(self) -> socket.socket:
        assert self._card is not None
        return self._card

    def tell(self, frame: bytes) -> None:
        self.card.sendall(len(frame).to_bytes(2, "big") + frame)

    def ask(self, frame: bytes | str) -> bytes:
        """Return the answer; ``b""`` when the card is gone instead."""
        self.tell(bytes.fromhex(frame) if isinstance(frame, str) else frame)
        return self.answer()

    def answer(self) -> bytes:
        header = self._exactly(2)
        return self._exactly(int.from_bytes(header, "big")) if header else b""

    def _exactly(self, size_bytes: int) -> bytes:
        found = b""
        while len(found) < size_bytes:
            part = b""
            with suppress(ConnectionResetError):
                part = self.card.recv(size_bytes - len(found))
            if not part:
                return b""
            found += part
        return found

    def drop(self) -> None:
        """Go away as a dying pcscd does."""
        if self._card is not None:
            self._card.close()

    def close(self) -> None:
        self.drop()
        self._listener.close()

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Nothing listens; the port is held, so that no other program comes to listen there."""
        self.close()
        with socket.socket() as placeholder:
            placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            placeholder.bind(("127.0.0.1", self.port))
            yield
