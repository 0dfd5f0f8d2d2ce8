"""What lies on a sample card: applications and their files, as data.

Sources: public readers' code for the 公的個人認証AP (OpenSC, myna, jpki-rs) and, for the other applications and the
odder answers, one public study of the card (soltia48/myna-card); no document of the issuer is public. What is printed
on a sample card is invented and the same on all of them. No card of ours has a 個人番号: files that would hold it are
empty and never open, and 照合番号A, which is the number, has no value that could be presented.
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
CARD_FACE_AID = bytes.fromhex("D3921000310001010402")
"""券面事項確認AP."""
RESIDENT_AID = bytes.fromhex("D3921000310001010401")
"""住基AP. Its files are not public."""
COMMON_AID = bytes.fromhex("D3921000310001010100")
"""共通カードAP. Its key signs for INTERNAL AUTHENTICATE what nobody public can check; it is not there."""

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

TEXT_PIN = 0x0011
"""暗証番号 of 券面事項入力補助AP, with a counter of its own. Most people set it like the authentication PIN."""
BIRTH_CODE = b"450101"
"""生年月日 of every sample card as 券面事項確認AP takes it: year of the era, month, day."""
CODE_B = BIRTH_CODE + b"2035" + b"4848"
"""照合番号B: 生年月日, year of expiry, セキュリティコード."""
CODE_ATTEMPTS = 3
"""How often 生年月日 and 照合番号 may be wrong is not known: the harsher choice."""

NEVER = (0,)
"""A reference that no card file has, so what it guards never opens."""
FREE: tuple[int, ...] = ()
FOUR_DIGITS = rb"[0-9]{4}"
PASSWORD = rb"[0-9A-Z]{6,16}"


@dataclass(frozen=True, slots=True)
class Binary:
    """A transparent file, opened by any one of the references ``opens_with``; free to read where there are none."""

    content: bytes
    opens_with: tuple[int, ...] = FREE
    is_certificate: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """A PIN, password or 照合番号; ``limit`` tries after each right one, ``left`` when the card is new.

    ``value`` is ``None`` where nothing is right. ``shape`` is what a new value must be; ``None``: cannot be changed.
    """

    value: bytes | None
    limit: int
    left: int
    shape: bytes | None = None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key that signs after the PIN of ``opens_with``."""

    key: RSAPrivateKey
    opens_with: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TerminalKey:
    """The reference for a terminal's card-verifiable certificate: it can be selected and does nothing here.

    What follows it on a real card needs keys that are not public.
    """


File = Binary | Secret | SigningKey | TerminalKey
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
    applications: dict[bytes, Mapping[int, File]] = {JPKI_AID: _jpki(spec, credentials)}
    if spec.kind is not SampleCardKind.PHONE:
        applications[CARD_INFO_AID] = _card_info(spec)
    if spec.kind in (SampleCardKind.MY_NUMBER, SampleCardKind.FACE_AUTH):
        applications |= {CARD_FACE_AID: _card_face(), RESIDENT_AID: {}, COMMON_AID: {}}
    return applications


def _jpki(spec: CardSpec, credentials: Credentials) -> dict[int, File]:
    has_signature = spec.signature_certificate
    there, absent = b"\x8f", b"\x00"
    exists = (there if has_signature else absent) + (there if spec.kind.has_certificate else absent)
    files: dict[int, File] = {
        0x0006: Binary(_token_information(TOKEN_LABEL[spec.kind])),
        0x0008: Binary(exists + b"\x00"),
        0x0009: Binary(b"", opens_with=NEVER),
        0x0016: TerminalKey(),
        0x0002: Binary(credentials.signature_ca, is_certificate=True),
        SIGNATURE_PASSWORD: Secret(SAMPLE_SIGNATURE_PASSWORD, SIGNATURE_ATTEMPTS, SIGNATURE_ATTEMPTS, PASSWORD),
    }
    if has_signature:
        guard = (SIGNATURE_PASSWORD,)
        files[0x0001] = Binary(credentials.signature_certificate, opens_with=guard, is_certificate=True)
        files[0x001A] = SigningKey(credentials.signature_key, opens_with=guard)
    if spec.kind.has_certificate:
        opens_with = (AUTH_PIN,) if spec.kind is SampleCardKind.PHONE else FREE
        files[0x000A] = Binary(credentials.auth_certificate, opens_with, is_certificate=True)
        files[0x000B] = Binary(credentials.auth_ca, is_certificate=True)
        # How a real 顔認証 card answers is not public. Here its key exists and never signs, and its PIN reference
        # is not found (6A82).
        files[0x0017] = SigningKey(credentials.auth_key, opens_with=(AUTH_PIN,) if spec.kind.has_pin else NEVER)
    if spec.pin is not None:
        files[AUTH_PIN] = Secret(spec.pin.encode("ascii"), 3, spec.attempts, FOUR_DIGITS)
    return files


def _card_info(spec: CardSpec) -> dict[int, File]:
    # EF 0001 would hold what this project never reads. It is empty and never opens, whatever was verified: a driver
    # that reaches for it gets 6982 here, and nothing was there to get.
    files: dict[int, File] = {0x0001: Binary(b"", opens_with=NEVER)}
    if spec.kind is SampleCardKind.JUKI:
        return files
    files |= {
        0x0002: Binary(_attributes(), opens_with=(TEXT_PIN, 0x0015)),
        0x0005: Binary(_tlv(0xFF40, _tlv(0xDF41, b"KIOSK-EMU"))),
        0x0012: Secret(None, limit=0, left=0),
        0x0014: Secret(None, CODE_ATTEMPTS, CODE_ATTEMPTS),
        0x0015: Secret(CODE_B, CODE_ATTEMPTS, CODE_ATTEMPTS),
    }
    if spec.pin is not None:
        files[TEXT_PIN] = Secret(spec.pin.encode("ascii"), 3, 3, FOUR_DIGITS)
    return files


def _card_face() -> dict[int, File]:
    face = _tlv(0xDF22, b"19700101") + _tlv(0xDF23, b"9") + _tlv(0xDF27, b"KIOSK-EMU: no photo")
    return {
        0x0001: Binary(_tlv(0xFF10, _tlv(0xDF11, b"19700101")), opens_with=(0x0011,)),
        0x0002: Binary(_tlv(0xFF20, face), opens_with=(0x0012, 0x0013)),
        0x0003: Binary(_tlv(0xFF30, _tlv(0xDF34, b"48999"))),
        0x0004: Binary(_tlv(0x7F21, b"KIOSK-EMU")),
        0x0005: Binary(b"", opens_with=NEVER),
        0x0011: Secret(BIRTH_CODE, CODE_ATTEMPTS, CODE_ATTEMPTS),
        0x0012: Secret(CODE_B, CODE_ATTEMPTS, CODE_ATTEMPTS),
        0x0013: Secret(None, CODE_ATTEMPTS, CODE_ATTEMPTS),
    }


def _attributes() -> bytes:
    """基本4情報 of nobody: a table of offsets from the start of the file, 氏名, 住所, 生年月日, 性別."""
    texts = ["練習　見本".encode(), "架空県架空市見本１丁目１番".encode(), b"19700101", b"9"]
    fields = [_tlv(0xDF22 + place, text) for place, text in enumerate(texts)]
    at, offsets = 3 + 3 + 8, b""
    for field in fields:
        offsets += at.to_bytes(2, "big")
        at += len(field)
    return _tlv(0xFF20, _tlv(0xDF21, offsets) + b"".join(fields))


def _tlv(tag: int, value: bytes) -> bytes:
    """BER with a two-byte tag and a length below 128."""
    if len(value) > 127:
        raise ValueError("too long for a short length")
    return tag.to_bytes(2, "big") + bytes((len(value),)) + value


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
