"""One drawing for all pages: after a commit every open page asks for the same panel at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

Key = tuple[int, datetime]
"""The youngest event and the second: what a panel shows changes with either, and with nothing else."""


class DrawnOnce:
    """Keeps the newest drawing of a panel that holds nothing of one session. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Key | None = None
        self._text = ""

    def get(self, key: Key, draw: Callable[[], str]) -> str:
        """Return the drawing of ``key``; the first who asks draws, the others wait for it."""
        with self._lock:
            if self._key != key:
                self._text = draw()
                self._key = key
            return self._text
