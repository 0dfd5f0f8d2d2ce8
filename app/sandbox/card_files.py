"""What lies on a sample card: applications and their files, as data.

Sources: public readers' code for the 公的個人認証AP (OpenSC, myna, jpki-rs) and, for the odder answers, one public
study of the card; no document of the issuer is public.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.sandbox.card_spec import CardSpec, SampleCardKind

JPKI_AID = bytes.fromhex("D392F000260100000001")
CARD_INFO_AID = bytes.fromhex("D3921000310001010408")
"""券面事項入力補助AP."""

ATR = {
    SampleCardKind.MY_NUMBER: bytes.fromhex("3B888001000005E0B381A1007F"),
    SampleCardKind.FACE_AUTH: bytes.fromhex("3B888001000041E0B381A1003B"),
    SampleCardKind.PHONE: bytes.fromhex("3B80800101"),
    SampleCardKind.JUKI: bytes.fromhex("3B888001000014E0B38191005E"),
    SampleCardKind.TRANSIT: bytes.fromhex("3B8F8001804F0CA0000003061100 3B0000000042"),
}
"""As a contactless reader builds them. A phone's is not known: the shortest legal one stands for it."""

TOKEN_LABEL = {
    SampleCardKind.MY_NUMBER: b"JPKIAPICCTOKEN2",
    SampleCardKind.FACE_AUTH: b"JPKIAPICCTOKEN2",
    SampleCardKind.PHONE: b"JPKIAPGPSETOKEN",
    SampleCardKind.JUKI: b"JPKIAPICCTOKEN",
}

AUTH_PIN, SIGNATURE_PASSWORD = 0x0018, 0x001B
SIGNATURE_ATTEMPTS = 5
SAMPLE_SIGNATURE_PASSWORD = b"PRACTICE48"
"""署名用パスワード of every sample card. Public, as all sample secrets are."""

NEVER = 0
"""A reference that no card file has, so what it guards never opens."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A transparent file. ``opens_with`` is the EF of the PIN that guards it; ``None`` means free to read."""

    content: bytes
    opens_with: int | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """A PIN or password reference; ``limit`` tries after each right one, ``left`` when the card is new."""

    value: bytes
    limit: int
    left: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key that signs after the PIN of ``opens_with``."""

    key: RSAPrivateKey
    opens_with: int


File = Binary | Secret | SigningKey
Applications = Mapping[bytes, Mapping[int, File]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys and certificates (DER) that go onto one card."""

    auth_key: RSAPrivateKey
    auth_certificate: bytes
    auth_ca: bytes
    signature_key: RSAPrivateKey
    signature_certificate: bytes
    signature_ca: bytes


def applications_of(spec: CardSpec, credentials: Credentials) -> Applications:
    """Return the applications of a card of this kind; a transit card has none of ours."""
    if spec.kind is SampleCardKind.TRANSIT:
        return {}
    files: dict[int, File] = {
        0x0006: Binary(_token_information(TOKEN_LABEL[spec.kind])),
        0x0008: Binary(b"\x8f\x8f\x00"),
        0x0001: Binary(credentials.signature_certificate, opens_with=SIGNATURE_PASSWORD),
        0x0002: Binary(credentials.signature_ca),
        0x001A: SigningKey(credentials.signature_key, opens_with=SIGNATURE_PASSWORD),
        SIGNATURE_PASSWORD: Secret(SAMPLE_SIGNATURE_PASSWORD, SIGNATURE_ATTEMPTS, SIGNATURE_ATTEMPTS),
    }
    if spec.kind.has_certificate:
        guard = AUTH_PIN if spec.kind is SampleCardKind.PHONE else None
        files[0x000A] = Binary(credentials.auth_certificate, opens_with=guard)
        files[0x000B] = Binary(credentials.auth_ca)
        # How a real 顔認証 card answers is not public. Here its key exists and never signs, and its PIN reference
        # is not found (6A82).
        files[0x0017] = SigningKey(credentials.auth_key, opens_with=AUTH_PIN if spec.kind.has_pin else NEVER)
    if spec.pin is not None:
        files[AUTH_PIN] = Secret(spec.pin.encode("ascii"), limit=3, left=spec.attempts)
    if spec.kind is SampleCardKind.PHONE:
        return {JPKI_AID: files}
    # EF 0001 of 券面事項入力補助AP would hold what this project never reads. It is empty and never opens: a driver
    # that reaches for it gets 6982 here, and nothing was there to get.
    return {JPKI_AID: files, CARD_INFO_AID: {0x0001: Binary(b"", opens_with=NEVER)}}


def _token_information(label: bytes) -> bytes:
    """EF 0006, 160 bytes: the shape of PKCS#11's ``CK_TOKEN_INFO`` with 32-bit big-endian numbers."""
    flags, unknown = 0x0000040D, 0xFFFFFFFF
    numbers = (flags, 0, 0, 0, 0, 16, 4, unknown, unknown, unknown, unknown)
    content = struct.pack(
        ">32s32s16s16s11I4s16s",
        label.ljust(32),
        b"KIOSK-EMU".ljust(32),
        b"PRACTICE CARD".ljust(16),
        b"0".ljust(16),
        *numbers,
        b"\x01\x00\x01\x00",
        b"".ljust(16),
    )
    return content.ljust(160)
