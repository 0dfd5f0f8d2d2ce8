"""What came too late, twice or for another visit: counted, never applied, and told without flooding the log."""

from __future__ import annotations

import logging

from app.eligibility import steps

logger = logging.getLogger(__name__)

CODE = "check.dropped"
_FROM_A_PAGE = (steps.Pressed, steps.Submitted)


class Drops:
    """Counts over the life of the process. Not thread-safe: ``Reception`` holds the lock.

    A press or a submit that is dropped is somebody's doing: the first of its kind in a visit gets a line with a
    code, however many follow. What a job found for a visit that is over is the ordinary course, and only counted.
    """

    def __init__(self) -> None:
        self.count = 0
        self._told: set[type[steps.Event]] = set()
        self._in_this_visit = 0

    def add(self, kind: type[steps.Event]) -> None:
        """Count one event of this kind."""
        self.count += 1
        self._in_this_visit += 1
        if kind in _FROM_A_PAGE and kind not in self._told:
            self._told.add(kind)
            logger.warning("check.dropped code=%s event=%s", CODE, kind.__name__.lower())

    def begin_visit(self) -> None:
        """Say how many there were, and start anew."""
        if self._in_this_visit:
            logger.info("check.dropped_in_visit count=%d total=%d", self._in_this_visit, self.count)
        self._told.clear()
        self._in_this_visit = 0
