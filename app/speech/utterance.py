"""What the voice is given: phrases of prepared kana beside the text that a screen shows.

The engine never sees raw digits, dates or names in kanji: whoever makes a ``Phrase`` has decided its reading, and
says where the reading came from, so that "how was that read?" has an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReadingSource(StrEnum):
    """Where a reading came from, the surest first."""

    FIXED = "fixed"
    """Our own words and labels."""
    RECEIVED = "received"
    """氏名カナ or another kana that came with the answer."""
    TABLE = "table"
    """Our own rules and tables: digits, dates, shares, insurers, places."""
    DICTIONARY = "dictionary"
    """A dictionary's reading; a second reader agreed or the word is listed."""
    INFERRED = "inferred"
    """A guess; said as such (「よみは 推定」)."""
    UNREADABLE = "unreadable"
    """A glyph that cannot be shown (●, 〓); nothing was guessed."""


class FieldKind(StrEnum):
    """What kind of value a field holds; decides how it is read."""

    NAME = "name"
    INSURER = "insurer"
    ADDRESS = "address"
    DAY = "day"
    DIGITS = "digits"
    SYMBOL = "symbol"
    BRANCH = "branch"
    SHARE = "share"
    YEN = "yen"
    SEX = "sex"
    TERM = "term"
    COUNT = "count"
    """A number and what it counts: ``3件``, ``2人``, ``5回``; a bare number is read as a number."""
    RECEPTION = "reception"
    """受付番号."""
    AGE = "age"
    MONTH = "month"
    """``yyyyMM``, or as shown."""
    TIME = "time"
    """``9:05`` or ``9:05:30``."""
    MOMENT = "moment"
    """``yyyyMMddHHmmss``, or a day and a time as shown."""
    MINUTES = "minutes"
    DAYS = "days"
    """A length in days, such as those that a record is kept for."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value as received or shown, with the kana that came beside it, if any."""

    kind: FieldKind
    text: str
    kana: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One stretch of speech, without a pause inside longer than a comma's.

    ``kana`` is full-width katakana with ー, 、 and 。 alone (a space is a short break); ``text`` is what a screen
    shows.
    """

    text: str
    kana: str
    source: ReadingSource = ReadingSource.FIXED
