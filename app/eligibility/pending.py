"""「あとで確認」 as values: why a visit is not confirmed yet, and why it may be closed without a check."""

from __future__ import annotations

from enum import StrEnum


class PendingKind(StrEnum):
    """Why a visit stands in 「あとで確認」."""

    EMERGENCY = "emergency"
    STATEMENT = "statement"
    NUMBERS_LATER = "numbers_later"
    """Seen on paper; the numbers were not entered."""
    OUTAGE = "outage"
    """The service could not be asked. What a card signed is spent, so only that card can ask again; where staff had
    confirmed the patient (目視確認), the terminal signs anew and needs no card."""
    UNKNOWN = "unknown"
    """Nobody knows whether an answer was on its way."""

    @property
    def is_unanswered(self) -> bool:
        """True where a question to the service is missing its answer."""
        return self in (PendingKind.OUTAGE, PendingKind.UNKNOWN)


class CloseReason(StrEnum):
    """Why a visit is closed though no check confirms it."""

    ASKED_INSURER = "asked_insurer"
    OTHER_RECORD = "other_record"
    """Confirmed in a system that is not ours."""
    SELF_PAID = "self_paid"
    NO_VISIT = "no_visit"
    TWICE = "twice"
