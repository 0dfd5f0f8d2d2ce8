"""The service, the store and the way to staff while a visit waits for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.eligibility.ports import Outcome
from app.eligibility.reception import LOOK_S
from app.eligibility.screens import Button, Screen
from app.errors import (
    EligibilityError,
    GatewayRefused,
    GatewayTimeout,
    StoreBusy,
)
from tests.eligibility.desk import Table, only_record, put
from tests.fakes import FakeCard


@pytest.mark.parametrize("error", [GatewayTimeout(), GatewayRefused("SIM-E001", "（模擬）"), EligibilityError()])
def test_service_that_cannot_be_asked_spends_no_try(table: Table, error: EligibilityError) -> None:
    table.gateway.challenge_error = error
    card = put(table, FakeCard("A"))
    table.type("1234")
    assert table.screen is Screen.COUNTER
    assert card.verifies == 0
    assert only_record(table).reason == error.code


def test_refusal_keeps_the_services_own_words_for_staff(table: Table) -> None:
    table.gateway.confirm_error = GatewayRefused("SIM-E005", "（模擬）受け付けません")
    put(table, FakeCard("A"))
    table.type("1234")
    record = only_record(table)
    assert (record.reason, record.service_code) == ("gateway.refused", "SIM-E005")
    assert record.result is None
    assert table.gateway.asked == [record.check_id]


def test_row_is_opened_before_the_service_is_asked(table: Table) -> None:
    table.keeper.open_error = StoreBusy()
    put(table, FakeCard("A"))
    table.type("1234")
    assert table.screen is Screen.COUNTER
    assert table.gateway.asked == []


def lock_store(table: Table) -> None:
    """The store takes nothing, and nobody waits for it."""
    table.keeper.error = StoreBusy()
    table.effects.close()


def kept_later(table: Table):
    """What the outbox writes once the store is back."""
    table.keeper.error = None
    table.outbox.close()
    return only_record(table)


def test_result_is_never_told_before_it_is_kept(table: Table) -> None:
    put(table, FakeCard("A"))
    shown: list[Screen] = []
    record = table.keeper.record

    def looking(*args):
        shown.append(table.screen)
        number = record(*args)
        shown.append(table.screen)
        return number

    table.keeper.record = looking
    table.type("1234")
    assert shown == [Screen.ASKING, Screen.ASKING]
    assert table.screen is Screen.ACCEPTED


def test_result_that_cannot_be_kept_is_not_told_and_staff_learn_so(table: Table) -> None:
    put(table, FakeCard("A"))
    lock_store(table)
    table.type("1234")
    assert table.screen is Screen.OUT_OF_ORDER
    table.pass_time(21)
    assert table.screen is Screen.TAKE_CARD
    record = kept_later(table)
    assert (record.outcome, record.reason) == (Outcome.COUNTER, "check.not_told")
    assert record.result.qualifications[0].name == "A"


def test_staff_are_not_promised_before_the_board_has_it(table: Table) -> None:
    lock_store(table)
    table.press(Button.NO_PIN)
    assert table.screen is Screen.OUT_OF_ORDER
    assert kept_later(table).reason == "check.pin_unknown"


def test_slow_store_shows_that_something_is_going_on(table: Table) -> None:
    view = table.reception.view()
    table.reception.press(view.check_id, Button.NO_PIN, Screen.WELCOME)
    assert table.screen is Screen.WELCOME
    table.clock.move(0.5)
    table.reception.tick()
    assert table.screen is Screen.ASKING
    table.settle()
    assert table.screen is Screen.NO_PIN


def test_call_for_help_does_not_wait_for_the_service(table: Table) -> None:
    put(table, FakeCard("A"))
    view = table.reception.view()
    table.reception.submit(view.check_id, view.keypad.keypad_id, tuple("abcd"))
    asking = table.jobs.pop(0)
    table.reception.press(view.check_id, Button.CALL, Screen.ASKING)
    while table.jobs:
        table.jobs.pop(0)()
    assert table.keeper.calls == [("受付1", "asking")]
    assert table.reception.view().called
    asking()
    table.settle()
    assert table.screen is Screen.ACCEPTED


def test_call_that_cannot_be_written_is_not_confirmed(table: Table) -> None:
    table.keeper.call_error = StoreBusy()
    table.press(Button.CALL)
    view = table.reception.view()
    assert (view.called, view.call_failed) == (False, True)


def test_help_is_offered_after_five_seconds_of_asking(table: Table) -> None:
    put(table, FakeCard("A"))
    view = table.reception.view()
    table.reception.submit(view.check_id, view.keypad.keypad_id, tuple("abcd"))
    assert table.screen is Screen.ASKING
    table.clock.move(4.9)
    table.reception.tick()
    assert not table.reception.view().help_offered
    table.clock.move(0.2)
    table.reception.tick()
    assert table.reception.view().help_offered


class Hand:
    """A condition whose waits are over at once, and noted."""

    def __init__(self) -> None:
        self.waits_s: list[float | None] = []

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def notify_all(self) -> None: ...

    def wait_for(self, is_so: Callable[[], bool], timeout_s: float | None = None) -> bool:
        self.waits_s.append(timeout_s)
        return is_so()


def test_answer_of_staff_is_looked_for_once_in_each_turn(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    hand, looks = Hand(), 0

    def look() -> None:
        nonlocal looks
        looks += 1
        table.reception._closed = looks == 3

    monkeypatch.setattr(table.reception, "_changed", hand)
    monkeypatch.setattr(table.reception, "look_for_decision", look)
    table.reception._follow_decisions()
    assert looks == 3
    assert hand.waits_s == [None, LOOK_S] * 3, "without end until a request is open, then one turn"
