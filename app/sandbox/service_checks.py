"""What the sandbox service decides: nonces, the card's proof, who it is and what to answer. No I/O.

Certificates follow the real rule for マイナ保険証: within three months before its end a certificate gives a notice,
for three months after it the insurance card still works (with a notice), then no more.
"""

from __future__ import annotations

import calendar
import hashlib
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.clock import TOKYO, Clock
from app.eligibility.model import EligibilityResult, Source, Validity
from app.eligibility.ports import Challenge
from app.exchange.online_messages import NONCE_BYTES, ChallengeReply, ChallengeRequest, ConfirmationRequest
from app.exchange.oqs import SEGMENT_FAILED, SEGMENT_NORMAL, STATUS_NORMAL, Reply
from app.sandbox.people import Answer, Person

NONCE_AGE_S = 60.0
MAX_OPEN_NONCES = 1_000
MONTHS_BEFORE = 3
MONTHS_AFTER = 3
MIN_RSA_BITS = 2048
BY_CARD = "1"
"""照会区分: マイナンバーカード."""


class Refusal(StrEnum):
    """Our own codes (the real list is not public), each with the words that staff will read."""

    MESSAGE = "SIM-E001"
    INSTITUTION = "SIM-E002"
    CHALLENGE = "SIM-E003"
    CHALLENGE_OLD = "SIM-E004"
    CERTIFICATE = "SIM-E005"
    ISSUER = "SIM-E006"
    EXPIRED = "SIM-E007"
    NOT_YET_VALID = "SIM-E008"
    SIGNATURE = "SIM-E009"
    DAY = "SIM-E010"
    TOO_LARGE = "SIM-E011"
    TOO_MANY = "SIM-E012"
    ORDERED = "SIM-E099"


WORDS: Mapping[Refusal, str] = {
    Refusal.MESSAGE: "（模擬）電文の形が正しくありません",
    Refusal.INSTITUTION: "（模擬）医療機関コードが登録された端末のものと違います",
    Refusal.CHALLENGE: "（模擬）この照会の乱数は発行されていないか、もう使われています",
    Refusal.CHALLENGE_OLD: "（模擬）照会の乱数の有効時間（60秒）が過ぎました。もう一度行ってください",
    Refusal.CERTIFICATE: "（模擬）電子証明書を読めません",
    Refusal.ISSUER: "（模擬）電子証明書の発行元を確認できません",
    Refusal.EXPIRED: "（模擬）電子証明書の有効期限が切れてから3か月を過ぎています",
    Refusal.NOT_YET_VALID: "（模擬）電子証明書の有効期間がまだ始まっていません",
    Refusal.SIGNATURE: "（模擬）カードの署名が正しくありません",
    Refusal.DAY: "（模擬）資格確認日が本日ではありません。端末の時計を確認してください",
    Refusal.TOO_LARGE: "（模擬）電文が大きすぎます",
    Refusal.TOO_MANY: "（模擬）照会が混み合っています",
    Refusal.ORDERED: "（模擬）照会を受け付けられません",
}
NEAR_EXPIRY = ("SIM-N001", "（模擬）電子証明書の有効期限まで3か月以内です")
EXPIRED_RECENTLY = ("SIM-N002", "（模擬）電子証明書の有効期限が切れています。3か月以内に更新してください")


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


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
    ) -> None:
        """``card_keys`` maps the SHA-256 of a SubjectPublicKeyInfo to a person's name (the sample cards)."""
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
        except _Refused as refused:
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
        nonce = self._spend(request)
        if request.institution_code != self._institution_code:
            raise _Refused(Refusal.INSTITUTION)
        now = self.now()
        if abs(request.confirmed_on - now.date()) > timedelta(days=1):  # one day of grace around midnight
            raise _Refused(Refusal.DAY)
        certificate = read_certificate(request.certificate_der)
        if not is_issued_by(certificate, self._card_cas):
            raise _Refused(Refusal.ISSUER)
        notice = notice_of(certificate, now)
        if not is_signed(certificate, nonce, request.signature):
            raise _Refused(Refusal.SIGNATURE)
        answer = self._answer(certificate, request.certificate_der)
        notices = [pair for pair in (answer.notice and (answer.notice.code, answer.notice.text), notice) if pair]
        result = EligibilityResult(
            source=Source.ONLINE,
            processed_at=now,
            confirmed_on=request.confirmed_on,
            validity=answer.validity,
            reference_classification=BY_CARD,
            institution_code=self._institution_code,
            notice_code=notices[0][0] if notices else None,
            notice_text="　".join(text for _, text in notices) or None,
            qualifications=answer.qualifications,
        )
        return Reply(
            identifier=request.identifier,
            segment=SEGMENT_NORMAL,
            status=STATUS_NORMAL,
            institution_code=self._institution_code,
            confirmed_on=request.confirmed_on,
            result=result,
        )

    def _spend(self, request: ConfirmationRequest) -> bytes:
        with self._lock:
            known = self._nonces.pop(request.challenge_id, None)
        if known is None or known.identifier != request.identifier:
            raise _Refused(Refusal.CHALLENGE)
        if self._clock.monotonic_s() - known.made_at_s > NONCE_AGE_S:
            raise _Refused(Refusal.CHALLENGE_OLD)
        return known.nonce

    def _answer(self, certificate: x509.Certificate, der: bytes) -> Answer:
        person = self._by_certificate.get(hashlib.sha256(der).digest()) or self._by_key.get(key_digest(certificate))
        if person is None or person.answer is None:
            return Answer(Validity.NO_INFORMATION)
        return person.answer


def read_certificate(der: bytes) -> x509.Certificate:
    """Parse a card's certificate and look at its key; raises the refusal for anything unusable."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        _ = (certificate.issuer, certificate.extensions)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise _Refused(Refusal.CERTIFICATE) from None
    strong = isinstance(key, ec.EllipticCurvePublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS
    )
    if not strong:
        raise _Refused(Refusal.CERTIFICATE)
    return certificate


def key_digest(certificate: x509.Certificate) -> bytes:
    """SHA-256 of the DER SubjectPublicKeyInfo."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def is_issued_by(certificate: x509.Certificate, card_cas: Iterable[x509.Certificate]) -> bool:
    """True if one of the CAs signed it (by signature, not by name alone)."""
    for card_ca in card_cas:
        try:
            certificate.verify_directly_issued_by(card_ca)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            continue
        return True
    return False


def is_signed(certificate: x509.Certificate, nonce: bytes, signature: bytes) -> bool:
    """Check the signature over the nonce by the certificate's key type.

    RSA: PKCS#1 v1.5 with SHA-256. EC: ECDSA, SHA-384 on P-384 (the card planned for 2028), SHA-256 otherwise.
    """
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, nonce, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            digest = hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA256()
            key.verify(signature, nonce, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def notice_of(certificate: x509.Certificate, now: datetime) -> tuple[str, str] | None:
    """Return the notice that the certificate's age calls for; raises the refusal outside the rule."""
    if now < certificate.not_valid_before_utc:
        raise _Refused(Refusal.NOT_YET_VALID)
    ends = certificate.not_valid_after_utc.astimezone(TOKYO)
    if now > add_months(ends, MONTHS_AFTER):
        raise _Refused(Refusal.EXPIRED)
    if now > ends:
        return EXPIRED_RECENTLY
    if add_months(now, MONTHS_BEFORE) >= ends:
        return NEAR_EXPIRY
    return None


def add_months(moment: datetime, months: int) -> datetime:
    """Same day and time ``months`` later; the month's last day where that day does not exist."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    month += 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
