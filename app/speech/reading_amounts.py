"""Shares, money, ages, turns and counts: a number and what it counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from app.speech.reading_digits import grouped, read_digits
from app.speech.reading_numbers import COUNTERS, LONGEST, alone, counted
from app.speech.reading_parts import Said
from app.speech.utterance import ReadingSource

LAST_CALLED = 9_999
"""The last reception number that is said as a number: longer ones are easier digit by digit."""
_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+")
_COUNTED = re.compile(rf"({_NUMBER.pattern})({'|'.join(sorted(COUNTERS, key=len, reverse=True))})?")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:60]).strip()


def _amount(text: str, end: str, say: Callable[[int], str]) -> Said:
    """Read ``text`` as digits with or without ``end``; anything else sign by sign."""
    plain = _plain(text).removesuffix(end).strip()
    digits = plain.replace(",", "") if _NUMBER.fullmatch(plain) else ""
    if not digits or len(digits) > LONGEST:
        return read_digits(text)
    return Said(say(int(digits)), ReadingSource.TABLE)


def read_share(text: str) -> Said:
    """負担割合: ``030`` and ``3割`` → サンワリ. What is not whole tenths is told sign by sign."""
    plain = _plain(text)
    if re.fullmatch("0[0-9]0|100", plain):
        return Said(counted(int(plain) // 10, "割"), ReadingSource.TABLE)
    if re.fullmatch("[0-9]{1,2}割", plain):
        return Said(counted(int(plain[:-1]), "割"), ReadingSource.TABLE)
    return read_digits(text)


def read_yen(text: str) -> Said:
    """``57,600円`` and ``57600`` → ゴマンナナセンロッピャクエン."""
    return _amount(text, "円", lambda number: counted(number, "円"))


def read_age(text: str) -> Said:
    """``37歳`` → サンジュウナナサイ; ``20`` → ハタチ."""
    return _amount(text, "歳", lambda number: counted(number, "歳"))


def read_reception(text: str) -> Said:
    """受付番号: ``1`` → イチバン, as people are called; above 9,999 digit by digit, in groups of at most four."""
    plain = _plain(text).removesuffix("番").strip().replace(",", "")
    if plain.isascii() and plain.isdigit() and int(plain) > LAST_CALLED:
        return Said(f"{grouped(plain)} バン", ReadingSource.TABLE)
    return _amount(text, "番", lambda number: counted(number, "番"))


def read_minutes(text: str) -> Said:
    return _amount(text, "分", lambda number: counted(number, "分"))


def read_days(text: str) -> Said:
    """A length: ``1`` → イチニチ, ``20日`` → ハツカ."""
    return _amount(text, "日", lambda number: "イチニチ" if number == 1 else counted(number, "日"))


def read_count(text: str) -> Said:
    """``3件`` → サンケン, ``2人`` → フタリ, ``12`` → ジュウニー; anything else sign by sign."""
    found = _COUNTED.fullmatch(_plain(text))
    digits = found[1].replace(",", "") if found else ""
    if found is None or len(digits) > LONGEST:
        return read_digits(text)
    number, counter = int(digits), found[2]
    if counter == "日":
        return read_days(digits)
    return Said(counted(number, counter) if counter else alone(number), ReadingSource.TABLE)
