"""What the recogniser is to hear: invented names, days, numbers and addresses, as the voice desk says them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from app.speech.phrases.desk_captions import FIELDS, NUMBERS, Item
from app.speech.spoken_words import caption_phrase
from app.speech.utterance import Field, FieldKind
from tests.bench.readings import draw
from tests.bench.search import BACK, FRONT, GIVEN

LABELS = {
    FieldKind.NAME: FIELDS[Item.NAME].phrase,
    FieldKind.DAY: FIELDS[Item.BIRTH].phrase,
    FieldKind.DIGITS: NUMBERS["insurer_number"].phrase,
    FieldKind.ADDRESS: caption_phrase("住所"),
}
"""What the desk says before each kind of value."""
_FIRST_DAY = date(1930, 1, 1)
_DAYS = 90 * 365


@dataclass(frozen=True, slots=True)
class Sample:
    """A value and the kana of the label before it."""

    field: Field
    label: str


def draw_samples(count: int, seed: int) -> list[Sample]:
    """Draw ``count`` values of each kind; the same ones for the same seed."""
    chance = random.Random(seed)
    drawn: dict[FieldKind, Callable[[], Field]] = {
        FieldKind.NAME: lambda: _name(chance),
        FieldKind.DAY: lambda: Field(FieldKind.DAY, f"{_FIRST_DAY + timedelta(chance.randrange(_DAYS)):%Y%m%d}"),
        FieldKind.DIGITS: lambda: Field(FieldKind.DIGITS, f"{chance.randrange(10**8):08}"),
        FieldKind.ADDRESS: lambda: Field(FieldKind.ADDRESS, draw(1, chance)[0].text),
    }
    return [Sample(make(), LABELS[kind].kana) for kind, make in drawn.items() for _ in range(count)]


def _name(chance: random.Random) -> Field:
    parts = [chance.choice(source.split()) for source in (FRONT, BACK, GIVEN, GIVEN)]
    kanji, kana = [part[0] for part in parts], [part[1:] for part in parts]
    return Field(
        FieldKind.NAME, f"{kanji[0]}{kanji[1]}　{kanji[2]}{kanji[3]}", f"{kana[0]}{kana[1]} {kana[2]}{kana[3]}"
    )
