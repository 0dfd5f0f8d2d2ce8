"""The sandbox's keys and certificates in one folder.

Keys are made once and kept (PEM, 0600); certificates of CAs and TLS parties are renewed when they near their end;
card certificates are never stored, they are made from the card's key for the day that is asked for.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.clock import TOKYO
from app.sandbox.card_spec import CertificateKind
from app.sandbox.certificates import (
    Issuer,
    PrivateKey,
    distinguished_name,
    make_ca,
    make_card_certificate,
    make_tls_certificate,
)

CARD_ORGANISATION = "KIOSK-EMU"
LOCAL_HOSTS = ("localhost", "127.0.0.1")
ANOTHER_CARD = "another-card"
"""Key of the certificate that the fault ``swapped-certificate`` shows."""
SIGNATURE_KEY = "signature-use"
"""Key of the 署名用 certificate, one for all sample cards: nothing of ours signs documents."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_RENEW_BEFORE = timedelta(days=30)
_TLS_DAYS = 397


def pki_folder(state_dir: Path) -> Path:
    """Where the sandbox keeps its keys within a state directory."""
    return state_dir / "sandbox" / "pki"


class SandboxPki:
    """Keys, CAs and TLS certificates of the practice world.

    Nothing is touched before ``ensure``. Several processes may use one folder at once: making is guarded by a
    lock file, and files appear whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.card_ca_file = folder / "card-ca.pem"
        self.foreign_ca_file = folder / "foreign-ca.pem"
        self.service_ca_file = folder / "service-ca.pem"
        self.service_cert_file, self.service_key_file = self._pair("service")
        self.service_expired_cert_file, self.service_expired_key_file = self._pair("service-expired")
        self.service_wrong_name_cert_file, self.service_wrong_name_key_file = self._pair("service-wrong-name")
        self.terminal_ca_file = folder / "terminal-ca.pem"
        self.terminal_cert_file, self.terminal_key_file = self._pair("terminal")
        self._keys: dict[str, PrivateKey] = {}

    def _pair(self, name: str) -> tuple[Path, Path]:
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def ensure(self, names: Iterable[str], now: datetime | None = None) -> None:
        """Make what is missing: CAs, TLS certificates and one key per card name. Blocks for some seconds at first.

        Raises:
            ValueError: a name that is not made of lower-case letters, digits and hyphens.
            OSError: the folder cannot be written.
        """
        moment = now or datetime.now(TOKYO)
        wanted = [_card_key_name(name) for name in (*names, ANOTHER_CARD, SIGNATURE_KEY)]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock():
            missing = [name for name in (*wanted, "card-ca", "foreign-ca") if not self._key_file(name).exists()]
            with ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="pki") as pool:
                for name, key in zip(missing, pool.map(lambda _: _new_rsa_key(), missing), strict=True):
                    self._write_key(name, key)
            self._ensure_cas(moment)
            self._ensure_tls(moment)

    def card_key(self, name: str) -> rsa.RSAPrivateKey:
        """Return the authentication key of a sample card; it is made on first use and kept."""
        key = self._key(_card_key_name(name), _new_rsa_key)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError(f"The key file of the card {name!r} does not hold an RSA key.")
        return key

    def issue_card_certificate(self, name: str, kind: CertificateKind, now: datetime) -> bytes:
        """Return the authentication certificate (DER) of a sample card for the day of ``now``.

        The same bytes all day long, in every process that shares the folder. ``now`` must be aware.

        Raises:
            FileNotFoundError: ``ensure`` never ran on this folder.
        """
        issuer = self._issuer("foreign-ca" if kind is CertificateKind.FOREIGN_CA else "card-ca")
        return make_card_certificate(self.card_key(name), issuer, kind, now).public_bytes(Encoding.DER)

    def issue_signature_certificate(self, now: datetime) -> bytes:
        """Return the 署名用 certificate (DER) that every sample card carries behind its password."""
        key = self.card_key(SIGNATURE_KEY)
        certificate = make_card_certificate(
            key, self._issuer("card-ca"), CertificateKind.VALID, now, signature_use=True
        )
        return certificate.public_bytes(Encoding.DER)

    def card_ca_der(self, kind: CertificateKind = CertificateKind.VALID) -> bytes:
        """Return the CA certificate (DER) that a card with a certificate of ``kind`` carries in EF 000B."""
        name = "foreign-ca" if kind is CertificateKind.FOREIGN_CA else "card-ca"
        return self._issuer(name).certificate.public_bytes(Encoding.DER)

    def _ensure_cas(self, now: datetime) -> None:
        card = distinguished_name(CARD_ORGANISATION, "Practice cards for user authentication", "Virtual reader")
        foreign = distinguished_name(CARD_ORGANISATION + "-FOREIGN", "Cards of another issuer")
        for name, subject in (("card-ca", card), ("foreign-ca", foreign)):
            self._ensure_ca(name, subject, _new_rsa_key, now)
        for name in ("service-ca", "terminal-ca"):
            self._ensure_ca(name, distinguished_name(CARD_ORGANISATION, f"Practice {name}"), _new_ec_key, now)

    def _ensure_ca(self, name: str, subject: x509.Name, new_key: Callable[[], PrivateKey], now: datetime) -> None:
        path = self.folder / f"{name}.pem"
        if _is_fresh(path, now):
            return
        certificate = make_ca(subject, self._key(name, new_key), now)
        _write(path, certificate.public_bytes(Encoding.PEM), 0o644)

    def _ensure_tls(self, now: datetime) -> None:
        soon, day = now + timedelta(days=_TLS_DAYS), timedelta(days=1)
        self._ensure_leaf("service", "service-ca", LOCAL_HOSTS, now - day, soon, now)
        self._ensure_leaf("service-wrong-name", "service-ca", ("elsewhere.invalid",), now - day, soon, now)
        self._ensure_leaf("service-expired", "service-ca", LOCAL_HOSTS, now - 90 * day, now - day, now)
        self._ensure_leaf("terminal", "terminal-ca", (), now - day, soon, now)

    def _ensure_leaf(
        self, name: str, ca: str, hosts: tuple[str, ...], since: datetime, until: datetime, now: datetime
    ) -> None:
        path = self.folder / f"{name}.pem"
        issuer = self._issuer(ca)
        stays = path.exists() if until < now else _is_fresh(path, now)
        if stays and _is_signed_by(path, issuer.certificate):
            return
        subject = distinguished_name(CARD_ORGANISATION, common_name=hosts[0] if hosts else "Practice terminal 1")
        key = self._key(name, _new_ec_key)
        certificate = make_tls_certificate(subject, key, issuer, since, until, hosts=hosts)
        _write(path, certificate.public_bytes(Encoding.PEM), 0o644)

    def _issuer(self, name: str) -> Issuer:
        certificate = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())
        return Issuer(certificate, self._key(name, _new_rsa_key))

    def _key_file(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def _key(self, name: str, new_key: Callable[[], PrivateKey]) -> PrivateKey:
        if name not in self._keys:
            path = self._key_file(name)
            if not path.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._write_key(name, new_key())
            # Our own keys from a private folder: checking 26 RSA keys anew took a second of every start.
            key = load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
            if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
                raise ValueError(f"The key file {path.name} holds neither an RSA nor an EC key.")
            self._keys[name] = key
        return self._keys[name]

    def _write_key(self, name: str, key: PrivateKey) -> None:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(self._key_file(name), pem, 0o600, keep_existing=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _card_key_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("A card's name is 1 to 40 lower-case letters, digits and hyphens.")
    return f"card-key-{name}"


def _new_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _new_ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _is_fresh(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - _RENEW_BEFORE


def _is_signed_by(path: Path, issuer: x509.Certificate) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    identifier = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return identifier == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def _write(path: Path, content: bytes, mode: int, *, keep_existing: bool = False) -> None:
    """Put a whole file in place; with ``keep_existing`` the file of whoever came first wins."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
        if keep_existing:
            try:
                os.link(name, path)
            except FileExistsError:
                return
        else:
            os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
