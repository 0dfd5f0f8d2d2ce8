"""One folding for everything that is searched: two spellings of the same name or number become the same text.

Applied to what is stored and to what is typed alike; nothing folded is ever shown. Folding twice changes nothing.
Whoever changes what it does must make the kept keys anew (``app/store/search_keys.py``).

Sources: Unicode NFKC (widths, half-width katakana, compatibility ideographs, combining dakuten); UTS #37 (variation
selectors are drawing, not meaning); JIS X 0208 rows 4 and 5 (hiragana and katakana run in parallel).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from app.eligibility.kanji_variants import KANJI_VARIANTS

MAX_FOLDED = 200
"""Longest folded text, in characters; the rest is cut. The longest name that a card holds is far shorter."""

_HIRAGANA = {code: chr(code + 0x60) for code in [*range(0x3041, 0x3097), 0x309D, 0x309E]}
_SPACING_MARKS = {0x309B: "\u3099", 0x309C: "\u309a"}
"""NFKC would put a space before the free-standing dakuten and handakuten."""

_SMALL = str.maketrans(
    "ァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ",
    "アイウエオツヤユヨワカケクシストヌハヒフヘホムラリルレロ",
)
_SAME_SOUND = str.maketrans("ヰヱヲヂヅヷヸヹヺ", "イエオジズバビベボ")
_VU = (("ヴァ", "バ"), ("ヴィ", "ビ"), ("ヴェ", "ベ"), ("ヴォ", "ボ"), ("ヴ", "ブ"))
_PLACEHOLDERS = frozenset("●○◎■□◆◇★☆〓")
"""Signs that stand for a kanji which could not be written: kept, because staff see and type them."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return the folded form: large katakana, one form of each kanji, lower case, digits in ASCII, nothing between.

    Long marks, dots, hyphens, spaces, all other punctuation and everything invisible are left out. May be empty.
    """
    text = unicodedata.normalize("NFKC", text[: MAX_FOLDED * 4].translate(_SPACING_MARKS))
    text = _repeated(text.translate(_HIRAGANA))
    for sound, same in _VU:
        text = text.replace(sound, same)
    text = text.translate(_SMALL).translate(_SAME_SOUND).translate(KANJI_VARIANTS).casefold()
    return "".join(kept for sign in text for kept in _kept(sign))[:MAX_FOLDED]


def _repeated(text: str) -> str:
    """Write out 々 and the kana repeat signs (佐々木 = 佐佐木, すゞ = すず)."""
    signs: list[str] = []
    for sign in text:
        before = signs[-1] if signs else ""
        if sign in "々〻ヽ" and before:
            signs.append(before)
        elif sign == "ヾ" and before:
            signs.append(unicodedata.normalize("NFC", before + "\u3099")[0])
        else:
            signs.append(sign)
    return "".join(signs)


def _kept(sign: str) -> str:
    if sign in _PLACEHOLDERS:
        return "●"
    if sign == "ー":
        return ""
    kind = unicodedata.category(sign)
    if kind[0] == "L" and not "\u30a1" <= sign <= "\u30ff":
        sign = "".join(part for part in unicodedata.normalize("NFD", sign) if unicodedata.category(part)[0] != "M")
    # Unassigned code points stay: they are kanji younger than Python's tables. Noncharacters are ours, as marks.
    if kind[0] in "LN" or kind == "Co" or (kind == "Cn" and not _is_noncharacter(sign)):
        return sign
    return ""


def _is_noncharacter(sign: str) -> bool:
    code = ord(sign)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
