"""目視確認 over fakes: who is asked when, what one answer does, and what ends the request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.eligibility.model import Validity
from app.eligibility.ports import CardKind, DeskState, DeskStatus, Method, Outcome
from app.eligibility.screens import Button, Screen
from app.eligibility.visual import Preference, VisualDecision
from app.errors import CardUnreadable, CertificateChanged, GatewayRefused, GatewayTimeout, StoreBusy
from tests.eligibility.desk import Table
from tests.fakes import FakeCard


@pytest.fixture
def table() -> Iterator[Table]:
    table = Table()
    yield table
    table.keeper.error = table.visual.error = None
    table.effects.close()


def put(table: Table, card: FakeCard) -> FakeCard:
    table.desk.insert(card)
    table.settle()
    return card


def only_record(table: Table):
    assert len(table.keeper.records) == 1
    return next(iter(table.keeper.records.values()))


def without_pin(table: Table) -> FakeCard:
    return put(table, FakeCard("A", has_pin=False))


def locked(table: Table) -> FakeCard:
    card = put(table, FakeCard("A", attempts=0))
    assert table.screen is Screen.PIN_LOCKED
    before = list(table.visual.open)
    table.press(Button.UNDERSTOOD)
    assert table.visual.open == before, "pressing moves on and asks nobody anew"
    return card


def last_try_left(table: Table) -> FakeCard:
    card = put(table, FakeCard("A", attempts=1))
    table.press(Button.UNDERSTOOD)
    return card


def wrong_once(table: Table) -> FakeCard:
    card = put(table, FakeCard("A"))
    table.type("9999")
    table.press(Button.STAFF)
    return card


def pin_unknown(table: Table) -> FakeCard:
    card = put(table, FakeCard("A"))
    table.press(Button.NO_PIN)
    return card


def method_a(table: Table) -> FakeCard:
    table.visual.preference = Preference.VISUAL
    return put(table, FakeCard("A"))


WAYS = [without_pin, locked, last_try_left, wrong_once, pin_unknown, method_a]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_staff_ends_accepted_once_they_confirm(table: Table, way) -> None:
    card = way(table)
    verified = card.verifies
    assert table.screen is Screen.NO_PIN
    assert table.reception.view().staff_are_asked
    (request,) = table.visual.open
    assert (request.kiosk, request.card_epoch) == ("受付1", 1)
    assert only_record(table).outcome is Outcome.VISUAL
    assert table.gateway.asked == []
    table.staff_decide()
    view = table.reception.view()
    assert (view.screen, view.reception_number) == (Screen.ACCEPTED, 1)
    record = only_record(table)
    assert (record.outcome, record.method) == (Outcome.ACCEPTED, Method.VISUAL)
    assert record.result.qualifications[0].name == "A"
    ((asked, certificate, proof),) = table.gateway.visual
    assert (asked, certificate, proof.confirmed_by) == (record.check_id, "A", "試験 太郎")
    assert card.verifies == verified, "no PIN is spent on the way"


@pytest.mark.parametrize("way", WAYS)
def test_refusal_sends_to_the_counter_and_asks_nobody(table: Table, way) -> None:
    way(table)
    table.staff_decide(is_confirmed=False)
    assert table.screen is Screen.COUNTER
    record = only_record(table)
    assert (record.outcome, record.reason) == (Outcome.COUNTER, "check.visual_refused")
    assert table.gateway.asked == []
    assert table.desk.shown == 0


def test_answer_that_is_not_valid_is_not_told_to_the_waiting_room(table: Table) -> None:
    table.gateway.validity["A"] = Validity.INVALID
    without_pin(table)
    table.staff_decide()
    assert table.screen is Screen.COUNTER
    assert (only_record(table).method, only_record(table).reason) == (Method.VISUAL, "check.not_valid")


def test_nothing_is_shown_as_waiting_before_row_and_request_are_durable(table: Table) -> None:
    seen: list[Screen] = []
    record, open_request = table.keeper.record, table.visual.open_request

    def looking(call):
        def wrapped(*args):
            seen.append(table.screen)
            return call(*args)

        return wrapped

    table.keeper.record, table.visual.open_request = looking(record), looking(open_request)
    pin_unknown(table)
    assert seen == [Screen.PIN, Screen.PIN]
    assert table.screen is Screen.NO_PIN


def locked_before(table: Table) -> FakeCard:
    card = put(table, FakeCard("A", attempts=0))
    assert table.screen is Screen.PIN_LOCKED
    return card


def locked_now(table: Table) -> FakeCard:
    card = put(table, FakeCard("A", attempts=1))
    table.press(Button.ONCE_MORE)
    table.type("9999")
    assert table.screen is Screen.PIN_LOCKED
    return card


@pytest.mark.parametrize("way", [locked_before, locked_now])
def test_locked_card_waits_for_staff_without_a_press(table: Table, way) -> None:
    card = way(table)
    verified = card.verifies
    assert table.reception.view().staff_are_asked
    assert len(table.visual.open) == 1
    table.staff_decide()
    assert table.screen is Screen.ACCEPTED
    assert (only_record(table).method, card.verifies) == (Method.VISUAL, verified)


@pytest.mark.parametrize("way", [locked_before, locked_now])
def test_locked_card_that_is_lifted_ends_request_and_visit(table: Table, way) -> None:
    way(table)
    table.desk.remove()
    table.settle()
    assert table.visual.open == []
    assert table.screen is Screen.WELCOME
    assert only_record(table).outcome is Outcome.VISUAL, "staff still come"


def test_locked_screen_warns_and_ends_like_others(table: Table) -> None:
    locked_before(table)
    table.pass_time(271)
    assert table.reception.view().warned
    table.press(Button.STAY)
    assert not table.reception.view().warned
    table.pass_time(271)
    table.pass_time(31)
    assert table.screen is Screen.TAKE_CARD
    assert table.visual.open == []
    assert only_record(table).outcome is Outcome.VISUAL


def test_locked_card_whose_request_cannot_be_opened_is_told_so_and_asked_for_again(table: Table) -> None:
    table.desk.insert(FakeCard("A", attempts=0))
    while not table.keeper.records:
        table.jobs.pop(0)()
    table.visual.error = StoreBusy()
    table.settle()
    assert table.screen is Screen.PIN_LOCKED
    assert not table.visual.requests
    table.visual.error = None
    table.press(Button.UNDERSTOOD)
    assert (table.screen, len(table.visual.open)) == (Screen.NO_PIN, 1)


def test_locked_card_where_staff_are_never_asked_goes_to_the_counter(table: Table) -> None:
    table.visual.preference = Preference.PIN
    locked_before(table)
    assert not table.visual.requests
    table.press(Button.UNDERSTOOD)
    assert table.screen is Screen.COUNTER


def test_request_that_cannot_be_opened_leaves_the_row_for_staff(table: Table) -> None:
    put(table, FakeCard("A"))
    table.visual.error = StoreBusy()
    table.press(Button.NO_PIN)
    assert table.screen is Screen.COUNTER
    assert only_record(table).reason == "check.pin_unknown"


@pytest.mark.parametrize("error", [CardUnreadable(), CertificateChanged()])
def test_certificate_that_cannot_be_shown_asks_nobody(table: Table, error) -> None:
    without_pin(table)
    table.desk.fails = error
    table.staff_decide()
    assert table.screen is Screen.UNREADABLE
    assert (only_record(table).reason, table.gateway.asked) == (error.code, [])


@pytest.mark.parametrize("error", [GatewayTimeout(), GatewayRefused("SIM-E013", "（模擬）")])
def test_service_that_cannot_be_asked_is_told_to_staff_and_never_asked_twice(table: Table, error) -> None:
    without_pin(table)
    table.gateway.confirm_error = error
    table.staff_decide()
    assert table.screen is Screen.COUNTER
    record = only_record(table)
    assert (record.outcome, record.reason, record.method) == (Outcome.COUNTER, error.code, Method.VISUAL)
    assert len(table.gateway.asked) == 1


def test_card_that_is_lifted_ends_the_request_and_the_row_stays(table: Table) -> None:
    without_pin(table)
    table.desk.remove()
    table.settle()
    assert table.visual.open == []
    assert table.screen is Screen.NO_PIN
    assert only_record(table).outcome is Outcome.VISUAL
    table.pass_time(21)
    assert table.screen is Screen.WELCOME


def test_second_card_ends_the_first_ones_request(table: Table) -> None:
    without_pin(table)
    put(table, FakeCard("B"))
    assert table.visual.open == []
    assert table.screen is Screen.PIN


def test_back_ends_the_request_and_offers_the_pin(table: Table) -> None:
    pin_unknown(table)
    table.press(Button.BACK)
    assert table.visual.open == []
    assert table.screen is Screen.PIN
    assert only_record(table).outcome is Outcome.WITHDRAWN
    table.type("1234")
    assert table.screen is Screen.ACCEPTED
    assert (only_record(table).method, only_record(table).outcome) == (Method.PIN, Outcome.ACCEPTED)


def test_back_after_the_last_but_one_wrong_pin_offers_the_choice_again(table: Table) -> None:
    last_try_left(table)
    table.press(Button.BACK)
    assert table.screen is Screen.PIN_LAST
    assert only_record(table).outcome is Outcome.VISUAL
    table.press(Button.UNDERSTOOD)
    table.staff_decide()
    assert table.screen is Screen.ACCEPTED


@pytest.mark.parametrize("way", [without_pin, locked, method_a])
def test_back_without_a_pin_to_enter_ends_the_visit(table: Table, way) -> None:
    way(table)
    table.press(Button.BACK)
    assert table.visual.open == []
    assert table.screen is Screen.TAKE_CARD
    assert only_record(table).outcome is Outcome.VISUAL, "staff still come"


def test_visual_first_offers_the_pin_on_the_way_back(table: Table) -> None:
    table.visual.preference = Preference.VISUAL_FIRST
    put(table, FakeCard("A"))
    assert (table.screen, only_record(table).reason) == (Screen.NO_PIN, "check.visual_method")
    table.press(Button.BACK)
    assert table.screen is Screen.PIN


def test_pin_alone_never_asks_staff_by_a_request(table: Table) -> None:
    table.visual.preference = Preference.PIN
    without_pin(table)
    assert table.screen is Screen.NO_PIN
    assert not table.visual.requests
    assert only_record(table).outcome is Outcome.VISUAL


def test_choice_for_the_next_patient_holds_once(table: Table) -> None:
    table.visual.next_only = Preference.VISUAL_FIRST
    put(table, FakeCard("A"))
    assert table.screen is Screen.NO_PIN
    table.press(Button.BACK)
    assert table.screen is Screen.PIN
    table.desk.remove()
    put(table, FakeCard("B"))
    assert table.screen is Screen.PIN


def test_store_that_cannot_say_the_method_means_the_usual_one(table: Table) -> None:
    table.visual.preference = Preference.VISUAL
    table.visual.error = StoreBusy()
    put(table, FakeCard("A"))
    assert table.screen is Screen.PIN


@pytest.mark.parametrize(
    ("preference", "screen"),
    [
        (Preference.PIN_FIRST, Screen.PIN),
        (Preference.VISUAL_FIRST, Screen.PIN),
        (Preference.VISUAL, Screen.COUNTER),
    ],
)
def test_phone_is_never_asked_about_without_its_pin(table: Table, preference: Preference, screen: Screen) -> None:
    table.visual.preference = preference
    put(table, FakeCard("A", kind=CardKind.PHONE))
    assert table.screen is screen
    if screen is Screen.PIN:
        table.press(Button.NO_PIN)
        assert table.screen is Screen.NO_PIN
    assert not table.visual.requests
    assert only_record(table).reason == "card.certificate_locked"


def test_without_a_card_nothing_can_be_asked(table: Table) -> None:
    table.press(Button.NO_PIN)
    assert table.screen is Screen.NO_PIN
    assert not table.visual.requests
    assert only_record(table).reason == "check.pin_unknown"


def test_wait_warns_after_four_and_a_half_minutes_and_a_touch_extends_it(table: Table) -> None:
    without_pin(table)
    table.pass_time(271)
    assert table.reception.view().warned
    table.press(Button.STAY)
    assert not table.reception.view().warned
    table.pass_time(271)
    table.pass_time(31)
    assert table.screen is Screen.TAKE_CARD
    assert table.visual.open == []
    assert only_record(table).outcome is Outcome.VISUAL


def test_decision_counts_once(table: Table) -> None:
    without_pin(table)
    (request,) = table.visual.open
    table.visual.decide(request.request_id, table.clock.now(), is_confirmed=True)
    table.reception.look_for_decision()
    table.reception.look_for_decision()
    table.settle()
    table.reception.look_for_decision()
    table.settle()
    assert len(table.gateway.asked) == 1
    assert table.screen is Screen.ACCEPTED


def test_decision_on_an_ended_request_reaches_no_later_one(table: Table) -> None:
    pin_unknown(table)
    (first,) = table.visual.open
    table.press(Button.BACK)
    table.press(Button.NO_PIN)
    (second,) = table.visual.open
    assert second.request_id != first.request_id
    table.visual.decisions[first.request_id] = VisualDecision(True, "試験 太郎", table.clock.now())
    table.reception.look_for_decision()
    table.settle()
    assert table.screen is Screen.NO_PIN
    assert table.gateway.asked == []


def test_card_that_leaves_while_its_holder_is_asked_about_is_told_to_staff(table: Table) -> None:
    without_pin(table)
    confirm = table.gateway.confirm_visual

    def pulled_meanwhile(*args):
        result = confirm(*args)
        table.desk.remove()
        return result

    table.gateway.confirm_visual = pulled_meanwhile
    table.staff_decide()
    assert table.screen is Screen.WELCOME
    record = only_record(table)
    assert (record.outcome, record.reason) == (Outcome.COUNTER, "check.card_removed_early")
    assert (record.method, record.result.qualifications[0].name) == (Method.VISUAL, "A")


def test_card_swapped_right_after_the_decision_is_not_asked_about(table: Table) -> None:
    without_pin(table)
    (request,) = table.visual.open
    table.visual.decide(request.request_id, table.clock.now(), is_confirmed=True)
    table.reception.look_for_decision()
    table.desk.insert(FakeCard("B", has_pin=False))
    table.settle()
    assert table.gateway.asked == []
    kept = only_record_of(table, 1)
    assert (kept.outcome, kept.reason) == (Outcome.COUNTER, "card.removed")
    table.staff_decide()
    assert [owner for _, owner, _ in table.gateway.visual] == ["B"]


def only_record_of(table: Table, epoch: int):
    (record,) = [one for one in table.keeper.records.values() if one.card_epoch == epoch]
    return record


def test_reader_that_dies_ends_the_request(table: Table) -> None:
    without_pin(table)
    table.reception.desk_changed(DeskStatus(DeskState.DOWN, 1))
    table.settle()
    assert table.visual.open == []


def test_dead_process_leaves_no_open_request(table: Table) -> None:
    without_pin(table)
    table.effects.close_interrupted()
    assert table.visual.open == []
