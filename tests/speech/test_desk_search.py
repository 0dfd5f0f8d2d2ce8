"""Search by the numpad alone: kana in pairs of digits, days in four lengths."""

from __future__ import annotations

import dataclasses

import pytest

from app.speech.desk_model import MAX_MORAE, DeskSettings
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import Place
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
    assert someone.hears("/ 2 0 6 2 7 Enter") == "見つかりません。0627。"
    someone.keys("1 0 2 4 Enter")
    assert source.searched == ["6月27日", "10月24日"]
    assert someone.hears(". 5 *") == "1025。"
    someone.keys("/ 1 3 3 Enter 5 1 Enter")
    assert source.searched[-2:] == ["ス", "ナ"]


def test_what_was_not_found_is_repeated_as_loud_as_it_may_be() -> None:
    assert Listener(HandSource()).hears("/ 1 3 3 2 1 * Enter") == "見つかりません。スガ。"
    said = Listener(HandSource(), DeskSettings()).keys("/ 1 3 3 2 1 * Enter")
    assert said.text == "見つかりません。"
    assert said.braille == "ミツカラズ スガ"


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


@pytest.mark.parametrize(
    ("keys", "whole"),
    [
        ("/ 1 3 3 2 1 * 0 1 9 1", "スガワラ。"),
        ("/ 1 2 1 0 4", "カー。"),
        ("/ 1 2 1 3", "カ、サ行。"),
        ("/ 2 1 0 2 4", "1024。"),
        ("/ 0 0 1 2 3", "0123。"),
    ],
)
def test_plus_reads_the_whole_entry_back(keys: str, whole: str) -> None:
    someone = Listener(HandSource(HANAKO))
    someone.keys(keys)
    assert someone.hears("+") == whole
    assert someone.hears("+") == whole


def test_long_number_is_read_back_behind_the_name_of_the_place() -> None:
    someone = Listener(HandSource(HANAKO))
    someone.keys("/ 0" + " 1 2 3 4" * 5)
    said = someone.keys("+")
    assert said.text == "番号で 検索。12341234123412341234。"
    assert said.morae <= MAX_MORAE
    assert someone.hears("*") == said.text


def test_plus_goes_to_the_newest_where_nothing_was_typed_and_after_news() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source)
    assert someone.hears("/ 1 +") == "菅原　花子 さま、資格 有効、3わり。"
    someone.keys("/ 1 3 3")
    source.arrive(dataclasses.replace(HANAKO, check_id="new"))
    someone.news()
    assert someone.hears("+") == "菅原　花子 さま、資格 有効、3わり。"
    assert someone.desk.place is Place.TODAY


def test_5_is_a_digit_where_digits_are_typed() -> None:
    source = HandSource()
    someone = Listener(source)
    someone.keys("/ 1 5 1 1 5 Enter")
    assert source.searched == ["ナオ"]
