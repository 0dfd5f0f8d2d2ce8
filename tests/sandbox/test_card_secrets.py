"""The virtual card as a state machine: PINs, keys and power."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sample_cards import NOON, sample_card, sample_pki
from tests.sandbox.card_talk import (
    CARD_INFO,
    DIGEST_INFO,
    JPKI,
    RIGHT_PIN,
    SIGN,
    SIGNATURE_PASSWORD,
    WRONG_PIN,
    content_of,
    ef,
    opened,
    send,
)


def public_key(der: bytes) -> RSAPublicKey:
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


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
        ((), ["63C2", "63C1", "63C0", "6984", "6984"]),
        (("blocked-6983",), ["63C2", "63C1", "63C0", "6983", "6983"]),
        (("blocking-word",), ["63C2", "63C1", "6984", "6984", "6984"]),
        (("blocking-word", "blocked-6983"), ["63C2", "63C1", "6983", "6983", "6983"]),
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


CHANGE_PIN = "0024018004" + b"7777".hex()
NEW_PIN = "0020008004" + b"7777".hex()


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ([ef("0018"), CHANGE_PIN], "6982"),
        ([ef("0018"), WRONG_PIN, CHANGE_PIN], "6982"),
        ([ef("0018"), RIGHT_PIN, CHANGE_PIN], "9000"),
        ([ef("0018"), RIGHT_PIN, CHANGE_PIN.replace("00240180", "00240198", 1)], "9000"),
        ([ef("0018"), RIGHT_PIN, CHANGE_PIN, NEW_PIN], "9000"),
        ([ef("0018"), RIGHT_PIN, CHANGE_PIN, RIGHT_PIN], "63C2"),
        ([ef("0018"), RIGHT_PIN, ef("001B"), CHANGE_PIN], "6982"),
        ([ef("0018"), RIGHT_PIN, "002401800377 7777".replace(" ", "")], "6A80"),
        ([ef("0018"), RIGHT_PIN, "00240180056161616161"], "6A80"),
        ([ef("0018"), RIGHT_PIN, "0024018004" + b"12a4".hex()], "6A80"),
        ([ef("0018"), RIGHT_PIN, "0024008004" + b"7777".hex()], "6A86"),
        ([ef("0018"), RIGHT_PIN, "00240180"], "6700"),
        ([ef("0018"), RIGHT_PIN, CHANGE_PIN + "00"], "6700"),
        ([ef("000A"), CHANGE_PIN], "6981"),
        ([ef("001B"), SIGNATURE_PASSWORD, "0024018006" + b"ABC123".hex()], "9000"),
        ([ef("001B"), SIGNATURE_PASSWORD, "0024018006" + b"abc123".hex()], "6A80"),
        ([ef("001B"), SIGNATURE_PASSWORD, "0024018005" + b"ABC12".hex()], "6A80"),
    ],
)
def test_changing_a_pin_needs_the_old_one(commands: list[str], answer: str) -> None:
    assert send(opened(), *commands) == answer


def test_changed_pin_survives_power_off_and_a_renewed_certificate() -> None:
    card, renewed = opened(), sample_card()
    assert send(card, ef("0018"), RIGHT_PIN, CHANGE_PIN) == "9000"
    card.power_off()
    assert send(card, JPKI, ef("0018"), RIGHT_PIN) == "63C2"
    renewed.adopt_counters(card)
    assert send(renewed, JPKI, ef("0018"), "00200080") == "63C2"
    assert send(renewed, NEW_PIN) == "9000"


# --- keys ---------------------------------------------------------------------------------------------------------


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
            expected = "9000" if step == RIGHT_PIN else f"63C{left}"
            assert answer == expected
        assert card.attempts_remaining == left
