"""How many cells kana, digits and spaces take in Japanese six-dot braille.

One cell a kana; two with 濁点 or 半濁点 and for 拗音 and 特殊音 (キャ, ファ); digits share one 数符, and a kana of the
ア and ラ rows right after a digit needs a つなぎ符, since its cell would read as a digit. ワ right after a digit is
counted for ワリ alone: our lines have no other. The tests compare the counts with libkuraji 1.0.2.
"""

from __future__ import annotations

import re
import unicodedata

_SMALL_AFTER = {
    **dict.fromkeys("キシチニヒ", "ャュョェ"),
    **dict.fromkeys("ミリギヂビピ", "ャュョ"),
    "ジ": "ャュョェ",
    "イ": "ェ",
    "ウ": "ィェォ",
    "テ": "ィ",
    "デ": "ィ",
    "ト": "ゥ",
    "ド": "ゥ",
    "フ": "ァィェォ",
    "ヴ": "ァィェォ",
}
_PAIRS = {first + small for first, smalls in _SMALL_AFTER.items() for small in smalls}
_VOICED = frozenset("ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ")
_LIKE_DIGITS = frozenset("アイウエオラリルレロ")
_FULL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオッヤユヨワカケ")


def braille_kana(text: str) -> str:
    """Reduce a text to what these cells can write: katakana, ー and single spaces.

    Hiragana and half-width kana become katakana; a small kana that forms no braille sound (テュ) becomes a full one;
    everything else is left out.
    """
    folded = unicodedata.normalize("NFKC", text)
    kana = "".join(chr(ord(one) + 0x60) if "ぁ" <= one <= "ゖ" else one for one in folded)
    kept = "".join(one if re.match("[ァ-ヶー]", one) else " " if one.isspace() else "" for one in kana)
    parts = [_written(part.lstrip("ー")) for part in kept.split()]
    return " ".join(part for part in parts if part)


def _written(word: str) -> str:
    written = ""
    for sound in sounds(word):
        written += sound if sound in _PAIRS else sound.translate(_FULL)
    return written


def sounds(text: str) -> list[str]:
    """Split into what must not be torn apart: a pair such as キャ, or one character."""
    found = []
    at = 0
    while at < len(text):
        step = 2 if text[at : at + 2] in _PAIRS else 1
        found.append(text[at : at + step])
        at += step
    return found


def count_cells(text: str) -> int:
    """Count the cells of katakana, ー, ``.``, ASCII digits and spaces."""
    cells = 0
    in_number = False
    for sound in sounds(text):
        digit = sound in "0123456789"
        if digit and not in_number:
            cells += 1
        if in_number and sound in _LIKE_DIGITS:
            cells += 1
        cells += 2 if sound in _PAIRS or sound in _VOICED else 1
        in_number = digit
    return cells
