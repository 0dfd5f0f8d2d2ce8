"""The virtual card as a state machine: applications, files and foreign commands, in tables."""

from __future__ import annotations

import pytest

from app.sandbox.card_spec import SampleCardKind
from tests.sample_cards import sample_card
from tests.sandbox.card_talk import CARD_FACE, CARD_INFO, COMMON, FILES, JPKI, RESIDENT, content_of, ef, opened, send


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ([JPKI], "9000"),
        ([CARD_INFO], "9000"),
        ([JPKI + "00"], "9000"),
        (["00A4040C0AD392F000260100000002"], "6A82"),
        (["00A4040C09D392F0002601000000"], "6A82"),
        (["00A4040C07A0000001510000"], "6A82"),
        (["00A4040C0BD392F00026010000000100"], "6A82"),
        *[([application], "9000") for application in (CARD_FACE, RESIDENT, COMMON)],
        (["00A4040C0AD3921000310001010403"], "6A82"),
        (["00A404000AD392F000260100000001"], "6A86"),
        (["00A4080C0AD392F000260100000001"], "6A86"),
        (["00A4030C00"], "6A86"),
        (["00A4040C"], "6700"),
        (["00A40000"], "6A86"),
        (["00A40000023F00"], "6A86"),
        ([JPKI, "00A40000"], "9000"),
        ([JPKI, "00A40000", ef("000A")], "9000"),
        ([ef("000A")], "6A82"),
        *[([JPKI, ef(number)], "9000") for number in ("000A", "000B", "0001", "0002", "0006", "0008")],
        *[([JPKI, ef(number)], "9000") for number in ("0009", "0016", "0017", "0018", "001A", "001B")],
        *[([JPKI, ef(number)], "6A82") for number in ("0000", "0003", "0011", "0019", "3F00", "FFFF")],
        ([JPKI, "00A4020002000A"], "6A86"),
        ([JPKI, "00A4020C0100"], "6700"),
        ([JPKI, "00A4020C03000A00"], "6700"),
        ([JPKI, "00A4020C"], "6700"),
        ([CARD_INFO, ef("0001")], "9000"),
        *[([CARD_INFO, ef(number)], "9000") for number in ("0002", "0005", "0011", "0012", "0014", "0015")],
        *[([CARD_FACE, ef(number)], "9000") for number in ("0001", "0002", "0003", "0004", "0011", "0012", "0013")],
        ([RESIDENT, ef("0001")], "6A82"),
        ([COMMON, ef("0019")], "6A82"),
        ([CARD_INFO, ef("000A")], "6A82"),
        ([JPKI, ef("0006"), "00A4040C0AD392F000260100000002", "00B0000001"], "4A9000"),
        ([JPKI, ef("0006"), ef("0099"), "00B0000001"], "4A9000"),
        ([JPKI, ef("0006"), JPKI, "00B0000001"], "6981"),
    ],
)
def test_select_answers(commands: list[str], answer: str) -> None:
    assert send(sample_card(), *commands) == answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00CA006E00", "6D00"),
        ("00CB3FFF055C035FC10200", "6D00"),
        ("00C0000000", "6D00"),
        ("0084000108", "6A86"),
        ("00840000", "6700"),
        ("0084000001AA", "6700"),
        ("0088009904AABBCCDD00", "6D00"),
        ("80320080041234", "6700"),
        ("803200800431323334", "6D00"),
        ("80A200000100", "6D00"),
        ("002A008001AA00", "6D00"),
        ("80A4040C0AD392F000260100000001", "6D00"),
        ("80CA9F7F00", "6D00"),
        ("01A4040C0AD392F000260100000001", "6E00"),
        ("90B0000000", "6E00"),
        ("FFCA000000", "6E00"),
        ("", "6700"),
        ("00A404", "6700"),
    ],
)
def test_foreign_commands_are_refused_by_name(command: str, answer: str) -> None:
    assert send(opened(), command) == answer


@pytest.mark.parametrize("expected", [1, 2, 128, 255, 256])
@pytest.mark.parametrize("offset", [0, 1, 2, 3, 4, 100, 255, 256, 257, 511, 512, 700, 0x7FFF])
@pytest.mark.parametrize("number", ["000A", "000B", "0002", "0008"])
def test_read_binary_gives_exactly_the_asked_part(number: str, offset: int, expected: int) -> None:
    content = content_of(number)
    answer = bytes.fromhex(send(opened(), ef(number), f"00B0{offset:04X}{expected % 256:02X}"))
    if offset < len(content):
        assert answer == content[offset : offset + expected] + b"\x90\x00"
    else:
        assert answer == b"\x6b\x00"


@pytest.mark.parametrize("number", ["000A", "000B", "0002", "0008"])
def test_reading_stops_at_the_last_byte(number: str) -> None:
    content, card = content_of(number), opened()
    last = len(content) - 1
    assert send(card, ef(number), f"00B0{last:04X}00") == content[-1:].hex().upper() + "9000"
    assert send(card, f"00B0{last + 1:04X}00") == "6B00"
    assert send(card, f"00B0{last + 1:04X}01") == "6B00"


@pytest.mark.parametrize("offset", [0, 1, 2])
@pytest.mark.parametrize("number", FILES)
def test_short_file_identifier_reads_the_same_bytes(number: str, offset: int) -> None:
    by_selection = send(opened(), ef(number), f"00B0{offset:04X}10")
    card = opened()
    assert send(card, f"00B0{0x80 | FILES[number]:02X}{offset:02X}10") == by_selection
    assert send(card, f"00B0{offset:04X}10") == by_selection


def test_certificate_file_begins_with_its_der_length() -> None:
    content = content_of("000A")
    assert content[:2] == b"\x30\x82"
    assert int.from_bytes(content[2:4], "big") == len(content) - 4


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["00B0000000"], "6981"),
        ([ef("0018"), "00B0000000"], "6981"),
        ([ef("0017"), "00B0000000"], "6981"),
        ([ef("0001"), "00B0000000"], "6982"),
        ([ef("000A"), "00B00000"], "6700"),
        ([ef("000A"), "00B0000001AA"], "6700"),
        ([ef("0009"), "00B0000000"], "6982"),
        ([ef("0016"), "00B0000000"], "6981"),
        ([ef("0016"), "00200080"], "6981"),
        (["00B0830000"], "6A82"),
        (["00B0800000"], "6A82"),
        (["00B0980000"], "6981"),
        (["00B0EA0000"], "6A86"),
        (["00B0810000"], "6982"),
        ([ef("0008"), "00B08AFF01"], content_of("000A")[255:256].hex().upper() + "9000"),
    ],
)
def test_reading_what_is_not_readable(commands: list[str], answer: str) -> None:
    assert send(opened(), *commands) == answer


@pytest.mark.parametrize("application", [None, JPKI, CARD_FACE])
@pytest.mark.parametrize(("asked", "size_bytes"), [("01", 1), ("08", 8), ("00", 256)])
def test_challenge_is_random_and_as_long_as_asked(application: str | None, asked: str, size_bytes: int) -> None:
    card = sample_card()
    if application:
        send(card, application)
    answers = {send(card, "00840000" + asked) for _ in range(40)}
    assert {len(answer) // 2 for answer in answers} == {size_bytes + 2}
    assert len(answers) > 20


def test_token_information_names_the_kind_of_card() -> None:
    labels = {
        SampleCardKind.MY_NUMBER: b"JPKIAPICCTOKEN2",
        SampleCardKind.FACE_AUTH: b"JPKIAPICCTOKEN2",
        SampleCardKind.PHONE: b"JPKIAPGPSETOKEN",
        SampleCardKind.JUKI: b"JPKIAPICCTOKEN",
    }
    for kind, label in labels.items():
        answer = bytes.fromhex(send(opened(kind=kind), ef("0006"), "00B0000000"))
        assert len(answer) == 162
        assert answer[:32] == label.ljust(32)
