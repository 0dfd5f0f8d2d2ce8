"""What of patients is given to whom: noted before it leaves, and no more of it than a person at work can use.

Limits count per member of staff, whatever session or browser, over a sliding time. In memory: a restart forgives.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
from collections import OrderedDict, deque
from enum import StrEnum

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.errors import KioskError
from app.speech.phrases import reason_words
from app.web.staff.ports import StaffDesk
from app.web.staff.session import current_staff, note, session_token

logger = logging.getLogger(__name__)

SESSIONS = 500
"""The one that looked longest ago goes first."""
SEEN = 1_000
"""Checks that are remembered of a session."""


class Budget(StrEnum):
    SEARCH = "search"
    DETAIL = "detail"
    EXPORT = "export"


LIMITS: dict[Budget, tuple[int, float]] = {
    Budget.SEARCH: (60, 60.0),
    Budget.DETAIL: (120, 60.0),
    Budget.EXPORT: (10, 3600.0),
}
"""How often, in how many seconds. Several times what a busy counter needs."""


class TooMuch(KioskError):
    """Somebody asks faster than anybody works. Nothing was given."""

    code = "staff.too_much"
    http_status = 429

    def __init__(self, wait_s: float) -> None:
        super().__init__("limit reached")
        self.retry_after_s = max(1, math.ceil(wait_s))


class Giving:
    """Thread-safe."""

    def __init__(self, desk: StaffDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[tuple[int, Budget], deque[float]] = {}
        self._seen: OrderedDict[bytes, OrderedDict[str, None]] = OrderedDict()

    def spend(self, budget: Budget) -> None:
        """Count one use by whoever asks.

        Raises:
            TooMuch: the limit is reached; this use does not count.
        """
        most, span_s = LIMITS[budget]
        now_s = self._clock.monotonic_s()
        with self._lock:
            times = self._spent.setdefault((current_staff().staff_id, budget), deque())
            while times and times[0] <= now_s - span_s:
                times.popleft()
            if len(times) >= most:
                raise TooMuch(times[0] + span_s - now_s)
            times.append(now_s)

    def wait_for(self, budget: Budget) -> int | None:
        """``spend`` for a page that holds what somebody typed: the seconds to wait, ``None`` when the use counts."""
        try:
            self.spend(budget)
        except TooMuch as error:
            logger.warning("web.problem code=%s", error.code)
            return error.retry_after_s
        return None

    def note_view(self, check_id: str, detail: str | None = None) -> None:
        """Note that this session is shown a check; call it before the answer is given.

        Raises:
            StoreError: it is not noted, so it must not be shown.
        """
        note(self._desk, self._clock, AuditAction.VIEWED, check_id, detail=detail)
        self._remember(check_id)

    def note_list(self, name: str) -> None:
        """Note once a session that it is shown a list with names; call it before the answer is given.

        Raises:
            StoreError: it is not noted, so it must not be shown.
        """
        detail = f"list={name}"
        if not self.has_seen(detail):
            note(self._desk, self._clock, AuditAction.VIEWED, detail=detail)
            self._remember(detail)

    def _remember(self, seen: str) -> None:
        with self._lock:
            mine = self._seen.pop(_key(), OrderedDict())
            mine.pop(seen, None)
            mine[seen] = None
            if len(mine) > SEEN:
                mine.popitem(last=False)
            self._seen[_key()] = mine
            if len(self._seen) > SESSIONS:
                self._seen.popitem(last=False)

    def has_seen(self, check_id: str) -> bool:
        """True when this session was shown the check, and that is noted: drawing it again is nothing new."""
        with self._lock:
            return check_id in self._seen.get(_key(), ())


def too_much_words() -> str:
    """Say it at a field, on a page that keeps what was typed."""
    words = reason_words(TooMuch.code)
    return f"{words.staff}。{words.next_step}"


def _key() -> bytes:
    return hashlib.sha256(session_token().encode("utf-8", "replace")).digest()
