"""By what two checks are taken for one person's, and what is told of their difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.eligibility.changes import (
    CHANGE_WORDS,
    Answered,
    ChangeKind,
    Link,
    changes_between,
    link_between,
    numbers_tell_people_apart,
)
from app.eligibility.model import ElderlyRecipient, Qualification, Validity

ONE = Qualification(
    card_classification="01",
    insurer_number="06480016",
    symbol="試１２",
    number="0003456",
    branch_number="01",
    name="試験　花子",
    name_kana="ｼｹﾝ ﾊﾅｺ",
    sex1="2",
    birthdate="19800229",
    card_valid_to="20270731",
    insurer_name="架空組合",
)
DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Link.NUMBERS),
        ({"name": "架空　花子", "name_kana": "ｶｸｳ ﾊﾅｺ"}, Link.NUMBERS),  # married, same insurer
        ({"insurer_number": "01480011"}, Link.PERSON),
        ({"number": "3456"}, Link.PERSON),
        ({"branch_number": "02"}, Link.PERSON),
        ({"branch_number": None}, Link.PERSON),
        ({"symbol": None}, Link.PERSON),
        ({"branch_number": "02", "name": "試験　月子"}, None),
        ({"insurer_number": "01480011", "sex1": "1"}, None),
        ({"insurer_number": "01480011", "sex1": None}, None),
        ({"insurer_number": "01480011", "name_kana": None}, None),
        ({"insurer_number": "01480011", "name_kana": "ｼｹﾝ ﾊﾙｺ"}, None),
        ({"birthdate": "19800228"}, None),
        ({"birthdate": None}, None),
    ],
)
def test_two_checks_belong_together_only_by_one_of_the_two_links(
    changed: dict[str, str | None], expected: Link | None
) -> None:
    other = replace(ONE, **changed)  # type: ignore[arg-type]
    assert link_between(ONE, other) == expected
    assert link_between(other, ONE) == expected


def test_twins_of_a_family_without_branch_numbers_are_two_people() -> None:
    first, second = replace(ONE, branch_number=None), replace(ONE, branch_number=None, name="試験　月子")
    assert link_between(first, second) is None


def test_two_people_without_a_birth_date_are_never_linked() -> None:
    nobody = replace(ONE, birthdate=None)
    assert link_between(nobody, nobody) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"branch_number": None}, False),
        ({"branch_number": None, "symbol": None, "insurer_number": "39481239"}, True),
        ({"branch_number": None, "insurer_number": "394812"}, False),
        ({"number": None}, False),
        ({"insurer_number": None}, False),
    ],
)
def test_numbers_are_a_persons_own_with_a_branch_or_at_the_late_elderly(
    changed: dict[str, str | None], expected: bool
) -> None:
    assert numbers_tell_people_apart(replace(ONE, **changed)) is expected  # type: ignore[arg-type]


def kinds(
    before: Qualification, after: Qualification, first: Validity = Validity.VALID, last: Validity = Validity.VALID
) -> list[ChangeKind]:
    found = changes_between(Answered(first, DAY, before), Answered(last, DAY, after))
    return [change.kind for change in found]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"address": "試験県", "name": "架空　花子", "qualified_on": "20260101"}, []),
        ({"insurer_number": "01480011"}, [ChangeKind.INSURER]),
        ({"insurer_name": "架空組合（改称）"}, []),
        ({"symbol": "試12"}, []),
        ({"symbol": "試１３"}, [ChangeKind.NUMBERS]),
        ({"number": "3456"}, [ChangeKind.NUMBERS]),
        ({"branch_number": None}, [ChangeKind.NUMBERS]),
        ({"card_valid_to": "20280731"}, [ChangeKind.TERM]),
        ({"card_valid_to": None}, [ChangeKind.TERM]),
        ({"contribution_ratio": "030"}, []),  # by law before, received now: the share is the same
        ({"contribution_ratio": "020"}, [ChangeKind.RATIO]),
        (
            {"elderly_recipient": ElderlyRecipient(valid_to="20270731", contribution_ratio="020")},
            [ChangeKind.RATIO, ChangeKind.TERM],
        ),
        (
            {"insurer_number": "39481239", "symbol": None, "branch_number": None, "contribution_ratio": "010"},
            [ChangeKind.INSURER, ChangeKind.NUMBERS, ChangeKind.RATIO],
        ),
    ],
)
def test_only_what_concerns_the_right_is_a_change(changed: dict[str, object], expected: list[ChangeKind]) -> None:
    assert kinds(ONE, replace(ONE, **changed)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("old", "new"), [("00481234", "481234"), ("481234", "  481234"), ("481234", "４８１２３４")])
def test_two_spellings_of_an_insurer_are_one(old: str, new: str) -> None:
    assert kinds(replace(ONE, insurer_number=old), replace(ONE, insurer_number=new)) == []


@pytest.mark.parametrize(("old", "new"), [("12-34", "12－34"), ("ア・イ", "アイ"), ("試 験", "試験")])
def test_two_spellings_of_a_symbol_are_one(old: str, new: str) -> None:
    assert kinds(replace(ONE, symbol=old), replace(ONE, symbol=new)) == []


def test_a_right_that_ended_is_a_change_and_its_share_is_not_made_up() -> None:
    assert kinds(ONE, ONE, last=Validity.INVALID) == [ChangeKind.VALIDITY]
    assert kinds(ONE, ONE, Validity.INVALID) == [ChangeKind.VALIDITY]
    late = replace(ONE, contribution_ratio="010")
    assert kinds(late, replace(late, contribution_ratio="020"), last=Validity.INVALID) == [
        ChangeKind.VALIDITY,
        ChangeKind.RATIO,
    ]


def test_old_and_new_are_words_for_people() -> None:
    after = replace(ONE, insurer_number="01480011", insurer_name="全国試験協会", card_valid_to=None, symbol=None)
    found = changes_between(Answered(Validity.VALID, DAY, ONE), Answered(Validity.VALID, DAY, after))
    assert [(CHANGE_WORDS[change.kind], change.old, change.new) for change in found] == [
        ("保険者", "06480016 架空組合", "01480011 全国試験協会"),
        ("記号・番号", "記号 試１２ 番号 0003456 枝番 01", "番号 0003456 枝番 01"),
        ("期限", "令和9年7月31日（2027年7月31日）", "なし"),
    ]
    assert set(CHANGE_WORDS) == set(ChangeKind)
