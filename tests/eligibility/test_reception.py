"""Whole visits over fakes: what the patient sees, what stands on the board, what is sent to the card."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.model import Validity
from app.eligibility.ports import CardKind, DeskState, DeskStatus, Outcome
from app.eligibility.reception import Reception
from app.eligibility.screens import Button, Screen
from app.errors import (
    CardRemoved,
    CertificateChanged,
    EligibilityError,
    GatewayRefused,
    GatewayTimeout,
    PinIncorrect,
    ReaderLost,
    StaleEpoch,
    StoreBusy,
)
from tests.eligibility.desk import Table
from tests.fakes import FakeCard


@pytest.fixture
def table() -> Iterator[Table]:
    table = Table()
    yield table
    table.keeper.error = table.keeper.call_error = None
    table.effects.close()


def put(table: Table, card: FakeCard) -> FakeCard:
    table.desk.insert(card)
    table.settle()
    return card


def only_record(table: Table):
    assert len(table.keeper.records) == 1
    return next(iter(table.keeper.records.values()))


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
    put(table, FakeCard("A"))

    def pulled_meanwhile(_: str) -> None:
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


def test_crash_of_a_follower_ends_the_process_instead_of_freezing() -> None:
    table, crashed = Table(), threading.Event()

    def broken() -> None:
        raise RuntimeError("bug")

    reception = Reception(table.desk, table.effects, table.clock, crash=crashed.set)
    table.desk.status = broken
    reception.start()
    assert crashed.wait(5)


def test_bug_in_the_check_ends_the_process_instead_of_freezing_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    table, crashed = Table(), threading.Event()
    handle = Check.handle

    def broken(check: Check, event: steps.Event) -> list[steps.Effect]:
        if isinstance(event, steps.Answered):
            raise RuntimeError("bug")
        return handle(check, event)

    table.reception = Reception(table.desk, table.effects, table.clock, spawn=table.jobs.append, crash=crashed.set)
    table.desk.listener = table.reception.desk_changed
    table.reception.desk_changed(table.desk.status())
    monkeypatch.setattr(Check, "handle", broken)
    put(table, FakeCard("A"))
    table.type("1234")
    assert len(table.gateway.asked) == 1
    assert crashed.is_set()


@pytest.mark.parametrize("effect", [steps.CallStaff(Screen.WELCOME), steps.Warm()])
def test_bug_in_a_job_beside_the_check_ends_the_process_too(
    monkeypatch: pytest.MonkeyPatch, effect: steps.Effect
) -> None:
    table, crashed = Table(), threading.Event()
    reception = Reception(table.desk, table.effects, table.clock, spawn=table.jobs.append, crash=crashed.set)

    def broken(*_: object) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr(table.effects, "run", broken)
    reception._run(reception._check, [effect])
    table.settle()
    assert crashed.is_set()


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


def test_double_and_replayed_submits_verify_once(table: Table) -> None:
    card = put(table, FakeCard("A", pin="9999"))
    view = table.reception.view()
    for _ in range(5):
        table.reception.submit(view.check_id, view.keypad.keypad_id, tuple("abcd"))
    table.settle()
    assert card.verifies == 1
    table.reception.submit(view.check_id, view.keypad.keypad_id, tuple("abcd"))
    table.settle()
    assert card.verifies == 1
    assert table.screen is Screen.PIN_WRONG


def test_spent_tokens_bring_a_fresh_keypad_and_no_verify(table: Table) -> None:
    card = put(table, FakeCard("A"))
    table.desk.keypads.clear()
    first = table.reception.view().keypad
    table.type("1234")
    view = table.reception.view()
    assert (view.screen, view.must_retype) == (Screen.PIN, True)
    assert view.keypad != first
    assert card.verifies == 0
    table.type("1234")
    assert table.screen is Screen.ACCEPTED


def test_press_meant_for_a_screen_that_is_gone_does_nothing(table: Table) -> None:
    view = table.reception.view()
    put(table, FakeCard("A"))
    table.reception.press(view.check_id, Button.NO_PIN, Screen.WELCOME)
    now = table.reception.view()
    table.reception.press(now.check_id, Button.DONE, Screen.ACCEPTED)
    assert table.screen is Screen.PIN
    assert table.reception.dropped == 2


def test_a_bug_in_an_adapter_sends_the_patient_to_the_counter(table: Table, caplog) -> None:
    def broken(*args):
        raise RuntimeError("試験 花子")

    table.gateway.confirm = broken
    put(table, FakeCard("A"))
    table.type("1234")
    assert table.screen is Screen.COUNTER
    assert only_record(table).reason == "check.bug"
    assert "check.bug" in caplog.text
