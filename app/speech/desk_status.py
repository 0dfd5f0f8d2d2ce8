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
from app.speech.phrases.desk_captions import MUTED, PLACES, RATE, START, VOICE_AT_PLUS, WAITING, Place
from app.speech.phrases.desk_words import MANY_CALLS, MANY_REQUESTS
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase


def waiting_for(day: DeskDay) -> tuple[Phrase, ...]:
    """How many wait for somebody; calls and requests for 目視確認 only where there are any."""
    waiting = WAITING.filled(count=number_phrase(people(day.waiting)))
    others = ((len(day.calls), MANY_CALLS), (len(day.requests), MANY_REQUESTS))
    return (waiting, *(words.filled(count=number_phrase(things(count))) for count, words in others if count))


def muted_phrases(*, is_muted: bool) -> tuple[Phrase, ...]:
    """That arrivals are their sound alone, which nothing else would tell."""
    return (MUTED.phrase,) if is_muted else ()


def say_start(*, is_muted: bool, counts: Sequence[Phrase] = ()) -> Utterance:
    detail, hint = muted_phrases(is_muted=is_muted), VOICE_AT_PLUS if is_muted else None
    return spoken_within(Earcon.VALID, (START.phrase, *counts), detail, hint, START.braille)


def say_rate(step: int) -> Utterance:
    said = RATE.filled(step=read_field(Field(FieldKind.DIGITS, str(step))))
    return Utterance(core=(said,), braille=f"{step}")


def where(place: Place, position: Sequence[Phrase], now: datetime, day: DeskDay, *, is_muted: bool) -> Utterance:
    """Where one is, the time, and that it is silent or who waits, which gives way to nothing."""
    words, local = PLACES[place], now.astimezone(TOKYO)
    time = read_field(Field(FieldKind.TIME, f"{local.hour}:{local.minute:02d}"))
    counts, first = (*muted_phrases(is_muted=is_muted), *waiting_for(day)), tuple(position[:1])
    ways = ((first, (*position[1:], time)), (first, (time,)), (first, ()), ((), ()))
    kept, before = next((way for way in ways if morae_of([words.phrase], *way, counts) <= MAX_MORAE), ways[-1])
    return spoken_within(
        None, (words.phrase, *kept), (*before, *counts), VOICE_AT_PLUS if is_muted else None, words.braille
    )
