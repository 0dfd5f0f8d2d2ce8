"""How long the tenkey waits after wrong numbers. Pure; the caller brings the time.

Three are free, then 1, 2, 4 … seconds, five minutes at most; one wrong try is forgotten every ten minutes. A right
number opens and forgets nothing: else whoever has one could guess a colleague's without ever waiting. A number has
eight random digits and at most twenty people have one: whoever tries day and night for a year (105,000 tries) finds
one in a fiftieth of the cases, beside the box and heard by everybody. A try that comes too early counts for nothing,
so that nobody can be kept out by presses. In memory: what restarts this process restarts the box, which takes longer
than most waits.
"""

from __future__ import annotations

FREE_TRIES = 3
LONGEST_S = 300.0
FORGOTTEN_S = 600.0
"""After this long one wrong try is forgotten; twice the longest wait, so that no pace of trying beats that wait."""
MOST = 12
"""The wrong try after which the wait is the longest; more are not counted, so that two hours forget them all."""


class Tries:
    """Times are monotonic seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._forgetting_from_s = 0.0
        self._open_at_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """0 when a try may be made."""
        return max(0.0, self._open_at_s - now_s)

    def failed(self, now_s: float) -> None:
        forgotten = int((now_s - self._forgetting_from_s) // FORGOTTEN_S)
        left = max(0, self._failures - forgotten)
        self._forgetting_from_s = self._forgetting_from_s + forgotten * FORGOTTEN_S if left else now_s
        self._failures = min(MOST, left + 1)
        over = self._failures - FREE_TRIES
        self._open_at_s = now_s + (0.0 if over < 0 else min(LONGEST_S, 2.0**over))
