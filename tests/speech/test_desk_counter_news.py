"""News while somebody types: Enter stays with what is being typed, and the hint says where the news is answered."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.speech.desk_model import DeskSettings
from app.speech.phrases.desk_captions import QUESTIONS, Asked, Privacy
from app.speech.phrases.menu_words import IN_MENU, MENU_ITEMS
from tests.speech.counter_keys import INSURER, NAME, OUT, STATEMENT, TO_NUMBERS, demand_fit, typed
from tests.speech.desk_day import CALL, HANAKO, JIRO, LOCKED, REQUEST, HandSource, Listener

OUT_OF_REACH = dataclasses.replace(LOCKED, check_id="far", number=8, reason="gateway.timeout")


def locked(source: HandSource) -> None:
    source.arrive(LOCKED)
    source.change(requests=(REQUEST,))


@pytest.mark.parametrize("privacy", Privacy)
def test_enter_in_the_rhythm_of_empty_fields_answers_no_news(privacy: Privacy) -> None:
    source = HandSource(HANAKO)
    someone = Listener(source, DeskSettings(privacy=privacy))
    someone.keys(f"{TO_NUMBERS} {INSURER} Enter Enter")
    source.step = timedelta(milliseconds=600)
    someone.keys("1 2 Enter")
    locked(source)
    said = someone.news()
    demand_fit(said)
    if privacy is not Privacy.SOUND:
        assert said.text.endswith("わる 3で 目視確認。")
    for _ in range(2):
        assert "ですか" not in someone.hears("Enter")
    assert someone.acts == []
    assert someone.desk.place.value == "counter"


@pytest.mark.parametrize(
    ("keys", "enter"),
    [
        ("/ * 1", "氏名カナ、入れてください。"),
        ("/ *", "決めることは ありません。"),
        (STATEMENT, "選んでいるのは 新しい 受付。カクウ　ハナコ さま。決定で きめます。"),
        (f"{STATEMENT} Enter", "選んでいるのは 新しい 受付。カクウ　ハナコ さま。決定で きめます。"),
        ("/ 4 2 2 2 * 4 5 1 2", "メモ、トイ。閉じる、保険者に確かめた。決定で きめます。"),
        ("/ 1 2 1", "見つかりません。カ。"),
        ("/ 2 1 0", "その日付は ありません。"),
    ],
)
def test_enter_stays_with_what_is_being_typed(keys: str, enter: str) -> None:
    for arrive in (locked, lambda source: source.change(calls=(CALL,)), lambda source: source.arrive(OUT_OF_REACH)):
        source = HandSource(HANAKO)
        source.change(pending=(OUT,))
        someone = Listener(source)
        someone.keys(keys)
        arrive(source)
        demand_fit(someone.news())
        assert someone.hears("Enter") == enter
        assert someone.acts == []


def test_the_hint_names_where_the_news_is_answered() -> None:
    keys = {item.place: item.key for item in MENU_ITEMS}
    for place, words in IN_MENU.items():
        assert words.text.startswith(f"わる {keys[place]}で ")
    source = HandSource(HANAKO)
    someone = Listener(source)
    someone.keys(f"/ * 1 {NAME}")
    locked(source)
    assert someone.news().text.endswith("わる 3で 目視確認。")
    source.change(calls=(CALL,))
    assert someone.news().text.endswith("わる 7で 呼び出し。")
    source.arrive(OUT_OF_REACH)
    assert someone.news().text.endswith("わる 4で あとで確認。")
    source.arrive(JIRO)
    assert someone.news().text.endswith("くわしくは プラス。")  # 1 is a digit here
    assert someone.hears("+").startswith("架空　次郎 さま、")


def test_elsewhere_enter_still_answers_what_was_told() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source)
    locked(source)
    someone.news()
    assert someone.hears("Enter").startswith(QUESTIONS[Asked.CONFIRM_VISUAL].text.split("。")[0])
    someone.keys(f". {STATEMENT} Enter Enter")
    assert typed(someone.acts[0])
