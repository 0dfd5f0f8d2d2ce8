"""Search by the numpad alone: kana in pairs of digits, days in four lengths."""

from __future__ import annotations

import pytest

from app.speech.earcons import Earcon
from tests.speech.desk_day import HANAKO, HandSource, Listener


def test_search_by_kana_takes_two_digits_a_sign_and_a_form_key() -> None:
    source = HandSource()
    source.earlier = (HANAKO,)
    someone = Listener(source)
    assert "2けたずつ" in someone.hears("/ 1")
    assert someone.hears("3") == "サ行。"
    assert someone.hears("3") == "ス。"
    assert someone.hears("2 1 *") == "ガ。"
    assert someone.hears("0 1") == "ワ。"
    assert someone.hears("9 1 Enter") == "1件 見つかりました。菅原　花子 さま、資格 有効、3わり。"
    assert source.searched == ["スガワラ"]
    assert someone.hears("0").startswith("検索の 結果、1人中 1人目。")


def test_typing_can_be_taken_back_and_wrong_pairs_knock() -> None:
    someone = Listener(HandSource())
    assert someone.hears("/ 1 Enter") == "まだ 入っていません。"
    assert someone.keys("8 5").earcon is Earcon.END
    assert someone.hears("4 3 * *") == "小さい ッ。"
    assert someone.hears("1 1 2 .") == "消しました。ッア。"
    assert someone.hears(".") == "消しました。ッ。"
    assert someone.hears(". .").startswith("本日の受付")
    assert someone.hears("/ 2 1 3 4 5 Enter") == "その日付は ありません。"
    assert someone.hears("Enter . . . .") == "消しました。"


def test_what_was_refused_is_mended_or_begun_anew_and_never_typed_on() -> None:
    source = HandSource()
    someone = Listener(source)
    assert someone.hears("/ 2 0 6 2 7 Enter") == "見つかりません。"
    someone.keys("1 0 2 4 Enter")
    assert source.searched == ["6月27日", "10月24日"]
    assert someone.hears(". 5 *") == "1025。"
    someone.keys("/ 1 3 3 Enter 5 1 Enter")
    assert source.searched[-2:] == ["ス", "ナ"]


@pytest.mark.parametrize(
    ("keys", "query"),
    [
        ("1 0 2 4", "10月24日"),
        ("2 0 2 6 1 0", "2026年10月"),
        ("3 3 2 0 4 0 1", "19570401"),
        ("1 9 5 7 0 4 0 1", "19570401"),
    ],
)
def test_days_are_typed_in_four_lengths(keys: str, query: str) -> None:
    source = HandSource()
    Listener(source).keys(f"/ 2 {keys} Enter")
    assert source.searched == [query]


@pytest.mark.parametrize("keys", ["1", "1 3 0 1", "0 2 3 0", "6 3 2 0 4 0 1", "4 3 1 0 5 0 1", "2 0 2 6 1 3 0 1"])
def test_digits_that_are_no_day_are_said_and_not_searched(keys: str) -> None:
    source = HandSource()
    assert Listener(source).hears(f"/ 2 {keys} Enter") == "その日付は ありません。"
    assert source.searched == []
