"""Keypads of opaque tokens: the page shows keys, this process alone knows which token is which digit.

A keypad lives for one submission, for one insertion of a card and for half an hour at most. Tokens are letters only,
so that no digit travels, is logged or stands in a page.
"""

from __future__ import annotations

import secrets
import string
import threading
from dataclasses import dataclass, field
from typing import Final

from app.card.connection import PinBuffer
from app.card.profile import PIN_LENGTH
from app.clock import Clock
from app.eligibility.ports import Keypad
from app.errors import KeypadSpent

KEYPAD_LIFE_S: Final = 1800.0
"""A last bound. Tighter ones come first: the insertion ends its keypad, and the kiosk's limit without a touch (120 s
unless set otherwise) ends the page. A patient may lengthen that limit ten times (WCAG 2.2.1), and a keypad that dies
before its page would cost what was typed.
"""
TOKEN_LETTERS: Final = 24
"""24 of 52 letters: 136 bits."""


@dataclass(slots=True)
class _OpenKeypad:
    keypad_id: str
    epoch: int
    expires_s: float
    digits: dict[str, int] = field(repr=False)


class KeypadDesk:
    """Opens keypads and spends them. At most one is open; every method may be called from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _OpenKeypad | None = None

    def open(self, epoch: int) -> Keypad:
        """Make a keypad for this insertion; the one before it dies."""
        tokens = tuple(_letters() for _ in range(10))
        # The keys stand in the order 1 2 3 4 5 6 7 8 9 0.
        digits = {token: (position + 1) % 10 for position, token in enumerate(tokens)}
        keypad = Keypad(_letters(), tokens)
        with self._lock:
            self._wipe()
            self._open = _OpenKeypad(keypad.keypad_id, epoch, self._clock.monotonic_s() + KEYPAD_LIFE_S, digits)
        return keypad

    def spend(self, epoch: int, keypad_id: str, tokens: tuple[str, ...]) -> PinBuffer:
        """Turn four tokens into a filled buffer. The keypad is gone afterwards, whatever the outcome.

        Raises:
            KeypadSpent: other, used or expired keypad, another insertion, an unknown token, or not four of them.
        """
        with self._lock:
            keypad = self._open
            try:
                if (
                    keypad is None
                    or keypad.epoch != epoch
                    or not secrets.compare_digest(keypad.keypad_id.encode(), keypad_id.encode())
                    or self._clock.monotonic_s() >= keypad.expires_s
                    or len(tokens) != PIN_LENGTH
                    or not all(token in keypad.digits for token in tokens)
                ):
                    raise KeypadSpent()
                pin = PinBuffer(PIN_LENGTH)
                for token in tokens:
                    pin.append_digit(keypad.digits[token])
                return pin
            finally:
                self._wipe()

    def wipe(self) -> None:
        """Forget the open keypad, if there is one."""
        with self._lock:
            self._wipe()

    def _wipe(self) -> None:
        if self._open is not None:
            self._open.digits.clear()
            self._open = None


def _letters() -> str:
    return "".join(secrets.choice(string.ascii_letters) for _ in range(TOKEN_LETTERS))
