"""A gateway that lets somebody hear how each question went; what is asked and answered passes through untouched."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.eligibility.model import EligibilityResult
from app.eligibility.ports import Challenge, Gateway, SignedNonce, VisualProof
from app.eligibility.service_watch import NOT_ABOUT_SERVICE
from app.errors import EligibilityError, GatewayTimeout


class HeardGateway:
    """Implements ``Gateway`` around another one. ``heard`` gets the error, or ``None``; it must return at once."""

    def __init__(self, gateway: Gateway, heard: Callable[[EligibilityError | None], None]) -> None:
        self._gateway = gateway
        self._heard = heard
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._newest_answered = 0

    def warm(self) -> object:
        return self._gateway.warm()

    def challenge(self, check_id: str, within_s: float | None = None) -> Challenge:
        with self._hearing(waits_long=within_s is None):
            return self._gateway.challenge(check_id, within_s)

    def confirm(self, check_id: str, challenge: Challenge, proof: SignedNonce) -> EligibilityResult:
        with self._hearing():
            return self._gateway.confirm(check_id, challenge, proof)

    def confirm_visual(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        with self._hearing():
            return self._gateway.confirm_visual(check_id, certificate_der, proof)

    def confirm_visual_again(self, check_id: str, certificate_der: bytes, proof: VisualProof) -> EligibilityResult:
        with self._hearing():
            return self._gateway.confirm_visual_again(check_id, certificate_der, proof)

    @contextmanager
    def _hearing(self, *, waits_long: bool = True) -> Iterator[None]:
        number = next(self._numbers)
        try:
            yield
        except EligibilityError as error:
            if error.code in NOT_ABOUT_SERVICE:
                self._answered(number)
            elif number < self._newest_answered or (isinstance(error, GatewayTimeout) and not waits_long):
                # A question that waited in vain says nothing about a service that has answered a later one since, and
                # one that gave up early nothing about a slow service.
                raise
            self._heard(error)
            raise
        self._answered(number)
        self._heard(None)

    def _answered(self, number: int) -> None:
        with self._lock:
            self._newest_answered = max(self._newest_answered, number)
