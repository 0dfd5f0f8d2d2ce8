"""Where a check stands, what is shown of it, and the limits of time that pass there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.eligibility.screens import Screen


class State(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    PIN = "pin"
    VERIFYING = "verifying"
    ASKING = "asking"
    """The service or the store has been asked and has not answered."""
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
    staff_wait_s: float = 300.0
    """How long a card may wait for staff; warns and is extended as a PIN limit."""
    stay_s: float = 20.0
    help_after_s: float = 5.0
    patience_s: float = 0.4
    """How long an old screen may stand while a record is being kept; then 「確認しています」 follows."""


STAYING = frozenset({Screen.ACCEPTED, Screen.COUNTER, Screen.NO_PIN})
"""Screens that outlive the card by ``stay_s``; they hold nothing personal."""

PIN_SCREENS = frozenset({Screen.PIN, Screen.PIN_WRONG, Screen.PIN_LAST})
WAITING = frozenset({Screen.NO_PIN, Screen.PIN_LOCKED})
"""Screens on which a card waits for staff, who are asked by a request as soon as one of them is seen."""

EXTENDABLE = PIN_SCREENS | STAYING | WAITING


class Stage:
    """State, screen and the clock of one check. Seconds are monotonic."""

    def __init__(self, state: State, screen: Screen, now_s: float, limits: Limits) -> None:
        self.state = state
        self.screen = screen
        self.warned = False
        self.help_offered = False
        self._limits = limits
        self._now_s = now_s
        self._since_s = now_s

    def show(self, state: State, screen: Screen) -> None:
        self.state, self.screen = state, screen
        self.start_anew()
        self.help_offered = False

    def keep(self) -> None:
        """A record is being made: what is seen stays, for ``patience_s`` at most."""
        self.state = State.ASKING
        if self.screen is not Screen.ASKING:
            self.start_anew()

    def start_anew(self) -> None:
        """The limit of this stage begins again now."""
        self._since_s = self._now_s
        self.warned = False

    def deadline_s(self, *, card_present: bool) -> float | None:
        """Second at which ``tick`` will change something."""
        limits = self._limits
        if self.state is State.ASKING and self.screen is not Screen.ASKING:
            return self._since_s + limits.patience_s
        if self.screen is Screen.ASKING:
            return None if self.help_offered else self._since_s + limits.help_after_s
        if self.state is State.PIN and self.screen in PIN_SCREENS:
            return self._since_s + limits.pin_idle_s - (0 if self.warned else limits.warn_s)
        if self.screen in WAITING and card_present:
            return self._since_s + limits.staff_wait_s - (0 if self.warned else limits.warn_s)
        if self.screen in STAYING or (self.screen is Screen.OUT_OF_ORDER and self.state is State.STOPPED):
            return self._since_s + limits.stay_s
        return None

    def tick(self, now_s: float, *, card_present: bool) -> bool:
        """Let time pass; True when the stage's limit is over and the visit should finish."""
        self._now_s = max(self._now_s, now_s)
        deadline_s = self.deadline_s(card_present=card_present)
        if deadline_s is None or self._now_s < deadline_s:
            return False
        if self.screen is Screen.ASKING:
            self.help_offered = True
        elif self.state is State.ASKING:
            self.show(State.ASKING, Screen.ASKING)
        elif not self.warned and (self.state is State.PIN or (self.screen in WAITING and card_present)):
            self.warned = True
        else:
            return True
        return False
