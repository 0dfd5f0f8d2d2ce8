"""What a recogniser wrote, as kana, and how far that is from what was said. Pure: no sound and no model.

A recogniser writes kanji and numerals as it likes, so both sides are brought to one way of writing kana before they
are compared: no breaks, and オウ, オオ and オー are the same sound, as are エイ, エエ and エー. A number is read digit
by digit where digits were said, and a date by the product's own rules, so that what is counted is what was misheard.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from app.speech.mora import same_sound
from app.speech.reading_days import read_date
from app.speech.reading_letters import DIGITS

TextReader = Callable[[str], str]
"""Kanji and kana to katakana."""

_DATE = re.compile("(明治|大正|昭和|平成|令和)?(元|[0-9]{1,4})年([0-9]{1,2})月([0-9]{1,2})日")
_NO_SOUND = re.compile(r"[\s、。，．,.・!?「」()-]+")
_KANJI_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")
_THOUSANDS = re.compile("(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_VOWELS = dict(zip("AIUEO", "アイウエオ", strict=True))
_LENGTHENING = {"O": "ウオ", "E": "イエ"}
"""What may be written behind a kana of this row to make it longer."""
_NO_KANA = re.compile("[^ァ-ヺー]")


def plain_kana(kana: str) -> str:
    """Bring kana to the one way of writing that is compared: every ー is the vowel that it lengthens."""
    written: list[str] = []
    for sign in same_sound(_NO_KANA.sub("", kana)):
        vowel = _VOWELS.get(_row_of(written[-1])) if written else None
        written.append(vowel or sign if sign == "ー" else sign)
    return "".join(written)


def kana_of_words(text: str, read: TextReader) -> str:
    """Names and whatever else is words alone."""
    return plain_kana(read(_flat(text)))


def kana_of_digits(text: str, read: TextReader) -> str:
    """Digits by their names, one by one, however they were grouped; words between them as words."""
    said = []
    for stretch in re.findall("[0-9]+|[^0-9]+", _flat(text).translate(_KANJI_DIGITS)):
        said.append("".join(DIGITS[sign] for sign in stretch) if stretch[0] in DIGITS else read(stretch))
    return plain_kana("".join(said))


def kana_of_dates(text: str, read: TextReader) -> str:
    """Dates by the product's rules (``4月1日`` is シガツ ツイタチ); words around them as words."""
    said, end, flat = [], 0, _flat(text)
    for found in _DATE.finditer(flat):
        said.append(_words(flat[end : found.start()], read))
        said.append(read_date(found[0]).kana)
        end = found.end()
    return plain_kana("".join(said) + _words(flat[end:], read))


def kana_of_places(text: str, read: TextReader) -> str:
    """Addresses: ``4,445番地`` is one number, and a hyphen is left for ``read`` to say."""
    flat = unicodedata.normalize("NFKC", text)
    return plain_kana(read(_THOUSANDS.sub("", flat)))


def field_error(said: str, heard: str) -> float:
    """The part of ``said`` that was not heard: edits to the best-matching stretch of ``heard``, 0 to 1.

    What was heard before and after that stretch (a label, a polite ending) costs nothing.

    Raises:
        ValueError: nothing was said.
    """
    if not said:
        raise ValueError("nothing was said")
    row = [0] * (len(heard) + 1)
    before = " "
    for count, sign in enumerate(said, 1):
        above, row = row, [count]
        # Looked at in what was said alone: a label that ends in オ makes no long vowel of a name that begins with ウ.
        longer = _LENGTHENING.get(_row_of(before), "")
        alike = longer if sign in longer else sign
        for place, other in enumerate(heard):
            row.append(min(above[place] + (other not in alike), above[place + 1] + 1, row[place] + 1))
        before = sign
    return min(row) / len(said)


def _row_of(sign: str) -> str:
    """The vowel of a kana as a Latin letter; its name ends with it."""
    return unicodedata.name(sign, "")[-1:]


def _flat(text: str) -> str:
    return _NO_SOUND.sub("", unicodedata.normalize("NFKC", text))


def _words(text: str, read: TextReader) -> str:
    return read(text) if text else ""
