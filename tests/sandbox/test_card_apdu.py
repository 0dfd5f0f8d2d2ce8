"""Command bytes: the four short cases and everything that does not add up."""

from __future__ import annotations

import pytest

from app.sandbox.apdu import Command, CommandError, parse_command


@pytest.mark.parametrize(
    ("apdu", "command"),
    [
        ("00200080", Command(0, 0x20, 0, 0x80)),
        ("00B0000000", Command(0, 0xB0, 0, 0, expected=256)),
        ("00B0000001", Command(0, 0xB0, 0, 0, expected=1)),
        ("00B07FFFFF", Command(0, 0xB0, 0x7F, 0xFF, expected=255)),
        ("00A4020C02000A", Command(0, 0xA4, 2, 0x0C, b"\x00\x0a")),
        ("00A4020C02000A00", Command(0, 0xA4, 2, 0x0C, b"\x00\x0a", 256)),
        ("00A4020C02000A05", Command(0, 0xA4, 2, 0x0C, b"\x00\x0a", 5)),
        ("802A008001AA00", Command(0x80, 0x2A, 0, 0x80, b"\xaa", 256)),
        ("002000800431323334", Command(0, 0x20, 0, 0x80, b"1234")),
        ("802A0080FF" + "11" * 255 + "00", Command(0x80, 0x2A, 0, 0x80, b"\x11" * 255, 256)),
    ],
)
def test_short_form_commands_are_taken_apart(apdu: str, command: Command) -> None:
    assert parse_command(bytes.fromhex(apdu)) == command


@pytest.mark.parametrize(
    "apdu",
    [
        "",
        "00",
        "00A4",
        "00A402",
        "00A4020C0200",
        "00A4020C02000A0000",
        "00A4020C000000",
        "00B00000000100",
        "00A4020C00000200 0A",
        "0020008000 0004 31323334",
    ],
)
def test_lengths_that_do_not_add_up_are_6700(apdu: str) -> None:
    with pytest.raises(CommandError) as error:
        parse_command(bytes.fromhex(apdu))
    assert error.value.sw == 0x6700
