"""Time as the clinic sees it: aware, Asia/Tokyo, second precision where it is stored."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class Clock(Protocol):
    """Wall time for records, monotonic time for limits. Tests pass one that they move by hand."""

    def now(self) -> datetime:
        """Aware wall time in Asia/Tokyo."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that only ever grow."""
        ...


class SystemClock:
    """The clock of this box."""

    def now(self) -> datetime:
        return datetime.now(TOKYO)

    def monotonic_s(self) -> float:
        return time.monotonic()
