"""Right after news: 1, 3 and + are about whom they told of, and Enter first says on whom one still is."""

from __future__ import annotations

import dataclasses

import pytest

from app.eligibility.model import Validity
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskCall, DeskPatient, DeskPending
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, DeskSettings, morae_of
from app.speech.phrases.desk_captions import Place, Privacy
from tests.speech.desk_day import EARPHONE, HANAKO, JIRO, LOCKED, MORNING, REQUEST, SHEET, HandSource, Listener

SABURO = dataclasses.replace(
    JIRO, check_id="saburo", number=5, name="試験　三郎", name_kana="ｼｹﾝ ｻﾌﾞﾛｳ", is_waiting=False
)
NEWS = "注意。試験　三郎 さま、資格 無効。くわしくは 1。"
AT_PLUS = NEWS.replace("くわしくは 1", "くわしくは プラス")
WHOLE = "試験　三郎 さま、資格 無効。番号は 参考です、資格確認書で 確認。"
HERE = "選んでいるのは 受付番号 2。架空　次郎 さま。決定で きめます。"


def on_jiro(keys: str = "", settings: DeskSettings = EARPHONE, news: tuple[DeskPatient, ...] = (SABURO,)) -> Listener:
    """Somebody who is on 次郎, then maybe elsewhere, and hears of 三郎."""
    source = HandSource(HANAKO, JIRO)
    source.sheets["saburo"] = dataclasses.replace(SHEET, number="7777")
    someone = Listener(source, settings)
    someone.keys(f"6 {keys}")
    source.arrive(*news)
    someone.told = someone.news().text
    return someone


def test_1_after_news_reads_whom_they_told_of_and_goes_there() -> None:
    someone = on_jiro()
    assert someone.told == NEWS
    assert someone.hears("1") == WHOLE
    assert someone.hears("0").startswith("本日の受付、3人中 1人目")
    assert someone.hears("6 6 1").startswith("架空　次郎 さま")


def test_3_after_news_says_whose_numbers_it_reads() -> None:
    someone = on_jiro()
    said = someone.keys("3")
    assert said.text == "試験 さま。参考、保険者番号、01480011、記号、４８０１０２０３。つづきは 3。"
    assert morae_of(said.core) <= MAX_CORE_MORAE
    assert said.morae <= MAX_MORAE
    assert someone.viewed == ["saburo"]
    assert someone.hears("3") == "番号、7777、枝番、01。"


def test_what_was_repeated_still_leads_there_and_any_other_key_ends_that() -> None:
    assert on_jiro().hears("5 1") == WHOLE
    assert on_jiro().hears("2 1").startswith("架空　次郎 さま")
    assert on_jiro().hears("Enter 1").startswith("架空　次郎 さま")


@pytest.mark.parametrize("keys", ["/ 3", "/ 4", "/ 7", "/ 8", "/ 6", "/ 9"])
def test_1_leads_there_from_any_list_and_names_the_place(keys: str) -> None:
    someone = on_jiro(keys)
    assert someone.told == NEWS
    assert someone.hears("1") == f"本日の受付、{WHOLE}"
    assert someone.desk.place is Place.TODAY


@pytest.mark.parametrize("keys", ["/", "/ /", "/ 1", "/ 1 3 3", "/ 2", "/ 0", "/ +", "/ *", "/ * 4"])
def test_where_digits_type_or_choose_the_hint_names_plus_and_plus_leads_there(keys: str) -> None:
    someone = on_jiro(keys)
    assert someone.told == AT_PLUS
    assert someone.hears("+") == "試験　三郎 さま、資格 無効。くわしくは 1。"
    assert someone.desk.place is Place.TODAY


def test_plus_still_leads_there_once_the_news_were_repeated_but_not_after_a_digit() -> None:
    assert on_jiro("/").hears("5 +") == "試験　三郎 さま、資格 無効。くわしくは 1。"
    assert on_jiro("/ 1 3").hears("5 +") == "ソ。"


def test_a_5_that_was_typed_after_a_call_leaves_enter_to_the_search() -> None:
    source = HandSource(HANAKO, JIRO)
    someone = Listener(source)
    someone.keys("/ 1 3")
    source.change(calls=(DeskCall("call", "受付1", MORNING),))
    someone.news()
    assert someone.hears("5 Enter") == "見つかりません。ソ。"
    assert source.searched


def test_where_digits_type_1_types() -> None:
    assert on_jiro("/ 1 3").hears("1") == "サ。"


def test_plus_leads_to_whom_news_told_of_even_where_somebody_else_is_newer() -> None:
    someone = on_jiro()
    someone.source.change(
        patients=tuple(
            dataclasses.replace(one, validity=Validity.NO_INFORMATION) if one.check_id == "jiro" else one
            for one in someone.source.kept.patients
        )
    )
    assert "次郎" in someone.news().text
    assert someone.hears("+").startswith("架空　次郎 さま、資格情報 なし")


def test_request_leads_to_its_patient() -> None:
    source = HandSource(HANAKO, JIRO)
    someone = Listener(source)
    someone.keys("6")
    source.change(patients=(LOCKED, HANAKO, JIRO), requests=(REQUEST,))
    someone.news()
    assert someone.hears("1").startswith("受付番号 3、確認できません。")


def test_answer_to_an_earlier_day_is_read_whole_and_the_point_leads_back() -> None:
    late = dataclasses.replace(SABURO, at=MORNING.replace(day=20))
    source = HandSource(HANAKO, JIRO)
    source.change(pending=(DeskPending("saburo", 5, MORNING.replace(day=20), 4),))
    source.answers["saburo"] = late
    someone = Listener(source)
    someone.keys("6")
    source.change(pending=())
    assert someone.news().text.endswith("くわしくは 1。")
    assert someone.hears("1").startswith("試験　三郎 さま、資格 無効。11月20日の 受付、")
    assert someone.hears(".").startswith("架空　次郎 さま")


def test_patient_that_is_gone_is_no_neighbour() -> None:
    someone = on_jiro()
    someone.source.change(patients=(HANAKO, JIRO))
    assert someone.hears("1") == "この記録はありません。"
    assert someone.hears("1").startswith("架空　次郎 さま")


def test_news_that_nobody_heard_do_not_take_a_key() -> None:
    for make in (lambda one: one.keys("-"), lambda one: None):
        someone = Listener(HandSource(HANAKO, JIRO))
        someone.keys("6")
        make(someone)
        someone.source.arrive(SABURO)
        muted = someone.news().text == ""
        if not muted:
            someone.desk.unheard()
        assert someone.hears("1").startswith("架空　次郎 さま")


def test_enter_right_after_news_decides_nothing_and_says_on_whom_one_is() -> None:
    someone = on_jiro()
    assert someone.hears("Enter") == HERE
    assert someone.hears("Enter") == "対応済みに しますか。受付番号 2、架空　次郎 さま。もう一度 決定。"
    assert someone.acts == []
    someone.keys("Enter")
    assert someone.acts == [DeskAct(DeskActKind.MARK_HANDLED, "jiro", 3)]


def test_several_news_at_once_are_no_question_either() -> None:
    someone = on_jiro(news=(SABURO, dataclasses.replace(HANAKO, check_id="more", number=6)))
    assert someone.hears("1").startswith("架空　次郎 さま")
    someone = on_jiro(news=(SABURO, dataclasses.replace(HANAKO, check_id="more", number=6)))
    assert someone.hears("Enter") == HERE


@pytest.mark.parametrize(
    ("privacy", "text"),
    [
        (Privacy.SPEAKER, "選んでいるのは 受付番号 2。決定で きめます。"),
        (Privacy.SOUND, "決定で きめます。"),
    ],
)
def test_whom_enter_is_about_is_said_as_the_level_allows(privacy: Privacy, text: str) -> None:
    someone = on_jiro(settings=DeskSettings(privacy=privacy))
    said = someone.keys("Enter")
    assert (said.text, said.braille) == (text, "2 タイオーズミ カクウ ジロウ")
    assert someone.hears("Enter") == "対応済みに しますか。受付番号 2。もう一度 決定。"


def test_enter_goes_on_where_the_news_are_of_whom_one_is_on_or_offer_something() -> None:
    someone = Listener(HandSource())
    someone.source.arrive(JIRO)
    someone.news()
    assert someone.hears("Enter").startswith("対応済みに しますか。受付番号 2")
    someone = Listener(HandSource(JIRO))
    someone.source.change(calls=(DeskCall("call", "受付1", MORNING),))
    someone.news()
    assert someone.hears("Enter").startswith("呼び出しに 行きますか")


@pytest.mark.parametrize(
    ("keys", "text"), [("/ 8", "選んでいるのは 受付番号 2"), ("/ 8 6", "選んでいるのは 受付番号 2")]
)
def test_enter_right_after_news_decides_nothing_in_lists_either(keys: str, text: str) -> None:
    someone = on_jiro(keys)
    assert someone.hears("Enter").startswith(text)
    assert "しますか" in someone.hears("Enter") or "なりますか" in someone.hears("5")


def test_enter_in_a_place_that_only_leads_on_goes_on() -> None:
    assert on_jiro("/ 8 6 6").hears("Enter").startswith("窓口で 確認")
    assert on_jiro("/ 3").hears("Enter") == "決めることは ありません。"


def test_questions_at_every_level_fit_and_keep_their_hint() -> None:
    long = dataclasses.replace(
        JIRO,
        number=123,
        name="勅使河原　権左衛門之助",
        name_kana="ﾃｼｶﾞﾜﾗ ｺﾞﾝｻﾞｴﾓﾝﾉｽｹ",
        reason="card.pin_locked",
        validity=None,
    )
    source = HandSource(long)
    source.change(requests=(dataclasses.replace(REQUEST, check_id="jiro"),))
    said = Listener(source).keys("Enter")
    assert said.text == (
        "顔と カードを 見くらべて、本人と 確認しましたか。受付番号 123、勅使河原 さま。もう一度 決定。"
    )
    assert said.morae <= MAX_MORAE
