"""Which rows a board page must be able to tell, though it does not draw them, and which it knows from the start."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.web.staff.lines import CheckLine

MOST = 40
"""As many as are drawn: the newest arrivals are told whatever a filter hides. Who missed more hears of so many."""


class BoardNews:
    """The news of a day in the order in which they came. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, None] = {}  # oldest first

    def youngest(self, lines: Sequence[CheckLine]) -> set[str]:
        """Take note of a board (newest line first) and return the keys of the youngest news on it.

        A late answer makes news of an old row, so it is not the row's place that counts.
        """
        there = {line.news_key for line in lines}
        with self._lock:
            kept = {key: None for key in self._keys if key in there}
            kept |= {line.news_key: None for line in reversed(lines) if line.news_key not in kept}
            self._keys = kept
            return set(list(kept)[-MOST:])
