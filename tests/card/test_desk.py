"""The desk with a card that behaves."""

from __future__ import annotations

import threading

import pytest

from app.card.watcher import Presence, ReaderEvent
from app.eligibility.ports import CardKind, CardReport, DeskState, DeskStatus, SignedNonce
from app.errors import (
    CardError,
    CardRemoved,
    CardUnreadable,
    CertificateChanged,
    CertificateLocked,
    KeypadSpent,
    PinIncorrect,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
)
from tests.card import dialogue
from tests.card.bench import WAIT_S, Bench, keys, ready
from tests.card.dialogue import NONCE, SELECT_JPKI, VERIFY
from tests.card.scripted import ScriptedCard


def test_before_anything_happened_there_is_no_reader(bench: Bench) -> None:
    assert bench.desk.status() == DeskStatus(DeskState.NO_READER)
    with pytest.raises(StaleEpoch):
        bench.desk.open_keypad(0)
    with pytest.raises(StaleEpoch):
        bench.desk.read_again(0)
    bench.desk.release(0)


def test_insertion_is_reading_at_once_and_ready_after_the_read(bench: Bench) -> None:
    card = ready()
    assert bench.insert(card).state in (DeskState.READING, DeskState.READY)
    status = bench.until(DeskState.READY)
    assert (status.epoch, status.report) == (1000, CardReport(CardKind.MY_NUMBER, True, 3))
    card.assert_finished()
    assert card.closed == 0, "the session is held while the patient types"


def test_removal_closes_the_session_and_keeps_the_epoch(bench: Bench) -> None:
    card = ready()
    bench.insert(card)
    bench.until(DeskState.READY)
    bench.remove()
    assert bench.desk.status().state is DeskState.NO_CARD
    assert bench.desk.status().epoch == 1000
    bench.settle()
    assert card.closed == 1


@pytest.mark.parametrize("presence", [Presence.NO_READER, Presence.NO_SERVICE])
def test_reader_and_service_loss_end_the_insertion(bench: Bench, presence: Presence) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    bench.desk.take(ReaderEvent(presence))
    assert bench.desk.status().state is DeskState.NO_READER
    with pytest.raises(StaleEpoch):
        bench.enter(status)


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        (ScriptedCard((SELECT_JPKI, "6A82")), CardKind.OTHER),
        (ScriptedCard(*dialogue.identify(b"JPKIAPICCTOKEN")), CardKind.JUKI),
        (ScriptedCard(*dialogue.whole_read()[:-2], (dialogue.SELECT_PIN, "6A82")), CardKind.MY_NUMBER),
    ],
)
def test_card_that_takes_no_pin_loses_its_power_after_the_read(
    bench: Bench, card: ScriptedCard, kind: CardKind
) -> None:
    bench.insert(card)
    status = bench.until(DeskState.READY)
    assert status.report == CardReport(kind, False, None)
    with pytest.raises(PinMissing):
        bench.enter(status)
    assert card.closed == 1
    card.assert_finished()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CardUnreadable(), "card.unreadable"),
        (ReaderLost(), "card.reader_lost"),
    ],
)
def test_card_that_cannot_be_connected_is_unreadable(bench: Bench, error: CardError, code: str) -> None:
    bench.insert(error)
    assert bench.until(DeskState.UNREADABLE).error_code == code


def test_unknown_status_word_while_reading_is_unreadable_and_powers_off(bench: Bench) -> None:
    card = ScriptedCard((SELECT_JPKI, "6581"))
    bench.insert(card)
    assert bench.until(DeskState.UNREADABLE).error_code == "card.status_word"
    bench.settle()
    assert card.closed == 1


def test_read_again_takes_the_same_insertion_and_a_new_connection(bench: Bench) -> None:
    bench.insert(CardUnreadable())
    status = bench.until(DeskState.UNREADABLE)
    bench.reader.ready.append(ready())
    bench.desk.read_again(status.epoch)
    assert bench.until(DeskState.READY).epoch == status.epoch


def test_failed_second_read_is_a_new_status(bench: Bench) -> None:
    bench.insert(CardUnreadable())
    first = bench.until(DeskState.UNREADABLE)
    bench.reader.ready.append(CardUnreadable())
    bench.desk.read_again(first.epoch)
    bench.settle()
    second = bench.until(DeskState.UNREADABLE)
    assert second != first
    assert second.serial > first.serial


def test_right_pin_signs_and_powers_off_before_it_answers(bench: Bench) -> None:
    card = ready(*dialogue.whole_sign())
    bench.insert(card)
    proof = bench.enter(bench.until(DeskState.READY))
    assert proof == SignedNonce(dialogue.first_certificate(), dialogue.signature())
    assert card.closed >= 1
    card.assert_finished()


def test_power_is_off_before_anybody_can_see_that_the_pin_was_right(bench: Bench) -> None:
    """Whoever sees the new tries, or has the signature, must find a card that signs nothing more."""
    sign = dialogue.whole_sign()
    sign[-4] = (sign[-4][0], "63C2")
    shown_at_power_off: list[int | None] = []

    class Noting(ScriptedCard):
        def close(self) -> None:
            report = bench.desk.status().report
            shown_at_power_off.append(report.attempts_remaining if report else None)
            super().close()

    card = Noting(*dialogue.whole_read()[:-1], *dialogue.query("63C2")[-1:], *sign)
    bench.insert(card)
    status = bench.until(DeskState.READY)
    assert status.report == CardReport(CardKind.MY_NUMBER, True, 2)
    bench.enter(status)
    assert shown_at_power_off[0] == 2
    assert bench.desk.status().report == CardReport(CardKind.MY_NUMBER, True, 3)
    card.assert_finished()


def test_wrong_pin_keeps_the_session_and_tells_the_tries(bench: Bench) -> None:
    refused = [*dialogue.whole_read(), (VERIFY, "63C2"), (SELECT_JPKI, "9000"), *dialogue.query("63C2")]
    again = [*dialogue.whole_sign()]
    again[-4] = (again[-4][0], "63C2")
    card = ready(*refused, *again)
    bench.insert(card)
    status = bench.until(DeskState.READY)
    with pytest.raises(PinIncorrect):
        bench.enter(status)
    bench.settle()
    later = bench.desk.status()
    assert later.report == CardReport(CardKind.MY_NUMBER, True, 2)
    assert later.epoch == status.epoch
    assert card.closed == 0
    bench.enter(later)
    card.assert_finished()


def test_wrong_pin_and_then_gone_is_still_a_wrong_pin(bench: Bench) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, "63C2"), (SELECT_JPKI, CardRemoved()), (dialogue.SELECT_PIN, "6F00"))
    bench.insert(card)
    with pytest.raises(PinIncorrect) as caught:
        bench.enter(bench.until(DeskState.READY))
    assert caught.value.attempts_remaining == 2


def test_locked_card_is_said_so_and_reported_with_no_tries(bench: Bench) -> None:
    card = ready(*dialogue.whole_read(), (VERIFY, "6984"), (SELECT_JPKI, "9000"))
    bench.insert(card)
    with pytest.raises(PinLocked):
        bench.enter(bench.until(DeskState.READY))
    bench.settle()
    assert bench.desk.status().report == CardReport(CardKind.MY_NUMBER, True, 0)


def test_other_certificate_stops_before_verify(bench: Bench) -> None:
    card = ready(*dialogue.identify(), *dialogue.read_certificate(dialogue.second_certificate()))
    bench.insert(card)
    with pytest.raises(CertificateChanged):
        bench.enter(bench.until(DeskState.READY))
    assert bench.until(DeskState.UNREADABLE).error_code == "card.certificate_changed"
    assert VERIFY not in "".join(card.sent).replace(" ", "")
    bench.settle()
    assert card.closed == 1


def test_request_of_another_insertion_sends_nothing(bench: Bench) -> None:
    bench.insert(ready())
    first = bench.until(DeskState.READY)
    keypad = bench.desk.open_keypad(first.epoch)
    card = ready()
    bench.insert(card)
    second = bench.until(DeskState.READY)
    assert second.epoch > first.epoch
    with pytest.raises(StaleEpoch):
        bench.desk.sign(first.epoch, keypad.keypad_id, keys(keypad), NONCE)
    with pytest.raises(StaleEpoch):
        bench.desk.open_keypad(first.epoch)
    with pytest.raises(StaleEpoch):
        bench.desk.read_again(first.epoch)
    with pytest.raises(KeypadSpent):
        bench.desk.sign(second.epoch, keypad.keypad_id, keys(keypad), NONCE)
    bench.desk.release(first.epoch)
    bench.settle()
    assert card.closed == 0, "releasing an old insertion leaves the new one alone"
    card.assert_finished()


def test_release_powers_off_and_kills_the_keypad(bench: Bench) -> None:
    card = ready()
    bench.insert(card)
    status = bench.until(DeskState.READY)
    keypad = bench.desk.open_keypad(status.epoch)
    bench.desk.release(status.epoch)
    bench.settle()
    assert card.closed == 1
    with pytest.raises(KeypadSpent):
        bench.desk.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE)


def test_two_submissions_at_once_reach_the_card_once(bench: Bench) -> None:
    card = ready(*dialogue.whole_sign())
    bench.insert(card)
    status = bench.until(DeskState.READY)
    keypad = bench.desk.open_keypad(status.epoch)
    outcomes: list[object] = []

    def submit() -> None:
        try:
            outcomes.append(bench.desk.sign(status.epoch, keypad.keypad_id, keys(keypad), NONCE))
        except CardError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert outcomes.count(KeypadSpent) == 5
    assert sum(isinstance(outcome, SignedNonce) for outcome in outcomes) == 1
    card.assert_finished()


def shown(*pairs: tuple[str, str | CardError]) -> ScriptedCard:
    """A second session in which nothing but the kind and the certificate is asked for."""
    return ScriptedCard(*dialogue.identify(), *(pairs or dialogue.read_certificate()))


def test_certificate_is_shown_in_a_session_of_its_own_without_a_pin(bench: Bench) -> None:
    first, second = ready(), shown()
    bench.insert(first)
    status = bench.until(DeskState.READY)
    bench.desk.release(status.epoch)
    bench.reader.ready.append(second)
    assert bench.desk.certificate(status.epoch) == dialogue.first_certificate()
    second.assert_finished()
    assert (first.closed, second.closed) == (1, 1), "the power is off before anybody hears"
    assert bench.desk.status() == status


def test_certificate_of_a_card_that_has_no_pin_is_shown(bench: Bench) -> None:
    bench.insert(ScriptedCard(*dialogue.whole_read()[:-2], (dialogue.SELECT_PIN, "6A82")))
    status = bench.until(DeskState.READY)
    bench.reader.ready.append(shown())
    assert bench.desk.certificate(status.epoch) == dialogue.first_certificate()


def test_pin_can_still_be_entered_after_the_certificate_was_shown(bench: Bench) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    bench.reader.ready.append(shown())
    bench.desk.certificate(status.epoch)
    bench.reader.ready.append(ScriptedCard(*dialogue.whole_sign()))
    assert bench.enter(status) == SignedNonce(dialogue.first_certificate(), dialogue.signature())


def test_another_cards_certificate_is_not_shown(bench: Bench) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    other = shown(*dialogue.read_certificate(dialogue.second_certificate()))
    bench.reader.ready.append(other)
    with pytest.raises(CertificateChanged):
        bench.desk.certificate(status.epoch)
    assert bench.until(DeskState.UNREADABLE).error_code == "card.certificate_changed"
    bench.settle()
    assert other.closed == 1


def test_another_kind_of_card_is_not_read_further(bench: Bench) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    bench.reader.ready.append(ScriptedCard(*dialogue.identify(b"JPKIAPICCTOKEN")))
    with pytest.raises(CertificateChanged):
        bench.desk.certificate(status.epoch)


@pytest.mark.parametrize("label", [b"JPKIAPGPSETOKEN", b"JPKIAPIOSTOKEN"])
def test_phone_shows_its_certificate_after_the_pin_alone(bench: Bench, label: bytes) -> None:
    bench.insert(ScriptedCard(*dialogue.identify(label), *dialogue.query()))
    status = bench.until(DeskState.READY)
    with pytest.raises(CertificateLocked):
        bench.desk.certificate(status.epoch)
    assert bench.desk.status() == status, "nothing was sent"


def test_unusable_card_shows_nothing(bench: Bench) -> None:
    bench.insert(ScriptedCard(*dialogue.identify(b"JPKIAPICCTOKEN")))
    status = bench.until(DeskState.READY)
    with pytest.raises(CardUnreadable):
        bench.desk.certificate(status.epoch)


def test_certificate_of_another_insertion_is_refused_before_anything_is_sent(bench: Bench) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    for epoch in (status.epoch - 1, status.epoch + 1):
        with pytest.raises(StaleEpoch):
            bench.desk.certificate(epoch)
    bench.remove()
    with pytest.raises(StaleEpoch):
        bench.desk.certificate(status.epoch)


def test_card_that_tears_off_while_its_certificate_is_read_is_removed(bench: Bench) -> None:
    bench.insert(ready())
    status = bench.until(DeskState.READY)
    bench.reader.ready.append(ScriptedCard(*dialogue.identify(), (dialogue.SELECT_CERTIFICATE, CardRemoved())))
    with pytest.raises(CardRemoved):
        bench.desk.certificate(status.epoch)
    assert bench.until(DeskState.NO_CARD).epoch == status.epoch
