"""窓口で確認 by ear with what is known already: what stands in a field is heard, or said to stand there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.eligibility.counter import Field
from app.speech.desk_model import DeskSettings
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.desk_counter_words import STANDS
from tests.speech.counter_keys import BORN, NAME, OUT, STATEMENT, alone, demand_fit, typed
from tests.speech.desk_day import HANAKO, HandSource, Listener

KNOWN = {
    Field.NAME: "架空　光",
    Field.KANA: "ｶｸｳ ﾋｶﾙ",
    Field.BORN: "昭和32年4月1日",
    Field.INSURER: "33120015",
    Field.SYMBOL: "99",
    Field.NUMBER: "1",
    Field.BRANCH: "07",
    Field.VALID_FROM: "令和7年8月1日",
    Field.VALID_TO: "令和9年7月31日",
    Field.RATIO: "020",
}
TO_VISIT = "/ 4 2 2 2 2 2 2 2 2 Enter"
SILENT = [Privacy.SPEAKER, Privacy.SOUND]


def of_visit(privacy: Privacy = Privacy.EARPHONE) -> Listener:
    """At the ways of an entry for an open visit of which much is known."""
    source = HandSource(HANAKO)
    source.change(pending=(OUT,))
    source.known["out"] = dict(KNOWN)
    someone = Listener(source, DeskSettings(privacy=privacy))
    someone.keys(TO_VISIT)
    return someone


@pytest.mark.parametrize("privacy", SILENT)
def test_what_stands_in_a_field_is_said_to_stand_there_where_it_is_not_said_itself(privacy: Privacy) -> None:
    someone = of_visit(privacy)
    fields = ["氏名カナ", "生年月日", "保険者番号", "記号", "番号", "枝番", "有効開始日", "有効期限"]
    said = someone.keys("1")
    for label in fields:
        assert said.text == f"{label}。{STANDS.text}。"
        demand_fit(said)
        said = someone.keys("Enter")
    assert said.text == f"負担割合。{STANDS.text}、1から 3、わからなければ 0。"
    demand_fit(said)
    someone.keys("Enter Enter Enter Enter")
    assert {field: typed(someone.acts[0])[field] for field in KNOWN} == KNOWN


def test_an_earphone_hears_what_stands_and_how_a_choice_is_changed() -> None:
    someone = of_visit()
    assert someone.hears("1 Enter Enter Enter Enter Enter Enter Enter").endswith("有効期限、令和9年7月31日。")
    assert someone.hears("Enter").endswith("負担割合、2わり、1から 3、わからなければ 0。")
    assert someone.hears("0 .") == "有効期限。令和9年7月31日。"
    assert someone.hears("Enter").endswith("負担割合、わからない、1から 3、わからなければ 0。")


@pytest.mark.parametrize("privacy", SILENT)
def test_what_was_typed_before_is_no_today(privacy: Privacy) -> None:
    someone = alone(privacy)
    someone.keys(f"/ * 4 {NAME} Enter {BORN}")
    assert someone.hears("Enter") == "受け取った日。今日なら 決定。"
    someone.keys("5 0 8 1 1 2 0 Enter")
    assert someone.hears(".") == f"受け取った日。{STANDS.text}。"
    assert someone.hears("5 .") == f"消しました。{STANDS.text}。"
    someone.keys("Enter Enter Enter Enter")
    assert typed(someone.acts[0])[Field.RECEIVED_ON] == "令和081120"


@pytest.mark.parametrize("privacy", Privacy)
def test_today_is_the_day_on_which_enter_was_pressed(privacy: Privacy) -> None:
    someone = alone(privacy)
    someone.keys(f"/ * 4 {NAME} Enter {BORN}")
    someone.source.time += timedelta(hours=16)
    someone.keys("Enter Enter Enter Enter Enter")
    assert typed(someone.acts[0])[Field.RECEIVED_ON] == "令和8年11月25日"


def test_a_midnight_between_a_field_and_its_enter_is_heard_first() -> None:
    someone = alone()
    assert someone.hears(f"/ * 4 {NAME} Enter {BORN} Enter").endswith("受け取った日、令和8年11月24日。")
    someone.source.time += timedelta(hours=16)
    assert someone.hears("Enter") == "受け取った日。令和8年11月25日。"
    someone.keys("Enter .")
    someone.source.time += timedelta(days=1)
    assert someone.hears(". Enter").endswith("受け取った日、令和8年11月25日。")  # decided is decided


def test_a_half_typed_sign_is_not_lost_at_enter_nor_what_stands_to_it() -> None:
    someone = of_visit()
    someone.keys("4")
    assert someone.hears("5 Enter") == "もう 1けた いります。点で 消す。"
    assert someone.hears(". Enter") == "氏名カナ、ｶｸｳ ﾋｶﾙ。生年月日、昭和32年4月1日。"
    someone.keys("Enter Enter Enter Enter Enter")
    assert typed(someone.acts[0])[Field.KANA] == "ｶｸｳ ﾋｶﾙ"


def test_a_missing_kana_is_counted_as_the_page_warns_of_it() -> None:
    someone = of_visit()
    someone.source.known["out"] = {Field.NAME: "架空　光", Field.BORN: "昭和32年4月1日"}
    someone.keys("6")
    assert someone.hears("Enter").startswith("氏名カナ、なし。")
    assert "注意 1件" in someone.hears("Enter 1 1 Enter Enter")
    assert someone.hears("2") == "氏名カナ、なし。カナで 検索できません。"
    someone.keys("Enter Enter")
    assert typed(someone.acts[0])[Field.NAME] == "架空　光"


def test_another_kana_takes_no_kanji_along_that_nobody_heard() -> None:
    someone = of_visit()
    assert someone.hears(f"4 {NAME} Enter") == "氏名カナ、漢字は あとで 画面から。よければ 決定。"
    assert someone.hears("Enter") == "氏名カナ、カクウ　ハナコ。生年月日、昭和32年4月1日。"
    assert someone.hears(f"{BORN} Enter Enter Enter") == (
        "確かめた人、自分。内容、申立書、注意 1件、受付番号 4、カクウ　ハナコ さま。決定で 記録。"
    )
    someone.keys("Enter Enter")
    draft = someone.acts[0].draft
    assert draft is not None
    assert typed(someone.acts[0])[Field.NAME] == ""
    assert "name_later" in draft.ticked


def test_a_kana_that_was_missing_takes_no_kanji_along_either() -> None:
    someone = of_visit()
    someone.source.known["out"] = {Field.NAME: "架空　光"}
    assert someone.hears(f"4 {NAME} Enter") == "氏名カナ、漢字は あとで 画面から。よければ 決定。"


def test_the_same_kana_typed_anew_keeps_the_kanji() -> None:
    someone = of_visit()
    someone.keys("4 2 1 2 3 1 3 0 5 6 2 2 1 9 3")  # カクウ　ヒカル
    assert someone.hears("Enter") == "氏名カナ、カクウ　ヒカル。生年月日、昭和32年4月1日。"
    someone.keys("Enter Enter Enter Enter Enter")
    assert typed(someone.acts[0])[Field.NAME] == "架空　光"


@pytest.mark.parametrize("privacy", SILENT)
def test_a_day_that_was_decided_is_heard_as_standing_after_midnight(privacy: Privacy) -> None:
    someone = alone(privacy)
    someone.keys(f"{STATEMENT}")
    someone.source.time += timedelta(hours=16)
    assert someone.hears(". .") == f"受け取った日。{STANDS.text}。"
