"""Days, months, times and ages in kana: 和暦 first from our own tables, 西暦 and age when asked for more.

A day that is none (``99999999``, 昭和65年1月1日) is told digit by digit, so that nothing that arrived is hidden.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from app.eligibility.age import age_on
from app.eligibility.wareki import ERAS, NoSuchDay, parse_day
from app.eligibility.written_day import NotADay, read_day
from app.speech.reading_digits import read_digits
from app.speech.reading_numbers import counted, number_kana
from app.speech.reading_parts import Said
from app.speech.utterance import ReadingSource

ERA_KANA = {"令和": "レイワ", "平成": "ヘイセイ", "昭和": "ショウワ", "大正": "タイショウ", "明治": "メイジ"}
BEFORE_ERAS = "セイレキ"
ENDLESS = "99999999"
"""The wire's word for 「no end」 in days of validity."""

_WRITTEN = re.compile("(明治|大正|昭和|平成|令和|西暦)?(元|[0-9]{1,4})年([0-9]{1,2})月([0-9]{1,2})日")
_SHOWN = re.compile(r"(.+?)（.*）")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


def find_day(text: str) -> date | None:
    """Return the day of any form that a page, the wire or a form shows; ``None`` when it is none."""
    plain = unicodedata.normalize("NFKC", text[:60]).strip()
    shown = _SHOWN.fullmatch(text.strip())
    try:
        return parse_day(plain) or read_day(shown[1] if shown else plain)
    except (NotADay, NoSuchDay):
        return None


def japanese_kana(day: date) -> str:
    """``レイワ ハチネン、ジュウイチガツ ニジュウニニチ``; before Meiji the western year."""
    return f"{_japanese_year(day)}、{month_and_day_kana(day)}"


def western_kana(day: date) -> str:
    """``セイレキ ニセンニジュウロクネン、ジュウイチガツ ニジュウニニチ``."""
    return f"{BEFORE_ERAS} {counted(day.year, '年')}、{month_and_day_kana(day)}"


def slow_kana(day: date) -> str:
    """Numbers as numbers: ``ナナガツ、イチニチ``, for ears that took ツイタチ for フツカ or シチ for イチ.

    Source: a recogniser heard ツイタチ as フツカ twice of fifteen dates (measured 2026-11-22).
    """
    month = number_kana(day.month) + "ガツ"
    return f"{_japanese_year(day)}、{month}、{number_kana(day.day)}ニチ"


def _japanese_year(day: date) -> str:
    for era in ERAS:
        if day >= era.first_day:
            year = day.year - era.first_day.year + 1
            return f"{ERA_KANA[era.name]} {'ガンネン' if year == 1 else counted(year, '年')}"
    return f"{BEFORE_ERAS} {counted(day.year, '年')}"


def month_and_day_kana(day: date) -> str:
    return f"{counted(day.month, '月')} {counted(day.day, '日')}"


def read_date(text: str) -> Said:
    """Read a day in 和暦."""
    if text.strip() == ENDLESS:
        return Said("キゲン ナシ", ReadingSource.TABLE)
    day = find_day(text)
    return _as_written(text) if day is None else Said(japanese_kana(day), ReadingSource.TABLE)


def _as_written(text: str) -> Said:
    """A day of no calendar (平成31年5月1日) is said as it stands; what is not even written as a day, sign by sign."""
    found = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text[:60]).strip())
    if found is None:
        return read_digits(text)
    year = "ガンネン" if found[2] == "元" else counted(int(found[2]), "年")
    start = f"{ERA_KANA.get(found[1], BEFORE_ERAS)} {year}"
    return Said(f"{start}、{counted(int(found[3]), '月')} {counted(int(found[4]), '日')}", ReadingSource.TABLE)


def read_date_more(text: str, today: date | None = None) -> Said:
    """Read a day in 西暦, with the age of somebody who was born on it where ``today`` is given."""
    day = find_day(text)
    if day is None:
        return read_date(text)
    age = None if today is None else age_on(day, today)
    end = "" if age is None else f"。{counted(age.years, '歳')}"
    return Said(western_kana(day) + end, ReadingSource.TABLE)


def read_date_slowly(text: str) -> Said:
    """Read a day with イチニチ for ツイタチ and ナナガツ for シチガツ."""
    day = find_day(text)
    return read_date(text) if day is None else Said(slow_kana(day), ReadingSource.TABLE)


def read_month(text: str) -> Said:
    """Read ``202611`` or ``令和8年11月（2026年11月）``; the era is that of the month's 28th day."""
    plain = unicodedata.normalize("NFKC", text[:60]).strip()
    shown = _SHOWN.fullmatch(text.strip())
    start = unicodedata.normalize("NFKC", shown[1]) if shown else plain
    day = parse_day(plain + "28") if len(plain) == 6 else find_day(start.removesuffix("月") + "月28日")
    if day is None:
        return read_digits(text)
    return Said(f"{_japanese_year(day)} {counted(day.month, '月')}", ReadingSource.TABLE)


def read_time(text: str) -> Said:
    """Read ``9:05`` → ``クジ ゴフン``; on the hour without minutes; seconds only where there are some."""
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", text[:20]).strip())
    if found is None:
        return read_digits(text)
    hour, minute, second = int(found[1]), int(found[2]), found[3]
    if hour > 24 or minute > 59 or (second and int(second) > 59):
        return read_digits(text)
    said = counted(hour, "時")
    if minute or (second and int(second)):
        said += f" {counted(minute, '分')}"
    if second and int(second):
        said += f" {counted(int(second), '秒')}"
    return Said(said, ReadingSource.TABLE)


def read_moment(text: str) -> Said:
    """Read ``20261122091502`` or ``令和8年11月22日（2026年11月22日） 9:15:02``: day, then hour and minute."""
    plain = unicodedata.normalize("NFKC", text[:80]).strip()
    if re.fullmatch("[0-9]{14}", plain):
        start, time = plain[:8], f"{plain[8:10]}:{plain[10:12]}"
    else:
        start, _, time = plain.rpartition(" ")
        time = time[: time.rfind(":")] if time.count(":") == 2 else time
        start = start.replace("(", "（").replace(")", "）")
    day, hour = find_day(start), read_time(time)
    if day is None or _TIME.fullmatch(time) is None:
        return read_digits(text)
    return Said(f"{japanese_kana(day)}、{hour.kana}", ReadingSource.TABLE)
