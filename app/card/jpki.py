"""The dialogue with 公的個人認証AP: kind, certificate, tries left, PIN, signature.

Facts (measured on cards by others, see ``profile.py`` for the sources): the certificate of a plastic card opens with
nothing, that of a phone with the PIN; the retry counter belongs to EF 0018 alone; an empty VERIFY spends no try.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.card import apdu as commands
from app.card.connection import CardConnection, PinBuffer
from app.card.der import HEADER_BYTES, sequence_size
from app.card.profile import (
    FOREIGN_ANSWERS,
    JPKI_AID,
    MAX_CERTIFICATE_BYTES,
    MAX_READ_BYTES,
    OTHER_CARD,
    TOKEN_NAME_BYTES,
    CardProfile,
    Ef,
    profile_of,
)
from app.eligibility.ports import CardReport, SignedNonce
from app.errors import (
    CardError,
    CardRemoved,
    CardUnreadable,
    CertificateChanged,
    CertificateLocked,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
    StatusWordError,
)


@dataclass(frozen=True, slots=True)
class CardReading:
    """What one read without the PIN told. Only ``report`` may leave the card process."""

    profile: CardProfile
    report: CardReport
    certificate_digest: bytes | None
    """SHA-256 of the authentication certificate; ``None`` where it was not readable yet (phone) or not wanted."""


class JpkiSession:
    """One powered card and what we did with it. Used by one thread; ``close`` cuts the power."""

    def __init__(self, card: CardConnection) -> None:
        self._card = card
        self.verify_count = 0

    def read(self) -> CardReading:
        """Tell the kind, and for a usable card the certificate and the tries left. Spends nothing.

        Raises:
            CardRemoved, ReaderLost, CardUnreadable, StatusWordError.
        """
        profile = self.identify()
        if not profile.is_usable:
            return CardReading(profile, CardReport(profile.kind, has_pin=False, attempts_remaining=None), None)
        digest = None
        if not profile.certificate_needs_pin:
            digest = hashlib.sha256(self.read_certificate()).digest()
        try:
            report = CardReport(profile.kind, has_pin=True, attempts_remaining=self.attempts_remaining(profile))
        except PinMissing:
            report = CardReport(profile.kind, has_pin=False, attempts_remaining=None)
        return CardReading(profile, report, digest)

    def identify(self) -> CardProfile:
        """Select the application and read its token name. A card without either is ``OTHER_CARD``."""
        sw = self._card.transmit(commands.select_application(JPKI_AID)).sw
        if sw in FOREIGN_ANSWERS:
            return OTHER_CARD
        _expect_ok(sw)
        sw = self._card.transmit(commands.select_file(Ef.TOKEN)).sw
        if sw == commands.NOT_FOUND:
            return OTHER_CARD
        _expect_ok(sw)
        return profile_of(self._read_bytes(0, TOKEN_NAME_BYTES))

    def read_certificate(self) -> bytes:
        """Return the authentication certificate's DER, without the filler that may follow it in the file.

        Raises:
            CardUnreadable: absent, cut short, too long, not X.509, or a key that is neither RSA nor EC.
            StatusWordError: 6982 (the PIN comes first) and the like.
        """
        sw = self._card.transmit(commands.select_file(Ef.AUTH_CERTIFICATE)).sw
        if sw == commands.NOT_FOUND:
            raise CardUnreadable("no authentication certificate")
        _expect_ok(sw)
        der = self._read_bytes(0, HEADER_BYTES)
        try:
            size = sequence_size(der)
        except ValueError as error:
            raise CardUnreadable("not a certificate") from error
        if size > MAX_CERTIFICATE_BYTES:
            raise CardUnreadable("certificate too long")
        while len(der) < size:
            der += self._read_bytes(len(der), min(MAX_READ_BYTES, size - len(der)))
        _public_key(der)
        return der

    def attempts_remaining(self, profile: CardProfile) -> int | None:
        """Ask for the tries left without spending one; ``None`` when the card cannot say (9000 after a PIN).

        Raises:
            PinMissing: the card has no PIN. That a 顔認証マイナンバーカード answers 6A82 to SELECT EF 0018 is our
                assumption: what a real one answers is not public.
        """
        sw = self._card.transmit(commands.select_file(Ef.AUTH_PIN)).sw
        if sw == commands.NOT_FOUND:
            raise PinMissing()
        _expect_ok(sw)
        sw = self._card.transmit(commands.QUERY_ATTEMPTS).sw
        attempts = commands.attempts_of(sw)
        if attempts is None and sw != commands.OK:
            raise StatusWordError(sw)
        return attempts if attempts is None or attempts <= profile.max_attempts else None

    def certificate_of(self, reading: CardReading) -> bytes:
        """Return the certificate (DER) if this is the card of ``reading``. Needs and spends no PIN.

        Raises:
            CertificateLocked: this kind of card opens it with the PIN. Nothing was sent.
            CertificateChanged: another card, or another certificate.
            CardRemoved, ReaderLost, CardUnreadable, StatusWordError.
        """
        if reading.profile.certificate_needs_pin:
            raise CertificateLocked()
        if self.identify() != reading.profile:
            raise CertificateChanged()
        der = self.read_certificate()
        if hashlib.sha256(der).digest() != reading.certificate_digest:
            raise CertificateChanged()
        return der

    def sign(self, reading: CardReading, pin: PinBuffer, nonce: bytes) -> SignedNonce:
        """Check that this is the card of ``reading``, VERIFY once, sign ``nonce``. The buffer is wiped in any case.

        The certificate and the tries are read again first, in the same powered session; a difference ends it with no
        VERIFY sent. Nothing is ever sent twice.

        Raises:
            CertificateChanged, PinMissing: no VERIFY was sent.
            StaleEpoch: fewer tries are left than the patient was told; no VERIFY was sent.
            PinLocked: before VERIFY (none sent) or as its answer.
            PinIncorrect: one try was spent.
            CardRemoved, ReaderLost: outcome unknown.
            CardUnreadable, StatusWordError.
        """
        try:
            profile, der = reading.profile, b""
            if not profile.certificate_needs_pin:
                der = self.certificate_of(reading)
            elif self.identify() != profile:
                raise CertificateChanged()
            attempts, told = self.attempts_remaining(profile), reading.report.attempts_remaining
            if attempts == 0:
                raise PinLocked()
            if attempts is not None and told is not None and attempts < told:
                raise StaleEpoch()
            self._verify(pin)
        finally:
            pin.wipe()
        try:
            if not der:
                der = self.read_certificate()
            return SignedNonce(der, self._compute_signature(nonce, der))
        except (CardRemoved, ReaderLost):
            raise
        except CardError:
            self._overwrite_pin_command()
            raise

    def close(self) -> None:
        """Cut the power: on the cards that were looked at, a verified PIN survives everything less."""
        self._card.close()

    def _verify(self, pin: PinBuffer) -> None:
        self.verify_count += 1
        sw = self._card.transmit_secret(commands.verify_header(len(pin)), pin).sw
        if sw != commands.OK:
            self._overwrite_pin_command()
            raise commands.error_of(sw)

    def _overwrite_pin_command(self) -> None:
        """Send something longer than VERIFY: pcscd keeps the last command's bytes until a longer one comes."""
        with contextlib.suppress(CardError):
            self._card.transmit(commands.select_application(JPKI_AID))

    def _compute_signature(self, nonce: bytes, der: bytes) -> bytes:
        _expect_ok(self._card.transmit(commands.select_file(Ef.AUTH_KEY)).sw)
        answer = self._card.transmit(commands.compute_signature(commands.digest_info(nonce)))
        _expect_ok(answer.sw)
        key = _public_key(der)
        if not answer.data or (isinstance(key, rsa.RSAPublicKey) and len(answer.data) != key.key_size // 8):
            raise CardUnreadable("signature of a wrong length")
        return answer.data

    def _read_bytes(self, offset: int, length: int) -> bytes:
        answer = self._card.transmit(commands.read_binary(offset, length))
        if answer.sw == commands.PAST_END:
            raise CardUnreadable("file too short")
        _expect_ok(answer.sw)
        if len(answer.data) != length:
            raise CardUnreadable("answer of a wrong length")
        return answer.data


def _expect_ok(sw: int) -> None:
    if sw != commands.OK:
        raise commands.error_of(sw) if commands.attempts_of(sw) == 0 else StatusWordError(sw)


def _public_key(der: bytes) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    try:
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CardUnreadable("not a certificate") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise CardUnreadable("certificate without an RSA or EC key")
    return key
