"""Entries of 窓口で確認 that were left: none is lost to another, and whose Enter goes on with is heard first."""

from __future__ import annotations

import dataclasses

import pytest

from app.eligibility.counter import Field
from app.speech.desk_counter_left import MOST_LEFT
from app.speech.desk_model import DeskSettings
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import Privacy
from tests.speech.counter_keys import BORN, INSURER, NAME, STATEMENT, TO_NUMBERS, alone, demand_fit, typed
from tests.speech.desk_day import JIRO, HandSource, Listener
from tests.speech.test_desk_counter_known import TO_VISIT, of_visit

OTHER = "3 2 4 5"  # シト


def test_a_form_that_nobody_typed_in_takes_no_place() -> None:
    someone = of_visit()
    someone.keys(f"{TO_NUMBERS} {INSURER}")
    assert someone.hears(f"{TO_VISIT} 1 Enter") == "氏名カナ、ｶｸｳ ﾋｶﾙ。生年月日、昭和32年4月1日。"
    assert someone.hears("/ *") == "窓口で 確認、決定で つづき。カクウ　ハナコ さま。ほかは 8、かけるで すてる。"
    assert someone.hears("Enter") == "保険者番号。33120015。"


def test_a_second_entry_leaves_the_first_to_be_gone_on_with() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} / * 8 4 {OTHER} Enter")
    said = someone.keys("/ *")
    assert said.text == "窓口で 確認、決定で つづき。2件中 1件目、シト さま。ほかは 8、かけるで すてる。"
    assert said.braille == "ツヅキ シト"
    demand_fit(said)
    assert (
        someone.hears("8")
        == "窓口で 確認、決定で つづき。2件中 2件目、カクウ　ハナコ さま。ほかは 8、かけるで すてる。"
    )
    assert someone.hears("8").startswith("窓口で 確認。1 資格確認書、2 お知らせ、")
    assert someone.keys("Enter").earcon is Earcon.END  # nothing was named
    assert someone.hears("8 8 Enter") == "保険者番号。8けたか 6けた。"
    someone.keys("/ * 8 Enter")
    someone.keys(f"{BORN} Enter Enter Enter Enter Enter")
    assert typed(someone.acts[0])[Field.KANA] == "シト"
    assert someone.hears("/ *") == "窓口で 確認、決定で つづき。カクウ　ハナコ さま。ほかは 8、かけるで すてる。"


def test_an_entry_for_a_visit_offers_that_visits_alone() -> None:
    source = HandSource(JIRO)
    someone = Listener(source)
    someone.keys(f"{TO_NUMBERS} / .")
    assert someone.hears("/ 8 6 6 Enter").startswith("窓口で 確認、受付番号 2。1 資格確認書、")
    assert someone.keys("Enter").earcon is Earcon.END
    someone.keys(f"4 {OTHER} / .")
    said = someone.keys("/ 8 6 6 Enter")
    assert (said.text, said.braille) == (
        "窓口で 確認、決定で つづき。受付番号 2、シト さま。ほかは 8、かけるで すてる。",
        "2 ツヅキ シト",
    )
    assert someone.hears("Enter") == "氏名カナ。シト。"
    someone.keys(f"Enter {BORN} Enter Enter Enter Enter Enter")
    assert someone.acts[0].subject == "jiro"


@pytest.mark.parametrize(("privacy", "said"), [(Privacy.SPEAKER, "受付番号 4。"), (Privacy.SOUND, "")])
def test_whose_it_is_is_said_as_the_level_allows(privacy: Privacy, said: str) -> None:
    someone = of_visit(privacy)
    someone.keys("4 * 1 1 /")
    heard = someone.keys("*")
    assert heard.text == f"窓口で 確認、決定で つづき。{said}ほかは 8、かけるで すてる。"
    assert heard.braille == "4 ツヅキ カクウ ヒカルア"


def test_the_name_of_a_known_visit_is_noted_with_the_offer_too() -> None:
    someone = of_visit()
    someone.keys("4 * 1 1 /")
    someone.viewed.clear()
    someone.keys("*")
    assert someone.viewed == ["out"]


def test_an_entry_goes_on_from_its_own_ways_and_is_named_there() -> None:
    someone = alone()
    assert (
        someone.hears(f"/ * 1 {NAME} Enter . .")
        == "窓口で 確認、決定で つづき。カクウ　ハナコ さま。ほかは 8、かけるで すてる。"
    )
    assert someone.hears("8").endswith("6 緊急。")
    assert someone.hears("4") == "氏名カナ。カクウ　ハナコ。"


def test_an_entry_too_many_is_not_begun_and_no_other_is_lost_to_it() -> None:
    someone = Listener(HandSource(), DeskSettings(privacy=Privacy.EARPHONE))
    for digit in range(MOST_LEFT):
        someone.keys(f"/ * 8 {'8 ' * digit} 4 1 {digit % 5 + 1} Enter" if digit else "/ * 4 1 1 Enter")
    assert f"{MOST_LEFT}件中 1件目" in someone.hears("/ *")
    said = someone.keys("4")
    assert said.text == f"途中の 入力が {MOST_LEFT}件 あります。メニューの かけるで、つづけるか すててください。"
    demand_fit(said)
    assert len(someone.desk.unfinished) == MOST_LEFT
    someone.keys("* Enter Enter")
    assert someone.hears("4") == "氏名カナ。2けたずつ、間は 05。"


def test_star_and_two_presses_of_enter_throw_the_named_entry_away_alone() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} / * 8 4 {OTHER} Enter / *")
    said = someone.keys("*")
    assert said.text == "入力を すてる。2件中 1件目、シト さま。決定で きめます。"
    assert said.braille == "ステル シト"
    said = someone.keys("Enter")
    assert said.text == "入力を すてますか。新しい 受付、シト さま、2件中 1件目。もう一度 決定。"
    assert said.braille == "ステル シト"
    demand_fit(said)
    said = someone.keys("Enter")
    assert (said.text, said.braille, said.earcon) == ("すてました。窓口で 確認。ほかは 8。", "ステタ", Earcon.VALID)
    assert someone.acts == []
    assert len(someone.desk.unfinished) == 1
    assert someone.keys("Enter").earcon is Earcon.END  # nobody was named
    assert someone.hears("8") == "窓口で 確認、決定で つづき。カクウ　ハナコ さま。ほかは 8、かけるで すてる。"
    assert someone.hears("Enter") == "保険者番号。8けたか 6けた。"


@pytest.mark.parametrize(
    ("privacy", "selected", "asked"),
    [
        (Privacy.EARPHONE, "受付番号 4、ｶｸｳ ﾋｶﾙア さま。", "受付番号 4、ｶｸｳ ﾋｶﾙア さま。"),
        (Privacy.SPEAKER, "受付番号 4。", "受付番号 4。"),
        (Privacy.SOUND, "", "受付番号 4。"),
    ],
)
def test_whose_entry_goes_is_asked_with_its_number_at_each_level(privacy: Privacy, selected: str, asked: str) -> None:
    someone = of_visit(privacy)
    someone.keys("4 * 1 1 / *")
    assert someone.hears("*") == f"入力を すてる。{selected}決定で きめます。"
    assert someone.hears("Enter") == f"入力を すてますか。{asked}もう一度 決定。"


def test_two_entries_of_no_visit_are_told_apart_where_no_name_is_said() -> None:
    someone = alone(Privacy.SPEAKER)
    someone.keys(f"{TO_NUMBERS} / * 8 4 {OTHER} Enter / * 8")
    assert someone.hears("*") == "入力を すてる。2件中 2件目。決定で きめます。"
    assert someone.hears("Enter") == "入力を すてますか。新しい 受付、2件中 2件目。もう一度 決定。"


def test_the_name_of_a_known_visit_is_noted_before_each_utterance_that_offers_it() -> None:
    someone = of_visit()
    someone.keys("4 * 1 1 /")
    for key in ("*", "*", "Enter"):
        someone.viewed.clear()
        someone.keys(key)
        assert someone.viewed == ["out"], key


@pytest.mark.parametrize("number", [4, 38, 777, 1234])
def test_all_ways_are_said_for_a_visit_of_any_number(number: int) -> None:
    someone = Listener(HandSource(dataclasses.replace(JIRO, number=number)))
    said = someone.keys("/ 8 6 6 Enter")
    assert said.text.endswith("1 資格確認書、2 お知らせ、3 マイナポータル、4 申立書、6 緊急。")
    demand_fit(said)


@pytest.mark.parametrize("keys", ["* *", "* .", "* Enter .", "* 8 8 8"])
def test_what_was_not_answered_with_enter_throws_nothing_away(keys: str) -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} / * 8 4 {OTHER} Enter / * {keys}")
    someone.keys("Enter")
    assert len(someone.desk.unfinished) == 2


@pytest.mark.parametrize("between", ["5", "0", "7", "-"])
def test_keys_that_only_listen_leave_enter_asking_first(between: str) -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} / * * {between}")
    assert someone.hears("Enter") == "入力を すてますか。新しい 受付、カクウ　ハナコ さま。もう一度 決定。"


def test_the_own_entry_is_thrown_away_from_its_ways_and_the_form_is_empty() -> None:
    someone = alone()
    someone.keys(f"/ * 1 {NAME} Enter . . * Enter")
    assert someone.hears("Enter") == "すてました。窓口で 確認。"
    assert someone.desk.unfinished == ()
    assert someone.hears("4") == "氏名カナ。2けたずつ、間は 05。"


def test_enter_that_was_pressed_before_the_question_was_heard_throws_nothing_away() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} / * * Enter")
    someone.desk.unheard()
    assert someone.hears("Enter").startswith("入力を すてますか。")
    assert len(someone.desk.unfinished) == 1


def test_a_recorded_entry_is_left_nowhere() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} / * 8 {STATEMENT.removeprefix('/ * ')} Enter Enter")
    assert len(someone.acts) == 1
    assert someone.hears("/ * Enter") == "保険者番号。8けたか 6けた。"
