"""Another maker's card: an authority, certificates and a small JPKI card of the tests' own on vpcd's port.

Nothing of ``app.sandbox`` is used here. A card that was written from the same description by other hands tells
whether the product reads cards, or only the one that it brings along.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

ATR = bytes.fromhex("3B888001000041E0B381A1003B")
JPKI = bytes.fromhex("D392F000260100000001")
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
OK, NOT_OPEN, NOT_FOUND, PAST_END, UNKNOWN = 0x9000, 0x6982, 0x6A82, 0x6B00, 0x6D00
TOKEN, CERTIFICATE, KEY, PIN = 0x0006, 0x000A, 0x0017, 0x0018


class OwnAuthority:
    """A card CA. All of them bear one name, so only a signature tells two apart."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Another Maker"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Cards for user authentication"),
            ]
        )
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=900))
            .not_valid_after(now + timedelta(days=2700))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, serial: int, pin: str) -> OwnCard:
        """Make a card whose certificate has the profile of 利用者証明用電子証明書."""
        key = rsa.generate_private_key(65537, 2048)
        now = datetime.now(UTC)
        subject = [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, "48998X77")]
        other_name = x509.DirectoryName(
            x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ほかの会社の認証サービス")])
        )
        policy = x509.PolicyInformation(x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30"), None)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(subject))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=1400))
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.CertificatePolicies([policy]), critical=False)
            .add_extension(x509.IssuerAlternativeName([other_name]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return OwnCard(key, certificate, pin)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


class OwnCard:
    """One application, four files, one PIN; ``lying_on(port)`` puts it on the reader."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate, pin: str) -> None:
        self._key = key
        self._der = certificate.public_bytes(Encoding.DER)
        self._pin = pin.encode("ascii")
        self._tries = 3
        self._selected = 0
        self._in_jpki = self._is_open = False
        self.verifies = 0
        self.signatures = 0

    @property
    def certificate_pem(self) -> bytes:
        return x509.load_der_x509_certificate(self._der).public_bytes(Encoding.PEM)

    @property
    def certificate_sha256(self) -> str:
        return hashlib.sha256(self._der).hexdigest()

    @property
    def public_key_sha256(self) -> str:
        spki = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(spki).hexdigest()

    @contextmanager
    def lying_on(self, port: int) -> Iterator[None]:
        """Connect to vpcd as a card for the length of a ``with`` block."""
        link = socket.create_connection(("127.0.0.1", port), 30)
        link.settimeout(None)
        served = threading.Thread(target=self._serve, args=(link,), daemon=True)
        served.start()
        try:
            yield
        finally:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            served.join(30)
            link.close()
            self._lose_power()

    def _serve(self, link: socket.socket) -> None:
        with suppress(OSError):
            while header := _exactly(link, 2):
                frame = _exactly(link, struct.unpack(">H", header)[0])
                if frame == b"\x04":
                    _send(link, ATR)
                elif len(frame) == 1:
                    self._lose_power()
                elif frame:
                    data, sw = self.answer(frame)
                    _send(link, data + sw.to_bytes(2, "big"))

    def _lose_power(self) -> None:
        self._selected, self._in_jpki, self._is_open = 0, False, False

    def answer(self, apdu: bytes) -> tuple[bytes, int]:
        """Return data and status word for one command."""
        body = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""
        match apdu[:4].hex():
            case "00a4040c":
                self._in_jpki, self._selected = body == JPKI, 0
                return b"", OK if self._in_jpki else NOT_FOUND
            case "00a4020c" if self._in_jpki:
                self._selected = int.from_bytes(body, "big")
                return b"", OK if self._selected in (TOKEN, CERTIFICATE, KEY, PIN) else NOT_FOUND
            case "00200080" if self._selected == PIN:
                return b"", self._verify(body)
            case "802a0080" if self._selected == KEY:
                return self._sign(body)
        if apdu[:2].hex() == "00b0" and self._selected in (TOKEN, CERTIFICATE):
            return self._read(int.from_bytes(apdu[2:4], "big"), (apdu[4] if len(apdu) > 4 else 0) or 256)
        return b"", UNKNOWN

    def _read(self, offset: int, size: int) -> tuple[bytes, int]:
        content = self._der if self._selected == CERTIFICATE else b"JPKIAPICCTOKEN2".ljust(32) + bytes(128)
        found = content[offset : offset + size]
        return found, OK if found else PAST_END

    def _verify(self, digits: bytes) -> int:
        if not digits:
            return 0x63C0 | self._tries if self._tries else 0x6984
        self.verifies += 1
        if self._tries == 0:
            return 0x6984
        self._is_open = hmac.compare_digest(digits, self._pin)
        self._tries = 3 if self._is_open else self._tries - 1
        return OK if self._is_open else 0x63C0 | self._tries

    def _sign(self, digest_info: bytes) -> tuple[bytes, int]:
        if not self._is_open:
            return b"", NOT_OPEN
        if digest_info[:-32] != DIGEST_INFO:
            return b"", 0x6985
        self.signatures += 1
        return self._key.sign(digest_info[-32:], padding.PKCS1v15(), Prehashed(hashes.SHA256())), OK


def _exactly(link: socket.socket, size: int) -> bytes:
    """Read ``size`` bytes; ``b""`` when the reader has gone."""
    found = b""
    while len(found) < size:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = link.recv(size - len(found))
        if not part:
            return b""
        found += part
    return found


def _send(link: socket.socket, answer: bytes) -> None:
    link.sendall(struct.pack(">H", len(answer)) + answer)
