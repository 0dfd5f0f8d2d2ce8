from __future__ import annotations

import hashlib

import pytest

from app.card import apdu
from app.card.profile import JPKI_AID, OTHER_CARD, PIN_LENGTH, PROFILES, Ef, profile_of
from app.eligibility.ports import CardKind
from app.errors import CardError, PinIncorrect, PinLocked, StatusWordError


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (apdu.select_application(JPKI_AID), "00A4040C0AD392F000260100000001"),
        (apdu.select_file(Ef.TOKEN), "00A4020C020006"),
        (apdu.select_file(Ef.AUTH_CERTIFICATE), "00A4020C02000A"),
        (apdu.select_file(Ef.AUTH_KEY), "00A4020C020017"),
        (apdu.select_file(Ef.AUTH_PIN), "00A4020C020018"),
        (apdu.read_binary(0, 32), "00B0000020"),
        (apdu.read_binary(0x0204, 256), "00B0020400"),
        (apdu.QUERY_ATTEMPTS, "00200080"),
        (apdu.verify_header(4), "0020008004"),
        (apdu.get_response(0x10), "00C0000010"),
        (apdu.compute_signature(b"\x01\x02"), "802A008002010200"),
    ],
)
def test_commands_are_these_bytes(command: bytes, expected: str) -> None:
    assert command.hex().upper() == expected


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0x8000, 1), (0, 0), (0, 257)])
def test_read_outside_of_what_the_command_can_say_is_refused(offset: int, length: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        apdu.read_binary(offset, length)


def test_digest_info_is_the_der_of_rfc_8017() -> None:
    info = apdu.digest_info(b"nonce")
    assert len(info) == 51
    assert info.endswith(hashlib.sha256(b"nonce").digest())
    assert info[:2] == bytes((0x30, len(info) - 2))


@pytest.mark.parametrize(
    ("sw", "attempts", "error"),
    [
        (0x63C3, 3, PinIncorrect),
        (0x63C2, 2, PinIncorrect),
        (0x63C1, 1, PinIncorrect),
        (0x63C0, 0, PinLocked),
        (0x6983, 0, PinLocked),
        (0x6984, 0, PinLocked),
        (0x6982, None, StatusWordError),
        (0x6300, None, StatusWordError),
        (0x6A82, None, StatusWordError),
        (0x6A86, None, StatusWordError),
        (0x6700, None, StatusWordError),
        (0x6F00, None, StatusWordError),
        (0x6102, None, StatusWordError),
        (0x6C02, None, StatusWordError),
    ],
)
def test_status_words_have_these_names(sw: int, attempts: int | None, error: type[CardError]) -> None:
    assert apdu.attempts_of(sw) == attempts
    named = apdu.error_of(sw)
    assert type(named) is error
    if isinstance(named, PinIncorrect):
        assert named.attempts_remaining == attempts
    if isinstance(named, StatusWordError):
        assert named.sw == sw


@pytest.mark.parametrize(
    ("label", "kind", "is_usable"),
    [
        (b"JPKIAPICCTOKEN2", CardKind.MY_NUMBER, True),
        (b"JPKIAPICCTOKEN", CardKind.JUKI, False),
        (b"JPKIAPGPSETOKEN", CardKind.PHONE, True),
        (b"JPKIAPIOSTOKEN", CardKind.PHONE, True),
    ],
)
def test_token_label_tells_the_kind(label: bytes, kind: CardKind, is_usable: bool) -> None:
    profile = profile_of(label.ljust(32))
    assert (profile.kind, profile.is_usable) == (kind, is_usable)


@pytest.mark.parametrize("label", [b"", b"JPKIAPICCTOKEN3", b"XJPKIAPICCTOKEN2", b"\xff" * 32])
def test_unknown_token_label_is_another_card(label: bytes) -> None:
    assert profile_of(label) is OTHER_CARD


def test_every_profile_takes_the_pin_that_the_keypad_gives() -> None:
    assert {profile.pin_length for profile in PROFILES} == {PIN_LENGTH}
