"""TLV tables: the header of a certificate's file, and the DigestInfo that a card signs."""

from __future__ import annotations

import hashlib

import pytest

from app.card.apdu import digest_info
from app.card.der import sequence_size


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("30820100", 260),
        ("308201FF", 515),
        ("30820200", 516),
        ("308205DC", 1504),
        ("30820FFC", 4096),
        ("3082FFFF", 65_539),
        ("30820100 30820068", 260),  # what follows the header is not looked at
    ],
)
def test_size_of_a_sequence_counts_its_header(header: str, size: int) -> None:
    assert sequence_size(bytes.fromhex(header)) == size


@pytest.mark.parametrize(
    "header",
    [
        "",
        "30",
        "3082",
        "308201",
        "00000000",
        "FFFFFFFF",
        "31820100",  # SET
        "10820100",  # SEQUENCE, but primitive
        "70820100",  # the same number in another class
        "30000000",  # empty, short form
        "307F0000",  # the largest short form
        "30800000",  # indefinite length: BER, never DER
        "3081FF00",  # one length byte
        "30820000",
        "308200FF",  # two length bytes where one would do
        "30830100",  # three
        "30840000",  # four
        "30FF0100",  # reserved
    ],
)
def test_other_headers_are_no_certificate(header: str) -> None:
    with pytest.raises(ValueError, match="not the"):
        sequence_size(bytes.fromhex(header))


def parts(data: bytes) -> list[tuple[int, bytes]]:
    """Take short-form TLVs apart; every byte must belong to one."""
    found = []
    while data:
        tag, length, data = data[0], data[1], data[2:]
        assert length < 0x80
        assert len(data) >= length
        found.append((tag, data[:length]))
        data = data[length:]
    return found


@pytest.mark.parametrize("message", [b"", b"\x00", b"nonce", bytes(1000)])
def test_digest_info_is_algorithm_and_digest(message: bytes) -> None:
    ((tag, body),) = parts(digest_info(message))
    (algorithm_tag, algorithm), digest = parts(body)
    assert (tag, algorithm_tag) == (0x30, 0x30)
    assert parts(algorithm) == [(0x06, bytes.fromhex("608648016503040201")), (0x05, b"")]  # id-sha256, NULL
    assert digest == (0x04, hashlib.sha256(message).digest())
