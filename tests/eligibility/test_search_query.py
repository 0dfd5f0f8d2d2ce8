"""What a text in the search box means, and what is said when it means no day."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.search_query import (
    MAX_TERMS,
    MAX_TYPED,
    BornIn,
    CheckedBetween,
    CheckedIn,
    Named,
    Numbered,
    QueryFault,
    QueryRefused,
    read_query,
)
from app.eligibility.wareki import ERAS, NoSuchDay, era_named, wareki, western_day

TODAY = date(2026, 11, 22)
APRIL = (BornIn("19570412"),)


def between(first: str | None, last: str | None) -> CheckedBetween:
    return CheckedBetween(*(None if text is None else date.fromisoformat(text) for text in (first, last)))


@pytest.mark.parametrize(
    "typed",
    ["S32.4.12", "s32.04.12", "Ｓ３２．４．１２", "S32/4/12", "S32-4-12", "昭32.4.12", "昭和32年4月12日",
    "昭和 32年 4月 12日", "昭和３２年４月１２日生まれ", "㍼32年4月12日",
     "昭和 32 年 4 月 12 日", "S32 4 12", "s 32 4 12", "Ｓ３２　４　１２", "昭和 32 4 12", "昭和 32.4.12", "S 32.4.12",
     "1957-04-12", "1957/4/12", "1957.4.12", "1957年4月12日", "1957−04−12"],
)  # fmt: skip
def test_a_birthday_is_read_in_both_calendars(typed: str) -> None:
    assert read_query(typed, TODAY).terms == (APRIL,)


@pytest.mark.parametrize(
    ("typed", "day"),
    [("明治45年7月29日", "19120729"), ("大正元年7月30日", "19120730"), ("T15.12.24", "19261224"), ("昭和元年12月25日",
    "19261225"), ("S64.1.7", "19890107"),
     ("平成元年1月8日", "19890108"), ("H31.4.30", "20190430"), ("令和元年5月1日", "20190501"), ("R1.5.1", "20190501")],
)  # fmt: skip
def test_first_and_last_days_of_the_eras_are_days(typed: str, day: str) -> None:
    assert read_query(typed, TODAY).terms == ((BornIn(day),),)


@pytest.mark.parametrize(
    ("typed", "fault", "meant"),
    [
        ("S32.2.30", QueryFault.NO_SUCH_DAY, None), ("1957-13-01", QueryFault.NO_SUCH_DAY, None), ("2025-02-29",
        QueryFault.NO_SUCH_DAY, None),
        ("11/31", QueryFault.NO_SUCH_DAY, None), ("0/1", QueryFault.NO_SUCH_DAY, None), ("13月",
        QueryFault.NO_SUCH_DAY, None), ("S0.1.1", QueryFault.NO_SUCH_DAY, None),
        ("10/1-11/31", QueryFault.NO_SUCH_DAY, None), ("11/31~", QueryFault.NO_SUCH_DAY, None), ("昭和99年",
        QueryFault.WRONG_ERA, date(2024, 12, 31)),
        ("平成31年5月1日", QueryFault.WRONG_ERA, date(2019, 5, 1)), ("S64.1.8", QueryFault.WRONG_ERA, date(1989, 1,
        8)), ("S1.12.24", QueryFault.WRONG_ERA, date(1926, 12, 24)),
        ("20261131~", QueryFault.NO_SUCH_DAY, None), ("20261122~20261101", QueryFault.ENDS_BEFORE_START, None),
        ("2026-11-22~2026-11-01", QueryFault.ENDS_BEFORE_START, None), ("11/22-11/1", QueryFault.ENDS_BEFORE_START,
        None),
        ("", QueryFault.EMPTY, None), ("　", QueryFault.EMPTY, None), ("・・", QueryFault.NOTHING_TO_FIND, None),
        ("~", QueryFault.NOTHING_TO_FIND, None),
        ("あ" * (MAX_TYPED + 1), QueryFault.TOO_LONG, None), (" ".join("あ" * (MAX_TERMS + 1)), QueryFault.TOO_MANY,
        None),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_with_its_reason(typed: str, fault: QueryFault, meant: date | None) -> None:
    with pytest.raises(QueryRefused) as refused:
        read_query(typed, TODAY)
    assert refused.value.fault is fault
    if meant is not None:
        assert refused.value.meant is not None
        assert refused.value.meant.year == meant.year
        assert refused.value.part == typed


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("11/1-11/22", "2026-11-01", "2026-11-22"), ("11/1〜11/22", "2026-11-01", "2026-11-22"), ("11/1～11/22",
        "2026-11-01", "2026-11-22"),
        ("11月1日から11月22日まで", "2026-11-01", "2026-11-22"), ("11/1 ~ 11/22", "2026-11-01", "2026-11-22"),
        ("11/1ー11/22", "2026-11-01", "2026-11-22"),
        ("2026-11-01〜2026-11-22", "2026-11-01", "2026-11-22"), ("2026-11-01-2026-11-22", "2026-11-01", "2026-11-22"),
        ("R8.11.1~R8.11.22", "2026-11-01", "2026-11-22"), ("20261101-20261122", "2026-11-01", "2026-11-22"),
        ("20261101〜20261122", "2026-11-01", "2026-11-22"), ("20261101 ～ 20261122", "2026-11-01", "2026-11-22"),
        ("20261101から20261122まで", "2026-11-01", "2026-11-22"), ("20261101~", "2026-11-01", None),
        ("２０２６１１０１－２０２６１１２２", "2026-11-01", "2026-11-22"), ("~20261122", None, "2026-11-22"),
        ("20261101~11/22", "2026-11-01", "2026-11-22"), ("R 8.11.1~R 8.11.22", "2026-11-01", "2026-11-22"),
        ("2026/11/1-11/22", "2026-11-01", "2026-11-22"), ("11/1~", "2026-11-01", None), ("~11/22", None,
        "2026-11-22"), ("11/22まで", None, "2026-11-22"),
        ("10月~11月", "2026-10-01", "2026-11-30"), ("12/20-1/10", "2026-12-20", "2027-01-10"), ("11/5", "2026-11-05",
        "2026-11-05"), ("11月", "2026-11-01", "2026-11-30"),
        ("きょう", "2026-11-22", "2026-11-22"), ("昨日", "2026-11-21", "2026-11-21"), ("今月", "2026-11-01",
        "2026-11-30"), ("先月", "2026-10-01", "2026-10-31"),
        ("今週", "2026-11-16", "2026-11-22"), ("先週", "2026-11-09", "2026-11-15"), ("2026年", "2026-01-01",
        "2026-12-31"), ("先月~きょう", "2026-10-01", "2026-11-22"),
    ],
)  # fmt: skip
def test_ranges_of_days_are_read(typed: str, first: str | None, last: str | None) -> None:
    assert read_query(typed, TODAY).terms == (between(first, last),)


def test_a_day_without_a_year_is_the_nearest_one_also_around_new_year() -> None:
    assert read_query("12/20-1/10", date(2027, 1, 5)).terms == (between("2026-12-20", "2027-01-10"),)
    assert read_query("12/31", date(2027, 1, 1)).terms == (between("2026-12-31", "2026-12-31"),)
    assert read_query("2/29", date(2027, 3, 1)).terms == (between("2028-02-29", "2028-02-29"),)
    assert read_query("先月", date(2027, 1, 31)).terms == (between("2026-12-01", "2026-12-31"),)


def test_a_recent_day_is_a_birthday_or_the_day_of_a_check() -> None:
    assert read_query("2026-11-05", TODAY).terms == ((BornIn("20261105"), CheckedIn("20261105")),)
    assert read_query("20261105", TODAY).terms == ((Numbered("20261105"), BornIn("20261105"), CheckedIn("20261105")),)
    assert read_query("令和8年11月", TODAY).terms == ((BornIn("202611"), CheckedIn("202611")),)
    assert read_query("2026-01-05", TODAY).terms == ((BornIn("20260105"),),)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("06480012", "06480012"), ("06-48-0012", "06480012"), ("０６４８００１２", "06480012"), ("1234 567", "1234567"),
    ("1234-56-78", "12345678"), ("11-22", "1122"),
     ("20269999", "20269999"), ("000", "000"), ("12345678-87654321", "1234567887654321"),
     ("20261122-20261101", "2026112220261101")],
)  # fmt: skip
def test_numbers_lose_their_separators_and_keep_their_zeros(typed: str, number: str) -> None:
    assert read_query(typed, TODAY).terms == ((Numbered(number),),)


def test_an_era_s_letter_before_numbers_that_are_no_day_is_a_symbol() -> None:
    for typed in ("S32 13 12", "S32 4 32", "S32 4", "試S32 4 12"):
        assert (BornIn("19570412"),) not in read_query(typed, TODAY).terms
    assert read_query("12345 月山", TODAY).terms[1] == (Named("月山"), Numbered("月山"))


def test_words_are_names_or_symbols_and_all_must_hold() -> None:
    assert read_query("ｼｹﾝ 髙子 千葉１ S32.4.12", TODAY).terms == (
        (Named("シケン"), Numbered("シケン")),
        (Named("高子"), Numbered("高子")),
        (Named("千葉1"), Numbered("千葉1")),
        APRIL,
    )
    assert read_query("S320412", TODAY).terms == ((BornIn("19570412"), Named("s320412"), Numbered("s320412")),)
    assert read_query("からさわ きょうこ", TODAY).terms[0] == (Named("カラサワ"), Numbered("カラサワ"))


@given(st.text(max_size=MAX_TYPED + 5))
def test_every_text_is_read_or_refused_with_a_reason(text: str) -> None:
    with contextlib.suppress(QueryRefused):
        assert read_query(text, TODAY).terms


@given(
    st.text(st.sampled_from("0123456789年月日/.-~昭和SHR元生 "), max_size=24),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_texts_that_look_like_days_are_read_or_refused(text: str, today: date) -> None:
    with contextlib.suppress(QueryRefused):
        assert read_query(text, today).terms


@given(st.dates(ERAS[-1].first_day, date(2117, 12, 31)))
def test_every_day_is_read_back_from_its_wareki(day: date) -> None:
    words = wareki(day)
    assert words is not None
    readings = read_query(words, TODAY).terms[0]
    assert not isinstance(readings, CheckedBetween)
    assert readings[0] == BornIn(f"{day:%Y%m%d}")
    assert read_query(day.isoformat(), TODAY).terms[0] == readings


@given(st.sampled_from(ERAS), st.integers(-2, 130), st.integers(0, 13), st.integers(0, 32))
def test_a_day_of_an_era_is_its_own_day_or_none(era: object, year: int, month: int, day: int) -> None:
    known = next(one for one in ERAS if one is era)
    meant = None
    try:
        found = western_day(known, year, month, day)
    except NoSuchDay as error:
        meant = error.meant
    else:
        assert (wareki(found) or "").startswith(known.name)
        assert (found.month, found.day) == (month, day)
    assert meant is None or not (wareki(meant) or "").startswith(known.name)


def test_an_era_has_three_names() -> None:
    for name in ("昭和", "昭", "S", "s"):
        assert era_named(name) is ERAS[2]
    assert era_named("") is None
    assert era_named("X") is None
