"""The dialogue with a card as scripts of hex, for an invented certificate."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from app.card import apdu
from app.card.connection import PinBuffer
from app.card.profile import JPKI_AID, Ef
from app.clock import TOKYO

Pair = tuple[str, str]

NONCE = b"nonce"
SELECT_JPKI = apdu.select_application(JPKI_AID).hex()
SELECT_PIN = apdu.select_file(Ef.AUTH_PIN).hex()
SELECT_KEY = apdu.select_file(Ef.AUTH_KEY).hex()
SELECT_CERTIFICATE = apdu.select_file(Ef.AUTH_CERTIFICATE).hex()
QUERY = "00200080"
VERIFY = "002000800434383236"
SIGN = apdu.compute_signature(apdu.digest_info(NONCE)).hex()
OK = "9000"
START = datetime(2026, 1, 1, tzinfo=TOKYO)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, name: str) -> bytes:
    """A certificate of ``key``; ``name`` makes it longer and another one."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1826))
    )
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)


@cache
def first_certificate() -> bytes:
    return certificate(rsa_key(), "first")


@cache
def second_certificate() -> bytes:
    return certificate(rsa_key(), "second")


@cache
def signature() -> bytes:
    return rsa_key().sign(NONCE, PKCS1v15(), hashes.SHA256())


def pin() -> PinBuffer:
    """A buffer with the digits of ``VERIFY``."""
    buffer = PinBuffer(4)
    for digit in (4, 8, 2, 6):
        buffer.append_digit(digit)
    return buffer


def identify(label: bytes = b"JPKIAPICCTOKEN2") -> list[Pair]:
    token = label.ljust(32).hex() + OK
    return [(SELECT_JPKI, OK), (apdu.select_file(Ef.TOKEN).hex(), OK), ("00B0000020", token)]


def read_certificate(der: bytes | None = None, ends_with: str = OK) -> list[Pair]:
    der = first_certificate() if der is None else der
    pairs = [(SELECT_CERTIFICATE, OK), ("00B0000004", der[:4].hex() + OK)]
    for offset in range(4, len(der), 256):
        piece = der[offset : offset + 256]
        pairs.append((apdu.read_binary(offset, len(piece)).hex(), piece.hex() + ends_with))
    return pairs


def query(answer: str = "63C3") -> list[Pair]:
    return [(SELECT_PIN, OK), (QUERY, answer)]


def whole_read() -> list[Pair]:
    return [*identify(), *read_certificate(), *query()]


def whole_sign() -> list[Pair]:
    return [*whole_read(), (VERIFY, OK), (SELECT_KEY, OK), (SIGN, signature().hex() + OK)]
