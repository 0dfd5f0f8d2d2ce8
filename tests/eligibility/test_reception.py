"""Whole visits over fakes: what the patient sees, what stands on the board, what is sent to the card."""

from __future__ import annotations

import pytest

from app.eligibility.model import Validity
from app.eligibility.ports import CardKind, Outcome
from app.eligibility.screens import Button, Screen
from app.errors import (
    StaleEpoch,
)
from tests.eligibility.desk import Table, only_record, put
from tests.fakes import FakeCard


def test_right_pin_is_accepted_with_the_first_number(table: Table) -> None:
    assert table.screen is Screen.WELCOME
    card = put(table, FakeCard("A"))
    assert table.screen is Screen.PIN
    table.type("1234")
    view = table.reception.view()
    assert (view.screen, view.reception_number) == (Screen.ACCEPTED, 1)
    assert card.verifies == 1
    assert only_record(table).outcome is Outcome.ACCEPTED
    assert only_record(table).result.qualifications[0].name == "A"


@pytest.mark.parametrize(
    "validity",
    [Validity.INVALID, Validity.INVALID_NEWER_EXISTS, Validity.NO_INFORMATION, Validity.MULTIPLE],
)
def test_no_answer_but_valid_is_told_to_the_waiting_room(table: Table, validity: Validity) -> None:
    table.gateway.validity["A"] = validity
    put(table, FakeCard("A"))
    table.type("1234")
    view = table.reception.view()
    assert (view.screen, view.reception_number) == (Screen.COUNTER, None)
    assert only_record(table).outcome is Outcome.COUNTER
    assert only_record(table).result.validity is validity


def test_wrong_pin_shows_the_tries_and_starts_again_only_when_asked(table: Table) -> None:
    card = put(table, FakeCard("A"))
    table.type("9999")
    view = table.reception.view()
    assert (view.screen, view.attempts_remaining) == (Screen.PIN_WRONG, 2)
    assert card.verifies == 1
    table.press(Button.AGAIN)
    table.type("1234")
    assert table.screen is Screen.ACCEPTED
    assert card.verifies == 2


def test_second_wrong_pin_stops_before_the_last_try(table: Table) -> None:
    card = put(table, FakeCard("A"))
    table.type("9999")
    table.press(Button.AGAIN)
    table.type("9999")
    assert table.screen is Screen.PIN_LAST
    assert only_record(table).reason == "check.pin_last"
    assert only_record(table).outcome is Outcome.VISUAL
    table.press(Button.UNDERSTOOD)
    assert table.screen is Screen.NO_PIN
    assert card.verifies == 2


def test_last_try_is_offered_only_on_request_and_can_succeed(table: Table) -> None:
    put(table, FakeCard("A", attempts=1))
    assert table.screen is Screen.PIN_LAST
    assert table.reception.view().keypad is None
    table.press(Button.ONCE_MORE)
    assert (table.screen, table.reception.view().attempts_remaining) == (Screen.PIN, 1)
    table.type("1234")
    assert table.screen is Screen.ACCEPTED
    assert only_record(table).outcome is Outcome.ACCEPTED


def test_wrong_last_try_locks_and_calls_staff(table: Table) -> None:
    put(table, FakeCard("A", attempts=1))
    table.press(Button.ONCE_MORE)
    table.type("9999")
    assert table.screen is Screen.PIN_LOCKED
    assert only_record(table).reason == "card.pin_locked"


def test_locked_card_sends_patient_to_staff_without_a_verify(table: Table) -> None:
    card = put(table, FakeCard("A", attempts=0))
    assert table.screen is Screen.PIN_LOCKED
    assert card.verifies == 0
    assert only_record(table).outcome is Outcome.VISUAL


def test_card_without_pin_waits_for_staff(table: Table) -> None:
    put(table, FakeCard("A", has_pin=False))
    assert table.screen is Screen.NO_PIN
    assert only_record(table).reason == "card.pin_missing"


@pytest.mark.parametrize("kind", [CardKind.JUKI, CardKind.OTHER])
def test_other_cards_are_named_and_not_recorded(table: Table, kind: CardKind) -> None:
    put(table, FakeCard("A", kind=kind))
    assert table.screen is Screen.OTHER_CARD
    table.press(Button.BACK)
    assert table.screen is Screen.TAKE_CARD
    table.desk.remove()
    assert table.screen is Screen.WELCOME
    assert not table.keeper.records


def test_unknown_pin_calls_staff_and_back_takes_it_back(table: Table) -> None:
    table.press(Button.NO_PIN)
    assert table.screen is Screen.NO_PIN
    assert only_record(table).outcome is Outcome.VISUAL
    table.press(Button.BACK)
    assert table.screen is Screen.WELCOME
    assert only_record(table).outcome is Outcome.WITHDRAWN


def test_back_from_unknown_pin_reads_the_card_again(table: Table) -> None:
    put(table, FakeCard("A"))
    table.press(Button.NO_PIN)
    assert table.screen is Screen.NO_PIN
    table.press(Button.BACK)
    assert table.screen is Screen.PIN
    table.type("1234")
    assert table.screen is Screen.ACCEPTED
    assert only_record(table).outcome is Outcome.ACCEPTED


def test_patient_may_ask_for_staff_after_a_wrong_pin(table: Table) -> None:
    put(table, FakeCard("A"))
    table.type("9999")
    table.press(Button.STAFF)
    assert table.screen is Screen.NO_PIN
    assert only_record(table).reason == "check.patient_asked"


def test_visit_without_pin_waits_for_staff_while_the_card_lies_there_and_a_moment_longer(table: Table) -> None:
    put(table, FakeCard("A", has_pin=False))
    table.pass_time(269)
    assert table.screen is Screen.NO_PIN
    table.desk.remove()
    table.pass_time(19)
    assert table.screen is Screen.NO_PIN
    table.pass_time(2)
    assert table.screen is Screen.WELCOME


def test_fewer_tries_than_shown_are_read_before_a_new_keypad(table: Table) -> None:
    card = put(table, FakeCard("A"))
    table.desk.fails = StaleEpoch()
    card.attempts = 1
    table.type("1234")
    assert table.screen is Screen.PIN_LAST
    assert table.reception.view().keypad is None


def test_pin_limit_warns_thirty_seconds_before_and_any_touch_extends_it_many_times(table: Table) -> None:
    put(table, FakeCard("A"))
    for _ in range(12):
        table.pass_time(89)
        assert not table.reception.view().warned
        table.pass_time(2)
        assert table.reception.view().warned
        table.press(Button.STAY)
        assert not table.reception.view().warned
    table.pass_time(91)
    table.pass_time(30)
    assert table.screen is Screen.TAKE_CARD
    assert not table.keeper.records
