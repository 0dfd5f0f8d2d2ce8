"""窓口で確認 by ear: for whom, recorded once, what outlives a lock or a colleague, and who may hear it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.counter import Field
from app.errors import AlreadyHandled, StoreBusy
from app.speech.desk_model import DeskSettings, Key, Utterance
from app.speech.earcons import Earcon
from app.speech.mora import is_speakable
from app.speech.phrases.desk_captions import QUESTIONS, Asked, Privacy
from app.speech.reading_sounds import pronounced
from tests.speech.counter_keys import (
    BORN,
    CERTIFICATE,
    INSURER,
    NAME,
    NUMBERS,
    OUT,
    STATEMENT,
    TO_NUMBERS,
    alone,
    demand_fit,
    typed,
)
from tests.speech.desk_day import HANAKO, JIRO, MORNING, HandSource, Listener


def test_a_waiting_row_is_taken_over_from_its_own_place() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    assert someone.hears("/ 8 6 6") == "架空　次郎 さま、窓口で 確認。決定で ひらきます。"
    assert someone.hears("Enter").startswith("窓口で 確認、受付番号 2。1 資格確認書、")
    someone.keys(f"4 {NAME} Enter {BORN} Enter Enter")
    assert someone.hears("Enter") == "確かめた人、自分。内容、申立書、受付番号 2、カクウ　ハナコ さま。決定で 記録。"
    assert someone.hears("Enter") == "この内容で 記録しますか。受付番号 2、カクウ　ハナコ さま。もう一度 決定。"
    someone.keys("Enter")
    assert (someone.acts[0].subject, someone.acts[0].version) == ("jiro", 3)
    assert someone.hears("0").startswith("本日の受付、")


def test_an_open_visit_is_taken_over_with_what_is_known_and_that_is_noted() -> None:
    source = HandSource(HANAKO)
    source.change(pending=(OUT,))
    source.known["out"] = {
        Field.NAME: "架空　光",
        Field.KANA: "ｶｸｳ ﾋｶﾙ",
        Field.BORN: "昭和32年4月1日",
        Field.RATIO: "020",
    }
    someone = Listener(source)
    assert someone.hears("/ 4 2 2 2 2 2 2 2 2") == "窓口で 確認。決定で ひらきます。"
    someone.keys("Enter")
    assert someone.viewed == []
    assert someone.hears("1").startswith("氏名カナ。")
    assert someone.viewed == ["out"]
    assert someone.hears("Enter") == "氏名カナ、ｶｸｳ ﾋｶﾙ。生年月日、昭和32年4月1日。"
    someone.keys(f"Enter {INSURER} Enter Enter 1 Enter Enter Enter Enter")
    assert someone.hears("Enter").startswith("負担割合、2わり。")
    someone.keys("Enter Enter Enter")
    (act,) = someone.acts
    assert (act.subject, act.version) == ("out", 2)
    assert typed(act)[Field.NAME] == "架空　光"
    assert someone.hears("0").startswith("あとで確認、")


def test_a_visit_that_somebody_else_settled_is_told_and_what_was_typed_may_be_recorded_beside_it() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    someone.keys(f"/ 8 6 6 Enter 4 {NAME} Enter {BORN} Enter Enter Enter")
    source.change(patients=(dataclasses.replace(JIRO, is_waiting=False), HANAKO))
    assert someone.hears("Enter") == "既に処理済みです。"
    assert someone.acts == []
    assert someone.hears("Enter") == "この内容で 記録しますか。新しい 受付、カクウ　ハナコ さま。もう一度 決定。"
    someone.keys("Enter")
    assert someone.acts[0].subject == ""


def test_what_could_not_be_recorded_stays_and_is_recorded_under_the_same_id() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    someone.keys(f"/ 8 6 6 Enter 4 {NAME} Enter {BORN} Enter Enter Enter Enter")
    source.time += source.step
    act = someone.desk.press(Key.ENTER).act
    assert act is not None
    said = someone.desk.failed(act, AlreadyHandled())
    assert said.text == "既に処理済みです、べつの 受付として 記録できます。"
    assert someone.hears("0").startswith("窓口で 確認、内容。")
    someone.keys("Enter")
    again = someone.desk.press(Key.ENTER).act
    assert again is not None
    assert (again.subject, again.draft) == ("", act.draft)
    busy = someone.desk.failed(again, StoreBusy("x"))
    assert busy.earcon is Earcon.UNREACHABLE
    someone.keys("Enter Enter")
    assert someone.acts == [again]


def test_no_question_outlives_a_lock_and_the_entry_goes_on_afterwards() -> None:
    someone = alone()
    someone.keys(f"{STATEMENT} Enter")
    someone.desk.leave()
    someone.desk.come_back()
    assert someone.hears("5") == "音声端末モード。"
    assert someone.hears("Enter") == "決めることは ありません。"
    assert someone.acts == []
    assert someone.hears("/ *").startswith("窓口で 確認、決定で つづき。")
    assert someone.hears("Enter") == "内容、申立書。カクウ　ハナコ さま。決定で 記録。"
    someone.keys("Enter Enter")
    assert len(someone.acts) == 1


def test_a_look_at_somebody_else_loses_nothing() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} 3 3 1 / .")
    assert someone.hears("/ * Enter") == "保険者番号。331。"
    assert someone.hears("2 0 0 1 5 Enter").startswith("保険者番号、33120015。")


def test_another_way_begins_a_new_entry() -> None:
    someone = alone()
    someone.keys(f"{TO_NUMBERS} + / * 4 .")
    assert someone.hears(". / * Enter").startswith("保険者番号。")  # an empty one takes nobody's place
    someone.keys("+ / * 4 1 1 +")
    assert someone.hears("/ * Enter") == "氏名カナ。ア。"


def test_a_double_enter_and_a_lost_answer_record_once() -> None:
    someone = alone()
    someone.keys(STATEMENT)
    question = "この内容で 記録しますか。新しい 受付、カクウ　ハナコ さま。もう一度 決定。"
    someone.source.step /= 100  # keys that bounce
    assert [someone.hears("Enter") for _ in range(3)] == [question] * 3
    assert someone.acts == []
    someone.source.step *= 100
    act = someone.desk.press(Key.ENTER).act
    assert act is not None
    someone.desk.done(act, 12)
    someone.desk.unheard()  # its answer was lost, and the hand tries again
    assert [someone.hears("Enter") for _ in range(3)] == ["決めることは ありません。"] * 3
    assert someone.acts == []
    assert someone.desk.unfinished == ()


def test_an_answer_that_nobody_knows_is_asked_for_again_as_the_same_entry() -> None:
    someone = alone()
    someone.keys(f"{STATEMENT} Enter")
    act = someone.desk.press(Key.ENTER).act
    assert act is not None
    someone.desk.failed(act, StoreBusy("x"))  # it may have been written all the same
    someone.desk.unheard()
    someone.keys("Enter Enter")
    assert someone.acts == [act]  # with the same id, which the store keeps once


def test_what_was_recorded_and_heard_is_no_news_and_unheard_it_is() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source)

    def record() -> None:
        made = dataclasses.replace(HANAKO, check_id=f"entry{source.entries}", validity=None, is_seen_at_counter=True)
        act = someone.desk.press(Key.ENTER).act
        assert act is not None
        source.arrive(made)
        someone.desk.done(act, 13)

    someone.keys(f"{STATEMENT} Enter")
    record()
    assert someone.desk.news() is None
    assert someone.desk.chosen() is source.kept.patients[0]
    someone.keys(f"{STATEMENT} Enter")
    record()
    someone.desk.unheard()
    assert someone.news().text.startswith("受付しました、菅原　花子 さま、窓口で 確認。")


@pytest.mark.parametrize("privacy", [Privacy.SPEAKER, Privacy.SOUND])
def test_only_an_earphone_hears_what_was_typed(privacy: Privacy) -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source, DeskSettings(privacy=privacy))
    heard: list[Utterance] = []
    someone.keys("/ 8 6 6")
    for key in f"Enter 1 {NAME} . * Enter . * Enter {BORN} * Enter {NUMBERS} Enter Enter 3 Enter 6".split():
        heard.append(someone.keys(key))
    for key in ["6", "Enter", "1", "2", "2", "2", "2", "2", "2", "2", "2", "2", "2", "1", "Enter", "Enter"]:
        heard.append(someone.keys(key))
    assert len(someone.acts) == 1
    words = " ".join(f"{said.text} {' '.join(one.kana for one in said.phrases)}" for said in heard)
    for secret in (
        "カクウ",
        "ハナコ",
        "昭和",
        "ショーワ",
        "33120015",
        "サン サン",
        "12-3",
        "0012",
        "3わり",
        "タロウ",
        "次郎",
    ):
        assert secret not in words, secret
    assert ("受付番号 12" in words) == (privacy is Privacy.SPEAKER)
    numbered = [said for said in heard if "受付番号 2" in said.text]
    if privacy is Privacy.SPEAKER:
        assert len(numbered) > 1
    else:
        assert [said.text for said in numbered] == ["この内容で 記録しますか。受付番号 2。もう一度 決定。"]
    assert any(said.earcon is Earcon.KEY and not said.core for said in heard)
    lines = " ".join(said.braille for said in heard)
    assert "カクウ ハナコ" in lines
    assert "33120015" in lines
    for said in heard:
        demand_fit(said)


@pytest.mark.parametrize("privacy", Privacy)
@pytest.mark.parametrize("keys", [CERTIFICATE, STATEMENT, f"/ * 6 {NAME} Enter Enter 1 1 Enter Enter"])
def test_every_utterance_fits_the_limits(privacy: Privacy, keys: str) -> None:
    someone = alone(privacy)
    for key in f"{keys} 0 1 2 2 2 2 2 2 2 2 2 2 2 2 2 * Enter . . . Enter Enter Enter Enter Enter".split():
        demand_fit(someone.keys(key))


@given(st.lists(st.sampled_from([*Key, Key.ENTER, Key.ENTER, Key.POINT]), max_size=80), st.sampled_from(Privacy))
@settings(max_examples=80, deadline=None)
def test_any_keys_in_any_way_fit_the_limits_and_record_only_what_was_asked(keys: list[Key], privacy: Privacy) -> None:
    source = HandSource(JIRO, HANAKO)
    source.change(pending=(OUT,))
    source.known["out"] = {Field.KANA: "ｶｸｳ ﾋｶﾙ", Field.SYMBOL: "試験・１"}
    someone = Listener(source, DeskSettings(privacy=privacy))
    someone.keys("/ 4 8" + " 2" * 9 + " Enter")
    question = QUESTIONS[Asked.KEEP_COUNTER].text
    was_asked = False
    for key in keys:
        before = len(someone.acts)
        said = someone.keys(key)
        if len(someone.acts) > before and someone.acts[-1].draft is not None:
            assert was_asked
            assert someone.acts[-1].draft.read(0, [0, 1, 2], MORNING.date()).entry is not None
        if key is not Key.N5:
            was_asked = bool(said.core) and said.core[0].text == question
        demand_fit(said)
        for phrase in said.phrases:
            assert is_speakable(pronounced(phrase.kana)), phrase
