"""The one check: a state machine without I/O.

``waiting → reading → pin → verifying → asking → accepted | counter | visual | stopped``. A ``Check`` lives from a
card's arrival (or a press on the welcome screen) to the end of its last screen. It is told events and
answers with effects; what bears another check's id or another insertion's epoch is dropped and counted.
What a patient is told rests on a record: such a screen is shown only once the store has it.
"""

from __future__ import annotations

from dataclasses import replace

from app.eligibility import steps
from app.eligibility.model import EligibilityResult
from app.eligibility.ports import CardKind, CardReport, Keypad, Outcome
from app.eligibility.screens import Button, Screen
from app.eligibility.stages import EXTENDABLE, STAYING, Limits, Stage, State
from app.errors import CardRemoved


class Check:
    """One visit. Not thread-safe: ``Reception`` holds the lock."""

    def __init__(self, check_id: str, epoch: int, now_s: float, limits: Limits, *, card_present: bool) -> None:
        self.check_id = check_id
        self.epoch = epoch
        self.card_present = card_present
        self.left_early = False
        self.keypad: Keypad | None = None
        self.report: CardReport | None = None
        self.reception_number: int | None = None
        self.called = False
        self.call_failed = False
        self.must_retype = False
        self.dropped = 0
        self._result: EligibilityResult | None = None
        self._outcome: Outcome | None = None
        self._next: tuple[State, Screen] | None = None
        self._before_no_pin: Screen | None = None
        first = (State.READING, Screen.READING) if card_present else (State.WAITING, Screen.WELCOME)
        self._stage = Stage(*first, now_s, limits)

    @property
    def state(self) -> State:
        return self._stage.state

    @property
    def screen(self) -> Screen:
        return self._stage.screen

    @property
    def warned(self) -> bool:
        return self._stage.warned

    @property
    def help_offered(self) -> bool:
        return self._stage.help_offered

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
            return self._drop()
        match event:
            case steps.Tick():
                return self._finish() if self._stage.tick(event.now_s, card_present=self.card_present) else []
            case steps.CardLeft():
                return self._card_left()
            case steps.Pressed():
                return self._pressed(event.button, event.screen)
            case steps.CallKept(is_kept=is_kept):
                self.called, self.call_failed = is_kept, not is_kept
                return []
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
        return self._drop()

    def next_deadline_s(self) -> float | None:
        """Monotonic second at which a ``Tick`` will change something; ``None`` when only others can."""
        return self._stage.deadline_s(card_present=self.card_present)

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

    def _card_left(self) -> list[steps.Effect]:
        if not self.card_present:
            return self._drop()
        self.card_present = False
        if self.is_busy:
            # The job goes on and its answer is kept, but this visit is never shown again.
            self.left_early = True
            return []
        if self.screen in STAYING:
            self._stage.start_anew()
            return []
        return self._end()

    # What the patient does

    def _submitted(self, event: steps.Submitted) -> list[steps.Effect]:
        keypad = self.keypad
        if self.state is not State.PIN or keypad is None or keypad.keypad_id != event.keypad_id:
            return self._drop()
        self.must_retype = False
        self._show(State.VERIFYING, Screen.ASKING)
        return [steps.Prove(event.keypad_id, event.tokens)]

    def _pressed(self, button: Button, screen: Screen) -> list[steps.Effect]:
        if screen is not self.screen:
            return self._drop()
        if button is Button.STAY and screen in EXTENDABLE:
            self._stage.start_anew()
            return []
        if button is Button.CALL:
            return [steps.CallStaff(screen)]
        if self.is_busy:
            return self._drop()
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
                return self._read_again()
            case (Screen.OTHER_CARD, Button.BACK) | (Screen.ACCEPTED | Screen.COUNTER, Button.DONE):
                return self._finish()
        return self._drop()

    def _back_from_no_pin(self) -> list[steps.Effect]:
        was = self._before_no_pin
        if was is None or (was is Screen.PIN and not self.card_present):
            # The card itself has no PIN, or it is gone: staff stay called, the patient sees the start.
            return self._finish()
        if was is Screen.WELCOME:
            return [steps.Withdraw(), *self._finish()]
        # The keypad's session was released: the card is read again, its counter first.
        return [steps.Withdraw(), *self._read_again()]

    # What came back

    def _verified(self, event: steps.Event) -> list[steps.Effect]:
        if self.left_early:
            return self._verified_without_card(event)
        match event:
            case steps.Signed():
                self._stage.state = State.ASKING
                return [steps.Ask()]
            case steps.KeypadRefused():
                # Spent, expired, or the card has fewer tries than were shown: the counter is read before a new keypad.
                self.must_retype = True
                return self._read_again()
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
        return self._drop()

    def _verified_without_card(self, event: steps.Event) -> list[steps.Effect]:
        """The patient left while the card was busy: nothing is asked; a lock that just happened is kept for staff."""
        locked = isinstance(event, steps.PinRefused) and event.attempts_remaining == 0
        kept: list[steps.Effect] = [steps.Keep(Outcome.VISUAL, "card.pin_locked")] if locked else []
        return kept + self._end()

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
            case steps.Answered(result=result) if self._result is None and self._next is None:
                return self._answered(result)
            case steps.CouldNotAsk() if self._next is None:
                return self._could_not_ask(event)
            case steps.Recorded(reception_number=number) if self._next is not None:
                return self._recorded(number, *self._next)
            case steps.NotRecorded() if self._next is not None:
                # Nothing is promised that is not kept: the patient is asked to speak up at the counter.
                return self._told(State.STOPPED, Screen.OUT_OF_ORDER)
        return self._drop()

    def _answered(self, result: EligibilityResult) -> list[steps.Effect]:
        self._result = result
        if self.left_early:
            keep = steps.Keep(Outcome.COUNTER, "check.card_removed_early", result)
        elif result.validity.is_valid:
            return self._keep_then(State.ACCEPTED, Screen.ACCEPTED, steps.Keep(Outcome.ACCEPTED, None, result))
        else:
            keep = steps.Keep(Outcome.COUNTER, "check.not_valid", result)
        return self._keep_then(State.COUNTER, Screen.COUNTER, keep)

    def _could_not_ask(self, event: steps.CouldNotAsk) -> list[steps.Effect]:
        keep = steps.Keep(Outcome.COUNTER, event.code, None, event.service_code, event.service_message)
        return self._keep_then(State.COUNTER, Screen.COUNTER, keep)

    def _recorded(self, number: int, state: State, screen: Screen) -> list[steps.Effect]:
        if self.left_early and self._outcome is Outcome.ACCEPTED:
            # The card went between answer and commit: nobody was told, so staff must be.
            again = steps.Keep(Outcome.COUNTER, "check.card_removed_early", self._result)
            return [again, *self._end()]
        self.reception_number = number
        return self._told(state, screen)

    # How a stage ends and the next begins

    def _unreadable(self, code: str) -> list[steps.Effect]:
        return self._keep_then(State.STOPPED, Screen.UNREADABLE, steps.Keep(Outcome.COUNTER, code))

    def _visual(self, reason: str, screen: Screen) -> list[steps.Effect]:
        return self._keep_then(State.VISUAL, screen, steps.Keep(Outcome.VISUAL, reason))

    def _before_last_try(self) -> list[steps.Effect]:
        return self._keep_then(State.PIN, Screen.PIN_LAST, steps.Keep(Outcome.VISUAL, "check.pin_last"))

    def _keep_then(self, state: State, screen: Screen, keep: steps.Keep) -> list[steps.Effect]:
        """Have the record made; ``screen`` follows when it is durable. What is seen stays for that moment."""
        self._next, self._outcome = (state, screen), keep.outcome
        self._stage.keep()
        return [replace(keep, answer=True)]

    def _told(self, state: State, screen: Screen) -> list[steps.Effect]:
        self._next = None
        if self.left_early:
            return self._end()
        self._show(state, screen)
        return [] if state is State.PIN else [steps.Release()]

    def _ask_pin(self) -> list[steps.Effect]:
        self._show(State.PIN, Screen.PIN)
        return [steps.OpenKeypad(), steps.Warm()]

    def _read_again(self) -> list[steps.Effect]:
        self._show(State.READING, Screen.READING)
        return [steps.ReadAgain()]

    def _finish(self) -> list[steps.Effect]:
        if not self.card_present:
            return self._end()
        self._show(State.STOPPED, Screen.TAKE_CARD)
        return [steps.Release()]

    def _end(self) -> list[steps.Effect]:
        self._show(State.ENDED, Screen.WELCOME)
        return [steps.Release()]

    def _drop(self) -> list[steps.Effect]:
        self.dropped += 1
        return []

    def _show(self, state: State, screen: Screen) -> None:
        self._stage.show(state, screen)
        self.called = self.call_failed = False
        self.keypad = None
