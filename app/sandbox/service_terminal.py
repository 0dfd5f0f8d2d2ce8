"""目視確認 at the sandbox service: is it the registered terminal's word, fresh, and given for the first time?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from app.clock import TOKYO, Clock
from app.eligibility.ports import Challenge
from app.exchange.terminal import TerminalKey, is_signed_by_terminal
from app.exchange.visual_messages import VisualRequestMessage, visual_statement
from app.sandbox.service_refusals import Refusal, Refused

CONFIRMED_AGE = timedelta(minutes=5)
AHEAD = timedelta(seconds=30)
"""A terminal's clock may be so far ahead of ours."""
AGAIN_AGE = timedelta(days=62)
"""A visit is open to the end of the month after it at most, and so may its question be asked again."""
REMEMBERED_S = 2 * CONFIRMED_AGE.total_seconds()


class TerminalWord:
    """Takes each statement of the terminal once. Safe for many threads."""

    def __init__(self, terminal_key: Callable[[], TerminalKey] | None, clock: Clock) -> None:
        """``terminal_key`` returns the registered terminal's key; ``None`` refuses every statement."""
        self._terminal_key = terminal_key
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: dict[str, float] = {}

    def take(self, request: VisualRequestMessage, now: datetime) -> None:
        """Use the request's identifier up. Raises ``Refused``: forged, too old, from the future, or given before."""
        self._demand_signed(request, None)
        if not -AHEAD <= now - request.confirmed_at <= CONFIRMED_AGE:
            raise Refused(Refusal.CONFIRMED_OLD)
        at_s = self._clock.monotonic_s()
        with self._lock:
            self._taken = {name: taken_s for name, taken_s in self._taken.items() if at_s - taken_s <= REMEMBERED_S}
            if request.identifier in self._taken:
                raise Refused(Refusal.CONFIRMED_TWICE)
            self._taken[request.identifier] = at_s

    def take_again(self, request: VisualRequestMessage, challenge: Challenge, now: datetime) -> None:
        """Check the word for a question that is asked again: the nonce, spent by now, keeps it from being replayed.

        Raises ``Refused``: forged, from the future, older than any open visit, or for another day than its own.
        """
        self._demand_signed(request, challenge)
        if not -AHEAD <= now - request.confirmed_at <= AGAIN_AGE:
            raise Refused(Refusal.AGAIN_OLD)
        if request.confirmed_on != request.confirmed_at.astimezone(TOKYO).date():
            raise Refused(Refusal.DAY)

    def _demand_signed(self, request: VisualRequestMessage, challenge: Challenge | None) -> None:
        statement = visual_statement(
            request.institution_code,
            request.identifier,
            request.certificate_der,
            request.confirmed_by,
            request.confirmed_at,
            challenge,
        )
        key = self._terminal_key() if self._terminal_key is not None else None
        if key is None or not is_signed_by_terminal(key, statement, request.signature):
            raise Refused(Refusal.TERMINAL)
