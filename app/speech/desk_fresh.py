"""What keys are about right after news: 1, 3 and + lead to whom it told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.eligibility.voice_desk import DeskDay, DeskPatient
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, Key, Utterance, morae_of
from app.speech.desk_news import News
from app.speech.desk_places import Around, Patients, Spot
from app.speech.desk_say import who
from app.speech.phrases.desk_captions import PLACES, Place
from app.speech.phrases.desk_words import MORE_AT_1, MORE_AT_PLUS
from app.speech.utterance import Phrase


@dataclass(frozen=True, slots=True)
class Fresh:
    """The news that was the last thing to be heard.

    ``patient`` is there where it told of one check alone; ``is_late`` where that one stands on no list of today.
    Whoever heard no more than a sound was told of no key either: ``is_heard`` is false.
    """

    patient: DeskPatient | None = None
    is_late: bool = False
    is_heard: bool = False

    def is_of(self, spot: Spot, desk: Around) -> bool:
        """True where somebody is already on whom it told of."""
        here = spot.here(desk) if isinstance(spot, Patients) else None
        return here is not None and self.patient is not None and here.check_id == self.patient.check_id


def fresh_of(told: Sequence[News], said: Utterance, day: DeskDay) -> Fresh:
    one = told[0]
    if len(told) > 1:
        return Fresh()
    check_id = one.request.check_id if one.request is not None else None
    found = one.patient or next((patient for patient in day.patients if patient.check_id == check_id), None)
    return Fresh(found, one.is_late, is_heard=bool(said.phrases))


def hinted(said: Utterance, *, takes_digits: bool) -> Utterance:
    """Where digits type or choose, 1 is no key for more: + is."""
    if not takes_digits or said.hint != (MORE_AT_1.phrase,):
        return said
    hint = (MORE_AT_PLUS.phrase,)
    return replace(said, hint=hint if morae_of(said.core, said.detail, hint) <= MAX_MORAE else ())


def say_followed(patient: DeskPatient, key: Key, was: Spot, now: Patients, desk: Around) -> Utterance:
    """Say whom a key right after news led to, and the place where it is another one."""
    if key is Key.PLUS:
        return now.open(desk)
    said = now.press(key, desk) or now.open(desk)
    if key is Key.N3:
        said = _numbered(said, patient, desk)
    is_elsewhere = now.place is Place.TODAY and was.place is not Place.TODAY
    return _led(said, (PLACES[now.place].phrase,)) if is_elsewhere else said


def _led(said: Utterance, before: Sequence[Phrase]) -> Utterance:
    """Say first where, or about whom; what follows gives way to nothing."""
    if morae_of(before, said.core) <= MAX_CORE_MORAE:
        made = replace(said, core=(*before, *said.core))
    else:
        made = replace(said, core=tuple(before), detail=(*said.core, *said.detail))
    return made if made.morae <= MAX_MORAE else replace(made, hint=())


def _numbered(said: Utterance, patient: DeskPatient, desk: Around) -> Utterance:
    """Numbers alone say of nobody whose they are: the name goes first, or what is shorter."""
    ways = [_led(said, (way,)) for way in who(patient, desk.settings.privacy, desk.reader)]
    fitting = [made for made in ways if made.morae <= MAX_MORAE]
    return next((made for made in fitting if bool(made.hint) == bool(said.hint)), (*fitting, said)[0])
