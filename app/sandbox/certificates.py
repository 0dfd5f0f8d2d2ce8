"""Certificates of the sandbox: shapes only, no files and no clock.

Card certificates follow the published profile of the 利用者証明用電子証明書 (RSA-2048, SHA-256, critical
keyUsage, policy, issuerAltName as a directory name, four-byte serial) under a name of our own, ``O=KIOSK-EMU``,
so that no production trust store can ever take one for real.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.clock import TOKYO
from app.sandbox.card_spec import CertificateKind

AUTH_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
SIGNATURE_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20")
INVENTED_MUNICIPALITY = "48999"
"""Prefecture 48 does not exist."""

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey

_DAYS_LEFT = {
    CertificateKind.VALID: 1000,
    CertificateKind.NEAR_EXPIRY: 60,
    CertificateKind.EXPIRED_RECENTLY: -45,
    CertificateKind.EXPIRED: -150,
    CertificateKind.FOREIGN_CA: 1000,
}
_LEAF_DAYS = 5 * 365
_CA_PAST = timedelta(days=6 * 365)
_CA_FUTURE = timedelta(days=10 * 365)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A CA that can sign: its certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey


def distinguished_name(organisation: str, *units: str, common_name: str | None = None) -> x509.Name:
    """Build ``C=JP, O=…, OU=…, CN=…``."""
    parts = [(NameOID.COUNTRY_NAME, "JP"), (NameOID.ORGANIZATION_NAME, organisation)]
    parts += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    if common_name:
        parts.append((NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


def make_ca(name: x509.Name, key: PrivateKey, now: datetime) -> x509.Certificate:
    """Self-sign a one-tier CA.

    It reaches six years back, further than a real one would need, so that a card that expired months ago still
    lies within its CA's time.
    """
    builder = _begin(name, name, key, _serial(b"ca", _spki(key)), now - _CA_PAST, now + _CA_FUTURE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return builder.sign(key, hashes.SHA256())


def make_tls_certificate(
    name: x509.Name, key: PrivateKey, issuer: Issuer, since: datetime, until: datetime, *, hosts: tuple[str, ...]
) -> x509.Certificate:
    """Make a server certificate for ``hosts`` (names or addresses), or a client's where ``hosts`` is empty."""
    serial = _serial(b"tls", _spki(key), since.isoformat().encode(), *(host.encode() for host in hosts))
    builder = _begin(name, issuer.certificate.subject, key, serial, since, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(digital_signature=True), critical=True)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return _sign_leaf(builder, key, issuer)


def make_card_certificate(
    key: RSAPrivateKey, issuer: Issuer, kind: CertificateKind, now: datetime, *, signature_use: bool = False
) -> x509.Certificate:
    """Make a card's authentication certificate, or its 署名用 certificate where ``signature_use``.

    Its dates hang on the day of ``now`` in Tokyo and nothing is random: the same key, kind and day always give the
    same bytes. So every process that asks on one day sees one certificate.
    """
    today = now.astimezone(TOKYO).date()
    until = datetime.combine(today + timedelta(days=_DAYS_LEFT[kind]), time(23, 59, 59), TOKYO)
    since = datetime.combine(until.date() - timedelta(days=_LEAF_DAYS), time(0), TOKYO)
    use = b"sign" if signature_use else b"auth"
    serial = _serial(use, kind.encode(), today.isoformat().encode(), _spki(key))
    issue_code = INVENTED_MUNICIPALITY + hashlib.sha256(_spki(key)).hexdigest()[:9].upper()
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, issue_code)]
    )
    builder = _begin(subject, issuer.certificate.subject, key, serial, since, until)
    builder = builder.add_extension(_usage(digital_signature=True, content_commitment=signature_use), critical=True)
    policy = SIGNATURE_POLICY if signature_use else AUTH_POLICY
    builder = builder.add_extension(x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), critical=False)
    issuer_alternative = x509.DirectoryName(distinguished_name("練習用の認証サービス"))
    builder = builder.add_extension(x509.IssuerAlternativeName([issuer_alternative]), critical=False)
    return _sign_leaf(builder, key, issuer)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, serial: int, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _sign_leaf(builder: x509.CertificateBuilder, key: PrivateKey, issuer: Issuer) -> x509.Certificate:
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    authority = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority)
    return builder.add_extension(identifier, critical=False).sign(issuer.key, hashes.SHA256())


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _serial(*parts: bytes) -> int:
    """A positive serial of exactly four bytes."""
    digest = hashlib.sha256(b"\x00".join(parts)).digest()
    return int.from_bytes(digest[:4], "big") & 0x3FFFFFFF | 0x40000000
