"""The virtual card as a state machine: what every command answers, in tables."""

from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sandbox.card import VirtualCard
from app.sandbox.card_files import SAMPLE_SIGNATURE_PASSWORD
from app.sandbox.card_spec import SampleCardKind
from tests.sample_cards import NOON, PIN, sample_card, sample_pki

JPKI = "00A4040C0AD392F000260100000001"
CARD_INFO = "00A4040C0AD3921000310001010408"
RIGHT_PIN = "0020008004" + PIN.encode().hex()
WRONG_PIN = "0020008004" + b"0000".hex()
SIGNATURE_PASSWORD = f"00200080{len(SAMPLE_SIGNATURE_PASSWORD):02X}" + SAMPLE_SIGNATURE_PASSWORD.hex()
DIGEST_INFO = "3031300D060960864801650304020105000420" + hashlib.sha256(b"nonce").hexdigest()
SIGN = "802A008033" + DIGEST_INFO + "00"


def ef(number: str) -> str:
    return "00A4020C02" + number


def send(card: VirtualCard, *commands: str) -> str:
    """Send all commands and return the last answer as upper-case hex."""
    answer = b""
    for command in commands:
        answer = card.transmit(bytes.fromhex(command))
    return answer.hex().upper()


def opened(*faults: str, **fields: object) -> VirtualCard:
    card = sample_card(*faults, **fields)  # type: ignore[arg-type]
    assert send(card, JPKI) == "9000"
    return card


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
        (["00A4040C0AD3921000310001010402"], "6A82"),
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
        *[([JPKI, ef(number)], "9000") for number in ("0017", "0018", "001A", "001B")],
        *[([JPKI, ef(number)], "6A82") for number in ("0000", "0003", "0011", "0019", "3F00", "FFFF")],
        ([JPKI, "00A4020002000A"], "6A86"),
        ([JPKI, "00A4020C0100"], "6700"),
        ([JPKI, "00A4020C03000A00"], "6700"),
        ([JPKI, "00A4020C"], "6700"),
        ([CARD_INFO, ef("0001")], "9000"),
        ([CARD_INFO, ef("0002")], "6A82"),
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
        ("0084000008", "6D00"),
        ("002401800431323334", "6D00"),
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


FILES = {"0002": 0x02, "0006": 0x06, "0008": 0x08, "000A": 0x0A, "000B": 0x0B}


def content_of(number: str) -> bytes:
    pki = sample_pki()
    if number == "000A":
        card = sample_card()
        return pki.issue_card_certificate("sample", card.spec.certificate, NOON)
    if number in ("000B", "0002"):
        return pki.card_ca_der()
    if number == "0008":
        return bytes.fromhex("8F8F00")
    return b""


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


# --- PIN ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attempts", [0, 1, 2, 3])
def test_asking_for_the_tries_costs_none(attempts: int) -> None:
    card = opened(attempts=attempts)
    expected = f"63C{attempts}"
    assert [send(card, ef("0018"), "00200080") for _ in range(5)] == [expected] * 5
    assert send(card, "00200098") == expected
    assert card.attempts_remaining == attempts


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_right_pin_refills_the_counter(attempts: int) -> None:
    card = opened(attempts=attempts)
    assert send(card, ef("0018"), RIGHT_PIN) == "9000"
    assert send(card, "00200080") == "63C3"
    assert card.attempts_remaining == 3


@pytest.mark.parametrize(
    ("faults", "answers"),
    [
        ((), ["63C2", "63C1", "6984", "6984", "6984"]),
        (("blocked-6983",), ["63C2", "63C1", "6983", "6983", "6983"]),
        (("blocking-63C0",), ["63C2", "63C1", "63C0", "6984", "6984"]),
        (("blocking-63C0", "blocked-6983"), ["63C2", "63C1", "63C0", "6983", "6983"]),
    ],
)
def test_wrong_pins_count_down_and_block(faults: tuple[str, ...], answers: list[str]) -> None:
    card = opened(*faults)
    send(card, ef("0018"))
    assert [send(card, WRONG_PIN) for _ in answers] == answers
    assert card.attempts_remaining == 0
    assert send(card, "00200080") == "63C0"


@pytest.mark.parametrize(
    ("faults", "answer"),
    [
        ((), "63C0"),
        (("blocked-6983",), "63C0"),
        (("blocked-query",), "6984"),
        (("blocked-query", "blocked-6983"), "6983"),
    ],
)
def test_asking_a_blocked_pin_answers_zero_or_the_blocked_word(faults: tuple[str, ...], answer: str) -> None:
    card = opened(*faults, attempts=0)
    assert [send(card, ef("0018"), "00200080"), send(card, "00200098")] == [answer, answer]
    assert send(card, ef("001B"), "00200080") == "63C5"


def test_blocked_card_refuses_the_right_pin() -> None:
    card = opened(attempts=0)
    assert send(card, ef("0018"), RIGHT_PIN) == "6984"
    assert send(card, ef("0017"), SIGN) == "6982"


def test_tries_survive_power_off_and_reinsertion() -> None:
    card = opened()
    assert send(card, ef("0018"), WRONG_PIN) == "63C2"
    card.power_off()
    card.power_on()
    assert send(card, JPKI, ef("0018"), "00200080") == "63C2"
    card.insert()
    assert send(card, JPKI, ef("0018"), WRONG_PIN) == "63C1"


def test_wrong_pin_takes_back_an_earlier_right_one() -> None:
    card = opened()
    send(card, ef("0018"), RIGHT_PIN)
    assert send(card, WRONG_PIN) == "63C2"
    assert send(card, ef("0017"), SIGN) == "6982"


@pytest.mark.parametrize("digits", ["", "4", "482", "48260", "482648264826482 6".replace(" ", "")])
def test_pin_of_another_length_is_a_wrong_pin(digits: str) -> None:
    card = opened()
    send(card, ef("0018"))
    if not digits:
        assert send(card, "00200080") == "63C3"
        return
    assert send(card, f"00200080{len(digits):02X}" + digits.encode().hex()) == "63C2"


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["00200080"], "6981"),
        ([ef("000A"), "00200080"], "6981"),
        ([ef("0017"), RIGHT_PIN], "6981"),
        ([ef("0018"), "00200180"], "6A86"),
        ([ef("0018"), "00200000"], "6A86"),
        ([ef("0018"), "002000E0"], "6A86"),
        ([ef("0018"), "0020008000"], "6700"),
        ([ef("0018"), "0020008011" + "30" * 17], "6700"),
        ([ef("0018"), RIGHT_PIN + "00"], "6700"),
        (["00200083"], "6A82"),
        ([RIGHT_PIN.replace("00200080", "00200098", 1)], "9000"),
        ([WRONG_PIN.replace("00200080", "00200098", 1)], "63C2"),
        ([SIGNATURE_PASSWORD.replace("00200080", "0020009B", 1)], "9000"),
        ([ef("001B"), "00200080"], "63C5"),
        ([ef("001B"), WRONG_PIN], "63C4"),
        ([ef("001B"), WRONG_PIN, ef("0018"), "00200080"], "63C3"),
    ],
)
def test_verify_answers(commands: list[str], answer: str) -> None:
    assert send(opened(), *commands) == answer


# --- keys ---------------------------------------------------------------------------------------------------------


def public_key(der: bytes) -> RSAPublicKey:
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def test_signature_verifies_under_the_certificate() -> None:
    card = opened()
    answer = bytes.fromhex(send(card, ef("0018"), RIGHT_PIN, ef("0017"), SIGN))
    assert answer[-2:] == b"\x90\x00"
    public_key(content_of("000A")).verify(answer[:-2], b"nonce", PKCS1v15(), SHA256())


def test_document_signature_needs_its_own_password() -> None:
    card = opened()
    assert send(card, ef("0018"), RIGHT_PIN, ef("001A"), SIGN) == "6982"
    assert send(card, ef("0001"), "00B0000004") == "6982"
    answer = bytes.fromhex(send(card, ef("001B"), SIGNATURE_PASSWORD, ef("001A"), SIGN))
    certificate = sample_pki().issue_signature_certificate(NOON)
    assert send(card, ef("0001"), "00B0000004") == certificate[:4].hex().upper() + "9000"
    public_key(certificate).verify(answer[:-2], b"nonce", PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ([ef("0017"), "802A008000"], "6700"),
        ([ef("0017"), "802A0080"], "6700"),
        ([ef("0017"), "802A008033" + DIGEST_INFO], "6700"),
        ([ef("0017"), "802A008033" + DIGEST_INFO + "80"], "6700"),
        ([ef("0017"), "802A0080F6" + "11" * 246 + "00"], "6700"),
        ([ef("0017"), "802A018033" + DIGEST_INFO + "00"], "6A86"),
        ([ef("0017"), "802A9E9A33" + DIGEST_INFO + "00"], "6A86"),
        ([ef("0017"), "802A000033" + DIGEST_INFO + "00"], "6A86"),
        ([ef("0018"), SIGN], "6981"),
        ([ef("000A"), SIGN], "6981"),
        (["802A009933" + DIGEST_INFO + "00"], "6A82"),
        (["802A009A33" + DIGEST_INFO + "00"], "6982"),
    ],
)
def test_signing_commands_that_are_refused(commands: list[str], answer: str) -> None:
    assert send(opened(), ef("0018"), RIGHT_PIN, *commands) == answer


@pytest.mark.parametrize("size_bytes", [1, 20, 32, 51, 244, 245])
def test_any_length_up_to_245_bytes_is_signed_as_given(size_bytes: int) -> None:
    data = bytes(range(1, size_bytes + 1))
    card = opened()
    send(card, ef("0018"), RIGHT_PIN)
    answer = bytes.fromhex(send(card, f"802A0097{size_bytes:02X}" + data.hex() + "00"))
    numbers = public_key(content_of("000A")).public_numbers()
    block = pow(int.from_bytes(answer[:-2], "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert block == b"\x00\x01" + b"\xff" * (253 - size_bytes) + b"\x00" + data


# --- power --------------------------------------------------------------------------------------------------------


def test_verified_pin_survives_reset_and_other_applications_until_power_off() -> None:
    card = opened()
    send(card, ef("0018"), RIGHT_PIN)
    card.reset()
    assert send(card, ef("0017")) == "6A82", "a reset forgets the application"
    assert send(card, JPKI, ef("0017"), SIGN).endswith("9000")
    assert send(card, CARD_INFO, JPKI, ef("0017"), SIGN).endswith("9000")
    card.power_on()
    assert send(card, JPKI, ef("0017"), SIGN).endswith("9000"), "power was never gone"
    card.power_off()
    card.power_on()
    assert send(card, JPKI, ef("0017"), SIGN) == "6982"


def test_new_insertion_starts_without_a_verified_pin() -> None:
    card = opened()
    send(card, ef("0018"), RIGHT_PIN)
    card.insert()
    assert send(card, JPKI, ef("0017"), SIGN) == "6982"


# --- everything at once -------------------------------------------------------------------------------------------


@settings(deadline=None)  # three certificates are signed for each card, and cores are shared
@given(st.binary(max_size=300))
def test_no_bytes_bring_the_card_down(apdu: bytes) -> None:
    card = opened()
    assert len(card.transmit(apdu)) >= 2


COMMANDS = [JPKI, CARD_INFO, ef("0018"), ef("0017"), ef("000A"), "00200080", "00B0000010", "00200098", SIGN]


@settings(deadline=None)  # three certificates are signed for each card, and cores are shared
@given(st.lists(st.sampled_from([*COMMANDS, WRONG_PIN, RIGHT_PIN, "off", "reset", "insert"]), max_size=40))
def test_only_a_wrong_pin_on_its_own_reference_spends_a_try(steps: list[str]) -> None:
    card = sample_card()
    application = current = None
    left = 3
    for step in steps:
        if step == "off":
            card.power_off()
        elif step == "reset":
            card.reset()
        elif step == "insert":
            card.insert()
        if step in ("off", "reset", "insert"):
            application = current = None
            continue
        answer = send(card, step)
        if step in (JPKI, CARD_INFO):
            application, current = step, None
        elif application == JPKI and step == "00200098":
            current = ef("0018")
        elif application == JPKI and step.startswith("00A4020C"):
            current = step
        elif current == ef("0018") and step in (WRONG_PIN, RIGHT_PIN) and left:
            left = left - 1 if step == WRONG_PIN else 3
            expected = "9000" if step == RIGHT_PIN else f"63C{left}" if left else "6984"
            assert answer == expected
        assert card.attempts_remaining == left
