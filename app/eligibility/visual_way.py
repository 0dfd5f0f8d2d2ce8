"""目視確認 within a check: staff are asked, one answer of theirs counts, and the PIN stays a way back."""

from __future__ import annotations

from app.eligibility import steps
from app.eligibility.ports import CardKind, Method, Outcome
from app.eligibility.screens import Screen
from app.eligibility.stages import State
from app.eligibility.visit import Visit
from app.errors import CertificateLocked


class VisualWay(Visit):
    """What a ``Check`` does when staff shall look. The request lives as long as the card lies there unanswered."""

    _opens_request = False
    _waits_on = Screen.NO_PIN
    _before_no_pin: Screen | None = None
    _wants_pin = False

    @property
    def can_be_confirmed_by_staff(self) -> bool:
        """True for a card whose certificate can be read without its PIN, where the clinic's method allows it."""
        is_shown = self.report is not None and self.report.kind is CardKind.MY_NUMBER
        return self.card_present and is_shown and self.preference is not None and self.preference.allows_visual

    def _visual(self, reason: str, screen: Screen) -> list[steps.Effect]:
        """Have staff look: the row first, then (for a card that lies there) the request, then the screen."""
        if self.report is not None and self.report.kind is CardKind.PHONE:
            reason = CertificateLocked.code
        return self._keep_then(State.VISUAL, screen, steps.Keep(Outcome.VISUAL, reason))

    def _starts_with_staff(self) -> bool:
        assert self.preference is not None  # noqa: S101 looked up before
        return self.preference.starts_with_staff and self.can_be_confirmed_by_staff and not self._wants_pin

    def _shown_to_staff(self, screen: Screen) -> list[steps.Effect]:
        """The row is durable and says why: ask staff where they can answer; ``screen`` is what the patient sees."""
        self._next = None
        if not self.can_be_confirmed_by_staff:
            return self._told(State.VISUAL, screen)
        self._opens_request, self._waits_on = True, screen
        self._stage.keep()
        return [steps.Release(), steps.AskStaff(), steps.Warm()]

    def _understood(self) -> list[steps.Effect]:
        if self.request_id is not None:
            self._show(State.VISUAL, Screen.NO_PIN)  # staff were asked when the card was met
            return []
        if self.can_be_confirmed_by_staff:
            return self._shown_to_staff(Screen.NO_PIN)
        self._show(State.VISUAL, Screen.COUNTER)
        return [steps.Release()]

    def _request_opened(self, request_id: str) -> list[steps.Effect]:
        self._opens_request = False
        self.request_id = request_id
        if self.left_early:
            return self._end()
        self._show(State.VISUAL, self._waits_on)
        return []

    def _request_not_opened(self) -> list[steps.Effect]:
        """The row stands on the board all the same: staff come without having been asked by a request."""
        self._opens_request = False
        locked = self._waits_on is Screen.PIN_LOCKED
        return self._told(State.VISUAL, Screen.PIN_LOCKED if locked else Screen.COUNTER)

    def _decided(self, event: steps.StaffDecided) -> list[steps.Effect]:
        if self.request_id is None or event.request_id != self.request_id:
            return self._drop()
        self.request_id = None
        self._method = Method.VISUAL
        if not event.decision.is_confirmed:
            refused = steps.Keep(Outcome.COUNTER, "check.visual_refused")
            return self._keep_then(State.COUNTER, Screen.COUNTER, refused)
        self._show(State.VERIFYING, Screen.ASKING)
        return [steps.ShowCertificate(event.decision)]

    def _back_from_no_pin(self) -> list[steps.Effect]:
        was = self._before_no_pin
        if not self.card_present:
            # A card that was here and is gone: staff stay called, the patient sees the start.
            return [steps.Withdraw(), *self._finish()] if was is Screen.WELCOME else self._finish()
        if not self._pin_is_left():
            return self._finish()
        # The keypad's session was released: the card is read again, its counter first.
        self._wants_pin = True
        return [*self._end_request(), steps.Withdraw(), *self._read_again()]

    def _pin_is_left(self) -> bool:
        """True if this patient may still enter a PIN, by the card and by the clinic's method."""
        if self.report is None or not self.report.has_pin or self.report.attempts_remaining == 0:
            return False
        return self.preference is None or self.preference.allows_pin
