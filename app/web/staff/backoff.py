"""How long somebody who mistyped a passphrase has to wait. In memory: a restart forgives.

Two counters, and neither lets one person lock out another:
* per (name, source address): after three wrong ones 1, 2, 4 … 60 s. Who fails here never waits elsewhere, and
  nobody else waits with them;
* per source: how many *different names* failed there. One person adds one, however often they fail, so only
  somebody who tries names in a row slows that source down.
A try that is refused because it came too early changes nothing: it makes no counter and pushes none out.
"""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeVar

from app.clock import Clock

FREE_TRIES = 3
FREE_NAMES = 10
LONGEST_S = 60.0
FORGET_S = 900.0
"""A counter that was not touched for so long starts anew."""
KEPT = 10_000
MAX_NAME = 64
_LONGEST_TYPED = 4 * MAX_NAME
"""Composing makes a text shorter; nothing shrinks to a quarter. Longer ones are not even looked at."""

_Key = TypeVar("_Key")


@dataclass(slots=True)
class _Count:
    failures: int = 0
    open_at_s: float = 0.0
    touched_s: float = 0.0
    names: set[str] = field(default_factory=set)


def may_be_name(typed: str) -> bool:
    """False for what no account can be called (empty, or more than 64 characters): not worth a counter or a look."""
    return len(typed.strip()) <= _LONGEST_TYPED and 1 <= len(_plain(typed)) <= MAX_NAME


class BackOff:
    """Thread-safe. Times are monotonic seconds of the given clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._people: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._sources: OrderedDict[str, _Count] = OrderedDict()

    def begin(self, name: str, source: str) -> float:
        """Ask for a try: 0 when it may be made, else the seconds to wait.

        A granted try counts as failed until ``succeeded`` takes it back, so that parallel ones cannot slip by.
        """
        now_s = self._clock.monotonic_s()
        key = _plain(name)
        with self._lock:
            known = (self._people.get((key, source)), self._sources.get(source))
            wait_s = max((count.open_at_s for count in known if count is not None), default=now_s) - now_s
            if wait_s > 0:
                return wait_s
            person = _touch(self._people, (key, source), now_s)
            place = _touch(self._sources, source, now_s)
            person.failures += 1
            person.open_at_s = now_s + _wait_s(person.failures - FREE_TRIES)
            if key not in place.names:
                place.names.add(key)
                place.failures += 1
                place.open_at_s = now_s + _wait_s(place.failures - FREE_NAMES)
                if len(place.names) > FREE_NAMES * 10:
                    place.names.clear()  # the count stays; the set only tells a person's retries from new names
            return 0.0

    def succeeded(self, name: str, source: str) -> None:
        """Forget this person's failures here. The source keeps the other names that failed."""
        key = _plain(name)
        with self._lock:
            self._people.pop((key, source), None)
            place = self._sources.get(source)
            if place is not None and key in place.names:
                place.names.discard(key)
                place.failures -= 1
                if place.failures < FREE_NAMES:
                    place.open_at_s = 0.0

    @property
    def size(self) -> int:
        """How many counters are kept; bounded by twice ``KEPT``."""
        return len(self._people) + len(self._sources)


def _wait_s(over: int) -> float:
    return 0.0 if over < 0 else min(LONGEST_S, 2.0 ** min(over, 10))


def _plain(name: str) -> str:
    """The form by which accounts are found (NFKC, no outer blanks), so that each of them has one counter."""
    shown = name.strip()[: 2 * _LONGEST_TYPED]
    return unicodedata.normalize("NFKC", shown.encode("utf-8", "replace").decode()).strip()


def _touch(counts: OrderedDict[_Key, _Count], key: _Key, now_s: float) -> _Count:
    found = counts.pop(key, None)
    if found is None or now_s - found.touched_s > FORGET_S:
        found = _Count()
    found.touched_s = now_s
    counts[key] = found
    while len(counts) > KEPT:
        counts.popitem(last=False)
    return found
