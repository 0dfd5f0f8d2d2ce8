"""The days on which a band of age begins, on both sides of each border."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.age import AgeBand, age_on, elderly_from, late_elderly_from, reached_on, school_from


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2020, 4, 1), date(2026, 4, 1)),  # six is reached on 31 March
        (date(2020, 4, 2), date(2027, 4, 1)),
        (date(2020, 3, 31), date(2026, 4, 1)),
        (date(2020, 2, 29), date(2026, 4, 1)),
        (date(2020, 12, 31), date(2027, 4, 1)),
        (date(2021, 1, 1), date(2027, 4, 1)),
    ],
)
def test_school_begins_on_the_first_april_after_six_is_reached(born: date, first: date) -> None:
    assert school_from(born) == first


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1956, 11, 1), date(2026, 11, 1)),  # reached on 31 October
        (date(1956, 11, 2), date(2026, 12, 1)),
        (date(1956, 11, 30), date(2026, 12, 1)),
        (date(1956, 12, 1), date(2026, 12, 1)),
        (date(1956, 12, 2), date(2027, 1, 1)),
        (date(1957, 1, 1), date(2027, 1, 1)),
        (date(1956, 2, 29), date(2026, 3, 1)),
        (date(1956, 3, 1), date(2026, 3, 1)),
    ],
)
def test_seventy_counts_from_the_month_after_it_is_reached(born: date, first: date) -> None:
    assert elderly_from(born) == first


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1951, 11, 24), date(2026, 11, 24)),
        (date(1951, 1, 1), date(2026, 1, 1)),
        (date(1952, 2, 29), date(2027, 3, 1)),  # no such day in 2027
        (date(1948, 2, 29), date(2023, 3, 1)),
    ],
)
def test_seventy_five_counts_from_the_birthday(born: date, first: date) -> None:
    assert late_elderly_from(born) == first


@pytest.mark.parametrize(
    ("born", "day", "years", "band"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), 0, AgeBand.PRESCHOOL),
        (date(2020, 4, 1), date(2026, 3, 31), 5, AgeBand.PRESCHOOL),
        (date(2020, 4, 1), date(2026, 4, 1), 6, AgeBand.WORKING),
        (date(2020, 4, 2), date(2027, 3, 31), 6, AgeBand.PRESCHOOL),
        (date(1956, 11, 2), date(2026, 11, 30), 70, AgeBand.WORKING),
        (date(1956, 11, 2), date(2026, 12, 1), 70, AgeBand.ELDERLY),
        (date(1956, 11, 1), date(2026, 10, 31), 69, AgeBand.WORKING),
        (date(1956, 11, 1), date(2026, 11, 1), 70, AgeBand.ELDERLY),
        (date(1951, 11, 24), date(2026, 11, 23), 74, AgeBand.ELDERLY),
        (date(1951, 11, 24), date(2026, 11, 24), 75, AgeBand.LATE_ELDERLY),
        (date(1912, 7, 30), date(2026, 11, 24), 114, AgeBand.LATE_ELDERLY),
        (date(1980, 2, 29), date(2026, 2, 28), 45, AgeBand.WORKING),
        (date(1980, 2, 29), date(2026, 3, 1), 46, AgeBand.WORKING),
    ],
)
def test_years_and_band_on_a_day(born: date, day: date, years: int, band: AgeBand) -> None:
    age = age_on(born, day)
    assert age is not None
    assert (age.years, age.band) == (years, band)


@pytest.mark.parametrize("born", [None, date(2026, 11, 25), date(1868, 1, 25)])
def test_there_is_no_age_without_a_believable_birth_date(born: date | None) -> None:
    assert age_on(born, date(2026, 11, 24)) is None


DAYS = st.dates(date(1900, 1, 1), date(2026, 11, 24))


@given(DAYS, st.integers(0, 110 * 366))
def test_bands_follow_each_other_and_each_names_the_day_it_ends(born: date, days: int) -> None:
    day = born + timedelta(days=days)
    age = age_on(born, day)
    assert age is not None
    order = list(AgeBand)
    if age.next_band_from is None:
        assert age.band is AgeBand.LATE_ELDERLY
        return
    assert age.next_band_from > day
    after, before = age_on(born, age.next_band_from), age_on(born, age.next_band_from - timedelta(days=1))
    assert after is not None
    assert before is not None
    assert (order.index(after.band), before.band) == (order.index(age.band) + 1, age.band)


@given(DAYS, st.integers(1, 100))
def test_an_age_is_reached_on_the_day_before_the_years_go_up(born: date, years: int) -> None:
    eve = reached_on(born, years)
    assert age_on(born, eve).years == years - 1  # type: ignore[union-attr]
    assert age_on(born, eve + timedelta(days=1)).years == years  # type: ignore[union-attr]
