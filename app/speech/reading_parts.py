"""Pieces of a reading, and what a reader of words must be able to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from app.speech.utterance import ReadingSource

HIDDEN_KANA = "ヒョージ デキナイ カンジ"
UNKNOWN_KANA = "ヨミノ ワカラナイ カンジ"
LOOK_KANA = "。ケンメンオ ミテクダサイ"
"""With ``HIDDEN_KANA``: 「表示できない 漢字。券面を みてください」."""
NOTHING_KANA = "ナシ"

_SURENESS = (
    ReadingSource.UNREADABLE,
    ReadingSource.INFERRED,
    ReadingSource.DICTIONARY,
    ReadingSource.TABLE,
    ReadingSource.RECEIVED,
    ReadingSource.FIXED,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch in kana and where its reading came from."""

    kana: str
    source: ReadingSource


@dataclass(frozen=True, slots=True)
class WordReading:
    """What a dictionary makes of a text; ``is_sure`` when a second reader agreed or the whole text is listed.

    ``kana`` is katakana without signs; empty when some of it could not be read.
    """

    kana: str
    is_sure: bool

    @property
    def source(self) -> ReadingSource:
        return ReadingSource.DICTIONARY if self.is_sure else ReadingSource.INFERRED


class WordReader(Protocol):
    """Reads kanji. Slow to make, cheap to ask; belongs to one thread."""

    def read(self, text: str) -> WordReading | None:
        """Read a word or a few; ``None`` when some of it cannot be read. Never raises for any text."""
        ...


def least_sure(sources: Iterable[ReadingSource]) -> ReadingSource:
    """A whole is no surer than its least sure part; nothing at all is our own words."""
    return min(sources, key=_SURENESS.index, default=ReadingSource.FIXED)


def join(between: str, parts: Iterable[Said]) -> Said:
    """Put pieces together; empty ones leave no pause behind."""
    kept = [part for part in parts if part.kana]
    return Said(between.join(part.kana for part in kept), least_sure(part.source for part in kept))


def look_at_card(said: Said) -> Said:
    """Send to the card where something could not be read; once, at the end."""
    is_whole = said.source is not ReadingSource.UNREADABLE or said.kana.endswith(LOOK_KANA)
    return said if is_whole else Said(said.kana + LOOK_KANA, said.source)
