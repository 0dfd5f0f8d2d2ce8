"""Commands as bytes, and what status words mean.

Source: ISO/IEC 7816-4 for the commands; 6984 as "blocked" is JICSAP's word, which the JPKI application uses.
"""

from __future__ import annotations

import hashlib
from typing import Final

from app.card.profile import MAX_READ_BYTES, Ef
from app.errors import CardError, PinIncorrect, PinLocked, StatusWordError

OK: Final = 0x9000
NOT_FOUND: Final = 0x6A82
PAST_END: Final = 0x6B00
NO_DIAGNOSIS: Final = 0x6F00
BLOCKED: Final = frozenset({0x63C0, 0x6983, 0x6984})
"""No tries left: this one used the last up, ISO's word, and JICSAP's."""

INS_VERIFY: Final = 0x20
INS_SIGN: Final = 0x2A
INS_SELECT: Final = 0xA4
INS_READ: Final = 0xB0

QUERY_ATTEMPTS: Final = bytes.fromhex("00200080")
"""VERIFY without data: asks for the tries left and spends none."""

_SHA256_DIGEST_INFO: Final = bytes.fromhex("3031300D060960864801650304020105000420")


def select_application(aid: bytes) -> bytes:
    """SELECT by name, no answer data wanted."""
    return bytes((0x00, INS_SELECT, 0x04, 0x0C, len(aid))) + aid


def select_file(ef: Ef) -> bytes:
    """SELECT an elementary file of the selected application."""
    return bytes((0x00, INS_SELECT, 0x02, 0x0C, 0x02)) + int(ef).to_bytes(2, "big")


def read_binary(offset: int, length: int) -> bytes:
    """READ BINARY of 1 to 256 bytes at a 15-bit offset. Raises ``ValueError`` outside of these."""
    if not (0 <= offset <= 0x7FFF and 1 <= length <= MAX_READ_BYTES):
        raise ValueError("offset or length out of range")
    return bytes((0x00, INS_READ)) + offset.to_bytes(2, "big") + bytes((length & 0xFF,))


def verify_header(pin_length: int) -> bytes:
    """The first five bytes of VERIFY; the digits follow from a ``PinBuffer`` only."""
    return QUERY_ATTEMPTS + bytes((pin_length,))


def compute_signature(digest_info: bytes) -> bytes:
    """The JPKI application's signing command: PKCS#1 v1.5 over the given DigestInfo."""
    return bytes((0x80, INS_SIGN, 0x00, 0x80, len(digest_info))) + digest_info + b"\x00"


def get_response(length: int) -> bytes:
    """Fetch data that a card announced with 61XX."""
    return bytes((0x00, 0xC0, 0x00, 0x00, length))


def digest_info(message: bytes) -> bytes:
    """DER DigestInfo of the SHA-256 of ``message``: 51 bytes (RFC 8017, 9.2)."""
    return _SHA256_DIGEST_INFO + hashlib.sha256(message).digest()


def attempts_of(sw: int) -> int | None:
    """The tries that a status word tells: 0 for every word that means blocked, ``None`` where it tells nothing."""
    if sw in BLOCKED:
        return 0
    return sw & 0x000F if sw & 0xFFF0 == 0x63C0 else None


def error_of(sw: int) -> CardError:
    """The named error of a status word that is not 9000; words without a name become ``StatusWordError``."""
    attempts = attempts_of(sw)
    if attempts is None:
        return StatusWordError(sw)
    return PinIncorrect(attempts) if attempts else PinLocked()
