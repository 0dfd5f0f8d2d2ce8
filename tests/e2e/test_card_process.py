"""The card process as it runs on a box: its own process, the real pcscd, the virtual card, the kiosk's client."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from smartcard import scard

from app.card import apdu as commands
from app.card.pcsc import PcscReader
from app.card.profile import JPKI_AID, Ef
from app.eligibility.ports import CardKind, CardReport, DeskState
from app.errors import (
    CardRemoved,
    CertificateChanged,
    KeypadSpent,
    PinIncorrect,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
)
from app.sandbox.card_spec import CertificateKind, SampleCardKind
from tests.card.process import NONCE, WAIT_S, WRONG_PIN, CardProcess, assert_signed, running
from tests.pcsc_stack import PcscStack, VirtualReader, pcsc_stack, virtual_reader  # noqa: F401 - fixtures
from tests.sample_cards import NOON, sample_card, sample_pki


@pytest.fixture(scope="module")
def desk(pcsc_stack: PcscStack) -> Iterator[CardProcess]:  # noqa: F811
    state = Path(tempfile.mkdtemp(prefix="card-"))
    try:
        with running(state) as process:
            yield process
            assert process.process.poll() is None, "the card process must survive everything in this module"
    finally:
        shutil.rmtree(state)


@pytest.fixture
def reader(virtual_reader: VirtualReader, desk: CardProcess) -> Iterator[VirtualReader]:  # noqa: F811
    """The empty reader, and an empty one again afterwards."""
    desk.until(DeskState.NO_CARD, after=-1)
    yield virtual_reader
    virtual_reader.remove()
    desk.until(DeskState.NO_CARD, after=-1)


def test_right_pin_signs_the_nonce_with_the_key_of_the_certificate(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card()
    reader.insert(card)
    status = desk.until(DeskState.READY)
    assert status.report == CardReport(CardKind.MY_NUMBER, has_pin=True, attempts_remaining=3)
    assert card.total.verifies == 0
    assert_signed(desk.enter(status))
    assert (card.total.verifies, card.total.signatures) == (1, 1)


def test_another_program_cannot_sign_after_us_without_the_pin(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card())
    desk.enter(desk.until(DeskState.READY))
    other = PcscReader().connect(desk.settings.reader)
    try:
        other.transmit(commands.select_application(JPKI_AID))
        other.transmit(commands.select_file(Ef.AUTH_KEY))
        assert other.transmit(commands.compute_signature(commands.digest_info(NONCE))).sw == 0x6982
    finally:
        other.close()


def test_the_card_is_ours_alone_until_it_has_signed(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card())
    status = desk.until(DeskState.READY)
    assert connect_shared(desk.settings.reader) == scard.SCARD_E_SHARING_VIOLATION
    with pytest.raises(PinIncorrect):
        desk.enter(status, WRONG_PIN)
    assert connect_shared(desk.settings.reader) == scard.SCARD_E_SHARING_VIOLATION
    desk.enter(status)
    assert connect_shared(desk.settings.reader) == scard.SCARD_S_SUCCESS


def connect_shared(reader_name: str) -> int:
    """Try what any other program of this machine could; returns the result code."""
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert result == scard.SCARD_S_SUCCESS
    try:
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, handle, _ = scard.SCardConnect(context, reader_name, scard.SCARD_SHARE_SHARED, protocols)
        if result == scard.SCARD_S_SUCCESS:
            scard.SCardDisconnect(handle, scard.SCARD_UNPOWER_CARD)
        return int(result)
    finally:
        scard.SCardReleaseContext(context)


def test_every_insertion_has_a_larger_epoch(desk: CardProcess, reader: VirtualReader) -> None:
    epochs = []
    for _ in range(3):
        with reader.holding(sample_card()):
            epochs.append(desk.until(DeskState.READY, after=max(epochs, default=0)).epoch)
        desk.until(DeskState.NO_CARD)
    assert epochs == sorted(set(epochs))


def test_wrong_pin_spends_one_try_and_says_how_many_are_left(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card()
    reader.insert(card)
    status = desk.until(DeskState.READY)
    with pytest.raises(PinIncorrect) as caught:
        desk.enter(status, WRONG_PIN)
    assert caught.value.attempts_remaining == card.attempts_remaining == 2
    status = desk.client.wait(status, WAIT_S)
    assert status.report is not None
    assert status.report.attempts_remaining == 2
    assert_signed(desk.enter(status))
    assert (card.total.verifies, card.attempts_remaining) == (2, 3)


def test_a_keypad_serves_one_submission_only(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card()
    reader.insert(card)
    status = desk.until(DeskState.READY)
    keypad = desk.client.open_keypad(status.epoch)
    with pytest.raises(PinIncorrect):
        desk.client.sign(status.epoch, keypad.keypad_id, keypad.tokens[:4], NONCE)
    with pytest.raises(KeypadSpent):
        desk.client.sign(status.epoch, keypad.keypad_id, keypad.tokens[:4], NONCE)
    assert card.total.verifies == 1


@pytest.mark.parametrize("faults", [(), ("blocked-6983", "blocking-word"), ("blocking-word",)])
def test_third_wrong_pin_locks_and_later_ones_never_reach_the_card(
    desk: CardProcess, reader: VirtualReader, faults: tuple[str, ...]
) -> None:
    card = sample_card(*faults, attempts=1)
    reader.insert(card)
    status = desk.until(DeskState.READY)
    assert status.report is not None
    assert status.report.attempts_remaining == 1
    with pytest.raises(PinLocked):
        desk.enter(status, WRONG_PIN)
    status = desk.client.wait(status, WAIT_S)
    assert status.report is not None
    assert status.report.attempts_remaining == 0
    with pytest.raises(PinLocked):
        desk.enter(status)
    assert card.total.verifies == 1


def test_locked_card_says_so_before_any_digit(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card(attempts=0)
    reader.insert(card)
    report = desk.until(DeskState.READY).report
    assert report == CardReport(CardKind.MY_NUMBER, has_pin=True, attempts_remaining=0)
    assert card.total.verifies == 0


@pytest.mark.parametrize(
    ("sample", "report"),
    [
        (SampleCardKind.PHONE, CardReport(CardKind.PHONE, True, 3)),
        (SampleCardKind.JUKI, CardReport(CardKind.JUKI, False, None)),
        (SampleCardKind.TRANSIT, CardReport(CardKind.OTHER, False, None)),
        (SampleCardKind.FACE_AUTH, CardReport(CardKind.MY_NUMBER, False, None)),
    ],
)
def test_the_kind_of_card_is_told_without_a_pin(
    desk: CardProcess, reader: VirtualReader, sample: SampleCardKind, report: CardReport
) -> None:
    card = sample_card(kind=sample)
    reader.insert(card)
    status = desk.until(DeskState.READY)
    assert status.report == report
    if not report.has_pin:
        with pytest.raises(PinMissing):
            desk.enter(status)
        assert card.total.verifies == 0


def test_phone_token_gives_its_certificate_after_the_pin(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card(kind=SampleCardKind.PHONE))
    assert_signed(desk.enter(desk.until(DeskState.READY)))


def test_first_answer_6f00_is_asked_again(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("first-6F00"))
    assert_signed(desk.enter(desk.until(DeskState.READY)))


def test_filler_behind_the_certificate_is_left_alone(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("filler"))
    proof = desk.enter(desk.until(DeskState.READY))
    assert_signed(proof)
    assert proof.certificate_der == sample_pki().issue_card_certificate("sample", CertificateKind.VALID, NOON)


def test_damaged_certificate_is_unreadable(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("damaged-certificate"))
    assert desk.until(DeskState.UNREADABLE).error_code == "card.unreadable"


def test_swapped_certificate_ends_it_before_the_pin_is_sent(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card("swapped-certificate")
    reader.insert(card)
    with pytest.raises(CertificateChanged):
        desk.enter(desk.until(DeskState.READY))
    assert card.total.verifies == 0
    assert desk.until(DeskState.UNREADABLE).error_code == "card.certificate_changed"


def test_card_swapped_while_the_pin_is_typed_gets_nothing_of_it(desk: CardProcess, reader: VirtualReader) -> None:
    first, second = sample_card(), sample_card(name="sample")
    reader.insert(first)
    status = desk.until(DeskState.READY)
    keypad = desk.client.open_keypad(status.epoch)
    reader.insert(second)
    later = desk.until(DeskState.READY, after=status.epoch)
    with pytest.raises(StaleEpoch):
        desk.client.sign(status.epoch, keypad.keypad_id, keypad.tokens[:4], NONCE)
    with pytest.raises(KeypadSpent):
        desk.client.sign(later.epoch, keypad.keypad_id, keypad.tokens[:4], NONCE)
    assert first.total.verifies == second.total.verifies == 0
    assert_signed(desk.enter(later))


def test_card_pulled_at_any_command_leaves_a_clean_desk(desk: CardProcess, reader: VirtualReader) -> None:
    number, epoch, has_finished = 0, 0, False
    while not has_finished:
        number += 1
        card = sample_card()
        reader.insert(card, f"pulled-at-{number}")
        status = desk.until(DeskState.READY, DeskState.NO_CARD, after=epoch)
        epoch = status.epoch
        if status.state is DeskState.READY:
            try:
                desk.enter(status)
                has_finished = not reader.link.is_pulled
            except CardRemoved:
                pass
        assert card.total.verifies <= 1, f"pulled at {number}"
        reader.remove()
        desk.until(DeskState.NO_CARD)
        # The same card again: it is read anew, and nothing was tried behind the patient's back.
        tries, verifies = card.attempts_remaining, card.total.verifies
        reader.insert(card)
        status = desk.until(DeskState.READY, after=epoch)
        epoch = status.epoch
        assert status.report is not None
        assert (status.report.attempts_remaining, card.total.verifies) == (tries, verifies), f"pulled at {number}"
        reader.remove()
        desk.until(DeskState.NO_CARD)
    assert number > 20


def test_wrong_pin_whose_answer_is_lost_is_counted_and_not_repeated(desk: CardProcess, reader: VirtualReader) -> None:
    probe = sample_card()
    reader.insert(probe)
    desk.enter(desk.until(DeskState.READY))
    reader.remove()
    before = desk.until(DeskState.NO_CARD).epoch
    verify_number = probe.since_insertion.commands - 2
    card = sample_card()
    reader.insert(card, f"pulled-at-{verify_number}")
    with pytest.raises(CardRemoved):
        desk.enter(desk.until(DeskState.READY, after=before), WRONG_PIN)
    assert card.total.verifies == 1
    reader.remove()
    before = desk.until(DeskState.NO_CARD).epoch
    reader.insert(card)
    report = desk.until(DeskState.READY, after=before).report
    assert report is not None
    assert report.attempts_remaining == 2
    assert card.total.verifies == 1


def test_card_that_is_back_before_the_reader_noticed_is_a_new_insertion(
    desk: CardProcess, reader: VirtualReader
) -> None:
    card = sample_card()
    reader.insert(card, "pulled-at-18")
    status = desk.until(DeskState.READY)
    with pytest.raises(CardRemoved):
        desk.enter(status)
    reader.insert(card)
    assert_signed(desk.enter(desk.until(DeskState.READY, after=status.epoch)))


def test_silent_card_is_given_up_and_the_next_one_works(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("silent-at-14"))
    status = desk.until(DeskState.READY)
    with pytest.raises(ReaderLost):  # from the card process; a client that gives up itself says CardProcessDown
        desk.enter(status)
    assert desk.until(DeskState.UNREADABLE).error_code == "card.reader_lost"
    assert desk.client.status().epoch == status.epoch
    reader.insert(sample_card())
    assert_signed(desk.enter(desk.until(DeskState.READY, after=status.epoch)))


def test_silent_card_while_reading_is_given_up_and_the_next_one_works(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("silent"))
    status = desk.until(DeskState.UNREADABLE)
    assert status.error_code == "card.reader_lost"
    reader.insert(sample_card())
    desk.until(DeskState.READY, after=status.epoch)


def test_pcscd_killed_and_restarted_is_survived(
    desk: CardProcess,
    reader: VirtualReader,
    pcsc_stack: PcscStack,  # noqa: F811
) -> None:
    card = sample_card()
    reader.insert(card)
    status = desk.until(DeskState.READY)
    pcsc_stack.kill()
    try:
        desk.until(DeskState.NO_READER)
        with pytest.raises(StaleEpoch):
            desk.client.open_keypad(status.epoch)
    finally:
        pcsc_stack.start()
    # The card still lies there and connects by itself.
    assert_signed(desk.enter(desk.until(DeskState.READY, after=status.epoch)))


def test_pcscd_killed_under_a_silent_card_frees_the_reader(
    desk: CardProcess,
    reader: VirtualReader,
    pcsc_stack: PcscStack,  # noqa: F811
) -> None:
    reader.insert(sample_card("silent-at-14"))
    status = desk.until(DeskState.READY)
    with pytest.raises(ReaderLost):
        desk.enter(status)
    pcsc_stack.kill()
    try:
        desk.until(DeskState.NO_READER)
    finally:
        pcsc_stack.start()
    reader.insert(sample_card())
    assert_signed(desk.enter(desk.until(DeskState.READY, after=status.epoch)))


def test_released_card_has_no_power_and_its_keypad_is_dead(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card()
    reader.insert(card)
    status = desk.until(DeskState.READY)
    keypad = desk.client.open_keypad(status.epoch)
    desk.client.release(status.epoch)
    with pytest.raises(KeypadSpent):
        desk.client.sign(status.epoch, keypad.keypad_id, keypad.tokens[:4], NONCE)
    assert card.total.verifies == 0
    # A patient who starts over without lifting the card is served by a new session.
    assert_signed(desk.enter(status))


def test_read_again_reads_the_same_insertion_anew(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("damaged-certificate"))
    status = desk.until(DeskState.UNREADABLE)
    desk.client.read_again(status.epoch)
    assert desk.until(DeskState.UNREADABLE).epoch == status.epoch
    with pytest.raises(StaleEpoch):
        desk.client.read_again(status.epoch - 1)
