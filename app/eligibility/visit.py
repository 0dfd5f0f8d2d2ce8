"""What one visit knows, and how each of its stages ends and the next begins. ``check.py`` says when."""

from __future__ import annotations

from dataclasses import replace

from app.eligibility import steps
from app.eligibility.model import EligibilityResult
from app.eligibility.ports import CardReport, Keypad, Method, Outcome
from app.eligibility.screens import Screen
from app.eligibility.stages import Limits, Stage, State
from app.eligibility.visual import Preference


class Visit:
    """The memory of a ``Check`` and its moves from screen to screen. Not thread-safe."""

    def __init__(self, check_id: str, epoch: int, now_s: float, limits: Limits, *, card_present: bool) -> None:
        self.check_id = check_id
        self.epoch = epoch
        self.card_present = card_present
        self.left_early = False
        self.lost_code: str | None = None
        """What took the card from a busy check, where it was not the patient."""
        self.keypad: Keypad | None = None
        self.report: CardReport | None = None
        self.preference: Preference | None = None
        """How this card is confirmed; ``None`` until it was looked up."""
        self.request_id: str | None = None
        """The request that staff can answer now."""
        self.reception_number: int | None = None
        self.called = False
        self.call_failed = False
        self.must_retype = False
        self.dropped = 0
        self._method = Method.PIN
        self._result: EligibilityResult | None = None
        self._outcome: Outcome | None = None
        self._next: tuple[State, Screen] | None = None
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
    def waits_as_row(self) -> bool:
        """True on the one PIN screen behind which staff were told already."""
        return self.screen is Screen.PIN_LAST

    @property
    def is_last_try(self) -> bool:
        """True if one more wrong PIN locks the card, or nobody knows."""
        return self.report is not None and self.report.attempts_remaining in (None, 1)

    @property
    def is_busy(self) -> bool:
        """True while a job of this check runs outside: it must hear of the outcome even after the card left."""
        return self.state in (State.VERIFYING, State.ASKING)

    def next_deadline_s(self) -> float | None:
        """Monotonic second at which a ``Tick`` will change something; ``None`` when only others can."""
        return self._stage.deadline_s(card_present=self.card_present)

    def _keep_then(self, state: State, screen: Screen, keep: steps.Keep) -> list[steps.Effect]:
        """Have the record made; ``screen`` follows when it is durable. What is seen stays for that moment."""
        self._next, self._outcome = (state, screen), keep.outcome
        self._stage.keep()
        return [replace(keep, answer=True, method=self._method)]

    def _told(self, state: State, screen: Screen) -> list[steps.Effect]:
        self._next = None
        if self.left_early:
            return self._end()
        self._show(state, screen)
        return [] if state is State.PIN else [steps.Release()]

    def _unreadable(self, code: str) -> list[steps.Effect]:
        return self._keep_then(State.STOPPED, Screen.UNREADABLE, steps.Keep(Outcome.COUNTER, code))

    def _before_last_try(self) -> list[steps.Effect]:
        return self._keep_then(State.PIN, Screen.PIN_LAST, steps.Keep(Outcome.VISUAL, "check.pin_last"))

    def _ask_pin(self) -> list[steps.Effect]:
        self._show(State.PIN, Screen.PIN)
        return [steps.OpenKeypad(), steps.Warm() if self.is_last_try else steps.FetchNonce()]

    def _read_again(self) -> list[steps.Effect]:
        self._show(State.READING, Screen.READING)
        return [steps.ReadAgain()]

    def _finish(self) -> list[steps.Effect]:
        if not self.card_present:
            return self._end()
        self._show(State.STOPPED, Screen.TAKE_CARD)
        return [*self._end_request(), steps.Release()]

    def _end(self) -> list[steps.Effect]:
        self._show(State.ENDED, Screen.WELCOME)
        return [*self._end_request(), steps.Release()]

    def _end_request(self) -> list[steps.Effect]:
        request_id, self.request_id = self.request_id, None
        return [] if request_id is None else [steps.EndRequest(request_id)]

    def _drop(self) -> list[steps.Effect]:
        self.dropped += 1
        return []

    def _show(self, state: State, screen: Screen) -> None:
        self._stage.show(state, screen)
        self.called = self.call_failed = False
        self.keypad = None
