"""One folding: spellings of the same become the same, different things stay different."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.folding import MAX_FOLDED, fold
from app.eligibility.kanji_variants import KANJI_VARIANTS


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "シャーロット",
            "ｼｬｰﾛｯﾄ",
            "しゃーろっと",
            "シヤロツト",
            "ｼﾔﾛﾂﾄ",
            "シャ－ロット",
            "シャ ロット",
            "シャ・ロット",
        ),
        ("ガギグ", "ｶﾞｷﾞｸﾞ", "カ\u3099キ\u3099ク\u3099", "がぎぐ", "カ\u309bキ\u309bク\u309b", "カﾞキﾞクﾞ"),
        ("パピ", "ﾊﾟﾋﾟ", "ハ\u309aヒ\u309a", "ハ\u309cヒ\u309c"),
        ("ヴァイオラ", "バイオラ", "ｳﾞｧｲｵﾗ", "ゔぁいおら"),
        ("ヱツコ", "エツコ", "ゑつこ", "えつこ"),
        ("ヰチロウ", "イチロウ"),
        ("ヅカ", "ズカ", "ﾂﾞｶ"),
        ("高崎", "髙﨑", "髙崎", "高嵜", "高碕"),
        ("渡辺", "渡邉", "渡邊", "渡 邊", "渡\u3000辺", "渡邊\U000e0100"),
        ("斎藤", "齋藤", "齊藤", "斉藤"),
        ("広沢", "廣澤"),
        ("国浜", "國濵", "国濱"),
        ("徳島", "德嶋", "徳嶌"),
        ("塚神", "塚神"),
        ("吉野", "𠮷野", "吉埜"),
        ("佐々木", "佐佐木"),
        ("みすゞ", "ミスズ", "ﾐｽｽﾞ"),
        ("三ヶ島", "三ケ島", "三ｹ島"),
        ("06480012", "０６４８００１２", "06-48-0012", "06 48 0012", "06・48・0012", "06‐48−0012", "06/48/0012"),
        ("Ａｌｅｘ", "ALEX", "alex", "Álex"),
        ("試験●子", "試験〓子", "試験□子"),
    ],
)
def test_spellings_of_the_same_fold_to_the_same(spellings: tuple[str, ...]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1
    assert fold(spellings[0])


@pytest.mark.parametrize(
    "different",
    [
        ("ハ", "バ"),
        ("ハ", "パ"),
        ("高橋", "高嶋"),
        ("田", "由"),
        ("1", "01"),
        ("太", "大"),
        ("ソ", "ン"),
        ("日", "曰"),
        ("シ", "ツ"),
    ],
)
def test_different_signs_stay_different(different: tuple[str, str]) -> None:
    assert fold(different[0]) != fold(different[1])


@pytest.mark.parametrize(
    "nothing", ["", " ", "・ー-　", "\u200b\u202e\ufeff", "\u3099", "!?\"'%_*(){}:;", "\ufdd0\uffff", "\U000e0101"]
)
def test_what_is_no_letter_and_no_digit_folds_to_nothing(nothing: str) -> None:
    assert fold(nothing) == ""


def test_kanji_younger_than_our_tables_stay() -> None:
    assert fold("\U00031350子") == "\U00031350子"


@given(st.text())
def test_folding_twice_changes_nothing_and_leaves_only_letters_digits_and_the_placeholder(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= MAX_FOLDED
    assert all(unicodedata.category(sign)[0] in "LNC" or sign == "●" for sign in folded)
    assert not set(folded) & set("\"'*(){}:^ ")


def test_each_form_of_a_kanji_stands_in_one_group_only() -> None:
    assert not {ord(leader) for leader in KANJI_VARIANTS.values()} & set(KANJI_VARIANTS)
    assert len(KANJI_VARIANTS) > 400
    for form, leader in KANJI_VARIANTS.items():
        assert unicodedata.normalize("NFKC", chr(form)) == chr(form), "NFKC would never let the table see it"
        assert fold(chr(form)) == fold(leader) == leader


def test_a_very_long_text_is_cut_and_costs_little() -> None:
    assert fold("あ" * 10_000) == "ア" * MAX_FOLDED
