"""Submits that come twice, presses that come late, and bugs that must not freeze a screen."""

from __future__ import annotations

import threading

import pytest

from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.reception import Reception
from app.eligibility.screens import Button, Screen
from tests.eligibility.desk import Table, only_record, put
from tests.fakes import FakeCard


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


def test_crash_of_a_follower_ends_the_process_instead_of_freezing() -> None:
    table, crashed = Table(), threading.Event()

    def broken() -> None:
        raise RuntimeError("bug")

    reception = Reception(table.desk, table.effects, table.clock, crash=crashed.set)
    table.desk.status = broken
    reception.start()
    assert crashed.wait(60)
    reception.close()


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


@pytest.mark.parametrize("effect", [steps.CallStaff(Screen.WELCOME), steps.Warm(), steps.FetchNonce()])
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
