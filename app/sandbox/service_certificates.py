"""What the sandbox service makes of a card's certificate: readable, issued, signed with, still good.

Certificates follow the real rule for マイナ保険証: within three months before its end a certificate gives a notice,
for three months after it the insurance card still works (with a notice), then no more. A CA's certificate counts from
its first day to three months after its last: a card that ended together with its CA still works as long, and what an
old CA's key signs later does not. (The real system's first CA certificate ended on 2025-10-19, its last cards with it.)
"""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.clock import TOKYO
from app.sandbox.service_refusals import Refusal, Refused

MONTHS_BEFORE = 3
MONTHS_AFTER = 3
MIN_RSA_BITS = 2048
CARD_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.SMARTCARD_LOGON,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)
"""extendedKeyUsage of cards that identify their holder; a My Number card's certificate has none."""
OTHER_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)
"""These name a machine or a service, whatever stands beside them."""
NEAR_EXPIRY = ("SIM-N001", "（模擬）電子証明書の有効期限まで3か月以内です")
EXPIRED_RECENTLY = ("SIM-N002", "（模擬）電子証明書の有効期限が切れています。3か月以内に更新してください")


def read_certificate(der: bytes) -> x509.Certificate:
    """Parse a card's certificate and look at its key; raises the refusal for anything unusable."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        _ = (certificate.issuer, certificate.extensions)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise Refused(Refusal.CERTIFICATE) from None
    strong = isinstance(key, ec.EllipticCurvePublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS
    )
    if not strong:
        raise Refused(Refusal.CERTIFICATE)
    return certificate


def key_digest(certificate: x509.Certificate) -> bytes:
    """SHA-256 of the DER SubjectPublicKeyInfo."""
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


Extension = TypeVar("Extension", bound=x509.ExtensionType)


def extension_of(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return the extension of this kind; ``None`` where the certificate has none."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def is_for_a_card(certificate: x509.Certificate) -> bool:
    """False where an extension says that it is not 利用者証明用: a CA's, 署名用 (nonRepudiation), a server's.

    An absent extension says nothing: cards of other makers may have none.
    """
    constraints = extension_of(certificate, x509.BasicConstraints)
    usage = extension_of(certificate, x509.KeyUsage)
    extended = extension_of(certificate, x509.ExtendedKeyUsage)
    if constraints is not None and constraints.ca:
        return False
    if usage is not None and (not usage.digital_signature or usage.content_commitment or usage.key_cert_sign):
        return False
    return extended is None or (bool(CARD_PURPOSES & set(extended)) and not OTHER_PURPOSES & set(extended))


def is_issued_by(certificate: x509.Certificate, card_cas: Iterable[x509.Certificate], now: datetime) -> bool:
    """True if one of the CAs that count now signed it (by signature, not by name alone); no CA counts as a card."""
    for card_ca in card_cas:
        ends = add_months(card_ca.not_valid_after_utc.astimezone(TOKYO), MONTHS_AFTER)
        if certificate == card_ca or not card_ca.not_valid_before_utc <= now <= ends:
            continue
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
        raise Refused(Refusal.NOT_YET_VALID)
    ends = certificate.not_valid_after_utc.astimezone(TOKYO)
    if now > add_months(ends, MONTHS_AFTER):
        raise Refused(Refusal.EXPIRED)
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
