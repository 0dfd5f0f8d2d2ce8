"""Visible until the last second of the next month, Asia/Tokyo."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.retention import is_visible, visible_until
from tests.store.support import patient

FROM, TO = datetime(1990, 1, 1), datetime(2120, 12, 31)  # noqa: DTZ001 hypothesis adds the zone
MOMENTS = st.datetimes(FROM, TO, timezones=st.sampled_from([TOKYO, UTC]))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        ("2026-11-22T10:00:00+09:00", "2026-12-31T23:59:59+09:00"),
        ("2026-12-01T00:00:00+09:00", "2027-01-31T23:59:59+09:00"),
        ("2026-11-30T15:00:00+00:00", "2027-01-31T23:59:59+09:00"),
        ("2026-11-30T14:59:59+00:00", "2026-12-31T23:59:59+09:00"),
        ("2027-01-31T23:59:59+09:00", "2027-02-28T23:59:59+09:00"),
        ("2028-01-01T00:00:00+09:00", "2028-02-29T23:59:59+09:00"),
        ("2028-02-29T12:00:00+09:00", "2028-03-31T23:59:59+09:00"),
        ("2100-01-15T00:00:00+09:00", "2100-02-28T23:59:59+09:00"),
    ],
)
def test_last_second_of_the_next_month(decided: str, last: str) -> None:
    assert visible_until(datetime.fromisoformat(decided)).isoformat() == last


@settings(patient)
@given(decided=MOMENTS)
def test_end_is_the_second_before_a_first_of_the_month_two_months_on(decided: datetime) -> None:
    end = visible_until(decided)
    local, after = decided.astimezone(TOKYO), end + SECOND
    assert (after.day, after.hour, after.minute, after.second, after.microsecond) == (1, 0, 0, 0, 0)
    assert (after.year * 12 + after.month) - (local.year * 12 + local.month) == 2
    assert timedelta(days=28) <= end - local <= timedelta(days=62)
    assert is_visible(decided, decided)
    assert is_visible(decided, end + timedelta(microseconds=999_999))
    assert not is_visible(decided, end + SECOND)


@settings(patient)
@given(one=MOMENTS, other=MOMENTS)
def test_later_checks_never_vanish_earlier(one: datetime, other: datetime) -> None:
    early, late = sorted([one, other])
    assert visible_until(early) <= visible_until(late)


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        visible_until(datetime(2026, 11, 22))  # noqa: DTZ001 that is the point
