"""A reception on fakes whose background jobs run when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.effects import EffectRunner
from app.eligibility.outbox import Outbox
from app.eligibility.ports import CheckRecord
from app.eligibility.reception import Reception
from app.eligibility.screens import Button, Screen
from app.eligibility.stages import Limits
from tests.fakes import FakeCard, FakeDesk, FakeGateway, ManualClock, MemoryKeeper, MemoryVisual


class Table:
    """One kiosk on a table: put a card, press, type, let jobs run, look."""

    def __init__(self, *, shuffles_keys: bool = False) -> None:
        self.clock = ManualClock()
        self.desk = FakeDesk()
        self.gateway = FakeGateway()
        self.keeper = MemoryKeeper()
        self.visual = MemoryVisual()
        self.outbox = Outbox(retry_s=0.01)
        self.effects = EffectRunner(
            self.desk,
            self.gateway,
            self.keeper,
            self.visual,
            self.clock,
            "受付1",
            self.outbox,
            shuffles_keys=shuffles_keys,
        )
        self.jobs: list[Callable[[], None]] = []
        self.reception = Reception(self.desk, self.effects, self.clock, Limits(), spawn=self.jobs.append)
        self.desk.listener = self.reception.desk_changed
        self.reception.desk_changed(self.desk.status())

    @property
    def screen(self) -> Screen:
        return self.reception.view().screen

    def settle(self) -> None:
        """Run background jobs until none is left."""
        while self.jobs:
            self.jobs.pop(0)()

    def press(self, button: Button) -> None:
        view = self.reception.view()
        self.reception.press(view.check_id, button, view.screen)
        self.settle()

    def type(self, pin: str) -> None:
        view = self.reception.view()
        assert view.keypad is not None, f"no keypad on {view.screen}"
        tokens = tuple(view.keypad.tokens["1234567890".index(digit)] for digit in pin)
        self.reception.submit(view.check_id, view.keypad.keypad_id, tokens)
        self.settle()

    def staff_decide(self, *, is_confirmed: bool = True) -> None:
        """Staff answer the one open request, and the kiosk looks."""
        (request,) = self.visual.open
        self.visual.decide(request.request_id, self.clock.now(), is_confirmed=is_confirmed)
        self.reception.look_for_decision()
        self.settle()

    def pass_time(self, seconds: float, *, settle: bool = True) -> None:
        self.clock.move(seconds)
        self.reception.tick()
        if settle:
            self.settle()


def put(table: Table, card: FakeCard) -> FakeCard:
    table.desk.insert(card)
    table.settle()
    return card


def only_record(table: Table) -> CheckRecord:
    assert len(table.keeper.records) == 1
    return next(iter(table.keeper.records.values()))


def take_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break what keeps visits apart: nobody compares id and epoch, and each finding goes to whoever is there."""
    handle = Check.handle

    def blind(check: Check, event: steps.Event) -> list[steps.Effect]:
        return handle(check, replace(event, check_id=check.check_id, epoch=check.epoch))

    def to_whoever_is_there(reception: Reception, check: Check, event: steps.Event) -> None:
        with reception._changed:
            reception._feed(reception._check, event)

    monkeypatch.setattr(Check, "handle", blind)
    monkeypatch.setattr(Reception, "_heard", to_whoever_is_there)
