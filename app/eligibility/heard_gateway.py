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

    def warm(self) -> object:
        return self._gateway.warm()

    def challenge(self, check_id: str) -> Challenge:
        with self._hearing():
            return self._gateway.challenge(check_id)

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
        try:
            yield
        except EligibilityError as error:
            self._heard(error)
            raise
        self._heard(None)
