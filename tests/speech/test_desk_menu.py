"""The spoken menu: what is used most at once, everything one by one, and keys that never move."""

from __future__ import annotations

import pytest

from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, morae_of
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import PLACES, Place
from app.speech.phrases.menu_words import MENU_ITEMS
from tests.speech.desk_day import HANAKO, HandSource, Listener

KEYS = {
    "1": Place.KANA,
    "2": Place.DAY,
    "3": Place.VISUAL,
    "4": Place.PENDING,
    "6": Place.HELP,
    "7": Place.CALLS,
    "8": Place.ACTS,
    "9": Place.METHOD,
    "0": Place.NUMBER,
    "*": Place.COUNTER,
    "+": Place.SETTINGS,
}


KEY_NAMES = {"*": "かける", "+": "プラス"}


def test_menu_reads_what_is_used_most_in_groups_with_a_pause() -> None:
    said = Listener(HandSource()).keys("/")
    assert said.text == (
        "メニュー。3 目視、7 呼び出し、8 対応、4 あとで、かける 窓口。1 なまえ、2 日付、0 番号。"
        "わるで ほかも 一つずつ。"
    )
    assert said.braille == "3モクシ 7ヨビダシ 8タイオウ 4アトデ *."
    assert morae_of(said.core) <= MAX_CORE_MORAE
    assert said.morae <= MAX_MORAE


@pytest.mark.parametrize(("key", "place"), KEYS.items())
def test_each_key_keeps_its_item(key: str, place: Place) -> None:
    someone = Listener(HandSource())
    someone.keys(f"/ {key}")
    assert someone.desk.place is place


def test_items_are_stepped_through_and_say_where_they_stand() -> None:
    someone = Listener(HandSource(HANAKO))
    assert someone.hears("/ /") == "3 目視確認、11件中 1件目。6で つぎ、決定で ひらく。"
    assert someone.keys("4").earcon is Earcon.END
    assert someone.hears("6") == "7 呼び出し、11件中 2件目。"
    steps = someone.keys("2")
    assert (steps.text, steps.braille) == ("対応、11件中 3件目。", "タイオウ")  # 8 steps here
    assert someone.hears("6") == "あとで確認、11件中 4件目。"
    assert someone.hears("4 8 4").startswith("3 目視確認、11件中 1件目。")
    rest = [someone.hears("6").split("、")[0] for _ in MENU_ITEMS[1:]]
    assert rest[-3:] == ["9 次の 患者の 方法", "プラス 設定", "使いかた"]
    assert someone.keys("6").earcon is Earcon.END
    assert someone.hears("4 Enter") == "設定、声の ひろさ。1 イヤホン、2 スピーカー小、3 音だけ。"


def test_keys_that_do_not_step_choose_at_once_there_too_and_the_menu_can_be_had_whole_again() -> None:
    someone = Listener(HandSource())
    assert someone.hears("/ / 1").startswith("なまえで 検索")
    assert someone.hears("/ / /").startswith("メニュー。")
    assert someone.hears("4").startswith("あとで確認")  # no step: the menu is read as a whole
    assert someone.hears("/ / .").startswith("本日の受付")


def test_5_repeats_in_the_menu_as_everywhere() -> None:
    someone = Listener(HandSource())
    whole = someone.hears("/")
    assert someone.hears("5") == someone.hears("5") == whole
    someone.keys("/ .")
    assert someone.hears("/ / 6 5") == "7 呼び出し、11件中 2件目。"
    assert someone.desk.place is Place.MENU


def test_plus_leads_to_the_newest_and_not_to_settings_when_it_answers_news() -> None:
    source = HandSource()
    someone = Listener(source)
    someone.keys("/")
    source.arrive(HANAKO)
    someone.news()
    assert someone.hears("+") == "菅原　花子 さま、資格 有効、3わり。"
    assert someone.desk.place is Place.TODAY


def test_an_item_and_its_place_bear_one_name() -> None:
    for item in MENU_ITEMS:
        someone = Listener(HandSource())
        someone.keys("/ /" + " 6" * MENU_ITEMS.index(item))
        named = PLACES[item.place].text
        assert someone.hears("5").split("、")[0] == (
            named if item.key in "2468" else f"{KEY_NAMES.get(item.key, item.key)} {named}"
        )
        assert someone.hears("Enter").startswith(named)
    assert {item.place for item in MENU_ITEMS} == set(KEYS.values())
    assert len({item.key for item in MENU_ITEMS}) == len(MENU_ITEMS)
