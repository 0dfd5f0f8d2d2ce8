from __future__ import annotations

import ctypes

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.card.connection import PinBuffer
from app.card.jpki import CardReading, JpkiSession
from app.card.profile import MAX_CERTIFICATE_BYTES
from app.eligibility.ports import CardKind, CardReport
from app.errors import (
    CardError,
    CardRemoved,
    CardUnreadable,
    CertificateChanged,
    PinIncorrect,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
    StatusWordError,
)
from tests.card import dialogue
from tests.card.dialogue import NONCE, OK, SELECT_CERTIFICATE, SELECT_JPKI, SELECT_KEY, SELECT_PIN, SIGN, VERIFY, Pair
from tests.card.scripted import ScriptedCard

READ_FILE = "00B0000004"


def read(*pairs: tuple[str, str | CardError]) -> CardReading:
    card = ScriptedCard(*pairs)
    reading = JpkiSession(card).read()
    card.assert_finished()
    return reading


def known(attempts: int | None = 3) -> CardReading:
    """What the first read of the card told."""
    return read(*dialogue.identify(), *dialogue.read_certificate(), *dialogue.query(f"63C{attempts}"))


def failing_sign(
    error: type[CardError], *pairs: tuple[str, str | CardError], reading: CardReading | None = None
) -> tuple[CardError, ScriptedCard, PinBuffer]:
    reading = reading or known()
    card, pin = ScriptedCard(*pairs), dialogue.pin()
    with pytest.raises(error) as caught:
        JpkiSession(card).sign(reading, pin, NONCE)
    card.assert_finished()
    assert ctypes.string_at(pin.address, 4) == bytes(4)
    return caught.value, card, pin


def verifies(card: ScriptedCard) -> int:
    return sum(command.startswith("00 20 00 80 04") for command in card.sent)


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [("63C3", 3), ("63C2", 2), ("63C1", 1), ("63C0", 0), ("6983", 0), ("6984", 0), ("9000", None), ("63CF", None)],
)
def test_tries_left_are_asked_without_spending_one(answer: str, attempts: int | None) -> None:
    reading = read(*dialogue.identify(), *dialogue.read_certificate(), *dialogue.query(answer))
    assert reading.report == CardReport(CardKind.MY_NUMBER, has_pin=True, attempts_remaining=attempts)


def test_card_without_a_pin_file_has_no_pin() -> None:
    reading = read(*dialogue.identify(), *dialogue.read_certificate(), (SELECT_PIN, "6A82"))
    assert reading.report == CardReport(CardKind.MY_NUMBER, has_pin=False, attempts_remaining=None)


@pytest.mark.parametrize("answer", ["6A82", "6A81", "6A86", "6D00", "6E00", "6300", "6999"])
def test_card_that_does_not_know_the_application_is_another_card(answer: str) -> None:
    assert read((SELECT_JPKI, answer)).report == CardReport(CardKind.OTHER, False, None)


def test_application_without_a_token_name_is_another_card() -> None:
    pairs = dialogue.identify()
    assert read(pairs[0], (pairs[1][0], "6A82")).report.kind is CardKind.OTHER


def test_old_resident_card_is_told_and_asked_nothing_more() -> None:
    assert read(*dialogue.identify(b"JPKIAPICCTOKEN")).report == CardReport(CardKind.JUKI, False, None)


@pytest.mark.parametrize("label", [b"JPKIAPGPSETOKEN", b"JPKIAPIOSTOKEN"])
def test_phone_is_not_asked_for_its_certificate_before_the_pin(label: bytes) -> None:
    reading = read(*dialogue.identify(label), *dialogue.query("63C2"))
    assert reading.report == CardReport(CardKind.PHONE, has_pin=True, attempts_remaining=2)
    assert reading.certificate_digest is None


@pytest.mark.parametrize("answer", ["6F00", "6982", "6283", "6581"])
def test_unexpected_answer_to_the_first_select_is_named(answer: str) -> None:
    with pytest.raises(StatusWordError) as caught:
        read((SELECT_JPKI, answer))
    assert caught.value.sw == int(answer, 16)


def certificate_cases() -> dict[str, list[Pair]]:
    der = dialogue.first_certificate()
    short = dialogue.read_certificate()
    short[2] = (short[2][0], short[2][1][:-8] + OK)
    middle = dialogue.read_certificate()[:3]
    too_long = b"\x30\x82" + (MAX_CERTIFICATE_BYTES - 3).to_bytes(2, "big")
    return {
        "absent": [(SELECT_CERTIFICATE, "6A82")],
        "empty": [(SELECT_CERTIFICATE, OK), (READ_FILE, "6B00")],
        "no DER": [(SELECT_CERTIFICATE, OK), (READ_FILE, "FFFFFFFF9000")],
        "short form": [(SELECT_CERTIFICATE, OK), (READ_FILE, "300200009000")],
        "nothing in it": [(SELECT_CERTIFICATE, OK), (READ_FILE, "308200009000")],
        "header cut": [(SELECT_CERTIFICATE, OK), (READ_FILE, "30829000")],
        "too long": [(SELECT_CERTIFICATE, OK), (READ_FILE, too_long.hex() + OK)],
        "answer cut": short[:3],
        "file cut": [*middle, (dialogue.read_certificate()[3][0], "6B00")],
        "damaged": dialogue.read_certificate(der[:4] + bytes(32) + der[36:]),
        "another key kind": dialogue.read_certificate(
            dialogue.certificate(ed25519.Ed25519PrivateKey.generate(), "x" * 60)
        ),
    }


@pytest.mark.parametrize("case", certificate_cases())
def test_certificate_that_is_none_is_unreadable(case: str) -> None:
    with pytest.raises(CardUnreadable):
        read(*dialogue.identify(), *certificate_cases()[case])


def test_certificate_with_a_short_last_piece_but_a_warning_is_refused() -> None:
    with pytest.raises(StatusWordError):
        read(*dialogue.identify(), *dialogue.read_certificate(ends_with="6281")[:3])


def test_certificate_with_an_ec_key_is_taken() -> None:
    der = dialogue.certificate(ec.generate_private_key(ec.SECP384R1()), "next card, with a longer name")
    assert read(*dialogue.identify(), *dialogue.read_certificate(der), *dialogue.query()).report.has_pin


def test_exactly_the_certificate_is_read_in_pieces_of_256_bytes() -> None:
    der = dialogue.certificate(rsa.generate_private_key(65537, 4096), "long")
    pairs = dialogue.read_certificate(der)
    assert len(pairs) == 2 + -(-(len(der) - 4) // 256)
    read(*dialogue.identify(), *pairs, *dialogue.query())


def test_right_pin_signs_after_one_verify() -> None:
    card, pin = ScriptedCard(*dialogue.whole_sign()), dialogue.pin()
    session = JpkiSession(card)
    proof = session.sign(known(), pin, NONCE)
    card.assert_finished()
    assert (proof.certificate_der, proof.signature) == (dialogue.first_certificate(), dialogue.signature())
    assert verifies(card) == session.verify_count == 1
    assert ctypes.string_at(pin.address, 4) == bytes(4)


def test_phone_reads_its_certificate_between_pin_and_signature() -> None:
    phone = dialogue.identify(b"JPKIAPGPSETOKEN")
    reading = read(*phone, *dialogue.query())
    card = ScriptedCard(
        *phone,
        *dialogue.query(),
        (VERIFY, OK),
        *dialogue.read_certificate(),
        (SELECT_KEY, OK),
        (SIGN, dialogue.signature().hex() + OK),
    )
    proof = JpkiSession(card).sign(reading, dialogue.pin(), NONCE)
    card.assert_finished()
    assert proof.certificate_der == dialogue.first_certificate()


@pytest.mark.parametrize(
    ("answer", "error", "attempts"),
    [
        ("63C2", PinIncorrect, 2),
        ("63C1", PinIncorrect, 1),
        ("63C0", PinLocked, None),
        ("6983", PinLocked, None),
        ("6984", PinLocked, None),
        ("6982", StatusWordError, None),
        ("6F00", StatusWordError, None),
        ("6300", StatusWordError, None),
        ("6104", StatusWordError, None),
        ("6C04", StatusWordError, None),
    ],
)
def test_refused_pin_is_never_sent_twice_and_is_overwritten(
    answer: str, error: type[CardError], attempts: int | None
) -> None:
    # The last command is longer than VERIFY, so that no layer below keeps the digits.
    raised, card, _ = failing_sign(error, *dialogue.whole_read(), (VERIFY, answer), (SELECT_JPKI, OK))
    assert type(raised) is error
    assert getattr(raised, "attempts_remaining", None) == attempts
    assert verifies(card) == 1
    assert len(card.sent[-1]) > len(VERIFY)


def test_refusal_stands_even_if_the_card_is_gone_right_after() -> None:
    failing_sign(PinIncorrect, *dialogue.whole_read(), (VERIFY, "63C2"), (SELECT_JPKI, CardRemoved()))


@pytest.mark.parametrize("answer", ["63C0", "6983", "6984"])
def test_locked_card_is_not_sent_the_pin(answer: str) -> None:
    _, card, _ = failing_sign(PinLocked, *dialogue.identify(), *dialogue.read_certificate(), *dialogue.query(answer))
    assert verifies(card) == 0


def test_other_certificate_is_not_sent_the_pin() -> None:
    other = dialogue.read_certificate(dialogue.second_certificate())
    _, card, _ = failing_sign(CertificateChanged, *dialogue.identify(), *other)
    assert verifies(card) == 0


def test_other_kind_of_card_is_not_sent_the_pin() -> None:
    failing_sign(CertificateChanged, *dialogue.identify(b"JPKIAPGPSETOKEN"))
    failing_sign(CertificateChanged, (SELECT_JPKI, "6A82"))


def test_fewer_tries_than_the_patient_was_told_send_no_pin() -> None:
    _, card, _ = failing_sign(
        StaleEpoch, *dialogue.identify(), *dialogue.read_certificate(), *dialogue.query("63C1"), reading=known(2)
    )
    assert verifies(card) == 0


def test_pin_file_that_is_gone_sends_no_pin() -> None:
    failing_sign(PinMissing, *dialogue.identify(), *dialogue.read_certificate(), (SELECT_PIN, "6A82"))


@pytest.mark.parametrize("loss", [CardRemoved(), ReaderLost()])
@pytest.mark.parametrize("number", range(len(dialogue.whole_sign())))
def test_card_lost_at_any_command_ends_the_dialogue_there(number: int, loss: CardError) -> None:
    pairs: list[tuple[str, str | CardError]] = list(dialogue.whole_sign()[: number + 1])
    pairs[number] = (pairs[number][0], loss)
    raised, card, _ = failing_sign(type(loss), *pairs)
    assert raised is loss
    assert verifies(card) <= 1


@pytest.mark.parametrize("answer", ["6982", "6985", "6700", "6A86"])
def test_refused_signature_is_a_status_word(answer: str) -> None:
    start = dialogue.whole_sign()[:-1]
    raised, _, _ = failing_sign(StatusWordError, *start, (SIGN, answer), (SELECT_JPKI, OK))
    assert isinstance(raised, StatusWordError)
    assert raised.sw == int(answer, 16)


@pytest.mark.parametrize("size", [0, 1, 255, 257])
def test_signature_of_a_wrong_length_is_refused(size: int) -> None:
    start = dialogue.whole_sign()[:-1]
    failing_sign(CardUnreadable, *start, (SIGN, bytes(size).hex() + OK), (SELECT_JPKI, OK))


def test_closing_cuts_the_power() -> None:
    card = ScriptedCard()
    JpkiSession(card).close()
    assert card.closed == 1
