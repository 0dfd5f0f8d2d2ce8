"""What is said of what happened without having been asked for: earcon, who, verdict or what it is, and a hint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.eligibility.voice_desk import DeskPatient
from app.speech.desk_changes import changed_braille, changed_phrases
from app.speech.desk_model import FieldReader, Utterance
from app.speech.desk_say import (
    ALARMING,
    HINTS,
    braille_of,
    event_of,
    fitted,
    of_day,
    reception_phrase,
    sentences,
    spoken_within,
)
from app.speech.desk_whom import Whom
from app.speech.phrases.desk_captions import ANSWERED, Privacy
from app.speech.phrases.desk_words import ANNOUNCED, ARRIVED, ATTENTION, EARCONS, DeskEvent, braille_line
from app.speech.utterance import Phrase


def announcement(patient: DeskPatient, privacy: Privacy, reader: FieldReader, today: date) -> Utterance:
    """What is said of a check that just came or changed; of one of another day, that its answer came and of which."""
    event = event_of(patient)
    braille = braille_line(braille_of(patient), *changed_braille(patient))
    if privacy is Privacy.SOUND:
        return Utterance(EARCONS[event], braille=braille)
    when = of_day(patient, today)
    if event in ANNOUNCED:
        return announced(event, braille, (*when, *_numbered(patient)))
    lead = ATTENTION if event in ALARMING else ANSWERED if when else ARRIVED
    core, rest = fitted((lead.phrase,), patient, privacy, reader)
    return spoken_within(
        EARCONS[event], core, (*when, *changed_phrases(patient, privacy), *rest), HINTS.get(event), braille
    )


def announced(event: DeskEvent, braille: str = "", about: Sequence[Phrase] = ()) -> Utterance:
    """An event that has a sentence of its own; ``about`` says whose it is, or where."""
    core, *detail = sentences(ANNOUNCED[event])
    line = braille or ANNOUNCED[event].braille
    return spoken_within(EARCONS[event], (core,), (*about, *detail), HINTS.get(event), line)


def request_announced(event: DeskEvent, of: Whom, privacy: Privacy) -> Utterance:
    """Somebody waits to be looked at: why and who, which at 音だけ only the braille line tells."""
    line = of.line(ANNOUNCED[event].braille)
    if privacy is Privacy.SOUND:
        return Utterance(EARCONS[event], braille=line)
    return announced(event, line, of.said if of.number else ())


def _numbered(patient: DeskPatient) -> tuple[Phrase, ...]:
    return () if patient.number is None else (reception_phrase(patient.number),)
