"""The words at the tenkey for what keeps patients from being checked, and for its end."""

from __future__ import annotations

from app.eligibility.desk_door import DeskTrouble
from app.speech.desk_model import Utterance, say
from app.speech.earcons import Earcon
from app.speech.phrases.desk_words import Words
from app.speech.phrases.tenkey_words import KIOSK_BACK, KIOSK_OUT, SERVICE_BACK, SERVICE_OUT


def trouble_words(before: DeskTrouble, now: DeskTrouble) -> Utterance:
    """What came comes first, what went after it."""
    came: list[Words] = []
    went: list[Words] = []
    for old, new, out, back in (
        (before.kiosk, now.kiosk, KIOSK_OUT, KIOSK_BACK),
        (before.service, now.service, SERVICE_OUT, SERVICE_BACK),
    ):
        if (old is None) != (new is None):
            (went if new is None else came).append(back if new is None else out)
    words = (*came, *went)
    return say(*words, earcon=Earcon.UNREACHABLE if came else Earcon.VALID) if words else Utterance()
