"""The one check: a state machine without I/O.

``waiting → reading → pin → verifying → asking → accepted | counter | visual | stopped``. A ``Check`` lives from a
card's arrival (or a press on the welcome screen) to the end of its last screen. It is told events and
answers with effects; what bears another check's id or another insertion's epoch is dropped and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from app.eligibility import steps
from app.eligibility.model import EligibilityResult
from app.eligibility.ports import CardKind, CardReport, Keypad, Outcome
from app.eligibility.screens import Button, Screen
from app.errors import CardRemoved


class State(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    PIN = "pin"
    VERIFYING = "verifying"
    ASKING = "asking"
    ACCEPTED = "accepted"
    COUNTER = "counter"
    VISUAL = "visual"
    STOPPED = "stopped"
    ENDED = "ended"
    """Nothing of it is shown any more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. A PIN limit warns ``warn_s`` before it ends, and any key or touch starts it anew."""

    pin_idle_s: float = 120.0
    warn_s: float = 30.0
    stay_s: float = 20.0
    help_after_s: float = 5.0


STAYING = frozenset({Screen.ACCEPTED, Screen.COUNTER, Screen.NO_PIN})
"""Screens that outlive the card by ``stay_s``; they hold nothing personal."""

EXTENDABLE = frozenset({Screen.PIN, Screen.PIN_WRONG, Screen.PIN_LAST, *STAYING})


class Check:
    """One visit. Not thread-safe: ``Reception`` holds the lock."""

    def __init__(self, check_id: str, epoch: int, now_s: float, limits: Limits, *, card_present: bool) -> None:
        self.check_id = check_id
        self.epoch = epoch
        self.state = State.READING if card_present else State.WAITING
        self.screen = Screen.READING if card_present else Screen.WELCOME
        self.card_present = card_present
        self.left_early = False
        self.keypad: Keypad | None = None
        self.report: CardReport | None = None
        self.reception_number: int | None = None
        self.warned = False
        self.help_offered = False
        self.called = False
        self.on_board = False
        self.dropped = 0
        self._limits = limits
        self._now_s = now_s
        self._since_s = now_s
        self._result: EligibilityResult | None = None
        self._before_no_pin: Screen | None = None

    @property
    def is_over(self) -> bool:
        return self.state is State.ENDED

    @property
    def is_busy(self) -> bool:
        """True while a job of this check runs outside: it must hear of the outcome even after the card left."""
        return self.state in (State.VERIFYING, State.ASKING)

    def handle(self, event: steps.Event) -> list[steps.Effect]:
        """Take one event; return what should be done now, in order."""
        if event.check_id != self.check_id or event.epoch != self.epoch or self.is_over:
            self.dropped += 1
            return []
        match event:
            case steps.Tick():
                return self._tick(event.now_s)
            case steps.CardLeft():
                return self._card_left()
            case steps.Pressed():
                return self._pressed(event.button, event.screen)
            case steps.CardRead() if self.state is State.READING:
                return self._card_read(event.report)
            case steps.CardFailed() if self.state in (State.READING, State.PIN):
                return self._unreadable(event.code)
            case steps.KeypadOpened() if self.state is State.PIN and self.screen is Screen.PIN:
                self.keypad = event.keypad
                return []
            case steps.Submitted():
                return self._submitted(event)
            case _ if self.state is State.VERIFYING:
                return self._verified(event)
            case _ if self.state is State.ASKING:
                return self._asked(event)
        self.dropped += 1
        return []

    def next_deadline_s(self) -> float | None:
        """Monotonic second at which a ``Tick`` will change something; ``None`` when only others can."""
        limits = self._limits
        if self.screen in (Screen.PIN, Screen.PIN_WRONG, Screen.PIN_LAST) and self.state is State.PIN:
            return self._since_s + limits.pin_idle_s - (0 if self.warned else limits.warn_s)
        if self.screen in STAYING:
            return self._since_s + limits.stay_s
        if self.screen is Screen.ASKING and not self.help_offered:
            return self._since_s + limits.help_after_s
        return None

    # What the card says

    def _card_read(self, report: CardReport) -> list[steps.Effect]:
        self.report = report
        if report.kind in (CardKind.JUKI, CardKind.OTHER):
            self._show(State.STOPPED, Screen.OTHER_CARD)
            return [steps.Release()]
        if not report.has_pin:
            return self._visual("card.pin_missing", Screen.NO_PIN)
        if report.attempts_remaining == 0:
            return self._visual("card.pin_locked", Screen.PIN_LOCKED)
        if report.attempts_remaining == 1:
            return self._before_last_try()
        return self._ask_pin()

    def _unreadable(self, code: str) -> list[steps.Effect]:
        self._show(State.STOPPED, Screen.UNREADABLE)
        self.on_board = True
        return [steps.Release(), steps.Keep(Outcome.COUNTER, code)]

    def _ask_pin(self) -> list[steps.Effect]:
        self._show(State.PIN, Screen.PIN)
        return [steps.OpenKeypad(), steps.Warm()]

    def _before_last_try(self) -> list[steps.Effect]:
        self._show(State.PIN, Screen.PIN_LAST)
        self.on_board = True
        return [steps.Keep(Outcome.VISUAL, "check.pin_last")]

    def _visual(self, reason: str, screen: Screen) -> list[steps.Effect]:
        self._show(State.VISUAL, screen)
        self.on_board = True
        return [steps.Release(), steps.Keep(Outcome.VISUAL, reason)]

    def _card_left(self) -> list[steps.Effect]:
        if not self.card_present:
            self.dropped += 1
            return []
        self.card_present = False
        if self.is_busy:
            # The job goes on and its answer is kept, but this visit is never shown again.
            self.left_early = True
            self.screen = Screen.WELCOME
            return []
        if self.screen in STAYING:
            self._since_s = self._now_s
            return []
        self._show(State.ENDED, Screen.WELCOME)
        return [steps.Release()]

    # What the patient does

    def _submitted(self, event: steps.Submitted) -> list[steps.Effect]:
        keypad = self.keypad
        if self.state is not State.PIN or keypad is None or keypad.keypad_id != event.keypad_id:
            self.dropped += 1
            return []
        self._show(State.VERIFYING, Screen.ASKING)
        return [steps.Prove(event.keypad_id, event.tokens)]

    def _pressed(self, button: Button, screen: Screen) -> list[steps.Effect]:
        if screen is not self.screen:
            self.dropped += 1
            return []
        if button is Button.STAY and screen in EXTENDABLE:
            self._since_s, self.warned = self._now_s, False
            return []
        if button is Button.CALL:
            self.called = True
            return [steps.CallStaff(screen)]
        match (screen, button):
            case (Screen.WELCOME | Screen.PIN, Button.NO_PIN):
                self._before_no_pin = screen
                return self._visual("check.pin_unknown", Screen.NO_PIN)
            case (Screen.NO_PIN, Button.BACK):
                return self._back_from_no_pin()
            case (Screen.PIN_WRONG, Button.AGAIN) | (Screen.PIN_LAST, Button.ONCE_MORE):
                return self._ask_pin()
            case (Screen.PIN_WRONG, Button.STAFF):
                return self._visual("check.patient_asked", Screen.COUNTER)
            case (Screen.PIN_LAST | Screen.PIN_LOCKED, Button.UNDERSTOOD):
                self._show(State.VISUAL, Screen.COUNTER)
                return [steps.Release()]
            case (Screen.UNREADABLE, Button.AGAIN) if self.card_present:
                self._show(State.READING, Screen.READING)
                return [steps.ReadAgain()]
            case (Screen.OTHER_CARD, Button.BACK) | (Screen.ACCEPTED | Screen.COUNTER, Button.DONE):
                return self._finish()
        self.dropped += 1
        return []

    def _back_from_no_pin(self) -> list[steps.Effect]:
        was = self._before_no_pin
        if was is None or (was is Screen.PIN and not self.card_present):
            # The card itself has no PIN, or it is gone: staff stay called, the patient sees the start.
            return self._finish()
        self.on_board = False
        if was is Screen.WELCOME:
            return [steps.Withdraw(), *self._finish()]
        # The keypad's session was released: the card is read again, its counter first.
        self._show(State.READING, Screen.READING)
        return [steps.Withdraw(), steps.ReadAgain()]

    def _finish(self) -> list[steps.Effect]:
        if self.card_present:
            self._show(State.STOPPED, Screen.TAKE_CARD)
        else:
            self._show(State.ENDED, Screen.WELCOME)
        return [steps.Release()]

    # What came back

    def _verified(self, event: steps.Event) -> list[steps.Effect]:
        if self.left_early:
            # Nothing was asked yet, and nobody is here: nothing is asked.
            self.state = State.ENDED
            return [steps.Release()]
        match event:
            case steps.Signed():
                self.state = State.ASKING
                return [steps.Ask()]
            case steps.KeypadRefused():
                return self._ask_pin()
            case steps.PinRefused(attempts_remaining=left):
                return self._pin_refused(left)
            case steps.PinAbsent():
                return self._visual("card.pin_missing", Screen.NO_PIN)
            case steps.CardFailed(code=CardRemoved.code):
                # The reader's own word that the card left follows and ends the visit.
                self._show(State.STOPPED, Screen.UNREADABLE)
                return [steps.Release()]
            case steps.CardFailed(code=code):
                return self._unreadable(code)
            case steps.CouldNotAsk():
                return self._could_not_ask(event)
        self.dropped += 1
        return []

    def _pin_refused(self, left: int) -> list[steps.Effect]:
        if self.report is not None:
            self.report = replace(self.report, attempts_remaining=left)
        if left == 0:
            return self._visual("card.pin_locked", Screen.PIN_LOCKED)
        if left == 1:
            return self._before_last_try()
        self._show(State.PIN, Screen.PIN_WRONG)
        return []

    def _asked(self, event: steps.Event) -> list[steps.Effect]:
        match event:
            case steps.Answered(result=result) if self._result is None:
                self._result = result
                return [self._keep_answer(result)]
            case steps.CouldNotAsk():
                return self._could_not_ask(event)
            case steps.Recorded(reception_number=number):
                self.reception_number = number
                valid = self._result is not None and self._result.validity.is_valid
                if valid and not self.left_early:
                    return self._told(State.ACCEPTED, Screen.ACCEPTED)
                return self._told(State.COUNTER, Screen.COUNTER)
            case steps.NotRecorded():
                return self._told(State.COUNTER, Screen.COUNTER)
        self.dropped += 1
        return []

    def _keep_answer(self, result: EligibilityResult) -> steps.Keep:
        self.on_board = True
        if self.left_early:
            return steps.Keep(Outcome.COUNTER, "check.card_removed_early", result, answer=True)
        if result.validity.is_valid:
            return steps.Keep(Outcome.ACCEPTED, None, result, answer=True)
        return steps.Keep(Outcome.COUNTER, "check.not_valid", result, answer=True)

    def _could_not_ask(self, event: steps.CouldNotAsk) -> list[steps.Effect]:
        self.state = State.ASKING
        self.on_board = True
        keep = steps.Keep(
            Outcome.COUNTER,
            event.code,
            service_code=event.service_code,
            service_message=event.service_message,
            answer=True,
        )
        return [keep]

    def _told(self, state: State, screen: Screen) -> list[steps.Effect]:
        if self.left_early:
            self._show(State.ENDED, Screen.WELCOME)
        else:
            self._show(state, screen)
        return [steps.Release()]

    # Time

    def _tick(self, now_s: float) -> list[steps.Effect]:
        self._now_s = max(self._now_s, now_s)
        deadline_s = self.next_deadline_s()
        if deadline_s is None or self._now_s < deadline_s:
            return []
        if self.screen is Screen.ASKING:
            self.help_offered = True
            return []
        if self.state is State.PIN and not self.warned:
            self.warned = True
            return []
        return self._finish()

    def _show(self, state: State, screen: Screen) -> None:
        self.state, self.screen = state, screen
        self._since_s = self._now_s
        self.warned = self.help_offered = self.called = False
        self.keypad = None
