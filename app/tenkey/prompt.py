"""What the closed desk says: how it is, what opens it, and how a digit too many is taken away."""

from __future__ import annotations

from dataclasses import replace

from app.speech.desk_model import Utterance, say
from app.speech.earcons import Earcon
from app.speech.phrases.desk_words import Words
from app.speech.phrases.tenkey_words import CLEAR_AT_POINT, CLOSED, ENTER_CODE, LOCKED, NOT_WHOLE


def ask_for_number(*, has_just_locked: bool = False) -> Utterance:
    return _asking(LOCKED if has_just_locked else CLOSED)


def not_a_number() -> Utterance:
    """Too few or too many digits."""
    return say(NOT_WHOLE, earcon=Earcon.END)


def _asking(state: Words) -> Utterance:
    return replace(say(state, ENTER_CODE), hint=(CLEAR_AT_POINT.phrase,))
