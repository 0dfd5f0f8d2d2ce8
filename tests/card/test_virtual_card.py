"""The driver's dialogue with the virtual card and its quirks, without a reader between them."""

from __future__ import annotations

import hashlib

import pytest

from app.card import apdu as commands
from app.card.connection import ApduResponse, PinBuffer
from app.card.guard import GuardedConnection
from app.card.jpki import JpkiSession
from app.card.profile import JPKI_AID, Ef
from app.errors import PinLocked, StatusWordError
from app.sandbox.card import VirtualCard
from app.sandbox.card_spec import CertificateKind, SampleCardKind
from tests.card.process import NONCE, assert_signed
from tests.sample_cards import NOON, PIN, sample_card, sample_pki


class Wire:
    """A connection to a card in the same program."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card

    def transmit(self, apdu: bytes) -> ApduResponse:
        answer = self._card.transmit(apdu)
        return ApduResponse(answer[:-2], int.from_bytes(answer[-2:], "big"))

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        command = [*header, *(0 for _ in range(len(secret)))]
        secret.copy_into(command, len(header))
        return self.transmit(bytes(command))

    def close(self) -> None:
        self._card.power_off()


def session_with(card: VirtualCard) -> JpkiSession:
    return JpkiSession(GuardedConnection(Wire(card)))


def typed(digits: str = PIN) -> PinBuffer:
    pin = PinBuffer(4)
    for digit in digits:
        pin.append_digit(int(digit))
    return pin


def verified_by_another_program(*faults: str, attempts: int = 3) -> VirtualCard:
    """A card whose PIN somebody verified and left it with power, as LEAVE and RESET do."""
    card = sample_card(*faults, attempts=attempts)
    for command in (
        commands.select_application(JPKI_AID),
        commands.select_file(Ef.AUTH_PIN),
        commands.verify_header(4) + PIN.encode(),
    ):
        assert card.transmit(command) == b"\x90\x00"
    card.reset()
    return card


def test_answer_9000_to_the_question_for_tries_is_taken_as_cannot_say() -> None:
    card = verified_by_another_program("query-9000")
    session = session_with(card)
    reading = session.read()
    assert reading.report.has_pin
    assert reading.report.attempts_remaining is None
    assert_signed(session.sign(reading, typed(), NONCE))
    assert session.verify_count == 1
    session.close()
    assert session_with(card).read().report.attempts_remaining == 3, "without power it can say again"


def test_refused_question_for_tries_sends_no_pin() -> None:
    card = verified_by_another_program("query-refused")
    session = session_with(card)
    with pytest.raises(StatusWordError) as caught:
        session.read()
    assert caught.value.sw == 0x6700
    assert session.verify_count == 0
    session.close()
    assert session_with(card).read().report.attempts_remaining == 3, "the card is fine once it was without power"


def test_tries_of_a_card_that_says_them_after_a_right_pin_are_read() -> None:
    assert session_with(verified_by_another_program()).read().report.attempts_remaining == 3


@pytest.mark.parametrize("faults", [(), ("filler",)])
def test_certificate_ends_where_its_der_ends(faults: tuple[str, ...]) -> None:
    session = session_with(sample_card(*faults))
    reading = session.read()
    expected = sample_pki().issue_card_certificate("sample", CertificateKind.VALID, NOON)
    assert reading.certificate_digest == hashlib.sha256(expected).digest()
    proof = session.sign(reading, typed(), NONCE)
    assert proof.certificate_der == expected
    assert_signed(proof)


@pytest.mark.parametrize("faults", [(), ("blocking-word",), ("blocking-word", "blocked-6983"), ("blocked-query",)])
def test_wrong_last_try_is_a_lock_whatever_word_says_it(faults: tuple[str, ...]) -> None:
    card = sample_card(*faults, attempts=1)
    session = session_with(card)
    reading = session.read()
    with pytest.raises(PinLocked):
        session.sign(reading, typed("0000"), NONCE)
    with pytest.raises(PinLocked):
        session.sign(reading, typed(), NONCE)
    assert session.verify_count == card.since_insertion.verifies == 1


@pytest.mark.parametrize("kind", [SampleCardKind.MY_NUMBER, SampleCardKind.PHONE])
@pytest.mark.parametrize("faults", [("first-6F00",), ("filler", "query-9000", "first-6F00")])
def test_quirks_together_change_nothing(kind: SampleCardKind, faults: tuple[str, ...]) -> None:
    session = session_with(sample_card(*faults, kind=kind, signature_certificate=False))
    assert_signed(session.sign(session.read(), typed(), NONCE))
