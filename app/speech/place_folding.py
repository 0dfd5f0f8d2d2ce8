"""One form for all spellings of a place: 龍ヶ崎, 竜ケ崎 and 龍が崎 are the same; ``北1条西`` is 北一条西.

Only for finding: nothing folded is ever shown or said.
"""

from __future__ import annotations

import re
import unicodedata

from app.eligibility.kanji_variants import KANJI_VARIANTS

_KANJI_DIGITS = "〇一二三四五六七八九"
_SAME = str.maketrans("ヶがガｹケかカノの之ツッつっ", "ケケケケケケケノノノツツツツ")
_RUN = re.compile(r"[0-9]+|(?s:.)")


def kanji_number(number: int) -> str:
    """Return 1 to 999 in kanji (18 → 十八); larger ones digit by digit."""
    if not 0 < number < 1000:
        return "".join(_KANJI_DIGITS[int(digit)] for digit in str(number))
    said = ""
    for unit, sign in ((100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            said += ("" if digit == 1 and sign else _KANJI_DIGITS[digit]) + sign
    return said


def parse_kanji_number(text: str) -> int | None:
    """Return 一 to 九百九十九; ``None`` for anything else."""
    total = digit = 0
    for sign in text:
        if sign in "十百":
            total += max(digit, 1) * (10 if sign == "十" else 100)
            digit = 0
        elif sign in _KANJI_DIGITS and not digit:
            digit = _KANJI_DIGITS.index(sign)
        else:
            return None
    total += digit
    return total if 0 < total < 1000 and kanji_number(total) == text else None


def plain_place(text: str) -> str:
    """Fold widths and drop blanks and invisible signs; what is left is what remains to be read."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in text if not sign.isspace() and unicodedata.category(sign) not in ("Cf", "Cc", "Mn"))


def fold_place(text: str) -> tuple[str, list[int]]:
    """Fold what ``plain_place`` gave.

    Returns:
        The folded text, and for each of its characters the place in ``text`` after what it came from. All characters
        of a number but the last have 0: a match must not end inside one.
    """
    folded: list[str] = []
    ends: list[int] = []
    for run in _RUN.finditer(text):
        if run[0].isascii() and run[0].isdigit():
            said = kanji_number(int(run[0])) if len(run[0]) < 4 else run[0]
            folded += said
            ends += [0] * (len(said) - 1) + [run.end()]
        else:
            folded.append(run[0].translate(KANJI_VARIANTS).translate(_SAME))
            ends.append(run.end())
    return "".join(folded), ends


def folded_place(text: str) -> str:
    return fold_place(plain_place(text))[0]
