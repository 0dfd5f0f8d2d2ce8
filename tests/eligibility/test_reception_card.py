"""Cards and readers that leave, tear off or cannot be read, at each stage of a visit."""

from __future__ import annotations

import pytest

from app.eligibility.ports import DeskState, DeskStatus, Outcome
from app.eligibility.screens import Button, Screen
from app.errors import (
    CardRemoved,
    CertificateChanged,
    GatewayRefused,
    GatewayTimeout,
    PinIncorrect,
    ReaderLost,
    StaleEpoch,
)
from tests.eligibility.desk import Table, only_record, put
from tests.fakes import FakeCard


def test_card_that_leaves_between_answer_and_commit_is_told_to_staff(table: Table) -> None:
    put(table, FakeCard("A"))
    record = table.keeper.record

    def pulled_meanwhile(*args):
        number = record(*args)
        if table.desk.card is not None:
            table.desk.remove()
        return number

    table.keeper.record = pulled_meanwhile
    table.type("1234")
    assert table.screen is Screen.WELCOME
    kept = only_record(table)
    assert (kept.outcome, kept.reason) == (Outcome.COUNTER, "check.card_removed_early")
    assert kept.result is not None


def test_card_that_leaves_while_the_pin_is_verified_asks_nothing(table: Table) -> None:
    put(table, FakeCard("A"))
    sign = table.desk.sign

    def pulled_meanwhile(*args):
        proof = sign(*args)
        table.desk.remove()
        return proof

    table.desk.sign = pulled_meanwhile
    table.type("1234")
    assert table.screen is Screen.WELCOME
    assert table.gateway.asked == []
    assert (only_record(table).outcome, only_record(table).reason) == (Outcome.COUNTER, "card.removed")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PinIncorrect(2), "card.removed"),
        (StaleEpoch(), "card.removed"),
        (CertificateChanged(), "card.certificate_changed"),
        (ReaderLost(), "card.reader_lost"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_visit_whose_card_left_after_the_submission_waits_for_staff_with_what_is_known(
    table: Table, error: Exception, reason: str
) -> None:
    put(table, FakeCard("A"))

    def pulled_meanwhile(*_: object) -> None:
        table.desk.remove()
        raise error

    table.desk.sign = pulled_meanwhile
    table.type("1234")
    assert table.screen is Screen.WELCOME
    assert (only_record(table).outcome, only_record(table).reason) == (Outcome.COUNTER, reason)


def test_visit_whose_card_left_before_the_service_failed_waits_for_staff_with_its_words(table: Table) -> None:
    table.gateway.challenge_error = GatewayTimeout()  # none is ready when the PIN is
    put(table, FakeCard("A"))

    def pulled_meanwhile(*_: object) -> None:
        table.desk.remove()
        raise GatewayRefused("SIM-E001", "（模擬）")

    table.gateway.challenge = pulled_meanwhile
    table.type("1234")
    kept = only_record(table)
    assert table.screen is Screen.WELCOME
    assert (kept.reason, kept.service_code, table.desk.signs) == ("gateway.refused", "SIM-E001", 0)


def test_lock_that_happens_while_the_card_leaves_is_kept_for_staff(table: Table) -> None:
    put(table, FakeCard("A", attempts=1))
    table.press(Button.ONCE_MORE)
    sign = table.desk.sign

    def pulled_meanwhile(*args):
        try:
            return sign(*args)
        finally:
            table.desk.remove()

    table.desk.sign = pulled_meanwhile
    table.type("9999")
    assert table.screen is Screen.WELCOME
    assert only_record(table).reason == "card.pin_locked"


def test_card_of_another_epoch_ends_the_visit_without_a_removal(table: Table) -> None:
    put(table, FakeCard("A"))
    old = table.reception.view()
    table.desk.insert(FakeCard("B", pin="5678"))
    table.settle()
    new = table.reception.view()
    assert new.check_id != old.check_id
    assert new.keypad != old.keypad
    table.reception.submit(old.check_id, old.keypad.keypad_id, tuple("abcd"))
    table.reception.submit(new.check_id, old.keypad.keypad_id, tuple("abcd"))
    table.settle()
    assert table.desk.signs == 0
    assert table.reception.dropped == 2


def test_failed_verify_leaves_a_clear_screen_and_a_row(table: Table) -> None:
    table.desk.fails = ReaderLost()
    put(table, FakeCard("A"))
    table.type("1234")
    assert table.screen is Screen.UNREADABLE
    assert only_record(table).reason == "card.reader_lost"
    table.desk.fails = None
    table.press(Button.AGAIN)
    assert table.screen is Screen.PIN


def test_changed_certificate_stops_the_check(table: Table) -> None:
    table.desk.fails = CertificateChanged()
    put(table, FakeCard("A"))
    table.type("1234")
    assert table.screen is Screen.UNREADABLE
    assert only_record(table).reason == "card.certificate_changed"
    assert table.gateway.asked == []


def test_card_pulled_during_verify_waits_for_staff(table: Table) -> None:
    table.desk.fails = CardRemoved()
    put(table, FakeCard("A"))
    table.type("1234")
    table.desk.remove()
    assert table.screen is Screen.WELCOME
    assert (only_record(table).outcome, only_record(table).reason) == (Outcome.COUNTER, "card.removed")


def test_unreadable_card_stands_on_the_board(table: Table) -> None:
    table.reception.desk_changed(DeskStatus(DeskState.READING, 7))
    table.reception.desk_changed(DeskStatus(DeskState.UNREADABLE, 7, error_code="card.unreadable"))
    table.settle()
    assert table.screen is Screen.UNREADABLE
    assert only_record(table).reason == "card.unreadable"


@pytest.mark.parametrize("state", [DeskState.DOWN, DeskState.NO_READER])
def test_missing_reader_is_out_of_order_and_help_still_works(table: Table, state: DeskState) -> None:
    table.reception.desk_changed(DeskStatus(state))
    assert table.screen is Screen.OUT_OF_ORDER
    table.press(Button.CALL)
    assert table.keeper.calls == [("受付1", "out-of-order")]
    assert table.reception.view().called
    table.reception.desk_changed(DeskStatus(DeskState.NO_CARD))
    assert table.screen is Screen.WELCOME


@pytest.mark.parametrize("finish", ["right", "locked", "wrong", "unread"])
def test_card_leaving_ends_every_screen_but_the_staying_ones(table: Table, finish: str) -> None:
    put(table, FakeCard("A", attempts=0 if finish == "locked" else 3))
    if finish in ("right", "wrong"):
        table.type("1234" if finish == "right" else "9999")
    table.desk.remove()
    assert table.screen is (Screen.ACCEPTED if finish == "right" else Screen.WELCOME)
    table.pass_time(19)
    assert table.screen is (Screen.ACCEPTED if finish == "right" else Screen.WELCOME)
    table.pass_time(2)
    assert table.screen is Screen.WELCOME


def test_card_left_behind_is_asked_for_until_it_goes(table: Table) -> None:
    put(table, FakeCard("A"))
    table.type("1234")
    table.pass_time(21)
    assert table.screen is Screen.TAKE_CARD
    table.pass_time(3600)
    assert table.screen is Screen.TAKE_CARD
    table.desk.remove()
    assert table.screen is Screen.WELCOME


def test_next_card_replaces_an_accepted_screen_at_once(table: Table) -> None:
    put(table, FakeCard("A"))
    table.type("1234")
    table.desk.remove()
    put(table, FakeCard("B"))
    view = table.reception.view()
    assert (view.screen, view.reception_number) == (Screen.PIN, None)


def test_answer_after_the_card_left_is_kept_for_staff_and_never_shown(table: Table) -> None:
    put(table, FakeCard("A"))
    view = table.reception.view()
    table.reception.submit(view.check_id, view.keypad.keypad_id, tuple("abcd"))
    original = table.gateway.confirm

    def pulled_meanwhile(*args):
        table.desk.remove()
        assert table.screen is Screen.WELCOME
        return original(*args)

    table.gateway.confirm = pulled_meanwhile
    table.settle()
    assert table.screen is Screen.WELCOME
    record = only_record(table)
    assert (record.outcome, record.reason) == (Outcome.COUNTER, "check.card_removed_early")
    assert record.result is not None
