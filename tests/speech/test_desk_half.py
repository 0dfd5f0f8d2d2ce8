"""A kana of which one digit was typed: Enter says so wherever kana are typed, and nothing is lost."""

from __future__ import annotations

import pytest

from app.speech.earcons import Earcon
from tests.speech.counter_keys import NAME, demand_fit
from tests.speech.desk_day import HandSource, Listener
from tests.speech.test_desk_privacy import rich_day

ONE_MORE = "もう 1けた いります。点で 消す。"


@pytest.mark.parametrize(
    ("way", "whole"),
    [
        (f"/ * 4 {NAME}", "氏名カナ、カクウ　ハナコ。"),
        ("/ 4 2 2 2 * 2 1", "メモ、カ。"),
        ("/ 1 3 3", "2件 見つかりました。"),
    ],
)
def test_enter_asks_for_the_other_digit_until_the_sign_is_whole_or_gone(way: str, whole: str) -> None:
    someone = Listener(rich_day())
    someone.keys(f"{way} 2")
    said = someone.keys("Enter")
    assert (said.text, said.earcon) == (ONE_MORE, Earcon.END)
    demand_fit(said)
    someone.keys(".")
    assert someone.hears("Enter").startswith(whole.rstrip("。"))


def test_first_digit_alone_finds_nobody_and_keeps_nothing() -> None:
    someone = Listener(HandSource())
    assert someone.hears("/ 1 3 Enter") == ONE_MORE
    assert someone.hears("3 Enter") == "見つかりません。ス。"
