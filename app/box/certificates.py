"""The box's own certificate authority and the certificate that staff browsers see.

The root is name-constrained: whoever trusts it trusts this box's names and the clinic's net, not the rest of the web.
Root ECDSA P-256 for 10 years, leaf for 397 days (platforms refuse leaves beyond 398 or 825 days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.box.files import write_atomically

ROOT_LIFE = timedelta(days=3653)
LEAF_LIFE = timedelta(days=397)
RENEW_BEFORE = timedelta(days=60)
CLOCK_SLACK = timedelta(days=1)
"""Certificates begin a day early: tablets in a clinic are seldom set to the minute."""


@dataclass(frozen=True, slots=True)
class BoxNames:
    """What the leaf is for, and the wider frame that the root may ever sign for."""

    dns: tuple[str, ...] = ("uketsuke.local", "localhost")
    addresses: tuple[IPv4Address, ...] = (IPv4Address("127.0.0.1"),)
    clinic_nets: tuple[IPv4Network, ...] = ()

    def permitted(self) -> list[x509.GeneralName]:
        nets = [IPv4Network(address) for address in self.addresses]
        nets += [net for net in self.clinic_nets if net not in nets]
        return [x509.DNSName(name) for name in self.dns] + [x509.IPAddress(net) for net in nets]

    def subject_names(self) -> list[x509.GeneralName]:
        return [x509.DNSName(name) for name in self.dns] + [x509.IPAddress(address) for address in self.addresses]


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files in one 0700 folder; both keys are 0600."""

    ca_file: Path
    ca_key_file: Path
    cert_file: Path
    key_file: Path


def certificate_files(folder: Path) -> CertificateFiles:
    """Name the files of ``folder``; touches nothing."""
    return CertificateFiles(folder / "ca.crt", folder / "ca.key", folder / "server.crt", folder / "server.key")


def ensure_certificates(folder: Path, names: BoxNames, now: datetime) -> bool:
    """Make or renew what is missing, damaged, of other names or has less than 60 days left.

    A root that still fits is kept, so that browsers which trust it need no visit. When only the leaf
    is renewed, a reload of the proxy is enough.

    Args:
        folder: made with mode 0700 when it is missing.
        now: aware time.

    Returns:
        True when something was written.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = certificate_files(folder)
    root = _load_pair(files.ca_file, files.ca_key_file)
    root_is_new = root is None or not _root_fits(root[0], names, now)
    if root is None or root_is_new:
        root = _make_root(names, now)
        _write_pair(files.ca_file, files.ca_key_file, *root)
    leaf = None if root_is_new else _load_pair(files.cert_file, files.key_file)
    if leaf is not None and _leaf_fits(leaf[0], root[0], names, now):
        return False
    _write_pair(files.cert_file, files.key_file, *_make_leaf(root, names, now))
    return True


def days_left(cert_file: Path, now: datetime) -> int:
    """Whole days until the certificate in a PEM file ends; negative when it is over."""
    certificate = x509.load_pem_x509_certificate(cert_file.read_bytes())
    return (certificate.not_valid_after_utc - now.astimezone(UTC)).days


def fingerprint(cert_file: Path) -> str:
    """SHA-256 of a PEM certificate as people compare it: ``AB:CD:…``."""
    digest = x509.load_pem_x509_certificate(cert_file.read_bytes()).fingerprint(hashes.SHA256())
    return digest.hex(":").upper()


_Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _make_root(names: BoxNames, now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Uketsuke {names.dns[0]} {now:%Y-%m-%d}")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - CLOCK_SLACK)
        .not_valid_after(now.astimezone(UTC) + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(names.permitted(), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _make_leaf(root: _Pair, names: BoxNames, now: datetime) -> _Pair:
    root_certificate, root_key = root
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.dns[0])])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder(root_certificate.subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - CLOCK_SLACK)
        .not_valid_after(now.astimezone(UTC) - CLOCK_SLACK + LEAF_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names.subject_names()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return certificate, key


def _root_fits(root: x509.Certificate, names: BoxNames, now: datetime) -> bool:
    try:
        constraints = root.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    return set(constraints.permitted_subtrees or ()) == set(names.permitted()) and _lasts(root, now, LEAF_LIFE)


def _leaf_fits(leaf: x509.Certificate, root: x509.Certificate, names: BoxNames, now: datetime) -> bool:
    try:
        leaf.verify_directly_issued_by(root)
        present = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return set(present) == set(names.subject_names()) and _lasts(leaf, now, RENEW_BEFORE)


def _lasts(certificate: x509.Certificate, now: datetime, least: timedelta) -> bool:
    return certificate.not_valid_before_utc <= now and certificate.not_valid_after_utc - now >= least


def _load_pair(cert_file: Path, key_file: Path) -> _Pair | None:
    """Read a certificate and its key; ``None`` when either is missing, damaged or of another pair."""
    try:
        certificate = x509.load_pem_x509_certificate(cert_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
        return None
    return certificate, key


def _write_pair(
    cert_file: Path, key_file: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    write_atomically(key_file, _key_pem(key), 0o600)
    write_atomically(cert_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
