"""The last search of each session, so that a page can be left and come back to without anything in an address.

In memory alone: a restart forgets it. Names stand in it, so log-out wipes a session's own at once, and what nobody
came back to goes by itself.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

from app.clock import Clock

KEPT_S = 3600.0
MOST = 500
"""Sessions; the one that searched longest ago goes first."""


@dataclass(frozen=True, slots=True)
class LastSearch:
    """What was typed, and the pages gone through: each entry begins the page after the one before."""

    text: str
    trail: tuple[int, ...] = ()


class SearchMemory:
    """Safe to call from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[bytes, tuple[float, LastSearch]] = {}

    def remember(self, token: str, search: LastSearch) -> None:
        with self._lock:
            self._drop_old()
            self._kept.pop(_key(token), None)
            self._kept[_key(token)] = (self._clock.monotonic_s(), search)
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def recall(self, token: str) -> LastSearch | None:
        with self._lock:
            self._drop_old()
            found = self._kept.get(_key(token))
            return None if found is None else found[1]

    def forget(self, token: str) -> None:
        with self._lock:
            self._kept.pop(_key(token), None)

    def _drop_old(self) -> None:
        limit = self._clock.monotonic_s() - KEPT_S
        for key in [key for key, (at, _) in self._kept.items() if at < limit]:
            del self._kept[key]


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
