"""あとで確認 and 対応 by the keys alone: what is heard, asked and done, and what others did meanwhile."""

from __future__ import annotations

import dataclasses

import pytest

from app.eligibility.model import Validity
from app.eligibility.pending import CloseReason, PendingKind
from app.eligibility.visual import Preference
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskMethod, DeskPending
from app.errors import AlreadyHandled
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, DeskSettings, Key, Utterance, morae_of
from app.speech.earcons import Earcon
from app.speech.phrases.counter_words import CLOSE_REASONS
from app.speech.phrases.desk_captions import QUESTIONS, Privacy
from tests.speech.desk_day import CALL, HANAKO, JIRO, LOCKED, MORNING, REQUEST, HandSource, Listener

OUT = DeskPending("out", 4, MORNING, 0, needs_card=True, days_left=36, version=2)
URGENT = DeskPending("urgent", 7, MORNING, 3, "架空　光", "ｶｸｳ ﾋｶﾙ", PendingKind.EMERGENCY, days_left=0, version=5)
LATER = dataclasses.replace(HANAKO, check_id="later", number=31)


def day_with(*pending: DeskPending) -> HandSource:
    source = HandSource(HANAKO)
    source.change(pending=pending)
    source.later = (LATER, dataclasses.replace(JIRO, check_id="other", validity=Validity.VALID))
    return source


def fits(said: Utterance) -> bool:
    return morae_of(said.core) <= MAX_CORE_MORAE and said.morae <= MAX_MORAE


def test_each_visit_is_heard_with_its_name_kind_card_and_days() -> None:
    someone = Listener(day_with(OUT, URGENT))
    assert (
        someone.hears("/ 4") == "あとで確認、受付番号 4、今日から。照会できなかった。もう一度 つなぐ。2で 次の 方法。"
    )
    assert (
        someone.hears("1")
        == "受付番号 4、今日から。照会できなかった、カードが いります、記録は あと 36日。2で 次の 方法。"
    )
    said = someone.keys("6")
    assert said.text == "架空　光 さま、3日前から。緊急やむを得ない。もう一度 つなぐ。2で 次の 方法。"
    assert said.braille.startswith("7 アトデカクニン カクウ ヒカル")
    assert said.viewed == ("urgent",)
    assert someone.hears("1").endswith("緊急やむを得ない、記録は 今日まで。2で 次の 方法。")
    assert someone.keys("6").earcon is Earcon.END


def test_visit_of_yesterday_says_so() -> None:
    someone = Listener(day_with(dataclasses.replace(OUT, days_open=1)))
    assert someone.hears("/ 4").startswith("あとで確認、受付番号 4、きのうから。")


def test_loudspeaker_names_nobody_in_the_list() -> None:
    someone = Listener(day_with(URGENT), DeskSettings(privacy=Privacy.SPEAKER))
    assert someone.hears("/ 4").startswith("あとで確認、受付番号 7、3日前から。")


def test_visit_is_confirmed_by_a_later_check_that_was_heard() -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    assert someone.hears("/ 4 2") == "あとの 確認を 選ぶ。決定で ひらきます。"
    assert someone.hears("Enter") == "2件 見つかりました。菅原　花子 さま、資格 有効、3わり。"
    assert someone.hears("2 2 2 2 2 2") == "生年月日、昭和32年4月1日。"
    assert (
        someone.hears("Enter") == "この確認で 済ませますか。受付番号 4、受付番号 31、菅原　花子 さま。もう一度 決定。"
    )
    assert someone.acts == []
    assert someone.hears("Enter") == "確認済みに しました。"
    assert someone.acts == [DeskAct(DeskActKind.SETTLE_VISIT, "out", 2, by_check="later")]
    assert "later" in someone.viewed
    source.change(pending=(URGENT,))
    assert someone.hears("0").startswith("あとで確認、1人中 1人目。")
    assert someone.hears("1").startswith("架空　光 さま、3日前から。")


def test_later_check_is_found_by_a_name_and_the_point_leads_back() -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    assert someone.hears("/ 4 6 2 2") == "あとの 確認を さがす。決定で ひらきます。"
    assert someone.hears("Enter").startswith("本人の なまえ、2けたずつ。")
    assert someone.hears("6 1 5 1 Enter") == "2件 見つかりました。菅原　花子 さま、資格 有効、3わり。"
    assert source.narrowed == [("urgent", "ハナ")]
    assert someone.hears(".").startswith("あとで確認、架空　光 さま、3日前から。")
    assert someone.hears("0").startswith("あとで確認、2人中 2人目。")


def test_nothing_to_choose_is_said_and_the_visit_stays() -> None:
    source = day_with(OUT)
    source.later = ()
    someone = Listener(source)
    assert someone.hears("/ 4 2 Enter") == "あとの 確認は まだ ありません。"
    assert someone.hears("1").startswith("受付番号 4、今日から。")


@pytest.mark.parametrize("reason", CloseReason)
def test_visit_is_closed_for_each_reason_by_two_presses(reason: CloseReason) -> None:
    someone = Listener(day_with(OUT))
    turns = " ".join(["2"] * (3 + list(CloseReason).index(reason)))
    said = someone.keys(f"/ 4 {turns}")
    assert said.text == f"閉じる、{CLOSE_REASONS[reason]}。かけるで メモ。決定で きめます。"
    assert fits(said)
    asked = someone.keys("Enter")
    assert asked.text == f"確認せずに 閉じますか。受付番号 4、{CLOSE_REASONS[reason]}。もう一度 決定。"
    assert fits(asked)
    assert someone.hears("Enter") == "閉じました。"
    assert someone.acts == [DeskAct(DeskActKind.CLOSE_VISIT, "out", 2, reason=reason)]


def test_visit_is_closed_with_a_memo_in_kana() -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    someone.keys("/ 4 2 2")
    assert someone.keys("*").earcon is Earcon.END  # a memo goes with a reason alone
    assert someone.hears("2 *") == "メモ。2けたずつ かなで。"
    assert someone.hears("4 5 1 2") == "イ。"
    assert someone.hears("Enter") == "メモ、トイ。閉じる、保険者に確かめた。決定で きめます。"
    assert someone.hears("*") == "メモ。トイ。"
    assert someone.hears(".").startswith("あとで確認、受付番号 4、")
    asked = someone.keys("Enter")
    assert asked.text == "確認せずに 閉じますか。受付番号 4、保険者に確かめた、トイ。もう一度 決定。"
    assert fits(asked)
    someone.keys("Enter")
    assert someone.acts == [DeskAct(DeskActKind.CLOSE_VISIT, "out", 2, reason=CloseReason.ASKED_INSURER, note="トイ")]
    source.change(pending=(URGENT,))
    someone.keys("6 2 2 2 Enter Enter")  # 6 tells who took the place
    assert someone.acts[1].note == ""  # a memo stays with its visit


def test_plus_in_a_memo_reads_it_back_and_loses_nothing() -> None:
    someone = Listener(day_with(OUT))
    someone.keys("/ 4 2 2 2 * 4 5 1")
    assert someone.hears("+") == "メモ、ト。ア行。"
    assert someone.hears("2 Enter").startswith("メモ、トイ。閉じる、")
    assert someone.hears("* +") == "メモ、トイ。"
    assert someone.hears("* . . +").startswith("メモ。2けたずつ")
    someone.keys("4 5 Enter Enter Enter")
    assert someone.acts[0].note == "ト"


def test_memo_is_for_an_earphone_alone() -> None:
    someone = Listener(day_with(OUT), DeskSettings(privacy=Privacy.SPEAKER))
    heard = [someone.keys(key) for key in ["/", "4", "2", "2", "2", "*", "4", "5", "1", "2", "Enter", "Enter"]]
    assert "トイ" not in " ".join(said.text for said in heard)
    assert any("メモ トイ" in said.braille for said in heard)
    someone.keys("Enter")
    assert someone.acts[0].note == "トイ"


def test_way_that_was_chosen_for_one_visit_does_not_stay_for_the_next() -> None:
    someone = Listener(day_with(OUT, URGENT))
    someone.keys("/ 4 2 2 2 6")
    assert someone.hears("Enter") == "照会先に もう一度 つなぎますか。もう一度 決定。"


def test_visit_that_somebody_else_settled_is_never_taken_for_its_neighbour() -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    someone.keys("/ 4 2 2 2")
    source.change(pending=(URGENT,))
    said = someone.keys("Enter")
    assert said.text == (
        "既に処理済みです。架空　光 さま、3日前から。緊急やむを得ない。もう一度 つなぐ。2で 次の 方法。"
    )
    assert fits(said)
    assert said.viewed == ("urgent",)
    assert someone.hears("1").startswith("架空　光 さま、")
    assert someone.acts == []


@pytest.mark.parametrize("key", ["2", "8", "Enter", "6", "4", "*"])
def test_visit_that_took_the_place_of_a_settled_one_is_heard_before_anything_is_chosen(key: str) -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    someone.keys("/ 4 2 2 2 Enter")
    act = someone.desk.press(Key.ENTER).act
    assert act is not None
    source.change(pending=(URGENT,))
    assert someone.desk.done(act).text == "閉じました。"
    assert someone.hears(key).startswith("架空　光 さま、3日前から。緊急やむを得ない。もう一度 つなぐ。")
    assert someone.hears("2") == "あとの 確認を 選ぶ。決定で ひらきます。"
    assert someone.acts == []


@pytest.mark.parametrize("privacy", Privacy)
def test_way_is_heard_on_opening_at_each_level(privacy: Privacy) -> None:
    someone = Listener(day_with(OUT, URGENT), DeskSettings(privacy=privacy))
    for keys in ("/ 4", "6"):
        said = someone.keys(keys)
        assert "もう一度 つなぐ。2で 次の 方法。" in said.text
        assert fits(said)
    someone.keys("2 2 2 *")
    assert "閉じる、保険者に確かめた" in someone.hears(".")


def test_somebody_faster_between_the_two_presses_is_told_and_the_list_goes_on() -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    someone.keys("/ 4 2 Enter")
    source.change(pending=(URGENT,))
    assert someone.hears("Enter") == "既に処理済みです。"
    someone.keys(".")
    someone.keys("2 Enter Enter")
    source.change(pending=())
    act = DeskAct(DeskActKind.SETTLE_VISIT, "urgent", 5, by_check="later")
    assert someone.desk.failed(act, AlreadyHandled()).text == "既に処理済みです。あとで確認、ありません。"
    assert someone.hears("1") == "あとで確認、ありません。"


def test_change_between_the_presses_keeps_visit_and_way() -> None:
    source = day_with(OUT, URGENT)
    someone = Listener(source)
    someone.keys("/ 4 6 2 2 2")
    source.change(pending=(OUT, dataclasses.replace(URGENT, version=6)))
    failed = someone.desk.failed(DeskAct(DeskActKind.CLOSE_VISIT, "urgent", 5), AlreadyHandled())
    assert failed.text == "既に処理済みです。あとで確認、2人中 2人目。"
    someone.keys("Enter Enter")
    assert someone.acts == [DeskAct(DeskActKind.CLOSE_VISIT, "urgent", 6, reason=CloseReason.ASKED_INSURER)]


def test_whoever_stands_on_a_settled_row_is_led_to_who_waits_longest() -> None:
    source = HandSource(HANAKO, LOCKED, JIRO)
    someone = Listener(source)
    assert someone.hears("/ 8") == "対応、架空　次郎 さま、担当する。決定で きめます。"
    source.change(patients=(HANAKO,))
    assert someone.hears(". . / 8") == "対応、ありません。"


def test_row_is_taken_given_back_and_finished_from_the_menu() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    assert someone.hears("/ 8") == "対応、架空　次郎 さま、担当する。決定で きめます。"
    assert someone.hears("Enter") == "担当に なりますか。受付番号 2、架空　次郎 さま。もう一度 決定。"
    assert someone.hears("Enter") == "担当に なりました。"
    source.change(patients=(dataclasses.replace(JIRO, version=4, taken_by="架空 見本"), HANAKO))
    assert someone.hears("0").startswith("本日の受付、2人中 1人目。")
    assert "担当" in someone.hears("1")
    assert someone.hears("/ 8 Enter") == "担当を 外しますか。受付番号 2、架空　次郎 さま。もう一度 決定。"
    someone.keys("Enter")
    assert someone.hears("/ 8 6") == "架空　次郎 さま、対応済みに する。決定で きめます。"
    assert someone.hears("8 2") == "架空　次郎 さま、対応済みに する。決定で きめます。"
    someone.keys("Enter Enter")
    assert someone.acts == [
        DeskAct(DeskActKind.TAKE, "jiro", 3),
        DeskAct(DeskActKind.RELEASE, "jiro", 4),
        DeskAct(DeskActKind.MARK_HANDLED, "jiro", 4),
    ]


def test_whoever_waits_to_be_looked_at_can_be_taken_too() -> None:
    source = HandSource(LOCKED)
    source.change(requests=(REQUEST,))
    someone = Listener(source)
    assert someone.hears("/ 8 6").startswith("受付番号 3、答えは 本人。")
    someone.keys("Enter Enter / 8 6 6 Enter Enter")
    assert [act.kind for act in someone.acts] == [DeskActKind.CONFIRM_VISUAL, DeskActKind.REFUSE_VISUAL]


def test_nothing_is_offered_for_whoever_does_not_wait() -> None:
    someone = Listener(HandSource(HANAKO))
    assert someone.hears("/ 8") == "対応、ありません。"
    assert someone.hears("Enter") == "決めることは ありません。"


def test_row_that_is_done_meanwhile_is_told_and_no_neighbour_is_taken() -> None:
    other = dataclasses.replace(JIRO, check_id="saburo", number=9)
    source = HandSource(JIRO, other)
    someone = Listener(source)
    someone.keys("/ 8")
    source.change(patients=(dataclasses.replace(JIRO, is_waiting=False), other))
    assert someone.hears("Enter") == "既に処理済みです。"
    assert someone.hears("4") == "対応、ありません。"
    assert someone.acts == []


def test_way_of_the_next_patient_is_chosen_and_taken_back() -> None:
    source = HandSource(HANAKO)
    usual = DeskMethod("受付1", Preference.VISUAL_FIRST)
    source.change(methods=(usual,))
    someone = Listener(source)
    assert someone.hears("/ 9") == "次の 患者の 方法、いつもの 方法。決定で かえます。"
    assert someone.hears("Enter") == "次の 患者だけ かえますか。目視確認。もう一度 決定。"
    assert someone.hears("Enter") == "次の 患者だけ かえました。"
    source.change(methods=(dataclasses.replace(usual, chosen=Preference.VISUAL_FIRST),))
    assert someone.hears("1") == "次は 目視確認。決定で かえます。"
    someone.keys("Enter Enter")
    assert someone.acts == [
        DeskAct(DeskActKind.CHOOSE_NEXT, "受付1", method=Preference.VISUAL_FIRST),
        DeskAct(DeskActKind.TAKE_BACK_NEXT, "受付1"),
    ]
    source.change(methods=(usual, dataclasses.replace(usual, kiosk="受付2")))
    assert someone.hears("/ 9 6") == "受付機 2、いつもの 方法。決定で かえます。"


def test_list_of_calls_and_requests_says_which_kiosk_where_there_are_several() -> None:
    source = HandSource(LOCKED)
    one = DeskMethod("受付1", Preference.VISUAL_FIRST)
    source.change(requests=(REQUEST,), calls=(CALL,), methods=(one,))
    assert Listener(source).hears("/ 7") == "呼び出し、9:14から。決定で こたえます。"
    source.change(methods=(one, dataclasses.replace(one, kiosk="受付2")))
    assert Listener(source).hears("/ 7") == "呼び出し、受付機 1、9:14から。決定で こたえます。"
    assert Listener(source).hears("/ 3").startswith("目視確認、受付機 1、受付番号 3。")


def test_number_is_searched_digit_by_digit() -> None:
    source = HandSource()
    source.earlier = (HANAKO,)
    someone = Listener(source)
    assert someone.hears("/ 0") == "番号で 検索、番号を 数字で。決定で 検索。"
    assert someone.hears("1 0 2 5") == "5。"
    someone.keys(". 4")
    assert someone.hears("Enter") == "1件 見つかりました。菅原　花子 さま、資格 有効、3わり。"
    assert source.searched == ["1024"]


def test_every_question_says_whom_it_is_about_within_the_limits() -> None:
    for number in (None, 9_999, 12_345):
        source = day_with(dataclasses.replace(OUT, number=number))
        someone = Listener(source)
        for keys in ("/ 4", "1", "2", "Enter", "Enter", "/ 4 2 2 2 2 2 Enter"):
            assert fits(someone.keys(keys)), keys
    assert {words.braille for words in QUESTIONS.values()} >= {"トジル", "カクニン ズミ"}
