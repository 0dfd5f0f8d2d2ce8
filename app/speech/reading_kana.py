"""Text as received folded into katakana that can be spoken, and the glyphs that nobody can show.

Sources: Unicode NFKC (half-width katakana with its marks) and the parallel rows of hiragana and katakana.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 500
"""Characters of a value that are read; nothing that an answer holds is longer."""

_HIRAGANA = {code: code + 0x60 for code in [*range(0x3041, 0x3097), 0x309D, 0x309E]}
_FREE_MARKS = {0x309B: 0x3099, 0x309C: 0x309A, 0xFF9E: 0x3099, 0xFF9F: 0x309A}
"""Free-standing and half-width dakuten; NFKC would put a space before the former."""
_LONG_MARKS = dict.fromkeys(map(ord, "～〜―—–‐‑‒−-"), "ー")
_RARE = {
    ord(sign): said
    for sign, said in (("ヰ", "イ"), ("ヱ", "エ"), ("ヸ", "ヴィ"), ("ヹ", "ヴェ"), ("ヷ", "ヴァ"), ("ヺ", "ヴォ"))
}
_SMALL_PLAIN = str.maketrans("ヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ", "カケクシストヌハヒフヘホムラリルレロ")
_ODD_MARKS = re.compile("[\u3099\u309a]")
_STEERING = frozenset("\u200b\u200c\u200d\u2060\ufeff")
_KANJI = (("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003fffd"))
_HIDDEN = frozenset("●○◎■□◆◇〓◯\ufffd\u25a1")

SPEAKABLE = re.compile(r"[ァ-ヴー、。 ]*")
"""What ``Phrase.kana`` may hold."""


def to_katakana(text: str) -> str:
    """Fold widths, hiragana, dakuten and rare kana; everything that is no kana stays as it is."""
    text = unicodedata.normalize("NFKC", text[:LONGEST].translate(_FREE_MARKS)).translate(_HIRAGANA)
    text = unicodedata.normalize("NFC", _repeated(text)).translate(_RARE).translate(_SMALL_PLAIN)
    return _ODD_MARKS.sub("", text)


def _repeated(text: str) -> str:
    signs: list[str] = []
    for sign in text:
        before = signs[-1] if signs else ""
        if sign in "ヽヾ":
            sign = unicodedata.normalize("NFC", before + "\u3099")[:1] if sign == "ヾ" and before else before
        signs.append(sign)
    return "".join(signs)


def is_kana(sign: str) -> bool:
    """True for a letter that ``Phrase.kana`` may hold."""
    return "ァ" <= sign <= "ヴ" or sign == "ー"


def is_kanji(sign: str) -> bool:
    """True for a character that only a dictionary can read, also one that is younger than Python's tables."""
    return sign in "々〻〆〇" or any(first <= sign <= last for first, last in _KANJI)


def is_hidden(sign: str) -> bool:
    """True for what stands where a character could not be sent or drawn: ● 〓 □, private use, no character."""
    return sign in _HIDDEN or (unicodedata.category(sign) in ("Co", "Cs", "Cn") and not is_kanji(sign))


def is_silent(sign: str) -> bool:
    """True for signs that are not said and part nothing: joiners, variation selectors, control characters."""
    return sign in _STEERING or unicodedata.category(sign) in ("Cf", "Cc", "Mn", "Me")


def mend(kana: str) -> str:
    """Make any text fit for ``Phrase.kana``: katakana kept, other signs become breaks, breaks never pile up."""
    folded = to_katakana(kana).translate(_LONG_MARKS)
    kept = "".join(sign if is_kana(sign) or sign in "、。 " else " " for sign in folded if not is_silent(sign))
    kept = re.sub(r"(^|[ 、。])[ーァィゥェォャュョヮ]+", r"\1", re.sub("ー{2,}", "ー", kept))
    kept = re.sub(r" *([、。])[、。 ]*", r"\1", re.sub(" +", " ", kept))
    return kept.strip("、。 ")
