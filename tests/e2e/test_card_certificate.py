"""The certificate without a PIN, over the real pcscd: what 目視確認 needs of the card, and nothing more."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.card import apdu as commands
from app.card.pcsc import PcscReader
from app.card.profile import JPKI_AID, Ef
from app.eligibility.ports import DeskState
from app.errors import CardRemoved, CertificateChanged, CertificateLocked, StaleEpoch
from app.sandbox.card_spec import SampleCardKind
from tests.card.process import NONCE, CardProcess, assert_signed, running
from tests.pcsc_stack import PcscStack, VirtualReader
from tests.sample_cards import sample_card


@pytest.fixture(scope="module")
def desk(pcsc_stack: PcscStack) -> Iterator[CardProcess]:
    state = Path(tempfile.mkdtemp(prefix="card-"))
    try:
        with running(state) as process:
            yield process
    finally:
        shutil.rmtree(state)


@pytest.fixture
def reader(virtual_reader: VirtualReader, desk: CardProcess) -> Iterator[VirtualReader]:
    """The empty reader, and an empty one again afterwards."""
    desk.until(DeskState.NO_CARD, after=-1)
    yield virtual_reader
    virtual_reader.remove()
    desk.until(DeskState.NO_CARD, after=-1)


@pytest.mark.parametrize(("kind", "attempts"), [(SampleCardKind.FACE_AUTH, 3), (SampleCardKind.MY_NUMBER, 0)])
def test_card_that_takes_no_pin_shows_whose_it_is(
    desk: CardProcess, reader: VirtualReader, kind: SampleCardKind, attempts: int
) -> None:
    card = sample_card(kind=kind, attempts=attempts)
    reader.insert(card)
    status = desk.until(DeskState.READY)
    desk.client.release(status.epoch)
    der = desk.client.certificate(status.epoch)
    assert x509.load_der_x509_certificate(der).public_bytes(Encoding.DER) == der
    assert (card.total.verifies, card.total.signatures) == (0, 0)


def test_showing_the_certificate_leaves_no_power_and_spends_no_try(desk: CardProcess, reader: VirtualReader) -> None:
    card = sample_card()
    reader.insert(card)
    status = desk.until(DeskState.READY)
    desk.client.certificate(status.epoch)
    other = PcscReader().connect(desk.settings.reader)
    try:
        other.transmit(commands.select_application(JPKI_AID))
        other.transmit(commands.select_file(Ef.AUTH_KEY))
        assert other.transmit(commands.compute_signature(commands.digest_info(NONCE))).sw == 0x6982
    finally:
        other.close()
    assert_signed(desk.enter(status))
    assert card.total.verifies == 1


def test_phone_keeps_its_certificate_to_itself(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card(kind=SampleCardKind.PHONE))
    status = desk.until(DeskState.READY)
    with pytest.raises(CertificateLocked):
        desk.client.certificate(status.epoch)
    assert_signed(desk.enter(status))


def test_other_certificate_than_at_the_first_read_is_not_shown(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card("swapped-certificate"))
    status = desk.until(DeskState.READY)
    with pytest.raises(CertificateChanged):
        desk.client.certificate(status.epoch)
    assert desk.until(DeskState.UNREADABLE).error_code == "card.certificate_changed"


def test_next_card_is_not_shown_for_the_one_before(desk: CardProcess, reader: VirtualReader) -> None:
    reader.insert(sample_card())
    first = desk.until(DeskState.READY)
    reader.insert(sample_card())
    second = desk.until(DeskState.READY, after=first.epoch)
    with pytest.raises(StaleEpoch):
        desk.client.certificate(first.epoch)
    assert desk.client.certificate(second.epoch)


def test_card_pulled_at_any_command_of_the_second_read_leaves_a_clean_desk(
    desk: CardProcess, reader: VirtualReader
) -> None:
    probe = sample_card()
    reader.insert(probe)
    epoch = desk.until(DeskState.READY).epoch
    of_the_read = probe.since_insertion.commands
    desk.client.certificate(epoch)
    last = probe.since_insertion.commands
    assert last > of_the_read
    reader.remove()
    desk.until(DeskState.NO_CARD)
    for number in range(of_the_read + 1, last + 1):
        card = sample_card()
        reader.insert(card, f"pulled-at-{number}")
        epoch = desk.until(DeskState.READY, after=epoch).epoch
        with pytest.raises(CardRemoved):
            desk.client.certificate(epoch)
        assert card.total.verifies == 0
        reader.remove()
        desk.until(DeskState.NO_CARD)
    reader.insert(probe)
    assert desk.client.certificate(desk.until(DeskState.READY, after=epoch).epoch)
