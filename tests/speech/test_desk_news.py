"""What is said without having been asked for, and how much of it aloud."""

from __future__ import annotations

import dataclasses

from app.eligibility.model import Validity
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskPending
from app.speech.desk_model import MAX_MORAE, DeskSettings
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import Privacy
from tests.speech.desk_day import CALL, HANAKO, JIRO, LOCKED, MORNING, REQUEST, HandSource, Listener

SPEAKER = DeskSettings()
SOUND = DeskSettings(privacy=Privacy.SOUND)


def test_loudspeaker_says_number_and_verdict_and_no_more() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source, SPEAKER)
    heard = [
        someone.hears(key)
        for key in ["+", "1", "6", "2", "2", "2", "2", "2", "2", "2", "3", "*", "*", "5", "0", "4", "1"]
    ]
    assert heard[0] == "受付番号 2、資格 無効。対応待ち。くわしくは 1。"
    assert "受付番号 1、資格 有効。" in heard
    said = "".join(heard)
    assert not any(secret in said for secret in ("菅原", "花子", "架空", "1024", "01480011", "昭和", "全国", "わり"))
    kept = Listener(source, SPEAKER).keys("6 2")
    assert kept.text == "氏名、声に 出しません。イヤホンの ときだけ 読みます。メニューの 設定で かえます。"
    assert kept.braille == "シメイ スガワラ ハナコ"
    source.arrive(dataclasses.replace(HANAKO, check_id="new", number=12))
    assert someone.news().text == "受付しました、受付番号 12、資格 有効。"


def test_sound_alone_tells_a_verdict_by_its_earcon() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source, SOUND)
    said = someone.keys("1")
    assert (said.earcon, said.text, said.braille) == (Earcon.VALID, "", "1 スガワラ ハナコ ユーコー 3ワリ")
    source.arrive(JIRO)
    assert (someone.news().earcon, someone.keys("+").text) == (Earcon.INVALID, "")
    assert someone.hears("/").startswith("メニュー。")


def test_privacy_is_changed_by_two_presses_after_a_spoken_question() -> None:
    someone = Listener(HandSource(HANAKO), SPEAKER)
    assert someone.hears("/ + 1") == "イヤホン。決定で かえます。"
    assert someone.hears("Enter") == "名前も 読みます。イヤホンに かえますか。もう一度 決定。"
    assert someone.desk.settings.privacy is Privacy.SPEAKER
    assert someone.hears("Enter") == "イヤホンに しました。"
    assert someone.desk.settings.privacy is Privacy.EARPHONE
    assert someone.acts == []


def test_silence_leaves_earcons_until_plus() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source)
    assert someone.hears("-") == ""
    source.arrive(JIRO)
    quiet = someone.news()
    assert (quiet.earcon, quiet.text) == (Earcon.INVALID, "")
    assert someone.hears("+") == "架空　次郎 さま、資格 無効。対応待ち。くわしくは 1。"
    source.arrive(dataclasses.replace(HANAKO, check_id="new"))
    assert someone.news().text.startswith("受付しました")


def test_silence_is_told_by_key_0_and_after_a_lock_until_plus_ends_it() -> None:
    someone = Listener(HandSource(HANAKO, JIRO))
    assert "静かに" not in someone.hears("0")
    said = someone.keys("- 0")
    assert (
        said.text
        == "本日の受付、2人中 1人目。まとめ、9:05、静かに しています、対応待ち 1人。プラスで 声が もどります。"
    )
    assert said.morae <= MAX_MORAE
    someone.desk.leave()
    assert someone.hears("5") == "音声端末モード。静かに しています。プラスで 声が もどります。"
    someone.keys("+")
    assert "静かに" not in someone.hears("0")
    someone.desk.leave()
    assert "静かに" not in someone.hears("5")


def test_silence_is_told_whatever_else_waits_within_the_limit() -> None:
    source = HandSource(*(dataclasses.replace(JIRO, check_id=f"c{one}") for one in range(138)))
    source.change(calls=(CALL,) * 27, requests=(REQUEST,))
    said = Listener(source).keys("- 2 2 2 2 2 2 0")
    assert "静かに しています、対応待ち 138人、呼び出し 27件" in said.text
    assert said.morae <= MAX_MORAE


def test_fifty_arrivals_in_a_second_are_one_utterance() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source)
    source.arrive(*(dataclasses.replace(HANAKO, check_id=f"c{n}", number=n + 2) for n in range(50)))
    said = someone.news()
    assert said.text == "新しい受付 50件。プラスで ききます。"
    assert said.morae <= 30
    assert someone.desk.news() is None
    assert someone.desk.settings.privacy is Privacy.EARPHONE
    assert someone.hears("+") == "菅原　花子 さま、資格 有効、3わり。"


def test_arrivals_requests_and_calls_together_are_joined_with_the_gravest_sound() -> None:
    source = HandSource(HANAKO)
    someone = Listener(source)
    source.arrive(JIRO, LOCKED)
    source.change(requests=(REQUEST,), calls=(CALL,))
    said = someone.news()
    assert said.text == "新しい受付 1件。目視確認 1件、呼び出し 1件。プラスで ききます。"
    assert said.earcon is Earcon.CALL


def test_news_is_told_once_and_again_when_the_verdict_changes() -> None:
    source = HandSource(LOCKED)
    someone = Listener(source)
    assert someone.desk.news() is None
    source.change(patients=(dataclasses.replace(LOCKED, validity=Validity.VALID, reason=None, is_waiting=False),))
    assert someone.news().text == "受付しました、受付番号 3、資格 有効。"
    assert someone.desk.news() is None


def test_request_that_follows_its_row_is_not_told_twice_but_a_second_one_is() -> None:
    source = HandSource()
    someone = Listener(source)
    source.arrive(LOCKED)
    someone.news()
    source.change(requests=(REQUEST,))
    assert someone.desk.news() is None
    assert someone.hears("Enter").startswith("顔と カードを")
    source.change(requests=())
    assert someone.desk.news() is None
    source.change(requests=(dataclasses.replace(REQUEST, request_id="again"),))
    assert someone.news().text.startswith("カードの 暗証番号が")


def test_news_does_not_move_the_cursor() -> None:
    source = HandSource(JIRO, HANAKO)
    someone = Listener(source)
    someone.keys("6 2")
    source.arrive(dataclasses.replace(HANAKO, check_id="new", name="別　人", name_kana="ベツ ジン"))
    someone.news()
    assert someone.hears("2") == "資格 有効。"
    assert someone.hears("0").startswith("本日の受付、3人中 3人目")


def test_service_that_is_back_is_told_while_somebody_waits_for_it() -> None:
    source = HandSource(HANAKO)
    source.change(is_service_up=False, pending=(DeskPending("out", 4, MORNING, 0),))
    someone = Listener(source)
    source.change(is_service_up=True)
    said = someone.news()
    assert (said.earcon, said.text) == (Earcon.VALID, "照会先と つながりました。")
    assert someone.desk.news() is None
    source.change(is_service_up=False)
    assert someone.desk.news() is None  # the visit that could not be asked about tells it
    source.arrive(JIRO)
    source.change(is_service_up=True)
    assert someone.news().text == "新しい受付 1件。照会先と つながりました。プラスで ききます。"
    source.change(is_service_up=False, pending=())
    someone.desk.news()
    source.change(is_service_up=True)
    assert someone.desk.news() is None


def test_whoever_asked_for_a_try_hears_what_came_of_it() -> None:
    source = HandSource(HANAKO)
    source.change(is_service_up=False, is_service_tried=False, pending=(DeskPending("out", 4, MORNING, 0),))
    someone = Listener(source)
    for is_up, words in ((False, "照会先に まだ つながりません。"), (True, "照会先と つながりました。")):
        source.change(is_service_tried=True)
        assert someone.desk.news() is None
        source.change(is_service_tried=False, is_service_up=is_up)
        assert someone.news().text == words


def test_call_is_answered_by_two_presses_right_after_it_was_heard() -> None:
    source = HandSource()
    someone = Listener(source)
    source.change(calls=(CALL,))
    said = someone.news()
    assert (said.earcon, said.text) == (Earcon.CALL, "受付で 係員を よんでいます。")
    assert someone.hears("Enter") == "呼び出しに 行きますか。もう一度 決定。"
    assert someone.hears("Enter") == "対応しました。"
    assert someone.acts == [DeskAct(DeskActKind.ANSWER_CALL, "call")]
    assert someone.hears("/ 7").startswith("呼び出し、9:14から")


def test_a_check_that_was_told_as_a_request_is_not_told_again_once_somebody_answered() -> None:
    source = HandSource()
    someone = Listener(source)
    source.change(patients=(LOCKED,), requests=(REQUEST,))
    assert "ロックされています" in someone.news().text
    source.change(requests=())
    assert someone.desk.news() is None
