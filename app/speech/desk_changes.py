"""What is said of a check that differs from the same person's check before, or from that of a namesake."""

from __future__ import annotations

from app.eligibility.changes import CHANGE_WORDS
from app.eligibility.voice_desk import DeskPatient
from app.speech.phrases.desk_captions import CHANGED, OR_SOMEBODY_ELSE, Privacy
from app.speech.spoken_words import caption_phrase
from app.speech.utterance import Phrase


def changed_phrases(patient: DeskPatient, privacy: Privacy) -> tuple[Phrase, ...]:
    """That something is not as it was at the last check; what it is, where only the listener hears it.

    Whether that check is somebody else's comes first: what is last gives way where there is much to say.
    """
    if not patient.changes:
        return ()
    doubt = (OR_SOMEBODY_ELSE.phrase,) if patient.is_change_doubtful else ()
    what = patient.changes if privacy is Privacy.EARPHONE else ()
    return (CHANGED.phrase, *doubt, *(caption_phrase(CHANGE_WORDS[kind]) for kind in what))


def changed_braille(patient: DeskPatient) -> tuple[str, ...]:
    """The doubt stands for the change: both would seldom fit."""
    if not patient.changes:
        return ()
    return ((OR_SOMEBODY_ELSE if patient.is_change_doubtful else CHANGED).braille,)
