"""Open pages of 音声端末モード: each has a desk of its own, which lives as long as its session."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

from app.speech.desk import Desk
from app.store.sessions import token_digest

MOST = 100
"""All together."""
OF_A_SESSION = 8
"""Each visit to the page opens one: somebody who comes and goes all day drives out no desk of others."""


@dataclass(slots=True)
class Opening:
    """One page. Hold ``lock`` while its desk is used."""

    name: str
    owner: bytes
    desk: Desk
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
    """In memory alone. Each is kept until its session is over (``forget``), unless there are too many. Safe to call
    from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Opening] = {}  # used longest ago first

    def open(self, owner: bytes, desk: Desk) -> Opening:
        made = Opening(secrets.token_urlsafe(18), owner, desk)
        with self._lock:
            self._make_room([one for one in self._kept.values() if one.owner == owner], OF_A_SESSION)
            self._make_room(list(self._kept.values()), MOST)
            self._kept[made.name] = made
        return made

    def find(self, owner: bytes, name: str) -> Opening | None:
        """Return a page of this session."""
        with self._lock:
            found = self._kept.get(name)
            if found is None or found.owner != owner:
                return None
            self._kept[name] = self._kept.pop(name)
            return found

    def owners(self) -> frozenset[bytes]:
        with self._lock:
            return frozenset(one.owner for one in self._kept.values())

    def leave(self, owner: bytes) -> None:
        """A lock came: no page of this session goes on with a question that was asked before it."""
        with self._lock:
            mine = [one for one in self._kept.values() if one.owner == owner]
        for one in mine:
            with one.lock:
                one.desk.leave()

    def forget(self, owner: bytes) -> None:
        with self._lock:
            self._kept = {name: one for name, one in self._kept.items() if one.owner != owner}

    def _make_room(self, crowd: list[Opening], most: int) -> None:
        """The one that was used longest ago goes, but first those where nothing waits to be recorded."""
        if len(crowd) >= most:
            goes = min(crowd, key=lambda one: bool(one.desk.unfinished))
            del self._kept[goes.name]


def owner_of(token: str) -> bytes:
    """Whose an opening or a sound is: the digest that the store keeps of the session's token, never its secret."""
    return token_digest(token)
