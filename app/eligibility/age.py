"""Age and the bands that decide what a person pays, by the law's own borders. Pure: no clock.

An age is reached at the end of the day before the birthday, so that its first day is the birthday itself, also for
people born on 1 April or on the 1st of a month. Somebody born on 29 February reaches it on 28 February.

Sources: 年齢計算ニ関スル法律; 民法 143条; 健康保険法 74条 and 110条 (六歳に達する日以後の最初の三月三十一日;
七十歳に達する日の属する月の翌月以後); 高齢者の医療の確保に関する法律 50条 and 52条 (75歳に達したとき).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

OLDEST = 130
"""A birth date that makes somebody older is a slip of the pen."""


class AgeBand(StrEnum):
    PRESCHOOL = "preschool"
    WORKING = "working"
    """From school age to the month in which 70 is reached."""
    ELDERLY = "elderly"
    """70 to 74."""
    LATE_ELDERLY = "late_elderly"


AGE_BAND_WORDS: dict[AgeBand, str] = {
    AgeBand.PRESCHOOL: "未就学",
    AgeBand.WORKING: "就学〜69歳",
    AgeBand.ELDERLY: "70〜74歳",
    AgeBand.LATE_ELDERLY: "75歳以上",
}


@dataclass(frozen=True, slots=True)
class Age:
    """``years`` as people count them; ``band`` by law; ``next_band_from`` is the first day of the band after it."""

    years: int
    band: AgeBand
    next_band_from: date | None


def age_on(born: date | None, day: date) -> Age | None:
    """Return the age on ``day``; ``None`` without a birth date, before it, or when nobody gets so old."""
    if born is None or born > day:
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if years > OLDEST:
        return None
    borders = (
        (school_from(born), AgeBand.PRESCHOOL),
        (elderly_from(born), AgeBand.WORKING),
        (late_elderly_from(born), AgeBand.ELDERLY),
    )
    for first_day_after, band in borders:
        if day < first_day_after:
            return Age(years, band, first_day_after)
    return Age(years, AgeBand.LATE_ELDERLY, None)


def reached_on(born: date, years: int) -> date:
    """Return the day at whose end the age is reached."""
    try:
        return date(born.year + years, born.month, born.day) - timedelta(days=1)
    except ValueError:  # 29 February in a year without one
        return date(born.year + years, 2, 28)


def school_from(born: date) -> date:
    """Return the 1 April after the first 31 March on or after the day on which six is reached."""
    six = reached_on(born, 6)
    end = date(six.year, 3, 31)
    return date(six.year + (six > end), 4, 1)


def elderly_from(born: date) -> date:
    """Return the first day of the month after the one in which 70 is reached."""
    seventy = reached_on(born, 70)
    return date(seventy.year + seventy.month // 12, seventy.month % 12 + 1, 1)


def late_elderly_from(born: date) -> date:
    """Return the 75th birthday."""
    return reached_on(born, 75) + timedelta(days=1)
