"""What somebody typed into the one search box, as terms: names, numbers, days of birth, days of checks. Pure.

Every term must hold; a term that can be read in two ways (``20261105``: a number, a birthday or the day of a check)
holds when any of its readings does. Nothing here knows how anything is stored.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.eligibility.folding import fold
from app.eligibility.search_days import Exact, Point, Span, read_point, read_range, recent

MAX_TYPED = 200
MAX_TERMS = 12


class QueryFault(StrEnum):
    """Why a text cannot be searched. Words: ``app/speech/phrases/search_words.py``."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    NOTHING_TO_FIND = "nothing_to_find"
    NO_SUCH_DAY = "no_such_day"
    WRONG_ERA = "wrong_era"
    ENDS_BEFORE_START = "ends_before_start"


class QueryRefused(ValueError):
    """The text cannot be searched as it stands. ``part`` is what of it, as typed; ``meant`` a day to offer instead."""

    def __init__(self, fault: QueryFault, part: str = "", meant: date | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.part = part
        self.meant = meant


@dataclass(frozen=True, slots=True)
class Named:
    """A name or its kana contains ``key``, spaces left out; with one sign only, one of its words begins with it."""

    key: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number, or numbers in the order of the certificate, are ``key`` exactly, but for zeros in front."""

    key: str


@dataclass(frozen=True, slots=True)
class BornIn:
    """Born on that day, in that month or in that year: ``yyyyMMdd``, ``yyyyMM`` or ``yyyy``."""

    digits: str


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """Checked on that day or in that month: ``yyyyMMdd`` or ``yyyyMM``."""

    digits: str


@dataclass(frozen=True, slots=True)
class CheckedBetween:
    """Checked from the first day's beginning to the last day's end, Asia/Tokyo. ``None`` is open."""

    first: date | None
    last: date | None


Reading = Named | Numbered | BornIn | CheckedIn
Term = tuple[Reading, ...] | CheckedBetween


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All terms must hold. Never empty."""

    terms: tuple[Term, ...]


def read_query(text: str, today: date) -> SearchQuery:
    """Read the box's text as of ``today`` (Asia/Tokyo).

    Raises:
        QueryRefused: with the part that is wrong, so that it can be said beside the box.
    """
    if len(text) > MAX_TYPED:
        raise QueryRefused(QueryFault.TOO_LONG)
    if not text.strip():
        raise QueryRefused(QueryFault.EMPTY)
    terms: list[Term] = []
    numbers: list[str] = []  # neighbours such as 記号 and 番号 are one number
    for part in _parts(text):
        key = fold(part)
        if key.isascii() and key.isdigit() and not _is_day_shaped(part, today):
            numbers.append(part)
            continue
        _close(numbers, terms, today)
        term = _term(part, today)
        if term is not None:
            terms.append(term)
    _close(numbers, terms, today)
    if not terms:
        raise QueryRefused(QueryFault.NOTHING_TO_FIND)
    if len(terms) > MAX_TERMS:
        raise QueryRefused(QueryFault.TOO_MANY)
    return SearchQuery(tuple(terms))


_ERA = "明治|大正|昭和|平成|令和|[明大昭平令]|[MTSHRmtshr]"
_MONTH = r"1[0-2]|0?[1-9]"
_DAY = r"3[01]|[12]\d|0?[1-9]"
_TIDY = (
    (re.compile(r"[〜∼〰]"), "~"),
    (re.compile(r"[‐‑‒–—―−]"), "-"),
    (re.compile(r"(?<=[\d日月])ー(?=\d)"), "-"),
    (re.compile(r"(?<=[\d年月日])\s*から\s*"), "~"),
    (re.compile(r"(\S+[\d年月日])まで"), r"~\1"),
    (re.compile(r"~(\S*)~"), r"\1~"),  # ○から○まで
    (re.compile(r"(?<=\d)\s+(?=[年月日](?:[\s\d~-]|$))"), ""),
    (re.compile(r"(?<=[年月])\s+(?=\d)"), ""),
    (re.compile(rf"(?<![^\s~])({_ERA})\s+(?=(?:元|\d{{1,2}})\s*年|\d{{1,2}}[./-]\d)"), r"\1"),
    (re.compile(rf"(?<![^\s~])({_ERA})\s*(\d{{1,2}})\s+({_MONTH})\s+({_DAY})(?!\S)"), r"\1\2.\3.\4"),
    (re.compile(r"(?<=\S)生まれ|(?<=日)生"), ""),
    (re.compile(r"\s*~\s*"), "~"),
)


def _parts(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text)
    for pattern, instead in _TIDY:
        text = pattern.sub(instead, text)
    return text.split()


def _close(numbers: list[str], terms: list[Term], today: date) -> None:
    if len(numbers) == 1:
        terms.append(_digits(fold(numbers[0]), today))
    elif numbers:
        terms.append((Numbered(fold("".join(numbers))),))
    numbers.clear()


def _is_day_shaped(part: str, today: date) -> bool:
    try:
        return _span(part, today) is not None or _point(part, today) is not None
    except QueryRefused:
        return True


def _term(part: str, today: date) -> Term | None:
    span = _span(part, today)
    if span is not None:
        return CheckedBetween(span.first, span.last)
    point = _point(part, today)
    if point is not None:
        return _day_term(point, today)
    key = fold(part)
    if not key:
        return None
    if any(sign.isdigit() for sign in key):
        compact = _compact_era(part, today)
        return (*compact, Named(key), Numbered(key))
    return (Named(key), Numbered(key))


def _day_term(point: Point, today: date) -> Term:
    if point.exact is Exact.RECENT or (point.exact is Exact.YEAR and recent(point.span, today)):
        return CheckedBetween(point.span.first, point.span.last)
    shown = f"{point.span.first:%Y%m%d}"[: {Exact.MONTH: 6, Exact.YEAR: 4}.get(point.exact, 8)]
    if recent(point.span, today):
        return (BornIn(shown), CheckedIn(shown))
    return (BornIn(shown),)


def _digits(key: str, today: date) -> Term:
    """Digits alone: a number, and a day as well where eight of them are one."""
    readings: list[Reading] = [Numbered(key)]
    if len(key) == 8:
        try:
            day = date(int(key[:4]), int(key[4:6]), int(key[6:]))
        except ValueError:
            return tuple(readings)
        if date(1868, 1, 25) <= day <= today + timedelta(days=366):
            readings.append(BornIn(key))
            if recent(Span(day, day), today):
                readings.append(CheckedIn(key))
    return tuple(readings)


def _compact_era(part: str, today: date) -> tuple[Reading, ...]:
    """``S320412``: a day of birth where it is one; it may be a number just as well."""
    found = re.fullmatch(r"([MTSHRmtshr])(\d{2})(\d{2})(\d{2})", part)
    if found is None:
        return ()
    try:
        point = read_point("{}{}.{}.{}".format(*found.groups()), today)
    except ValueError:
        return ()
    return () if point is None else (BornIn(f"{point.span.first:%Y%m%d}"),)


def _span(part: str, today: date) -> Span | None:
    try:
        span = read_range(part, today)
    except ValueError as error:
        raise _refused(error, part) from None
    if span is not None and span.first and span.last and span.last < span.first:
        raise QueryRefused(QueryFault.ENDS_BEFORE_START, part)
    return span


def _point(part: str, today: date) -> Point | None:
    try:
        return read_point(part, today)
    except ValueError as error:
        raise _refused(error, part) from None


def _refused(error: ValueError, part: str) -> QueryRefused:
    meant = getattr(error, "meant", None)
    return QueryRefused(QueryFault.NO_SUCH_DAY if meant is None else QueryFault.WRONG_ERA, part, meant)


def kinds_of(query: SearchQuery) -> str:
    """Name the kinds of terms for 操作記録: nothing of what was typed."""
    kinds = {
        "days" if isinstance(term, CheckedBetween) else "/".join(type(reading).__name__.lower() for reading in term)
        for term in query.terms
    }
    return "+".join(sorted(kinds))
