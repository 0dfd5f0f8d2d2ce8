"""A typed field → the kana that the voice is given, with where the reading came from.

Pure and light: no dictionary is loaded here. Whoever has a reader of words (``reading_words.SudachiReader``, in the
voice process) hands it over; without one what only a dictionary could read is said to be unreadable. Nothing raises
for any text that arrives. The tables of places and captions are files of ours, opened at first use.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.speech.reading_amounts import (
    read_age,
    read_count,
    read_days,
    read_minutes,
    read_reception,
    read_share,
    read_yen,
)
from app.speech.reading_days import read_date, read_date_more, read_date_slowly, read_moment, read_month, read_time
from app.speech.reading_digits import read_branch, read_digits
from app.speech.reading_insurers import read_insurer
from app.speech.reading_kana import mend
from app.speech.reading_names import read_name
from app.speech.reading_parts import NOTHING_KANA, Said, WordReader
from app.speech.reading_places import read_address
from app.speech.reading_terms import read_sex, read_term
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource

__all__ = ["WordReader", "explain_reading", "read_day_more", "read_day_slowly", "read_field"]

_PLAIN: dict[FieldKind, Callable[[str], Said]] = {
    FieldKind.DAY: read_date,
    FieldKind.MONTH: read_month,
    FieldKind.TIME: read_time,
    FieldKind.MOMENT: read_moment,
    FieldKind.BRANCH: read_branch,
    FieldKind.SHARE: read_share,
    FieldKind.YEN: read_yen,
    FieldKind.SEX: read_sex,
    FieldKind.COUNT: read_count,
    FieldKind.RECEPTION: read_reception,
    FieldKind.AGE: read_age,
    FieldKind.MINUTES: read_minutes,
    FieldKind.DAYS: read_days,
}
_WITH_WORDS: dict[FieldKind, Callable[[str, WordReader | None], Said]] = {
    FieldKind.INSURER: read_insurer,
    FieldKind.ADDRESS: read_address,
    FieldKind.DIGITS: read_digits,
    FieldKind.SYMBOL: read_digits,
    FieldKind.TERM: read_term,
}

_EXPLANATIONS: dict[ReadingSource, str] = {
    ReadingSource.FIXED: "この端末で決めてある読みです",
    ReadingSource.RECEIVED: "届いたフリガナのとおりに読みました",
    ReadingSource.TABLE: "この端末の読みかたの表で読みました",
    ReadingSource.DICTIONARY: "辞書の読みです",
    ReadingSource.INFERRED: "推定した読みです。券面で確かめてください",
    ReadingSource.UNREADABLE: "読めない文字があります。券面を見てください",
}


def read_field(field: Field, words: WordReader | None = None) -> Phrase:
    """Read a value.

    Args:
        words: the dictionary; ``None`` where there is none.

    Returns:
        A phrase whose ``kana`` holds katakana, ー, 、, 。 and blanks alone; an empty value is ナシ.
        Its source is that of its least sure part.
    """
    text = field.text
    if not text.strip() and not field.kana.strip():
        return Phrase(text, NOTHING_KANA, ReadingSource.FIXED)
    if field.kind is FieldKind.NAME:
        said = read_name(text, field.kana, words)
    elif field.kana.strip() and (received := mend(field.kana)):
        said = Said(received, ReadingSource.RECEIVED)
    elif (plain := _PLAIN.get(field.kind)) is not None:
        said = plain(text)
    else:
        said = _WITH_WORDS[field.kind](text, words)
    return _phrase(text, said)


def read_day_more(text: str, today: date | None = None) -> Phrase:
    """The second form of a day, for the key ``*``: 西暦, and the age of who was born on it when ``today`` is given."""
    return _phrase(text, read_date_more(text, today))


def read_day_slowly(text: str) -> Phrase:
    """A day with イチニチ for ツイタチ and ナナガツ for シチガツ, for the second and third repeat."""
    return _phrase(text, read_date_slowly(text))


def explain_reading(phrase: Phrase) -> str:
    """Answer 「how was that read?」 in a Japanese sentence, for the screen and (by ``spoken_words``) for the ear."""
    return _EXPLANATIONS[phrase.source]


def _phrase(text: str, said: Said) -> Phrase:
    kana = mend(said.kana)
    return Phrase(text, kana or NOTHING_KANA, said.source if kana else ReadingSource.FIXED)
