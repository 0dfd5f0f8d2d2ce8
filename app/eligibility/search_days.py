"""Days, months and ranges as people type them, in 和暦 and 西暦, in whole or without the year. Pure.

The text is NFKC already, with ``~`` and ``-`` as the only marks between the ends of a range.
"""

from __future__ import annotations

import calendar
import contextlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.eligibility.wareki import NoSuchDay, era_named, western_day

RECENT_DAYS = 100
"""No check is kept for longer; an older day can only be somebody's birthday."""


class Exact(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    RECENT = "recent"
    """Without a year, or a word such as 先月: only days of checks are named like that."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to a day, both included; an end that is ``None`` is open."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Whole(Span):
    """A span with two ends."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Point:
    span: Whole
    exact: Exact


_ERA = r"(?:(?P<era>明治|大正|昭和|平成|令和|[明大昭平令]|[MTSHRmtshr])\.?(?P<era_year>元|\d{1,2})|(?P<year>\d{4}))"
_DAY = re.compile(_ERA + r"(?:年|[./-])(?P<month>\d{1,2})(?:月|[./-])(?P<day>\d{1,2})日?")
_MONTH = re.compile(_ERA + r"(?:年(?P<month>\d{1,2})月?|[./](?P<month2>\d{1,2})月?)")
_YEAR = re.compile(_ERA + r"年")
_NO_YEAR = re.compile(r"(?P<month>\d{1,2})(?:/|月)(?P<day>\d{1,2})日?")
_ONLY_MONTH = re.compile(r"(?P<month>\d{1,2})月")


def recent(span: Span, today: date) -> bool:
    """True where a kept check could be of these days."""
    earliest, latest = today - timedelta(days=RECENT_DAYS), today + timedelta(days=1)
    return (span.last is None or span.last >= earliest) and (span.first is None or span.first <= latest)


def read_point(text: str, today: date) -> Point | None:
    """Read one day, month or year; ``None`` when the text has no such form.

    Raises:
        NoSuchDay: it has the form, but there is no such day.
    """
    word = _word(text, today)
    if word is not None:
        return Point(word, Exact.RECENT)
    if found := _DAY.fullmatch(text):
        if found["year"] and not 1868 <= int(found["year"]) <= 2199:
            return None  # four digits of a number with hyphens
        day = _whole(found, int(found["month"]), int(found["day"]))
        return Point(Whole(day, day), Exact.DAY)
    if found := _MONTH.fullmatch(text):
        if found["year"] and not 1868 <= int(found["year"]) <= 2199:
            return None
        return Point(_month(found, int(found["month"] or found["month2"])), Exact.MONTH)
    if found := _YEAR.fullmatch(text):
        return Point(_year(found), Exact.YEAR)
    if found := _NO_YEAR.fullmatch(text):
        day = _nearest(int(found["month"]), int(found["day"]), today)
        return Point(Whole(day, day), Exact.RECENT)
    if found := _ONLY_MONTH.fullmatch(text):
        first = _nearest(int(found["month"]), 1, today)
        return Point(_month_of(first), Exact.RECENT)
    return None


def read_range(text: str, today: date) -> Span | None:
    """Read ``A~B``, ``A~``, ``~B`` or ``A-B``; ``None`` when the text has no such form.

    An end without a year is the first such day after the start: 12/20-1/10 goes over the new year. Eight digits are
    a day beside ``~``; with a hyphen, which stands in numbers too, only two days in their order are a range.

    Raises:
        NoSuchDay: an end has the form of a day, but there is no such day.
    """
    if text.count("~") == 1:
        left, right = text.split("~")
        first, last = _end(left, today), _end(right, today)
        if (left and first is None) or (right and last is None) or (first is None and last is None):
            return None
        return _between(first, last)
    if found := re.fullmatch(r"(\d{8})-(\d{8})", text):
        days = [_eight_digits(found[1]), _eight_digits(found[2])]
        if days[0] is None or days[1] is None or days[0] > days[1]:
            return None
        return Span(days[0], days[1])
    for place in (place for place, sign in enumerate(text) if sign == "-"):
        left, right = text[:place], text[place + 1 :]
        try:
            first, last = read_point(left, today), read_point(right, today)
        except NoSuchDay:
            if re.fullmatch(r"\d+/\d+", left) or re.fullmatch(r"\d+/\d+", right):
                raise
            continue
        if first is not None and last is not None:
            return _between(first, last)
    return None


def _end(text: str, today: date) -> Point | None:
    if not re.fullmatch(r"\d{8}", text):
        return read_point(text, today) if text else None
    day = _eight_digits(text)
    if day is None:
        raise NoSuchDay()
    return Point(Whole(day, day), Exact.DAY)


def _eight_digits(text: str) -> date | None:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
    return day if 1868 <= day.year <= 2199 else None


def _between(first: Point | None, last: Point | None) -> Span:
    start = first.span.first if first else None
    if last is None:
        return Span(start, None)
    end = last.span.last
    if last.exact is Exact.RECENT and start is not None and first is not None and end < start:
        later = _same_day(end, end.year + 1)
        # A turn of the year is meant; a year's wait for the end is a slip of the hand.
        if (later - start).days <= 183:
            end = later
    return Span(start, end)


def _whole(found: re.Match[str], month: int, day: int) -> date:
    if found["year"]:
        try:
            return date(int(found["year"]), month, day)
        except ValueError:
            raise NoSuchDay() from None
    era = era_named(found["era"])
    assert era is not None  # noqa: S101 the pattern holds the names
    return western_day(era, _era_year(found), month, day)


def _month(found: re.Match[str], month: int) -> Whole:
    if not 1 <= month <= 12:
        raise NoSuchDay()
    if found["year"]:
        return _month_of(date(int(found["year"]), month, 1))
    era = era_named(found["era"])
    assert era is not None  # noqa: S101 the pattern holds the names
    year = era.first_day.year + _era_year(found) - 1
    for day in (1, calendar.monthrange(year, month)[1]):  # the month in which an era changes has days of both
        try:
            return _month_of(western_day(era, _era_year(found), month, day))
        except NoSuchDay as error:
            refused = error
    raise refused


def _year(found: re.Match[str]) -> Whole:
    if found["year"]:
        year = int(found["year"])
        if not 1868 <= year <= 2199:
            raise NoSuchDay()
        return Whole(date(year, 1, 1), date(year, 12, 31))
    era = era_named(found["era"])
    assert era is not None  # noqa: S101 the pattern holds the names
    year = era.first_day.year + _era_year(found) - 1
    for month, day in ((12, 31), (1, 1), (era.first_day.month, era.first_day.day)):
        try:
            western_day(era, _era_year(found), month, day)
            return Whole(date(year, 1, 1), date(year, 12, 31))
        except NoSuchDay as error:
            refused = error
    raise refused


def _era_year(found: re.Match[str]) -> int:
    return 1 if found["era_year"] == "元" else int(found["era_year"])


def _month_of(day: date) -> Whole:
    return Whole(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def _nearest(month: int, day: int, today: date) -> date:
    """The such day that is nearest to today, before or after it."""
    days: list[date] = []
    for year in range(today.year - 8, today.year + 9):
        with contextlib.suppress(ValueError):
            days.append(date(year, month, day))
    if not days:
        raise NoSuchDay()
    return min(days, key=lambda found: abs(found - today))


def _same_day(day: date, year: int) -> date:
    return day.replace(year=year, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=year)


def _word(text: str, today: date) -> Whole | None:
    days_back = {"きょう": 0, "今日": 0, "本日": 0, "きのう": 1, "昨日": 1, "おととい": 2, "一昨日": 2}
    if text in days_back:
        day = today - timedelta(days=days_back[text])
        return Whole(day, day)
    monday = today - timedelta(days=today.weekday())
    if text in ("今週", "先週"):
        monday -= timedelta(days=7 if text == "先週" else 0)
        return Whole(monday, monday + timedelta(days=6))
    if text == "今月":
        return _month_of(today)
    if text == "先月":
        return _month_of(today.replace(day=1) - timedelta(days=1))
    if text in ("今年", "昨年"):
        year = today.year - (text == "昨年")
        return Whole(date(year, 1, 1), date(year, 12, 31))
    return None
