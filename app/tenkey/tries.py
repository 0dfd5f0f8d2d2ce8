"""How long the tenkey waits after wrong numbers. Pure; the caller brings the time.

Three are free, then 1, 2, 4 … seconds, five minutes at most, until a right one. A number has eight random digits and at
most twenty people have one: whoever tries day and night for a year (105,000 tries) finds one in a fiftieth of the
cases, beside the box and heard by everybody. A try that comes too early counts for nothing, so that nobody can be kept
out by presses. In memory: what restarts this process restarts the box, which takes longer than most waits.
"""

from __future__ import annotations

FREE_TRIES = 3
LONGEST_S = 300.0


class Tries:
    """Times are monotonic seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_at_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """0 when a try may be made."""
        return max(0.0, self._open_at_s - now_s) if self._failures >= FREE_TRIES else 0.0

    def failed(self, now_s: float) -> None:
        self._failures += 1
        over = self._failures - FREE_TRIES
        self._open_at_s = now_s + (0.0 if over < 0 else min(LONGEST_S, 2.0 ** min(over, 10)))

    def succeeded(self) -> None:
        self._failures, self._open_at_s = 0, 0.0
