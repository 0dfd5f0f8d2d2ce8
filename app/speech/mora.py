"""Morae: what kana is counted in, how fast it is spoken, and where a long stretch of it may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile
from typing import Final

RATES: Final = (4.0, 5.0, 6.0, 7.0, 8.5, 10.0, 12.0, 14.0, 16.0)
"""The nine steps of 「おそく」 and 「はやく」, morae a second."""
DEFAULT_RATE: Final = 7.0
MIN_RATE: Final = RATES[0]
MAX_RATE: Final = RATES[-1]

COMMA_S: Final = 0.3
STOP_S: Final = 0.6
END_S: Final = 0.12
"""Pauses at the default rate: after 、, after 。 and after a phrase that ends with neither."""

MAX_PIECE_MORAE: Final = 24
"""A piece is made in one go, which nobody can interrupt: 24 morae cost about 0.2 s of one core."""

_SAME_SOUND: Final = str.maketrans(
    {
        "ヂ": "ジ",
        "ヅ": "ズ",
        "ヰ": "イ",
        "ヱ": "エ",
        "ヲ": "オ",
        "ヵ": "カ",
        "ヶ": "ケ",
        "ヷ": "ヴァ",
        "ヸ": "ヴィ",
        "ヹ": "ヴェ",
        "ヺ": "ヴォ",
        "　": " ",
    }
)
_SPEAKABLE: Final = re.compile("[ァ-ヺー、。 　]*")
_SOUNDING: Final = re.compile("[^ー、。 　ッ]")
_STRETCHES: Final = re.compile("[^、。]+|[、。]+")
_MORA: Final = re.compile("[ァ-ヴー][ァィゥェォャュョヮ]?")
_VOWELS: Final = {
    "ア": "アカガサザタダナハバパマヤラワァャヮ",
    "イ": "イキギシジチニヒビピミリィ",
    "ウ": "ウクグスズツヌフブプムユルヴゥュ",
    "エ": "エケゲセゼテデネヘベペメレェ",
    "オ": "オコゴソゾトドノホボポモヨロォョ",
}
_VOWEL_OF: Final = {kana: vowel for vowel, row in _VOWELS.items() for kana in row}


@dataclass(frozen=True, slots=True)
class Piece:
    """Kana without 、 and 。, made in one go, and the pause after it at the default rate."""

    kana: str
    pause_s: float


def is_speakable(kana: str) -> bool:
    """Full-width katakana with ー, 、, 。 and spaces alone, and something in it that sounds."""
    return _SPEAKABLE.fullmatch(kana) is not None and _SOUNDING.search(kana) is not None


def count_morae(kana: str) -> int:
    """Count what is spoken; a ー that lengthens nothing counts for nothing."""
    return sum(len(morae(piece.kana)) for piece in pieces(kana))


def morae(kana: str) -> list[str]:
    """Return the morae of a piece in order; breaks are left out."""
    return _MORA.findall(same_sound(kana))


def same_sound(kana: str) -> str:
    """Write sounds in one way only (ヲ → オ, ヅ → ズ, ヶ → ケ): the front end does not know the rare signs."""
    return kana.translate(_SAME_SOUND)


def long_vowels(kana: str) -> str:
    """Write every long vowel with ー, so that トウキョウ and トーキョー can be compared."""
    written: list[str] = []
    vowel = ""
    for sign in same_sound(kana):
        longer = sign == vowel or (sign == "ウ" and vowel == "オ") or (sign == "イ" and vowel == "エ")
        written.append("ー" if longer else sign)
        if not longer and sign != "ー":
            vowel = _VOWEL_OF.get(sign, "")
    return "".join(written)


def pieces(kana: str) -> Iterator[Piece]:
    """Cut kana at 、 and 。, and a stretch that is too long at a space or, failing that, between two morae."""
    spoken: list[Piece] = []
    for stretch in _STRETCHES.findall(same_sound(kana)):
        if stretch[0] in "、。":
            if spoken:
                pause_s = STOP_S if "。" in stretch else COMMA_S
                spoken[-1] = Piece(spoken[-1].kana, pause_s)
            continue
        spoken += [Piece(part, 0.0) for part in _short_parts(stretch)]
    if spoken and spoken[-1].pause_s < END_S:
        spoken[-1] = Piece(spoken[-1].kana, END_S)
    return iter(spoken)


def _short_parts(stretch: str) -> Iterator[str]:
    words: list[str] = []
    length = 0
    for word in _short_words(stretch):
        count = len(_MORA.findall(word))
        if words and length + count > MAX_PIECE_MORAE:
            yield " ".join(words)
            words, length = [], 0
        words.append(word)
        length += count
    if words:
        yield " ".join(words)


def _short_words(stretch: str) -> Iterator[str]:
    for word in stretch.split():
        signs = _MORA.findall(word.lstrip("ー"))
        while signs:
            cut = MAX_PIECE_MORAE
            while cut < len(signs) and signs[cut] in "ーッン" and cut > 1:
                cut -= 1
            yield "".join(signs[:cut])
            signs = [*dropwhile("ー".__eq__, signs[cut:])]
