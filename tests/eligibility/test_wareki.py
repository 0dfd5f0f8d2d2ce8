"""The Japanese calendar, at the edges of each era."""

from __future__ import annotations

from datetime import date

import pytest

from app.eligibility.wareki import both_calendars, day_words, moment_words, month_words, parse_day, wareki


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(1868, 1, 24), None),
        (date(1868, 1, 25), "明治元年1月25日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1927, 1, 1), "昭和2年1月1日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2020, 1, 1), "令和2年1月1日"),
        (date(2026, 11, 22), "令和8年11月22日"),
    ],
)
def test_each_day_has_the_name_of_its_era(day: date, words: str | None) -> None:
    assert wareki(day) == words


def test_a_day_is_shown_in_both_calendars() -> None:
    assert both_calendars(date(2026, 11, 22)) == "令和8年11月22日（2026年11月22日）"
    assert both_calendars(date(1867, 3, 4)) == "1867年3月4日"


@pytest.mark.parametrize("text", ["99999999", "20260230", "2026112", "２０２６１１２２", "", "abcdefgh", "20261122 "])
def test_what_is_not_a_day_is_shown_as_received(text: str) -> None:
    assert parse_day(text) is None
    assert day_words(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("20261122090507", "令和8年11月22日（2026年11月22日） 9:05:07"),
        ("20261122246060", "20261122246060"),
        ("202611220905", "202611220905"),
        ("", ""),
    ],
)
def test_moments_keep_their_time(text: str, words: str) -> None:
    assert moment_words(text) == words


@pytest.mark.parametrize(
    ("text", "words"), [("202611", "令和8年11月（2026年11月）"), ("202613", "202613"), ("2026", "2026")]
)
def test_months_are_named(text: str, words: str) -> None:
    assert month_words(text) == words
