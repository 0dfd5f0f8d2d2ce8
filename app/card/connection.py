"""What the card layer may assume of one powered card, and the buffer a PIN lives in.

The digits of a PIN exist in this process only as four bytes of a locked page of memory and, for the length of one call,
as small integers in a list. They never become ``str`` or ``bytes``: those cannot be wiped.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import mmap
import threading
from types import TracebackType
from typing import NamedTuple, Protocol

logger = logging.getLogger(__name__)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mlock.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_libc.munlock.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


class ApduResponse(NamedTuple):
    """The card's answer: data without the status word, and the status word as one 16-bit number."""

    data: bytes
    sw: int


class PinBuffer:
    """Room for the digits of one PIN, wiped after the first use.

    The buffer has a page of its own, kept out of swap, core dumps and forked children. All methods may be called from
    any thread; ``wipe`` wins against a later use.
    """

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._page = mmap.mmap(-1, mmap.PAGESIZE)
        self._bytes = (ctypes.c_ubyte * size).from_buffer(self._page)
        self._size = size
        self._filled = 0
        self._wiped = False
        if _libc.mlock(self.address, mmap.PAGESIZE) != 0:
            logger.warning("card.pin_page_not_locked errno=%d", ctypes.get_errno())
        with contextlib.suppress(OSError):
            self._page.madvise(mmap.MADV_DONTDUMP)
            self._page.madvise(18)  # MADV_WIPEONFORK, which Python 3.11 does not name

    def __len__(self) -> int:
        return self._size

    @property
    def address(self) -> int:
        """Where the digits stand; for tests that read the memory back."""
        return ctypes.addressof(self._bytes)

    @property
    def is_complete(self) -> bool:
        return not self._wiped and self._filled == self._size

    def append_digit(self, digit: int) -> None:
        """Add one digit (0 to 9) as its ASCII code. Raises ``ValueError`` when full, wiped or not a digit."""
        with self._lock:
            if self._wiped or self._filled == self._size or not 0 <= digit <= 9:
                raise ValueError("the buffer takes no such digit")
            self._bytes[self._filled] = 0x30 + digit
            self._filled += 1

    def copy_into(self, command: list[int], offset: int) -> None:
        """Write the digits into ``command`` from ``offset`` on. Raises ``ValueError`` unless complete."""
        with self._lock:
            if self._wiped or self._filled != self._size:
                raise ValueError("the buffer is not complete")
            for index in range(self._size):
                command[offset + index] = self._bytes[index]

    def wipe(self) -> None:
        """Overwrite the digits. Idempotent; the buffer is of no use afterwards."""
        with self._lock:
            ctypes.memset(self.address, 0, self._size)
            self._filled = 0
            if not self._wiped:
                self._wiped = True
                _libc.munlock(self.address, mmap.PAGESIZE)

    def __enter__(self) -> PinBuffer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "PinBuffer(…)"


class CardConnection(Protocol):
    """One powered card: all that the card layer may assume.

    Errors of both ways to send: ``CardRemoved`` or ``ReaderLost``, always with the outcome unknown.
    """

    def transmit(self, apdu: bytes) -> ApduResponse:
        """Send one command without secrets and return the answer."""
        ...

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        """Send ``header`` followed by the digits of ``secret``, once; the buffer is wiped when this returns.

        Raises:
            ValueError: the buffer is not complete; nothing was sent.
        """
        ...

    def close(self) -> None:
        """Cut the card's power and give the reader back. Idempotent, never raises."""
        ...


class CardReader(Protocol):
    """Where cards are connected. One thread uses it."""

    def connect(self, reader: str) -> CardConnection:
        """Power the card in the named reader, for us alone.

        Raises:
            CardRemoved: there is no card.
            CardUnreadable: a card is there and does not answer to power.
            ReaderLost: no pcscd, no such reader, or another program holds it.
        """
        ...
