"""The one source of all words that are shown, spoken or read under the fingers, keyed by stable codes.

Captions are a contract: screens, spoken words, tests and manuals use them as written here. What every part needs stands
at this door; words of one subject alone have a module beside it.
"""

from __future__ import annotations

from app.speech.phrases.house_reasons import HOUSE_REASONS
from app.speech.phrases.reason_model import ReasonWords
from app.speech.phrases.screens import (
    BUTTONS,
    CALL_FAILED,
    CALLED,
    ERASE,
    ONLY_QUALIFICATION,
    OTHER_PAGE,
    PIN_UNKNOWN,
    PRACTICE,
    RECEPTION_NUMBER,
    RETYPE,
    ROLES,
    SCREENS,
    STILL_THERE,
    TAKE_OVER,
    TAKE_OVER_SAYS,
    ScreenWords,
)
from app.speech.phrases.verdicts import (
    NOT_VALID_STEPS,
    UNREGISTERED,
    VERDICT_AT_COUNTER,
    VERDICT_UNKNOWN,
    VERDICTS,
    verdict_words,
)
from app.speech.phrases.visit_reasons import VISIT_REASONS

__all__ = [
    "BUTTONS",
    "CALLED",
    "CALL_FAILED",
    "ERASE",
    "NOT_VALID_STEPS",
    "ONLY_QUALIFICATION",
    "OTHER_PAGE",
    "PIN_UNKNOWN",
    "PRACTICE",
    "REASONS",
    "RECEPTION_NUMBER",
    "RETYPE",
    "ROLES",
    "SCREENS",
    "STILL_THERE",
    "TAKE_OVER",
    "TAKE_OVER_SAYS",
    "UNREGISTERED",
    "VERDICTS",
    "VERDICT_AT_COUNTER",
    "VERDICT_UNKNOWN",
    "ReasonWords",
    "ScreenWords",
    "reason_words",
    "verdict_words",
]

REASONS: dict[str, ReasonWords] = {**VISIT_REASONS, **HOUSE_REASONS}


def reason_words(code: str | None) -> ReasonWords:
    """Return the words of a code; an unknown one is answered with the general words, never with a gap."""
    return REASONS.get(code or "kiosk", REASONS["kiosk"])
