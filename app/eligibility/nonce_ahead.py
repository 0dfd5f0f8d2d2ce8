"""A nonce that is fetched while the patient types, so that nobody waits for it after the fourth digit.

It serves the check it was fetched for, once, while it is young. When it could not be had, or is older, the submission
fetches its own, and what then stands in the way is what staff and patient are told.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from app.clock import Clock
from app.eligibility.ports import Challenge, Gateway
from app.errors import EligibilityError

logger = logging.getLogger(__name__)

YOUNG_S = 10.0
"""Most PINs are typed by then. So long the service may have been away, and the connection idle, unnoticed."""
PATIENCE_S = 5.0
"""A fetch that takes longer is given up: it holds one of the gateway's two connections."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    check_id: str
    challenge: Challenge
    asked_at_s: float


class NonceAhead:
    """Room for one nonce: a kiosk has one patient who types. May be called from any thread."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._lock = threading.Lock()
        self._is_fetching = False
        self._fetched: _Fetched | None = None

    def fetch(self, check_id: str) -> None:
        """Fetch one for this check, unless another fetch still waits: a slow service is asked once at a time."""
        with self._lock:
            if self._is_fetching:
                return
            self._is_fetching = True
        try:
            asked_at_s = self._clock.monotonic_s()
            challenge = self._gateway.challenge(check_id, PATIENCE_S)
            with self._lock:
                self._fetched = _Fetched(check_id, challenge, asked_at_s)
        except EligibilityError as error:
            logger.info("nonce.not_ahead outcome=%s", error.code)
        finally:
            with self._lock:
                self._is_fetching = False

    def take(self, check_id: str, *, is_now: bool = False) -> Challenge:
        """Return the one that was fetched, or a new one; with ``is_now`` a new one in any case.

        Raises:
            EligibilityError: none was there, and none could be had.
        """
        with self._lock:
            fetched, self._fetched = self._fetched, None
        is_good = fetched is not None and fetched.check_id == check_id and self._is_young(fetched)
        if fetched is not None and is_good and not is_now:
            return fetched.challenge
        return self._gateway.challenge(check_id)

    def _is_young(self, fetched: _Fetched) -> bool:
        return self._clock.monotonic_s() - fetched.asked_at_s <= YOUNG_S
