"""The one piece of DER that is taken apart by hand: how long a certificate in a card's file is.

A file is longer than what stands in it, and the length must be known before the rest is read. Everything after the
header is parsed by ``cryptography``.
"""

from __future__ import annotations

from typing import Final

HEADER_BYTES: Final = 4
_SEQUENCE: Final = 0x30
_TWO_LENGTH_BYTES: Final = 0x82


def sequence_size(header: bytes) -> int:
    """Return the whole size (header included) of a SEQUENCE of 260 to 65,539 bytes from its first four bytes.

    Raises:
        ValueError: fewer bytes, another tag, or another form of length than the shortest one for that size. A
            certificate of 2048 bits or of an EC key is neither smaller than 256 bytes nor larger than 65,535.

    Source: ITU-T X.690 (2021), 8.1.2, 8.1.3 and 10.1.
    """
    if len(header) < HEADER_BYTES or header[0] != _SEQUENCE or header[1] != _TWO_LENGTH_BYTES:
        raise ValueError("not the header of a certificate")
    length = int.from_bytes(header[2:HEADER_BYTES], "big")
    if length < 0x100:
        raise ValueError("not the shortest form of this length")
    return HEADER_BYTES + length
