"""Dates in the Japanese calendar, beside the western ones. Pure: no locale, no clock.

Source: first days of the eras Meiji to Reiwa; the day of change belongs to the newer era.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Era:
    name: str
    first_day: date


ERAS = (
    Era("令和", date(2019, 5, 1)),
    Era("平成", date(1989, 1, 8)),
    Era("昭和", date(1926, 12, 25)),
    Era("大正", date(1912, 7, 30)),
    Era("明治", date(1868, 1, 25)),
)
"""Newest first."""

_LETTERS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}


class NoSuchDay(ValueError):
    """These numbers are no day of the calendar, or none of the era.

    ``meant`` is the day that somebody who forgot the change of era meant (平成31年5月1日 is 2019-05-01), if any.
    """

    def __init__(self, meant: date | None = None) -> None:
        super().__init__("no such day")
        self.meant = meant


def era_named(text: str) -> Era | None:
    """Return the era of 昭和, 昭 or S (either case); ``None`` for anything else."""
    name = _LETTERS.get(text.upper(), text)
    return next((era for era in ERAS if name and era.name.startswith(name)), None)


def western_day(era: Era, year: int, month: int, day: int) -> date:
    """Return the day that is written 昭和``year``年``month``月``day``日; 元年 is 1.

    Raises:
        NoSuchDay: no such day, or a day before the era began or after it ended.
    """
    if year < 1:
        raise NoSuchDay()
    try:
        found = date(era.first_day.year + year - 1, month, day)
    except ValueError:
        raise NoSuchDay() from None
    place = ERAS.index(era)
    if found < era.first_day or (place > 0 and found >= ERAS[place - 1].first_day):
        raise NoSuchDay(found)
    return found


def wareki(day: date) -> str | None:
    """Return ``令和8年11月22日`` (the first year is 元年); ``None`` before Meiji."""
    for era in ERAS:
        if day >= era.first_day:
            year = day.year - era.first_day.year + 1
            return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return None


def parse_day(text: str | None) -> date | None:
    """Read ``yyyyMMdd``; ``None`` for anything that is not a day of the calendar (``99999999`` among it)."""
    if text is None or len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def both_calendars(day: date) -> str:
    """Return ``令和8年11月22日（2026年11月22日）``."""
    western = f"{day.year}年{day.month}月{day.day}日"
    japanese = wareki(day)
    return western if japanese is None else f"{japanese}（{western}）"


def day_words(text: str) -> str:
    """Show ``yyyyMMdd`` in both calendars; what is not a day is shown as received."""
    day = parse_day(text)
    return text if day is None else both_calendars(day)


def moment_words(text: str) -> str:
    """Show ``yyyyMMddHHmmss`` in both calendars with its time; anything else as received."""
    day = parse_day(text[:8])
    if day is None or len(text) != 14 or not (text.isascii() and text.isdigit()):
        return text
    hour, minute, second = text[8:10], text[10:12], text[12:]
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return text
    return f"{both_calendars(day)} {int(hour)}:{minute}:{second}"


def month_words(text: str) -> str:
    """Show ``yyyyMM`` as ``令和8年11月（2026年11月）``; anything else as received. The era is that of its 28th day."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()) or not 1 <= int(text[4:]) <= 12:
        return text
    year, month = int(text[:4]), int(text[4:])
    late = parse_day(f"{text}28")
    japanese = None if late is None else wareki(late)
    western = f"{year}年{month}月"
    return western if japanese is None else f"{japanese.removesuffix('28日')}（{western}）"
