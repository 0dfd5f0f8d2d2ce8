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
from app.eligibility.ports import CardKind, CardReport, Method, Outcome
from app.eligibility.screens import Button, Screen
from app.eligibility.stages import EXTENDABLE, STAYING, WAITING, State
from app.eligibility.visual import Preference
from app.eligibility.visual_way import VisualWay
from app.errors import CardRemoved, StaleEpoch


class Check(VisualWay):
    """One visit. Not thread-safe: ``Reception`` holds the lock."""

    _awaits_method = False

    def handle(self, event: steps.Event) -> list[steps.Effect]:
        """Take one event; return what should be done now, in order."""
        if event.check_id != self.check_id or event.epoch != self.epoch or self.is_over:
            return self._drop()
        match event:
            case steps.Tick():
                return self._finish() if self._stage.tick(event.now_s, card_present=self.card_present) else []
            case steps.CardLeft():
                return self._card_left(event.code)
            case steps.Pressed():
                return self._pressed(event.button, event.screen)
            case steps.CallKept(is_kept=is_kept):
                self.called, self.call_failed = is_kept, not is_kept
                return []
            case steps.MethodChosen() if self._awaits_method:
                return self._method_chosen(event)
            case steps.CardRead() if self.state is State.READING:
                return self._card_read(event.report)
            case steps.CardFailed() if self.state in (State.READING, State.PIN):
                return self._unreadable(event.code)
            case steps.KeypadOpened() if self.state is State.PIN and self.screen is Screen.PIN:
                self.keypad = event.keypad
                return []
            case steps.Submitted():
                return self._submitted(event)
            case steps.StaffDecided() if self.state is State.VISUAL:
                return self._decided(event)
            case _ if self.state is State.VERIFYING:
                return self._verified(event)
            case _ if self.state is State.ASKING:
                return self._asked(event)
        return self._drop()

    # What the card says

    def _card_read(self, report: CardReport) -> list[steps.Effect]:
        self.report = report
        if report.kind in (CardKind.JUKI, CardKind.OTHER):
            self._show(State.STOPPED, Screen.OTHER_CARD)
            return [steps.Release()]
        if self.preference is not None:
            return self._begin(report)
        if self._awaits_method:
            return []
        self._awaits_method = True
        return [steps.ChooseMethod()]

    def _method_chosen(self, event: steps.MethodChosen) -> list[steps.Effect]:
        self._awaits_method = False
        self.preference = event.preference
        if self.state is not State.READING or self.report is None:
            return []
        return self._begin(self.report)

    def _begin(self, report: CardReport) -> list[steps.Effect]:
        """The card and the way to confirm it are known."""
        if not report.has_pin:
            return self._visual("card.pin_missing", Screen.NO_PIN)
        if self._starts_with_staff():
            return self._visual("check.visual_method", Screen.NO_PIN)
        if self.preference is Preference.VISUAL:
            # A phone shows its certificate after the PIN alone, and this clinic asks for none.
            return self._visual("check.visual_method", Screen.COUNTER)
        if report.attempts_remaining == 0:
            return self._visual("card.pin_locked", Screen.PIN_LOCKED)
        if report.attempts_remaining == 1:
            return self._before_last_try()
        return self._ask_pin()

    def _card_left(self, code: str | None) -> list[steps.Effect]:
        if not self.card_present:
            return self._drop()
        self.card_present = False
        if self.is_busy:
            # The job goes on and its answer is kept, but this visit is never shown again.
            self.left_early, self.lost_code = True, code
            return []
        if self.screen in STAYING:
            self._stage.start_anew()
            return self._end_request()
        begun = self.state is State.PIN and not self.waits_as_row
        # A patient whose reader is gone cannot go on alone; who takes the card away before the submission comes again.
        return (self._keep_for_staff(code) if begun and code is not None else []) + self._end()

    def _keep_for_staff(self, code: str) -> list[steps.Effect]:
        return [steps.Keep(Outcome.COUNTER, code, method=self._method)]

    # What the patient does

    def _submitted(self, event: steps.Submitted) -> list[steps.Effect]:
        keypad = self.keypad
        if self.state is not State.PIN or keypad is None or keypad.keypad_id != event.keypad_id:
            return self._drop()
        self.must_retype = False
        self._method = Method.PIN
        self._show(State.VERIFYING, Screen.ASKING)
        return [steps.Prove(event.keypad_id, event.tokens, is_last_try=self.is_last_try)]

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
                self._before_no_pin = screen
                return self._visual("check.patient_asked", Screen.NO_PIN)
            case (Screen.PIN_LAST | Screen.PIN_LOCKED, Button.UNDERSTOOD):
                self._before_no_pin = screen
                return self._understood()
            case (Screen.UNREADABLE, Button.AGAIN) if self.card_present:
                return self._read_again()
            case (Screen.OTHER_CARD, Button.BACK) | (Screen.ACCEPTED | Screen.COUNTER, Button.DONE):
                return self._finish()
        return self._drop()

    # What came back

    def _verified(self, event: steps.Event) -> list[steps.Effect]:
        if self.left_early:
            return self._verified_without_card(event)
        match event:
            case steps.Signed():
                self._stage.state = State.ASKING
                return [steps.Ask(self._method)]
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
                return [*self._keep_for_staff(CardRemoved.code), steps.Release()]
            case steps.CardFailed(code=code):
                return self._unreadable(code)
            case steps.CouldNotAsk():
                return self._could_not_ask(event)
        return self._drop()

    def _verified_without_card(self, event: steps.Event) -> list[steps.Effect]:
        """Card or reader left after the submission: nothing is asked, but a try may be spent and the patient sees the
        start. So staff have a row, which says what is known."""
        if isinstance(event, steps.PinRefused) and event.attempts_remaining == 0:
            return [steps.Keep(Outcome.VISUAL, "card.pin_locked"), *self._end()]
        if isinstance(event, steps.CouldNotAsk) and self.lost_code is None:
            return self._could_not_ask(event)
        code = self.lost_code or CardRemoved.code
        if isinstance(event, steps.CardFailed) and self.lost_code is None and event.code != StaleEpoch.code:
            code = event.code
        return self._keep_for_staff(code) + self._end()

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
            case steps.RequestOpened(request_id=request_id) if self._opens_request:
                return self._request_opened(request_id)
            case steps.RequestNotOpened() if self._opens_request:
                return self._request_not_opened()
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
            again = steps.Keep(Outcome.COUNTER, "check.card_removed_early", self._result, method=self._method)
            return [again, *self._end()]
        self.reception_number = number
        if screen in WAITING and not self.left_early:
            return self._shown_to_staff(screen)
        return self._told(state, screen)
