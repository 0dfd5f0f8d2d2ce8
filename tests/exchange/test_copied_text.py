"""The text that receipt programs read: labels, order, separators; and that no value can pass for a label."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.model import ElderlyRecipient, EligibilityResult, Qualification, Source, Validity
from app.exchange.copied_text import CopiedSection, Layout, clean, copied_sections, day_text, write_copied_text

ONE = Qualification(
    card_classification="01",
    insurer_number="481234",
    symbol="試１２",
    number="0003456",
    branch_number="02",
    personal_family="2",
    insured_name="試験　太郎",
    name="試験　花子",
    name_kana="ｼｹﾝ ﾊﾅｺ",
    sex1="2",
    birthdate="19540311",
    qualified_on="20190501",
    card_valid_from="20260801",
    card_valid_to="20270731",
    insurer_name="試験市",
    address="架空県架空市",
    post_number="480-0001",
    elderly_recipient=ElderlyRecipient("20260801", "20260801", "20270731", "020"),
)

WHOLE = """\
資格情報(医療保険)
確認日 : →2026/11/24
保険者番号→481234
保険者名→試験市
記号→試１２
番号→0003456
枝番→02
フリガナ→シケン　ハナコ
氏名→試験　花子
生年月日→昭和29年3月11日
性別→女
証区分→被保険者証（一般）
資格取得年月日→令和1年5月1日
有効開始日→令和8年8月1日
有効終了日→令和9年7月31日
本人・家族の別→家族
被保険者氏名→試験　太郎
高齢受給者証
有効開始日→令和8年8月1日
有効終了日→令和9年7月31日
負担割合→2割
""".replace("→", "\t")


def answered(*people: Qualification, validity: Validity = Validity.VALID) -> EligibilityResult:
    at = datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO)
    return EligibilityResult(Source.ONLINE, at, date(2026, 11, 24), validity, "1", "4890000001", qualifications=people)


def test_the_whole_text_has_the_labels_in_their_order() -> None:
    assert write_copied_text(answered(ONE)) == WHOLE


def test_the_older_heading_differs_by_what_it_does_not_say() -> None:
    assert write_copied_text(answered(ONE), Layout.PLAIN) == WHOLE.replace("資格情報(医療保険)", "資格情報")


def test_reference_number_and_preschool_stand_before_the_first_heading() -> None:
    text = write_copied_text(answered(replace(ONE, reference_number="P-1", preschool="1")))
    assert text.startswith("照会番号\tP-1\n未就学区分\t義務教育就学前\n資格情報(医療保険)\n")


@pytest.mark.parametrize(
    ("layout", "heading"), [(Layout.SECTIONED, "裏面記載情報(医療保険)"), (Layout.PLAIN, "裏面記載情報")]
)
def test_what_stands_on_the_back_has_a_section_of_its_own(layout: Layout, heading: str) -> None:
    one = replace(ONE, name_of_other="架空　花子", name_of_other_kana="ｶｸｳ ﾊﾅｺ", sex2="1", elderly_recipient=None)
    text = write_copied_text(answered(one), layout)
    assert text.endswith(f"\n{heading}\n氏名\t架空　花子\n氏名カナ\tカクウ　ハナコ\n性別\t男\n")


def test_absent_numbers_are_written_empty_and_absent_sections_not_at_all() -> None:
    text = write_copied_text(answered(Qualification(name="試験　花子")))
    assert "\n記号\t\n番号\t\n枝番\t\n" in text
    assert "高齢受給者証" not in text
    assert "負担割合" not in text
    assert text.splitlines()[0] == "資格情報(医療保険)"


def test_the_late_elderlys_share_stands_with_the_card_and_a_share_by_law_nowhere() -> None:
    late = replace(ONE, elderly_recipient=None, contribution_ratio="010")
    assert write_copied_text(answered(late)).endswith("被保険者氏名\t試験　太郎\n負担割合\t1割\n")
    assert "負担割合" not in write_copied_text(answered(replace(late, contribution_ratio=None)))


def test_the_address_is_left_out() -> None:
    text = write_copied_text(answered(ONE))
    assert "住所" not in text
    assert "架空県" not in text


def test_insurance_and_medical_assistance_are_two_sections() -> None:
    aid = replace(ONE, card_classification="A1", insurer_number="12480018", number="1234566", elderly_recipient=None)
    headings = [section.heading for section in copied_sections(answered(ONE, aid))]
    assert headings == ["資格情報(医療保険)", "高齢受給者証", "資格情報(医療扶助)"]
    assert copied_sections(answered(aid), Layout.PLAIN)[0].heading == "資格情報(医療扶助)"
    pairs = dict(copied_sections(answered(aid))[0].pairs)
    assert (pairs["公費負担者番号"], pairs["受給者番号"]) == ("12480018", "1234566")
    assert "保険者番号" not in pairs


def test_a_marked_text_begins_with_nothing_that_a_program_looks_for() -> None:
    text = write_copied_text(answered(ONE, validity=Validity.INVALID), mark="参考：資格(無効)")
    assert text == "参考：資格(無効)\n" + WHOLE
    assert not text.startswith(("資格情報", "照会番号", "未就学区分"))


def test_an_answer_without_qualifications_has_no_text() -> None:
    assert write_copied_text(answered(validity=Validity.NO_INFORMATION)) == ""


@pytest.mark.parametrize(
    ("received", "written"),
    [
        ("20190501", "令和1年5月1日"),
        ("20190430", "平成31年4月30日"),
        ("19890108", "平成1年1月8日"),
        ("19261225", "昭和1年12月25日"),
        ("19120730", "大正1年7月30日"),
        ("99999999", "99999999"),
        ("", ""),
        (None, ""),
    ],
)
def test_days_are_written_in_digits(received: str | None, written: str) -> None:
    assert day_text(received) == written


@pytest.mark.parametrize(
    "nasty",
    [
        "試験\n番号\t99999999",
        "試験\r\n資格情報(医療保険)\r\n番号\t1",
        "試験\u2028番号\t1",
        "試験\u2029番号\t1",
        "試験\x85番号\t1",
        "試験\x0b番号\x0c1\x1c\x1d\x1e",
        "\t\t\n",
    ],
)
def test_no_value_can_pass_for_a_label(nasty: str) -> None:
    plain = Qualification()
    texts = {field.name: nasty for field in fields(plain) if "str | None" in str(field.type)}
    one = replace(plain, **{**texts, "card_classification": "01"}, elderly_recipient=ElderlyRecipient(*[nasty] * 4))  # type: ignore[arg-type]
    text = write_copied_text(answered(one))
    for line in text.split("\n")[:-1]:
        assert len(line.splitlines()) == 1
        assert line.count("\t") <= 1
    assert read_back(text) == list(copied_sections(answered(one)))


ANY = st.one_of(st.none(), st.text(max_size=30))


@given(ANY, ANY, ANY, st.text(max_size=30))
def test_whatever_arrives_reads_back_as_it_was_written(
    name: str | None, number: str | None, insurer: str | None, mark: str
) -> None:
    one = replace(ONE, name=name, number=number, insurer_name=insurer, reference_number=mark)
    assert read_back(write_copied_text(answered(one))) == list(copied_sections(answered(one)))
    assert "\n" not in clean(mark)
    assert "\t" not in clean(mark)


def read_back(text: str) -> list[CopiedSection]:
    """As a program reads it: line by line, label before the TAB, a line without one is a heading."""
    sections: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    for line in text.split("\n")[:-1]:
        label, tab, value = line.partition("\t")
        if tab:
            sections[-1][1].append((label, value))
        else:
            sections.append((label, []))
    return [CopiedSection(heading, tuple(pairs)) for heading, pairs in sections if pairs]
