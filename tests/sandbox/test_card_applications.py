"""The applications beside 公的個人認証AP: who opens what, each reference with a counter of its own."""

from __future__ import annotations

import pytest

from app.sandbox.card import VirtualCard
from app.sandbox.card_files import BIRTH_CODE, CODE_B
from app.sandbox.card_spec import SampleCardKind
from tests.sample_cards import PIN, sample_card
from tests.sandbox.card_talk import CARD_FACE, CARD_INFO, JPKI, RIGHT_PIN, WRONG_PIN, ef, send

READ = "00B0000000"


def verify(value: bytes) -> str:
    return f"00200080{len(value):02X}" + value.hex()


def readable(card: VirtualCard, application: str, *numbers: str) -> set[str]:
    """Which of the files can be read now. None of them has room for 12 digits of a number."""
    send(card, application)
    return {number for number in numbers if send(card, ef(number), READ).endswith("9000")}


TEXT_FILES = ("0001", "0002", "0005")
FACE_FILES = ("0001", "0002", "0003", "0004", "0005")


@pytest.mark.parametrize(
    ("reference", "value", "opened"),
    [
        (None, b"", {"0005"}),
        ("0011", PIN.encode(), {"0002", "0005"}),
        ("0015", CODE_B, {"0002", "0005"}),
        ("0014", b"123456789012", {"0005"}),
        ("0012", b"0000", {"0005"}),
    ],
)
def test_text_application_opens_by_pin_or_number_b_and_never_the_number(
    reference: str | None, value: bytes, opened: set[str]
) -> None:
    card = sample_card()
    if reference:
        send(card, CARD_INFO, ef(reference), verify(value))
    assert readable(card, CARD_INFO, *TEXT_FILES) == opened


@pytest.mark.parametrize(
    ("reference", "value", "opened"),
    [
        (None, b"", {"0003", "0004"}),
        ("0011", BIRTH_CODE, {"0001", "0003", "0004"}),
        ("0012", CODE_B, {"0002", "0003", "0004"}),
        ("0013", b"123456789012", {"0003", "0004"}),
    ],
)
def test_face_application_opens_as_much_as_is_known(reference: str | None, value: bytes, opened: set[str]) -> None:
    card = sample_card()
    if reference:
        send(card, CARD_FACE, ef(reference), verify(value))
    assert readable(card, CARD_FACE, *FACE_FILES) == opened


def test_pins_of_two_applications_have_their_own_counters() -> None:
    card = sample_card()
    assert send(card, CARD_INFO, ef("0011"), WRONG_PIN, WRONG_PIN) == "63C1"
    assert send(card, JPKI, ef("0018"), "00200080") == "63C3"
    assert send(card, ef("0018"), RIGHT_PIN) == "9000"
    assert send(card, CARD_INFO, ef("0002"), READ) == "6982", "a PIN of one opens nothing in the other"
    assert send(card, ef("0011"), "00200080") == "63C1"
    assert card.attempts_remaining == 3


def test_reference_that_is_blocked_as_issued_says_nothing_of_the_card() -> None:
    card = sample_card()
    assert send(card, CARD_INFO, ef("0012"), "00200080") == "63C0"
    assert send(card, RIGHT_PIN) == "6984"
    assert send(card, JPKI, ef("0018"), RIGHT_PIN) == "9000"


@pytest.mark.parametrize(
    ("application", "reference"), [(CARD_INFO, "0014"), (CARD_INFO, "0015"), (CARD_FACE, "0011"), (CARD_FACE, "0013")]
)
def test_printed_numbers_are_counted_and_cannot_be_changed(application: str, reference: str) -> None:
    card = sample_card()
    asked = send(card, application, ef(reference), "00200080")
    assert asked == "63C3"
    assert [send(card, WRONG_PIN) for _ in range(4)] == ["63C2", "63C1", "63C0", "6984"]
    fresh = sample_card()
    if reference in ("0015", "0011"):
        right = CODE_B if reference == "0015" else BIRTH_CODE
        assert send(fresh, application, ef(reference), verify(right), "0024018006" + b"450102".hex()) == "6A80"


def test_attributes_are_those_of_nobody_and_found_by_their_table() -> None:
    card = sample_card()
    send(card, CARD_INFO, ef("0011"), RIGHT_PIN)
    content = bytes.fromhex(send(card, ef("0002"), READ))[:-2]
    assert content[:2] == b"\xff\x20"
    assert content[2] == len(content) - 3
    fields = []
    for place in range(4):
        at = int.from_bytes(content[6 + 2 * place : 8 + 2 * place], "big")
        assert content[at : at + 2] == bytes((0xDF, 0x22 + place))
        fields.append(content[at + 3 : at + 3 + content[at + 2]].decode())
    assert fields == ["練習　見本", "架空県架空市見本１丁目１番", "19700101", "9"]


def test_face_authentication_card_has_no_pin_in_any_application() -> None:
    card = sample_card(kind=SampleCardKind.FACE_AUTH)
    assert send(card, CARD_INFO, ef("0011")) == "6A82"
    assert readable(card, CARD_INFO, *TEXT_FILES) == {"0005"}
