"""A gateway that lets somebody hear how each question went; what is asked and answered passes through untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.eligibility.model import EligibilityResult
from app.eligibility.ports import Challenge, Gateway, SignedNonce, VisualProof
from app.errors import EligibilityError


class HeardGateway:
    """Implements ``Gateway`` around another one. ``heard`` gets the error, or ``None``; it must return at once."""

    def __init__(self, gateway: Gateway, heard: Callable[[EligibilityError | None], None]) -> None:
        self._gateway = gateway
        self._heard = heard
        self._answered = 0

    def warm(self) -> object:
        return self._gateway.warm()

    def challenge(self, check_id: str, within_s: float | None = None) -> Challenge:
        with self._hearing():
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
    def _hearing(self) -> Iterator[None]:
        answered_before = self._answered
        try:
            yield
        except EligibilityError as error:
            # A question that waited in vain says nothing about a service that has answered a later one meanwhile.
            if self._answered == answered_before:
                self._heard(error)
            raise
        self._answered += 1
        self._heard(None)
