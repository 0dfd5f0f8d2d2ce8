"""目視確認: which way of confirming a clinic takes, and what passes between a kiosk and the staff who are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

NEXT_ONLY_LASTS = timedelta(minutes=10)
"""So long a choice for the next patient waits for that patient; then the clinic's own method holds again."""


class Preference(StrEnum):
    """認証方法 of a clinic: A is 目視確認, B is 4桁の暗証番号."""

    PIN_FIRST = "pin_first"
    """Both; the PIN is asked for, staff confirm where it cannot be given."""
    PIN = "pin"
    """B alone: no request is ever made to staff."""
    VISUAL_FIRST = "visual_first"
    """Both; staff are asked, 「もどる」 leads to the PIN."""
    VISUAL = "visual"
    """A alone."""

    @property
    def starts_with_staff(self) -> bool:
        return self in (Preference.VISUAL_FIRST, Preference.VISUAL)

    @property
    def allows_visual(self) -> bool:
        return self is not Preference.PIN

    @property
    def allows_pin(self) -> bool:
        return self is not Preference.VISUAL


DEFAULT = Preference.PIN_FIRST
NEXT_ONLY = (Preference.VISUAL_FIRST, Preference.PIN_FIRST)
"""What may be chosen for one patient: either way first, so that nobody is caught in a way that fails."""


@dataclass(frozen=True, slots=True)
class VisualRequest:
    """A kiosk asks staff to look at the person who put this very card. Holds nothing of the person."""

    request_id: str
    check_id: str
    kiosk: str
    card_epoch: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class VisualDecision:
    """What a member of staff answered, once. ``decided_by`` is their name."""

    is_confirmed: bool
    decided_by: str
    decided_at: datetime


class VisualDesk(Protocol):
    """Method and requests, as a kiosk needs them. What is written is durable when a call returns."""

    def choose_method(self, kiosk: str, at: datetime) -> Preference:
        """Return how the card that was just put is confirmed; a choice for the next patient is used up by this.

        Raises:
            StoreError: nothing was used up.
        """
        ...

    def open_request(self, request: VisualRequest) -> None:
        """Ask staff. A request of the same kiosk that is still open ends. Raises ``StoreError``."""
        ...

    def close_request(self, request_id: str, at: datetime) -> None:
        """The card is gone or the patient went back: nobody can answer any more. Raises ``StoreError``."""
        ...

    def decision_on(self, request_id: str) -> VisualDecision | None:
        """Return the answer, ``None`` while there is none; about 50 us. Raises ``StoreError``."""
        ...

    def close_left_open(self, kiosk: str, at: datetime) -> None:
        """End what a dead process of this kiosk left open before ``at``. Raises ``StoreError``."""
        ...
