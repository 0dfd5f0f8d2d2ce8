"""Open pages of 音声端末モード: each has a desk of its own, which lives as long as somebody uses it."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.clock import Clock
from app.speech.desk import Desk

KEPT_S = 3600.0
MOST = 100
"""All together; the one that was used longest ago goes first."""


@dataclass(slots=True)
class Opening:
    """One page. Hold ``lock`` while its desk is used."""

    name: str
    owner: bytes
    desk: Desk
    until_s: float
    number: int = 0
    """How many utterances went to the page: it tells with each key which one was heard last."""
    told_anew_until_s: float | None = None
    """It took the place of one that is gone, and is heard to say so until then; ``inf``: it did not say so to a key."""
    viewed: set[str] = field(default_factory=set)
    """Checks whose reading was noted in 操作記録."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def obeys(self, heard: str | None, now_s: float) -> bool:
        """False while nobody can have heard to the end that it is not the desk that the keys are meant for."""
        if self.told_anew_until_s is None:
            return True
        if now_s < self.told_anew_until_s or heard not in (None, str(self.number)):
            return False
        self.told_anew_until_s = None
        return True


class Openings:
    """In memory alone. Safe to call from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, Opening] = {}

    def open(self, owner: bytes, desk: Desk) -> Opening:
        made = Opening(secrets.token_urlsafe(18), owner, desk, self._clock.monotonic_s() + KEPT_S)
        with self._lock:
            self._drop(lambda one: one.until_s < self._clock.monotonic_s())
            self._kept[made.name] = made
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return made

    def find(self, owner: bytes, name: str) -> Opening | None:
        """Return a page of this session; using it keeps it."""
        with self._lock:
            found = self._kept.get(name)
            if found is None or found.owner != owner or found.until_s < self._clock.monotonic_s():
                return None
            found.until_s = self._clock.monotonic_s() + KEPT_S
            self._kept[name] = self._kept.pop(name)
            return found

    def leave(self, owner: bytes) -> None:
        """A lock came: no page of this session goes on with a question that was asked before it."""
        with self._lock:
            mine = [one for one in self._kept.values() if one.owner == owner]
        for one in mine:
            with one.lock:
                one.desk.leave()

    def forget(self, owner: bytes) -> None:
        with self._lock:
            self._drop(lambda one: one.owner == owner)

    def _drop(self, is_over: Callable[[Opening], bool]) -> None:
        for name in [name for name, one in self._kept.items() if is_over(one)]:
            del self._kept[name]


def owner_of(token: str) -> bytes:
    """Whose an opening or a sound is: a digest, so that no session's secret is kept a second time."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
