"""Typing by digits: kana in pairs (row, then column), and days.

The pairs are those of pagers: the first digit is the row (1 ア, 2 カ … 9 ラ, 0 ワ), the second the column (1 to 5), so
that no key has to be pressed several times or in time. In row 8 the columns are ヤ, ユ, ヨ (1, 2, 3); in row 0 they are
ワ, ヲ, ン, ー (1 to 4). ``*`` turns the sign before it through its forms: カ ガ, ハ バ パ, ツ ヅ ッ, ヤ ャ.
"""

from __future__ import annotations

from datetime import date

from app.eligibility.wareki import ERAS, NoSuchDay, western_day
from app.speech.phrases.kana_rows import ERA_DIGITS, FORMS, ROWS, TYPED_DAY, TYPED_MONTH

_NEXT = {forms[place]: forms[(place + 1) % len(forms)] for forms in FORMS for place in range(len(forms))}
LONGEST = 20


class KanaEntry:
    """Kana typed so far, and the row of one that is half typed."""

    def __init__(self) -> None:
        self.text = ""
        self.row: str | None = None

    def press(self, digit: str) -> str | None:
        """Take a digit; return the kana that it completed, ``None`` when it was a row or no column of it."""
        if self.row is None:
            self.row = digit
            return None
        signs, column = ROWS[self.row], int(digit) - 1
        self.row = None
        if not 0 <= column < len(signs):
            return None
        self.text += signs[column]
        return signs[column]

    def turn(self) -> str | None:
        """Give the last kana its next form; ``None`` where there is none."""
        if not self.text or self.text[-1] not in _NEXT:
            return None
        self.text = self.text[:-1] + _NEXT[self.text[-1]]
        return self.text[-1]

    def take_back(self) -> bool:
        """Forget the half-typed kana, or the last one; False when there was nothing."""
        if self.row is not None:
            self.row = None
            return True
        had_any = bool(self.text)
        self.text = self.text[:-1]
        return had_any


class DayEntry:
    """Digits of a day: 4 for month and day of a visit, 6 for a month, 7 with the era's digit first, 8 in 西暦."""

    LENGTHS = (4, 6, 7, 8)

    def __init__(self) -> None:
        self.text = ""

    def press(self, digit: str) -> bool:
        """Take a digit; False when there is no room."""
        if len(self.text) >= max(self.LENGTHS):
            return False
        self.text += digit
        return True

    def take_back(self) -> bool:
        had_any = bool(self.text)
        self.text = self.text[:-1]
        return had_any

    @staticmethod
    def era_of(digits: str) -> str | None:
        """Name the era of seven digits; ``None`` for any others."""
        return ERA_DIGITS.get(digits[0]) if len(digits) == 7 else None

    def query(self) -> str | None:
        """Return the text to search for, ``None`` when the digits are no day."""
        text = self.text
        try:
            match len(text):
                case 4:
                    date(2028, int(text[:2]), int(text[2:]))  # a leap year: which one is meant is the search's matter
                    return TYPED_DAY.format(month=int(text[:2]), day=int(text[2:]))
                case 6:
                    date(int(text[:4]), int(text[4:]), 1)
                    return TYPED_MONTH.format(year=int(text[:4]), month=int(text[4:]))
                case 7:
                    era = next(era for era in ERAS if era.name == self.era_of(text))
                    return f"{western_day(era, int(text[1:3]), int(text[3:5]), int(text[5:])):%Y%m%d}"
                case 8:
                    date(int(text[:4]), int(text[4:6]), int(text[6:]))
                    return text
        except (ValueError, NoSuchDay, StopIteration):
            return None
        return None


class NumberEntry:
    """Digits of a number, as many as the longest on a certificate."""

    LONGEST = 20

    def __init__(self) -> None:
        self.text = ""

    def press(self, digit: str) -> bool:
        """Take a digit; False when there is no room."""
        if len(self.text) >= self.LONGEST:
            return False
        self.text += digit
        return True

    def take_back(self) -> bool:
        had_any = bool(self.text)
        self.text = self.text[:-1]
        return had_any

    def query(self) -> str | None:
        """Return the text to search for."""
        return self.text or None
