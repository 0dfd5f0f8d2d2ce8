"""What is told without having been asked: whose it is, where, what changed, and answers that came days later."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from app.eligibility.changes import ChangeKind
from app.eligibility.model import Validity
from app.eligibility.visual import Preference
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskMethod, DeskPending
from app.speech.desk import Desk
from app.speech.desk_model import MAX_MORAE, DeskSettings
from app.speech.desk_news import Missed
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import Privacy
from tests.speech.desk_day import CALL, EARPHONE, HANAKO, JIRO, LOCKED, MORNING, REQUEST, SHEET, HandSource, Listener

SPEAKER = DeskSettings()
EARLIER = dataclasses.replace(HANAKO, check_id="old", number=7, at=MORNING - timedelta(days=1), name="", name_kana="")
OPEN = DeskPending("old", 7, MORNING - timedelta(days=1), 1)
KIOSKS = tuple(DeskMethod(f"受付{one}", Preference.VISUAL_FIRST) for one in (1, 2))


def test_request_says_whose_it_is() -> None:
    source = HandSource(LOCKED)
    someone = Listener(HandSource(), SPEAKER)
    someone.source.kept = dataclasses.replace(source.kept, requests=(REQUEST,))
    said = someone.news()
    assert said.text == "カードの 暗証番号が ロックされています。受付番号 3、目視確認が できます。"
    assert said.braille == "3 ロック"


def test_call_names_its_kiosk_where_there_are_several_and_so_does_the_question() -> None:
    source = HandSource()
    source.change(methods=KIOSKS)
    someone = Listener(source)
    source.change(calls=(dataclasses.replace(CALL, kiosk="受付2"),))
    assert someone.news().text == "受付で 係員を よんでいます。受付機 2。"
    assert someone.hears("Enter") == "呼び出しに 行きますか。受付機 2。もう一度 決定。"
    someone.keys("Enter")
    assert someone.acts == [DeskAct(DeskActKind.ANSWER_CALL, "call")]


def test_arrival_says_that_something_changed_and_by_earphone_what() -> None:
    source = HandSource()
    by_speaker, by_earphone = Listener(source, SPEAKER), Listener(source, EARPHONE)
    source.arrive(dataclasses.replace(HANAKO, changes=(ChangeKind.RATIO,)))
    said = by_speaker.news()
    assert said.text == "受付しました、受付番号 1、資格 有効。前回から変更。"
    assert said.braille == "1 スガワラ ハナコ ユーコー 3ワリ ヘンコウ"
    assert by_earphone.news().text == "受付しました、菅原　花子 さま、資格 有効、3わり。前回から変更、負担割合。"
    assert by_speaker.hears("1") == "受付番号 1、資格 有効。前回から変更。"


def test_change_that_may_be_somebody_elses_is_told_as_such_before_what_changed() -> None:
    source = HandSource()
    by_speaker, by_earphone = Listener(source, SPEAKER), Listener(source, EARPHONE)
    source.arrive(dataclasses.replace(HANAKO, changes=(ChangeKind.INSURER,), is_change_doubtful=True))
    said = by_speaker.news()
    assert said.text == "受付しました、受付番号 1、資格 有効。前回から変更、別人でないか確認。"
    assert said.braille == "1 スガワラ ハナコ ユーコー 3ワリ ベツジン?"
    assert by_earphone.news().text == (
        "受付しました、菅原　花子 さま、資格 有効、3わり。前回から変更、別人でないか確認、保険者。"
    )
    assert by_speaker.hears("1") == "受付番号 1、資格 有効。前回から変更、別人でないか確認。"


def test_what_to_do_now_goes_before_what_was_another_time() -> None:
    someone = Listener(HandSource(dataclasses.replace(JIRO, changes=(ChangeKind.VALIDITY,), is_change_doubtful=True)))
    told = someone.hears("1")
    assert "資格確認書で 確認" in told
    assert told.index("資格確認書") < (told.find("前回から変更") if "前回から変更" in told else len(told))


def test_answer_to_an_earlier_days_visit_is_told_with_its_day() -> None:
    source = HandSource(HANAKO)
    source.change(pending=(OPEN,))
    someone = Listener(source, SPEAKER)
    source.change(pending=())
    source.answers["old"] = EARLIER
    said = someone.news()
    assert (said.earcon, said.text) == (Earcon.VALID, "返事が きました、受付番号 7、資格 有効。11月23日の 受付。")
    assert someone.desk.news() is None
    assert someone.desk.news() is None


def test_check_of_an_earlier_day_that_was_missed_is_no_answer_to_a_visit() -> None:
    source = HandSource(HANAKO)
    source.answers = {"old": EARLIER, "evening": dataclasses.replace(EARLIER, check_id="evening", number=9)}
    missed = Missed(frozenset({"old", "evening", "hanako"}), frozenset({"old"}))
    desk = Desk(source, Listener(source).desk.reader, DeskSettings(privacy=Privacy.SPEAKER), missed=missed)
    said = desk.news()
    assert said is not None
    assert said.text.startswith("新しい受付 1件。前の日の 返事 1件。")
    assert desk.news() is None


def test_answer_that_is_not_valid_warns() -> None:
    source = HandSource()
    source.change(pending=(OPEN,))
    someone = Listener(source, SPEAKER)
    source.change(pending=())
    source.answers["old"] = dataclasses.replace(EARLIER, validity=Validity.INVALID)
    said = someone.news()
    assert (said.earcon, said.text) == (
        Earcon.INVALID,
        "注意。受付番号 7、資格 無効。11月23日の 受付。くわしくは 1。",
    )


def test_visit_that_staff_settled_is_no_news_and_one_of_today_is_told_by_its_row() -> None:
    source = HandSource(JIRO)
    source.change(pending=(OPEN, DeskPending("jiro", 2, MORNING, 0)))
    source.answers["jiro"] = JIRO
    someone = Listener(source, SPEAKER)
    source.change(pending=())
    assert someone.desk.news() is None


def test_several_answers_are_one_sentence_beside_arrivals() -> None:
    source = HandSource()
    source.change(pending=(OPEN, dataclasses.replace(OPEN, check_id="older")))
    someone = Listener(source, SPEAKER)
    source.answers = {"old": EARLIER, "older": dataclasses.replace(EARLIER, check_id="older")}
    source.change(pending=())
    source.arrive(HANAKO)
    assert someone.news().text == "新しい受付 1件。前の日の 返事 2件。プラスで ききます。"


def test_where_am_i_counts_calls_and_requests_too_within_the_limit() -> None:
    source = HandSource(LOCKED, JIRO)
    source.change(calls=(CALL,), requests=(REQUEST,))
    someone = Listener(source)
    assert someone.hears("0") == ("本日の受付、2人中 1人目。まとめ、9:05、対応待ち 2人、呼び出し 1件、目視確認 1件。")
    source.change(
        patients=tuple(dataclasses.replace(JIRO, check_id=f"c{one}") for one in range(138)), calls=(CALL,) * 27
    )
    source.time += timedelta(hours=3, minutes=32)
    said = someone.keys("2 2 2 2 2 2 0")
    assert said.morae <= MAX_MORAE
    assert said.text.endswith("対応待ち 138人、呼び出し 27件、目視確認 1件。")


def test_more_about_what_did_not_come_says_that_alone() -> None:
    source = HandSource(dataclasses.replace(HANAKO, share_percent=None))
    source.sheets["hanako"] = dataclasses.replace(SHEET, number="", birthdate="", valid_to="")
    someone = Listener(source, DeskSettings(privacy=Privacy.EARPHONE))
    assert someone.hears("2 2 2 *") == "負担、わかりません。"
    assert someone.hears("2 2 *") == "番号、届いていません。"
    assert someone.hears("*") == "番号、届いていません。"
    assert someone.hears("2 *") == "生年月日、届いていません。"
    assert someone.hears("2 *") == "期限、届いていません。"
