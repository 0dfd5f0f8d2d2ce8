"""窓口での確認: what is refused, what is warned about, and that nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.counter import WAYS, Field, FormReading, Seen, fields_of, seen_choices
from app.eligibility.counter_form import read_form
from app.eligibility.insurer import InsurerDoubt, check_digit, insurer_digits, insurer_doubts
from app.eligibility.ports import Method
from app.eligibility.wareki import NoSuchDay
from app.eligibility.written_day import NotADay, read_day

TODAY = date(2026, 11, 24)
GOOD = {
    Field.INSURER: "33120015",
    Field.SYMBOL: "試験",
    Field.NUMBER: "0012",
    Field.BRANCH: "01",
    Field.NAME: "試験　花子",
    Field.KANA: "ｼｹﾝ ﾊﾅｺ",
    Field.BORN: "S32.4.12",
    Field.VALID_FROM: "令和7年8月1日",
    Field.VALID_TO: "R9.7.31",
    Field.RATIO: "030",
    Field.LOOKED_BY: "1",
    Field.RECEIVED_ON: "令和8年11月24日",
    Field.REASON: "意識がはっきりしない",
}
BOXES = frozenset({"face", "names"})


def read(method: Method = Method.CERTIFICATE, ticked: frozenset[str] = BOXES, **changes: str) -> FormReading:
    typed = {**GOOD, **{Field(name): text for name, text in changes.items()}}
    return read_form(method, typed, ticked, frozenset({1, 2}), TODAY)


def errors(reading: FormReading) -> dict[str, list[str]]:
    return {name.value: [one.finding.value for one in found] for name, found in reading.errors.items()}


def warnings(reading: FormReading) -> dict[str, list[str]]:
    return {name.value: [one.finding.value for one in found] for name, found in reading.warnings.items()}


@pytest.mark.parametrize("method", WAYS)
def test_a_good_form_has_no_finding_in_any_way(method: Method) -> None:
    reading = read(method)
    assert errors(reading) == {}
    assert warnings(reading) == {}
    assert reading.entry is not None
    assert reading.entry.method is method


def test_what_is_typed_is_kept_as_typed_but_for_days_and_the_insurer() -> None:
    entry = read(
        insurer="３３１２-００１５", symbol="ｱｲ・１", number="００１２", branch="０１", kana="しけん はなこ"
    ).entry
    assert entry is not None
    one = entry.qualification
    assert (one.insurer_number, one.symbol, one.number, one.branch_number) == ("33120015", "ｱｲ・１", "００１２", "０１")
    assert (one.name, one.name_kana, one.birthdate) == ("試験　花子", "しけん はなこ", "19570412")
    assert (one.card_valid_from, one.card_valid_to, one.contribution_ratio) == ("20250801", "20270731", "030")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"insurer": ""}, {"insurer": ["missing"]}),
        ({"insurer": "3312001"}, {"insurer": ["insurer_shape"]}),
        ({"insurer": "3312001X"}, {"insurer": ["insurer_shape"]}),
        ({"number": "  "}, {"number": ["missing"]}),
        ({"name": ""}, {"name": ["missing"]}),
        ({"born": ""}, {"born": ["missing"]}),
        ({"born": "2026-02-30"}, {"born": ["no_such_day"]}),
        ({"born": "昭和64年1月8日"}, {"born": ["no_such_day"]}),
        ({"born": "きのう"}, {"born": ["not_a_day"]}),
        ({"born": "2026/11/25"}, {"born": ["in_future"]}),
        ({"valid_from": "R9.8.1"}, {"valid_to": ["ends_before_start"]}),
        ({"ratio": "025"}, {"ratio": ["unknown_choice"]}),
        ({"looked_by": "3"}, {"looked_by": ["unknown_choice"]}),
        ({"looked_by": "1; DROP TABLE staff"}, {"looked_by": ["unknown_choice"]}),
        ({"name": "あ" * 121}, {"name": ["too_long"]}),
        ({"symbol": "a\x00b"}, {"symbol": ["control"]}),
        ({"number": "1\u202e2"}, {"number": ["control"]}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(changes: dict[str, str], expected: dict[str, list[str]]) -> None:
    reading = read(**changes)
    assert reading.entry is None
    assert errors(reading) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"insurer": "33120014"}, {"insurer": ["insurer_check_digit"]}),
        ({"insurer": "481234" }, {"insurer": ["insurer_prefecture"]}),
        ({"insurer": "39120019", "symbol": ""}, {"number": ["elderly_number"]}),
        ({"insurer": "39120019", "number": "12345678"}, {"symbol": ["elderly_symbol"]}),
        ({"branch": "1"}, {"branch": ["branch_shape"]}),
        ({"number": "いろは"}, {"number": ["number_signs"]}),
        ({"symbol": "12-3-"}, {"symbol": ["hyphen_last"]}),
        ({"symbol": "１２－"}, {"symbol": ["hyphen_last"]}),
        ({"number": "34-"}, {"number": ["hyphen_last"]}),
        ({"symbol": "12-3", "number": "3-4"}, {}),
        ({"kana": ""}, {"kana": ["kana_missing"]}),
        ({"kana": "Shiken"}, {"kana": ["kana_signs"]}),
        ({"name": "試験●子"}, {"name": ["hidden_signs"]}),
        ({"born": "1905/1/1"}, {"born": ["very_old"]}),
        ({"valid_to": "R8.11.23"}, {"valid_to": ["expired"]}),
        ({"valid_from": "R8.12.1"}, {"valid_from": ["not_yet"]}),
        ({"valid_to": ""}, {"valid_to": ["end_missing"]}),
        ({"ratio": ""}, {"ratio": ["ratio_missing"]}),
        ({"name": "試\U000e0100験 🙂"}, {}),
        ({"symbol": "'; DROP TABLE checks;--<script>"}, {}),
    ],
)  # fmt: skip
def test_what_is_odd_is_kept_with_a_warning(changes: dict[str, str], expected: dict[str, list[str]]) -> None:
    reading = read(**changes)
    assert errors(reading) == {}
    assert warnings(reading) == expected
    assert reading.entry is not None


@pytest.mark.parametrize("method", [Method.CARD_AND_NOTICE, Method.CARD_AND_PORTAL])
def test_card_ways_demand_that_face_and_names_were_compared(method: Method) -> None:
    assert errors(read(method, frozenset({"face"}))) == {"seen": ["missing"]}
    entry = read(method, frozenset({"face", "names", "card_in_date", "nonsense"})).entry
    assert entry is not None
    assert entry.seen == (Seen.FACE, Seen.NAMES, Seen.CARD_IN_DATE)


def test_numbers_may_follow_later_but_not_on_a_certificate() -> None:
    empty = {"insurer": "", "symbol": "", "number": "", "branch": "", "ratio": "", "valid_from": "", "valid_to": ""}
    entry = read(Method.CARD_AND_NOTICE, BOXES | {"later"}, **empty).entry
    assert entry is not None
    assert entry.numbers_later
    assert not entry.is_confirmed
    assert errors(read(Method.CERTIFICATE, BOXES | {"later"}, **empty)) == {
        "insurer": ["missing"],
        "number": ["missing"],
    }


def test_later_is_forgotten_when_the_numbers_are_there() -> None:
    entry = read(Method.CARD_AND_PORTAL, BOXES | {"later"}).entry
    assert entry is not None
    assert entry.is_confirmed


def test_an_emergency_needs_its_reason_and_nothing_else() -> None:
    reading = read(Method.EMERGENCY, name="", kana="", born="")
    assert errors(reading) == {}
    assert warnings(reading) == {"name": ["name_missing"], "born": ["born_missing"]}
    assert errors(read(Method.EMERGENCY, reason=" \n ")) == {"reason": ["missing"]}


def test_a_reason_may_have_lines() -> None:
    assert errors(read(Method.EMERGENCY, reason="一行目\r\n二行目")) == {}


def test_a_statement_is_not_received_tomorrow() -> None:
    assert errors(read(Method.STATEMENT, received_on="2026/11/25")) == {"received_on": ["in_future"]}
    assert errors(read(Method.STATEMENT, received_on="")) == {"received_on": ["missing"]}


@given(st.data())
def test_no_typed_text_breaks_the_form(data: st.DataObject) -> None:
    method = data.draw(st.sampled_from(WAYS))
    typed = {name: data.draw(st.text(max_size=50)) for name in fields_of(method)}
    ticked = data.draw(st.frozensets(st.sampled_from(["later", *(one.value for one in seen_choices(method))])))
    reading = read_form(method, typed, ticked, frozenset({1}), TODAY)
    assert (reading.entry is None) == bool(reading.errors)


# The insurer's number


def test_the_official_example_has_its_check_digit() -> None:
    assert check_digit("3312001") == "5"
    assert insurer_doubts("33120015") == ()


@given(st.text("0123456789", min_size=5, max_size=7).filter(lambda body: len(body) in (5, 7)))
def test_zeros_in_front_change_no_check_digit(body: str) -> None:
    assert check_digit(body) == check_digit("00" + body)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("33120015", "33120015"), ("００481234", "481234"), (" 48 1234 ", "481234"), ("33-12-001-5", "33120015")],
)
def test_width_blanks_and_padding_do_not_matter(typed: str, digits: str) -> None:
    assert insurer_digits(typed) == digits


@pytest.mark.parametrize("typed", ["", "4812345", "123456789", "4812AB", "٤٨١٢٣٤"])
def test_other_shapes_are_no_insurer(typed: str) -> None:
    assert insurer_digits(typed) is None


def test_an_unknown_law_is_named() -> None:
    assert InsurerDoubt.LAW in insurer_doubts("99130017")


# Days


@pytest.mark.parametrize(
    "typed",
    ["昭和32年4月12日", "S32.4.12", "s320412", "1957/4/12", "西暦1957年4月12日", "19570412", "Ｓ３２．４．１２",
     "S 32 4 12",
     "昭和 32 年 4 月 12 日", "1957-04-12", "昭32-4-12", "S.32.4.12"],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    assert read_day(typed) == date(1957, 4, 12)


@pytest.mark.parametrize(("typed", "day"), [("平成元年1月8日", date(1989, 1, 8)), ("R1.5.1", date(2019, 5, 1))])
def test_first_years_are_read(typed: str, day: date) -> None:
    assert read_day(typed) == day


@pytest.mark.parametrize("typed", ["2026-02-30", "20230229", "S640108", "平成31年5月1日", "R0.1.1", "0000-01-01"])
def test_a_day_outside_the_calendar_or_its_era_is_refused(typed: str) -> None:
    with pytest.raises(NoSuchDay):
        read_day(typed)


@pytest.mark.parametrize("typed", ["", "1957", "S32", "S32.4", "12" * 30, "abc", "1957/4", "4/12", "S32041"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(NotADay):
        read_day(typed)
