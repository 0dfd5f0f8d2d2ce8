"""What the sandbox service decides: nonces, the card's or the terminal's proof, who it is, what to answer. No I/O."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography import x509

from app.clock import TOKYO, Clock
from app.eligibility.model import Validity
from app.eligibility.ports import Challenge
from app.exchange.online_messages import (
    NONCE_BYTES,
    ChallengeReply,
    ChallengeRequest,
    ConfirmationRequest,
)
from app.exchange.oqs import SEGMENT_FAILED, SEGMENT_NORMAL, STATUS_NORMAL, Reply
from app.exchange.terminal import TerminalKey
from app.exchange.visual_messages import VisualRequestMessage
from app.sandbox.people import Person
from app.sandbox.people_answer import Answer
from app.sandbox.service_certificates import (
    is_for_a_card,
    is_issued_by,
    is_signed,
    key_digest,
    notice_of,
    read_certificate,
)
from app.sandbox.service_refusals import WORDS, Refusal, Refused
from app.sandbox.service_terminal import TerminalWord

NONCE_AGE_S = 60.0
MAX_OPEN_NONCES = 1_000


@dataclass(frozen=True, slots=True)
class _OpenNonce:
    nonce: bytes
    identifier: str
    made_at_s: float


class EligibilityDesk:
    """Answers challenge and confirmation requests. Safe for many threads."""

    def __init__(
        self,
        people: Iterable[Person],
        card_keys: Mapping[bytes, str],
        card_cas: Iterable[x509.Certificate],
        institution_code: str,
        clock: Clock,
        terminal_key: Callable[[], TerminalKey] | None = None,
    ) -> None:
        """``card_keys`` maps the SHA-256 of a SubjectPublicKeyInfo to a person's name (the sample cards).

        ``terminal_key`` returns the registered terminal's key; without one no terminal may vouch for anybody.
        """
        by_name = {person.name: person for person in people}
        self._by_key = {digest: by_name[name] for digest, name in card_keys.items()}
        self._by_certificate: dict[bytes, Person] = {}
        for person in by_name.values():
            self._by_key |= dict.fromkeys(person.public_key_sha256, person)
            self._by_certificate |= dict.fromkeys(person.certificate_sha256, person)
        self._card_cas = tuple(card_cas)
        self._institution_code = institution_code
        self._clock = clock
        self._lock = threading.Lock()
        self._nonces: dict[str, _OpenNonce] = {}
        self._terminal = TerminalWord(terminal_key, clock)
        self._skew = timedelta(0)

    def set_skew(self, seconds: float) -> None:
        """Put the wall time off, for the fault ``clock-skew``."""
        self._skew = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Wall time of the service, Asia/Tokyo, whole seconds."""
        return (self._clock.now() + self._skew).astimezone(TOKYO).replace(microsecond=0)

    def challenge(self, request: ChallengeRequest) -> ChallengeReply:
        """Hand out a nonce that can be used once within a minute, by the same check alone."""
        if request.institution_code != self._institution_code:
            return self._no_challenge(request, Refusal.INSTITUTION)
        made_at_s = self._clock.monotonic_s()
        challenge = Challenge(secrets.token_urlsafe(18), secrets.token_bytes(NONCE_BYTES))
        with self._lock:
            self._nonces = {
                key: value for key, value in self._nonces.items() if made_at_s - value.made_at_s <= 2 * NONCE_AGE_S
            }
            if len(self._nonces) >= MAX_OPEN_NONCES:
                return self._no_challenge(request, Refusal.TOO_MANY)
            self._nonces[challenge.challenge_id] = _OpenNonce(challenge.nonce, request.identifier, made_at_s)
        return ChallengeReply(request.identifier, self._institution_code, challenge)

    def _no_challenge(self, request: ChallengeRequest, refusal: Refusal) -> ChallengeReply:
        return ChallengeReply(
            request.identifier, request.institution_code, None, error_code=refusal.value, error_message=WORDS[refusal]
        )

    def confirm(self, request: ConfirmationRequest) -> Reply:
        """Check the proof and answer. The nonce is spent whatever comes of it."""
        try:
            return self._confirm(request)
        except Refused as refused:
            return self.refuse(refused.refusal, request.identifier, request.confirmed_on)

    def confirm_visual(self, request: VisualRequestMessage) -> Reply:
        """Check the terminal's word for a certificate and answer.

        A check's id is good for one such request; each later one needs a nonce of its own, which is spent by it.
        """
        try:
            return self._confirm_visual(request)
        except Refused as refused:
            return self.refuse(refused.refusal, request.identifier, request.confirmed_on)

    def refuse(self, refusal: Refusal, identifier: str | None, confirmed_on: date | None = None) -> Reply:
        """Return the reply that says no to a whole message."""
        return Reply(
            identifier=identifier,
            segment=SEGMENT_FAILED,
            status=None,
            error_code=refusal.value,
            error_message=WORDS[refusal],
            institution_code=self._institution_code,
            confirmed_on=confirmed_on or self.now().date(),
        )

    def _confirm(self, request: ConfirmationRequest) -> Reply:
        nonce = self._spend(request.challenge_id, request.identifier)
        if request.institution_code != self._institution_code:
            raise Refused(Refusal.INSTITUTION)
        now = self.now()
        if abs(request.confirmed_on - now.date()) > timedelta(days=1):  # one day of grace around midnight
            raise Refused(Refusal.DAY)
        certificate = self._genuine(request.certificate_der, now)
        notice = notice_of(certificate, now)
        if not is_signed(certificate, nonce, request.signature):
            raise Refused(Refusal.SIGNATURE)
        return self._reply(request, certificate, notice, now)

    def _confirm_visual(self, request: VisualRequestMessage) -> Reply:
        # The terminal's word first: who cannot sign for it may not even use the check's id up.
        if request.institution_code != self._institution_code:
            raise Refused(Refusal.INSTITUTION)
        now = self.now()
        if request.challenge_id is not None:
            nonce = self._spend(request.challenge_id, request.identifier)
            self._terminal.take_again(request, Challenge(request.challenge_id, nonce), now)
        else:
            self._terminal.take(request, now)
            if abs(request.confirmed_on - now.date()) > timedelta(days=1):
                raise Refused(Refusal.DAY)
        certificate = self._genuine(request.certificate_der, now)
        return self._reply(request, certificate, notice_of(certificate, now), now)

    def _genuine(self, der: bytes, now: datetime) -> x509.Certificate:
        certificate = read_certificate(der)
        if not is_issued_by(certificate, self._card_cas, now):
            raise Refused(Refusal.ISSUER)
        if not is_for_a_card(certificate):
            raise Refused(Refusal.PURPOSE)
        return certificate

    def _reply(
        self,
        request: ConfirmationRequest | VisualRequestMessage,
        certificate: x509.Certificate,
        notice: tuple[str, str] | None,
        now: datetime,
    ) -> Reply:
        answer = self._answer(certificate, request.certificate_der)
        result = answer.as_result(now, request.confirmed_on, self._institution_code, notice)
        return Reply(
            identifier=request.identifier,
            segment=SEGMENT_NORMAL,
            status=STATUS_NORMAL,
            institution_code=self._institution_code,
            confirmed_on=request.confirmed_on,
            result=result,
        )

    def _spend(self, challenge_id: str, identifier: str) -> bytes:
        with self._lock:
            known = self._nonces.pop(challenge_id, None)
        if known is None or known.identifier != identifier:
            raise Refused(Refusal.CHALLENGE)
        if self._clock.monotonic_s() - known.made_at_s > NONCE_AGE_S:
            raise Refused(Refusal.CHALLENGE_OLD)
        return known.nonce

    def _answer(self, certificate: x509.Certificate, der: bytes) -> Answer:
        person = self._by_certificate.get(hashlib.sha256(der).digest()) or self._by_key.get(key_digest(certificate))
        if person is None or person.answer is None:
            return Answer(Validity.NO_INFORMATION)
        return person.answer
