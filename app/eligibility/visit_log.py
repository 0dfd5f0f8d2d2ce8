"""What the log says of each check: a fault once, with its code, and how long the stages took. No name, no number."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from app.clock import Clock
from app.eligibility.ports import Outcome

logger = logging.getLogger(__name__)


class VisitLog:
    """Remembers, for each check that is open, what its lines named."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, str] = {}
        """The code that a line of each check named last: a fault is told once, by whoever met it."""
        self._stages: dict[str, list[str]] = {}

    def is_told(self, check_id: str, code: str) -> None:
        """A line with this code stands in a log already: what is kept of the check names it as its reason only."""
        self._said[check_id] = code

    def fault(self, check_id: str, event: str, code: str) -> None:
        """Log a fault with its code, or as one that goes on if the check's last line named it already."""
        key = "again" if self._said.get(check_id) == code else "code"
        logger.warning("%s %s=%s", event, key, code)
        self.is_told(check_id, code)

    def kept(self, check_id: str, outcome: Outcome, reason: str | None) -> None:
        """Log what is kept of a check."""
        key = "reason" if reason is None or self._said.get(check_id) == reason else "code"
        logger.info("check.kept outcome=%s %s=%s", outcome, key, reason or "none")

    @contextmanager
    def timed(self, check_id: str, stage: str) -> Iterator[None]:
        """Note how long a stage took, in milliseconds, for ``stages``."""
        start_s = self._clock.monotonic_s()
        try:
            yield
        finally:
            spent_ms = (self._clock.monotonic_s() - start_s) * 1000
            self._stages.setdefault(check_id, []).append(f"{stage}_ms={spent_ms:.1f}")

    def stages(self, check_id: str) -> None:
        """Log the stages of a check that has been told."""
        logger.info("check.stages %s", " ".join(self._stages.pop(check_id, [])))

    def forget(self, check_id: str) -> None:
        self._said.pop(check_id, None)
        self._stages.pop(check_id, None)
