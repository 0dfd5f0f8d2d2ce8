"""The voice desk by its keys: what is heard, what is done, and what is never done."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskPatient, DeskPending, DeskSheet
from app.errors import StoreBusy, VisualEnded
from app.speech.desk_model import MAX_MORAE, DeskSettings, Key
from app.speech.earcons import Earcon
from app.speech.mora import RATES
from app.speech.phrases.desk_captions import HELP_SAYS, Privacy
from app.speech.phrases.desk_words import DeskEvent
from app.speech.utterance import ReadingSource
from tests.speech.desk_day import HANAKO, JIRO, LOCKED, MORNING, REQUEST, SHEET, HandSource, Listener


def test_scripted_day_by_the_keys_alone() -> None:
    """New arrival, verdict, numbers digit by digit, 目視確認, and last month's patient, all without looking."""
    source = HandSource()
    someone = Listener(source)
    assert someone.hears("5") == "音声端末モード、対応待ち 0人。"
    source.arrive(HANAKO)
    arrived = someone.news()
    assert (arrived.earcon, arrived.text) == (Earcon.VALID, "受付しました、菅原　花子 さま、資格 有効、3わり。")
    assert arrived.braille == "1 スガワラ ハナコ ユーコー 3ワリ"
    assert someone.hears("+") == "菅原　花子 さま、資格 有効、3わり。"
    assert someone.hears("3") == "保険者番号、01480011、記号。４８０１０２０３。つづきは 3。"
    assert "ゼロ イチ ヨン ハチ、ゼロ ゼロ イチ イチ、" in [one.kana for one in someone.keys("5").phrases]
    assert someone.hears("3") == "番号、1024、枝番、01。"
    source.arrive(LOCKED)
    source.change(requests=(REQUEST,))
    assert someone.news().text == "カードの 暗証番号が ロックされています。受付番号 3、目視確認が できます。"
    assert someone.hears("/ 3") == (
        "目視確認、受付番号 3。カードの 暗証番号が ロックされています。決定で はい、2で いいえ。"
    )
    assert someone.hears("Enter") == "顔と カードを 見くらべて、本人と 確認しましたか。受付番号 3。もう一度 決定。"
    assert someone.acts == []
    assert someone.hears("Enter") == "本人と 確認しました。"
    assert someone.acts == [DeskAct(DeskActKind.CONFIRM_VISUAL, "req")]
    source.earlier = (dataclasses.replace(HANAKO, check_id="october"),)
    assert someone.hears("/ 2 1 0 2 4 Enter") == "1件 見つかりました。菅原　花子 さま、資格 有効、3わり。"
    assert source.searched == ["10月24日"]
    assert someone.hears("2 2 2 2 2 2") == "生年月日、昭和32年4月1日。"
    assert someone.hears(". .").startswith("本日の受付、")
    assert set(someone.viewed) == {"hanako", "october"}


def test_patients_and_fields_end_with_a_dull_knock() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    assert someone.keys("4").earcon is Earcon.END
    assert someone.hears("6") == "菅原　花子 さま、資格 有効、3わり。"
    assert someone.keys("6").earcon is Earcon.END
    assert someone.keys("8").earcon is Earcon.END
    fields = [someone.hears("2").split("、")[0].rstrip("。") for _ in range(7)]
    assert fields == ["氏名", "資格 有効", "負担", "保険者", "番号", "生年月日", "期限"]
    assert someone.keys("2").earcon is Earcon.END
    assert someone.hears("4") == "期限、令和9年3月31日。"  # the field stays while one walks from patient to patient
    assert someone.hears("0") == "本日の受付、2人中 1人目。期限、9:05、対応待ち 1人。"
    assert someone.hears(".") == "架空　次郎 さま、資格 無効。対応待ち。くわしくは 1。"


def test_more_is_reading_then_kanji_then_the_western_year_and_says_how_it_was_read() -> None:
    someone = Listener(HandSource(HANAKO))
    assert someone.hears("*") == "よみ、スガワラ ハナコ、届いたフリガナのとおりに読みました。つづきは かける。"
    assert someone.hears("*").startswith("漢字、")
    assert someone.hears("*") == "西暦。1957年4月1日、69歳。"
    assert someone.hears("*").startswith("よみ、")
    assert "イチニチ" in someone.keys("2 2 2 2 2 2 *").phrases[1].kana


def test_numbers_of_a_right_that_is_not_valid_are_for_reference() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    assert someone.hears("3").startswith("参考、保険者番号")
    said = someone.keys("2 2 2 2 2")
    assert said.text == "番号、参考、1024。"
    assert said.braille == "バンゴー サンコー 1024"
    assert someone.hears("6") == "番号、1024。", "that of a valid right is no mere reference"
    source.sheets["jiro"] = dataclasses.replace(SHEET, number="")
    assert someone.hears("4") == "番号、届いていません。"


def test_rate_has_nine_steps_and_is_told_in_them() -> None:
    someone = Listener(HandSource(HANAKO))
    assert someone.desk.settings.rate == 7.0
    assert someone.hears("9") == "はやさ 5。"
    assert someone.keys("9 9 9 9 9").earcon is Earcon.END
    assert someone.desk.settings.rate == RATES[-1]
    assert someone.keys("7 7 7 7 7 7 7 7 7").earcon is Earcon.END
    assert someone.desk.settings.rate == RATES[0]


def test_refusal_is_chosen_with_2_and_asked_for() -> None:
    source = HandSource(LOCKED)
    source.change(requests=(REQUEST,))
    someone = Listener(source)
    assert someone.hears("/ 3 2") == "答えは 確認できない。決定で こたえます。"
    assert someone.hears("2") == "答えは 本人。決定で こたえます。"
    someone.keys("2")
    assert someone.hears("Enter") == "確認できないと こたえますか。受付番号 3。もう一度 決定。"
    someone.keys("Enter")
    assert someone.acts == [DeskAct(DeskActKind.REFUSE_VISUAL, "req")]


@pytest.mark.parametrize(
    ("privacy", "text"),
    [
        (Privacy.EARPHONE, "受付番号 3、9:14から。カードの 暗証番号が ロックされています。"),
        (Privacy.SPEAKER, "受付番号 3、9:14から。カードの 暗証番号が ロックされています。"),
        (Privacy.SOUND, "9:14から。"),
    ],
)
def test_request_says_whose_it_is_and_what_2_chooses(privacy: Privacy, text: str) -> None:
    source = HandSource(LOCKED)
    source.change(requests=(REQUEST,))
    someone = Listener(source, DeskSettings(privacy=privacy))
    opened = someone.keys("/ 3")
    assert opened.text.endswith("決定で はい、2で いいえ。")
    assert opened.morae <= MAX_MORAE
    said = someone.keys("1")
    assert said.text == f"{text}決定で はい、2で いいえ。"
    assert said.morae <= MAX_MORAE
    assert someone.hears("2 1") == f"{text}決定で いいえ、2で はい。"


def test_answer_chosen_for_one_request_does_not_stay_for_the_next() -> None:
    source = HandSource(LOCKED)
    source.change(requests=(REQUEST,))
    someone = Listener(source)
    someone.keys("/ 3 2")
    source.change(requests=(dataclasses.replace(REQUEST, request_id="other"),))
    assert someone.hears("Enter") == "顔と カードを 見くらべて、本人と 確認しましたか。受付番号 3。もう一度 決定。"


def test_second_press_that_comes_at_once_is_no_answer() -> None:
    source = HandSource(JIRO)
    someone = Listener(source)
    source.step = timedelta(milliseconds=50)
    assert (
        someone.hears("Enter Enter Enter Enter") == "対応済みに しますか。受付番号 2、架空　次郎 さま。もう一度 決定。"
    )
    assert someone.acts == []
    source.step = timedelta(seconds=1)
    assert someone.hears("Enter") == "対応済みに しました。"
    assert someone.acts == [DeskAct(DeskActKind.MARK_HANDLED, "jiro", 3)]


@pytest.mark.parametrize("key", list("012346789+-*/."))
def test_any_other_key_takes_a_question_back(key: str) -> None:
    someone = Listener(HandSource(JIRO))
    someone.keys(f"Enter {key} Enter")
    assert someone.acts == []


def test_question_can_be_heard_again_before_it_is_answered() -> None:
    someone = Listener(HandSource(JIRO))
    assert someone.hears("Enter 5 5") == "対応済みに しますか。受付番号 2、架空　次郎 さま。もう一度 決定。"
    someone.keys("Enter")
    assert [act.kind for act in someone.acts] == [DeskActKind.MARK_HANDLED]


def test_question_that_was_talked_over_has_to_be_asked_again() -> None:
    source = HandSource(JIRO)
    someone = Listener(source)
    someone.keys("Enter")
    source.arrive(HANAKO)
    someone.news()
    assert someone.hears("Enter").startswith("選んでいるのは 受付番号 2")
    assert someone.hears("Enter") == "対応済みに しますか。受付番号 2、架空　次郎 さま。もう一度 決定。"
    assert someone.acts == []


def test_what_somebody_else_decided_meanwhile_is_said() -> None:
    source = HandSource(LOCKED)
    source.change(requests=(REQUEST,))
    someone = Listener(source)
    someone.desk.press(Key.ENTER)
    act = someone.desk.press(Key.ENTER).act
    assert act is not None
    said = someone.desk.failed(act, VisualEnded())
    assert (said.earcon, said.text) == (Earcon.UNREACHABLE, "この目視確認は終わっています。")
    assert someone.hears("5") == said.text


def test_store_that_does_not_answer_is_said_and_the_place_is_kept() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    someone.keys("6")
    source.failure = StoreBusy()
    assert someone.hears("1") == "記録の保存に時間がかかっています。"
    source.failure = None
    assert someone.hears("1") == "菅原　花子 さま、資格 有効、3わり。"


def test_record_that_is_gone_is_said() -> None:
    source = HandSource()
    source.earlier = (HANAKO,)
    someone = Listener(source)
    someone.keys("/ 2 1 0 2 4 Enter")
    source.earlier = ()
    assert someone.hears("2") == "この記録はありません。"


def test_could_not_ask_leads_to_a_try_of_the_service() -> None:
    source = HandSource()
    someone = Listener(source)
    source.arrive(DeskPatient("out", 4, MORNING, reason="gateway.timeout", is_waiting=True))
    said = someone.news()
    assert said.text == "つながりません。受付番号 4、あとで確認に いれました。決定で もう一度。"
    assert said.earcon is Earcon.UNREACHABLE
    someone.keys("Enter Enter")
    source.change(pending=(DeskPending("out", 4, MORNING, 0), DeskPending("old", None, MORNING, 3)))
    assert (
        someone.hears("/ 4") == "あとで確認、受付番号 4、今日から。照会できなかった。もう一度 つなぐ。2で 次の 方法。"
    )
    assert someone.hears("6") == "番号 なし、3日前から。照会できなかった。もう一度 つなぐ。2で 次の 方法。"
    someone.keys("Enter Enter")
    assert [act.kind for act in someone.acts] == [DeskActKind.TRY_SERVICE] * 2


def test_share_that_only_the_law_gives_is_told_as_such() -> None:
    source = HandSource(dataclasses.replace(HANAKO, is_share_by_law=True))
    assert Listener(source).hears("1") == "菅原　花子 さま、資格 有効。法律から 3わり。"
    assert Listener(source).hears("2 2 2") == "負担、3わり、法律から。"


def test_name_without_kana_is_a_guess_or_a_number() -> None:
    source = HandSource(dataclasses.replace(HANAKO, name_kana=""))
    assert Listener(source).hears("1") == "受付番号 1、資格 有効、3わり。"
    source.sheets["hanako"] = dataclasses.replace(SHEET, name_kana="")
    assert Listener(source).keys("2").phrases[1].source is ReadingSource.UNREADABLE


def test_fields_that_did_not_come_are_said_to_be_missing() -> None:
    source = HandSource(HANAKO)
    source.sheets["hanako"] = DeskSheet()
    someone = Listener(source)
    assert [someone.hears("2").rstrip("。").split("、")[-1] for _ in range(7)] == [
        "届いていません",
        "資格 有効",
        "3わり",
        *["届いていません"] * 4,
    ]
    assert someone.hears("3") == "番号、届いていません。"


def test_connection_and_voice_are_told() -> None:
    someone = Listener(HandSource(HANAKO))
    assert someone.desk.tell(DeskEvent.CONNECTION_LOST).text == "接続が切れています。新しい受付は届きません。"
    assert someone.hears("5") == "接続が切れています。新しい受付は届きません。"
    assert someone.desk.tell(DeskEvent.CONNECTION_BACK).text == "接続が戻りました。"


def test_help_names_every_key() -> None:
    someone = Listener(HandSource())
    said = someone.hears("/ 6") + "".join(someone.hears("6") for _ in HELP_SAYS[1:])
    assert someone.keys("6").earcon is Earcon.END
    for word in (
        "もう一度",
        "患者",
        "項目",
        "まとめ",
        "番号",
        "おそく",
        "はやく",
        "いまどこ",
        "新着",
        "静か",
        "くわしく",
    ):
        assert word in said
    assert "メニュー" in said
    assert "もどる" in said
    assert "6けたで ひと月" in said


def test_empty_day_says_so_at_every_key() -> None:
    someone = Listener(HandSource())
    for key in "1234680*+":
        assert "受付は まだ ありません" in someone.hears(key)
    assert someone.hears("Enter") == "決めることは ありません。"
