"""いまどこ, and how many wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.clock import TOKYO
from app.eligibility.voice_desk import DeskDay
from app.speech.desk_model import MAX_MORAE, Utterance, morae_of
from app.speech.desk_say import number_phrase, spoken_within
from app.speech.earcons import Earcon
from app.speech.phrases.counted import people, things
from app.speech.phrases.desk_captions import PLACES, START, WAITING, Place
from app.speech.phrases.desk_words import MANY_CALLS, MANY_REQUESTS
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase


def waiting_for(day: DeskDay) -> tuple[Phrase, ...]:
    """How many wait for somebody; calls and requests for 目視確認 only where there are any."""
    waiting = WAITING.filled(count=number_phrase(people(day.waiting)))
    others = ((len(day.calls), MANY_CALLS), (len(day.requests), MANY_REQUESTS))
    return (waiting, *(words.filled(count=number_phrase(things(count))) for count, words in others if count))


def started(day: DeskDay | None = None) -> Utterance:
    """What is said at the start, and where what was said before is not to be said again."""
    counts = () if day is None else waiting_for(day)[:1]
    return Utterance(Earcon.VALID, (START.phrase, *counts), braille=START.braille)


def where(place: Place, position: Sequence[Phrase], now: datetime, day: DeskDay) -> Utterance:
    """Where one is, the time, and who waits, which gives way to nothing."""
    words, local = PLACES[place], now.astimezone(TOKYO)
    time = read_field(Field(FieldKind.TIME, f"{local.hour}:{local.minute:02d}"))
    counts, first = waiting_for(day), tuple(position[:1])
    ways = ((first, (*position[1:], time)), (first, (time,)), (first, ()), ((), ()))
    kept, before = next((way for way in ways if morae_of([words.phrase], *way, counts) <= MAX_MORAE), ways[-1])
    return spoken_within(None, (words.phrase, *kept), (*before, *counts), None, words.braille)
