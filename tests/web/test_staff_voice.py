"""音声端末モード over the real store and a real door to the voice."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.eligibility.visual import VisualRequest
from app.speech.audible import LONGEST, audible
from app.speech.phrases.desk_captions import PLACES
from app.speech.phrases.menu_words import MENU_ITEMS
from app.speech.utterance import Phrase, ReadingSource
from app.store.audit_read import AuditFilter, read_audit
from app.store.people import add_staff
from app.store.visual import StoreVisualDesk
from app.web.staff.voice_device import COOKIE
from tests.speech.door import Door
from tests.speech.samples import pcm_of
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import PASSPHRASE, Site, root_of
from tests.web.voice_site import Listening, voice_door

RIN = person(name="例示　凛", name_kana="ﾚｲｼﾞ ﾘﾝ", birthdate="19570401")
HIKARU = person(name="架空　光", name_kana="ｶｸｳ ﾋｶﾙ")


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    made.keeper.record(
        accepted(result=answer(person(name="試験　花子", name_kana="ｼｹﾝ ﾊﾅｺ", contribution_ratio="030")))
    )
    yield made
    made.store.close()
    shutil.rmtree(folder)


@pytest.fixture
def door(site: Site) -> Iterator[Door]:
    made = voice_door(site)
    made.voice.go.set()
    yield made
    made.close()


def noted(site: Site) -> list[tuple[str, str | None]]:
    return [(entry.action, entry.subject) for entry in read_audit(site.store, AuditFilter(), None, 200)]


def test_page_says_what_to_press_and_sounds_nothing_before(site: Site) -> None:
    someone = Listening(site)
    assert "<h1>音声端末モード</h1>" in someone.page.text
    assert "5を押すと声が出ます" in someone.page.text
    assert "テンキーの5を押してください" in someone.page.text
    assert someone.said == "音声端末モード、対応待ち 0人。"
    assert someone.sounds == []


def test_key_list_of_the_page_names_every_item_of_the_menu_with_its_key(site: Site) -> None:
    someone = Listening(site)
    (menu,) = re.findall("メニュー（(.*?)）", someone.page.text)
    items = re.findall("<kbd>(.)</kbd> ([^、]+)", menu)
    assert len(items) == len(MENU_ITEMS)
    for item, (key, name) in zip(MENU_ITEMS, items, strict=True):
        assert (key, name) == (item.key, PLACES[item.place].text.replace(" ", ""))
        someone.press(f"/ {key}")
        assert f'class="voice-place">{PLACES[item.place].text}<' in someone.panel, name
    assert ("*", "窓口で確認") in items
    assert ("0", "番号で検索") in items


def test_key_answers_with_the_panel_alone_its_words_braille_and_sounds(site: Site, door: Door) -> None:
    someone = Listening(site)
    assert someone.press("1") == "試験　花子 さま、資格 有効、3わり。"
    assert root_of(someone.panel) == ("voice-panel", 1)
    assert someone.braille == "1 シケン ハナコ ユーコー 3ワリ"
    assert someone.earcon == "valid"
    assert len(someone.sounds) == 3
    for address in someone.sounds:
        sound = someone.browser.get(address)
        assert sound.status_code == 200
        assert sound.content_type == "audio/wav"
        assert sound.headers["Cache-Control"] == "no-store"
        assert pcm_of(sound.data)
    heard = ["シケン ハナコ サマ、", "シカク ユーコー、", "サンワリ。"]
    # Beside them the page's own first words, which nobody fetched: a thread made them ahead, whenever it got to it.
    assert [kana for kana, _ in door.voice.said if kana in heard] == heard
    assert {rate for _, rate in door.voice.said} == {7.0}


def test_addresses_of_sounds_say_nothing_and_serve_their_session_for_two_minutes(site: Site, door: Door) -> None:
    someone, other = Listening(site), Listening(site)
    someone.press("1")
    address = someone.sounds[0]
    assert "試験" not in address
    assert other.browser.get(address).status_code == 404
    assert someone.browser.get(address).status_code == 200
    site.clock.move(121)
    assert someone.browser.get(address).status_code == 404
    assert someone.browser.get("/voice/sound/nothing").status_code == 404


def test_log_out_forgets_desk_and_sounds(site: Site, door: Door) -> None:
    someone = Listening(site)
    someone.press("1")
    address = someone.sounds[0]
    token = someone.browser.session_token()
    someone.browser.post("/logout")
    someone.browser.client.set_cookie("__Host-uketsuke", token, domain="uketsuke.local")
    assert someone.browser.get(address).status_code == 303


def test_fixed_words_are_made_once_and_values_each_time(site: Site, door: Door) -> None:
    someone = Listening(site)
    for _ in range(2):
        someone.press("2 8" if someone.said.startswith("氏名") else "2")
        for address in someone.sounds:
            someone.browser.get(address)
    someone.press("5")
    for address in someone.sounds:
        someone.browser.get(address)
    said = [kana for kana, _ in door.voice.said]
    assert said.count("シメー、") == 1
    assert said.count("シケン ハナコ。") >= 2


def test_reading_fields_is_noted_once_for_each_patient_and_opening(site: Site) -> None:
    someone = Listening(site)
    someone.press("1 4 6 0")
    assert ("viewed", "check-a") not in noted(site)
    someone.press("2 2 3 *")
    assert noted(site).count(("viewed", "check-a")) == 1
    Listening(site).press("2")
    assert noted(site).count(("viewed", "check-a")) == 2


def test_scripted_day_over_the_store(site: Site) -> None:
    someone = Listening(site)
    last_month = MORNING - timedelta(days=30)
    site.keeper.record(accepted("old", at=last_month, result=answer(RIN)))
    site.keeper.record(accepted("new", minutes=5, result=answer(HIKARU, validity=Validity.INVALID)))
    assert someone.news() == "注意。架空　光 さま、資格 無効。前回から変更、資格。くわしくは 1。"
    assert someone.earcon == "invalid"
    assert someone.news() is None
    assert someone.press("+ 3").startswith("参考、保険者番号")
    desk = StoreVisualDesk(site.store, site.desk.wake)
    site.keeper.record(waiting("locked", minutes=6))
    desk.open_request(VisualRequest("req", "locked", KIOSK, 1, MORNING + timedelta(minutes=6)))
    assert someone.news() == "カードの 暗証番号が ロックされています。受付番号 3、目視確認が できます。"
    assert someone.press("/ 3 Enter").startswith("顔と カードを")
    decision = desk.decision_on("req")
    assert decision is None
    assert someone.press("Enter") == "本人と 確認しました。"
    decision = desk.decision_on("req")
    assert decision is not None
    assert decision.is_confirmed
    assert ("confirmed_visual", "locked") in noted(site)
    assert someone.press("/ 2 1 0 2 5 Enter") == "1件 見つかりました。例示　凛 さま、資格 有効、10月25日の 受付。"
    assert someone.press("2 2 2 2 2 2") == "生年月日、昭和32年4月1日。"
    assert ("viewed", "old") in noted(site)
    assert ("searched", None) in noted(site)
    assert someone.press("/ 1 9 4 1 2 3 2 * Enter") == "1件 見つかりました。例示　凛 さま、資格 有効、10月25日の 受付。"


def test_what_somebody_else_decided_is_said_and_not_done_twice(site: Site) -> None:
    site.keeper.record(waiting("locked"))
    desk = StoreVisualDesk(site.store, site.desk.wake)
    desk.open_request(VisualRequest("req", "locked", KIOSK, 1, MORNING))
    someone = Listening(site)
    someone.press("/ 3 Enter")
    desk.close_request("req", MORNING)
    assert someone.press("Enter") == "この目視確認は終わっています。"
    assert someone.earcon == "unreachable"


def test_waiting_check_is_marked_handled_by_two_presses(site: Site) -> None:
    site.keeper.record(waiting("w", Outcome.COUNTER, minutes=5, reason="card.unreadable"))
    someone = Listening(site)
    assert someone.press("Enter") == "対応済みに しますか。受付番号 2。もう一度 決定。"
    assert ("handled", "w") not in noted(site)
    assert someone.press("Enter") == "対応済みに しました。"
    assert ("handled", "w") in noted(site)
    assert someone.press("0").endswith("対応待ち 0人。")


def test_keys_that_came_together_are_pressed_in_order_and_the_last_is_answered(site: Site) -> None:
    site.keeper.record(accepted("b", minutes=5, result=answer(HIKARU)))
    someone = Listening(site)
    answered = someone.browser.post("/voice/key", {"keys": "6 2 2", "opening": someone.opening}, htmx=True)
    someone.panel = answered.text
    assert someone.said == "資格 有効。"
    assert noted(site).count(("viewed", "check-a")) == 1


def test_act_that_more_keys_followed_is_still_told(site: Site) -> None:
    site.keeper.record(waiting("w", Outcome.COUNTER, minutes=5, reason="card.unreadable"))
    someone = Listening(site)
    someone.press("Enter")
    site.clock.move(1)
    answered = someone.browser.post("/voice/key", {"keys": "Enter 0", "opening": someone.opening}, htmx=True)
    someone.panel = answered.text
    assert someone.said.startswith("対応済みに しました、本日の受付")


def test_what_is_no_key_is_refused(site: Site) -> None:
    someone = Listening(site)
    for keys in ["", "x", "10", "1 " * 51, "Enter\n!", "１"]:
        answered = someone.browser.post("/voice/key", {"keys": keys, "opening": someone.opening}, htmx=True)
        assert answered.status_code == 403, keys


def test_rate_and_privacy_are_kept_for_this_browser(site: Site) -> None:
    someone = Listening(site, "desk.4.speaker")
    assert someone.press("1") == "受付番号 1、資格 有効。"
    someone.press("9 9")
    assert someone.cookie() == "desk.6.speaker"
    someone.press("/ + 1 Enter Enter")
    assert someone.cookie() == "desk.6.earphone"
    again = Listening(site, someone.cookie())
    assert again.press("1") == "試験　花子 さま、資格 有効、3わり。"


def test_what_another_page_chose_meanwhile_holds_at_once_and_is_not_written_over(site: Site) -> None:
    someone = Listening(site)
    assert someone.press("1").startswith("試験　花子 さま")
    assert someone.browser.post("/device", {"voice_mode": "desk", "privacy": "speaker"}).status_code == 303
    someone.press("0")
    assert someone.cookie() == "desk.4.speaker"
    assert someone.press("1") == "受付番号 1、資格 有効。"
    someone.press("9")
    assert someone.cookie() == "desk.5.speaker"
    someone.browser.post("/device", {"voice_mode": "desk", "privacy": "sound"})
    site.keeper.record(accepted("new", minutes=5, result=answer(HIKARU)))
    assert someone.news() == "（音だけ）"
    assert someone.cookie() == "desk.5.sound"


def test_what_was_said_at_a_wider_level_is_not_repeated_at_the_one_that_was_chosen(site: Site) -> None:
    someone = Listening(site)
    site.keeper.record(accepted("new", minutes=5, result=answer(HIKARU)))
    assert "架空　光" in (someone.news() or "")
    someone.browser.post("/device", {"voice_mode": "desk", "privacy": "sound"})
    assert someone.press("5").startswith("音声端末モード")
    assert someone.news() == "（音だけ）"  # told again, at this level


def test_a_question_of_another_level_is_not_answered(site: Site) -> None:
    site.keeper.record(waiting("w", Outcome.COUNTER, minutes=5, reason="card.unreadable"))
    someone = Listening(site)
    someone.press("Enter")
    someone.browser.post("/device", {"voice_mode": "desk", "privacy": "sound"})
    assert someone.press("Enter").startswith("対応済みに しますか")
    assert ("handled", "w") not in noted(site)


@pytest.mark.parametrize("mode", ["reader", "none"])
def test_an_open_page_is_silent_once_another_mode_was_chosen(site: Site, mode: str) -> None:
    someone = Listening(site)
    someone.press("1")
    assert someone.sounds
    someone.browser.post("/device", {"voice_mode": mode})
    assert someone.press("1").startswith("試験　花子 さま")
    assert (someone.sounds, someone.earcon) == ([], "")
    someone.press("9")
    assert someone.cookie() == f"{mode}.5.earphone"


def test_odd_cookies_count_as_the_default(site: Site) -> None:
    for cookie in ["", "x", "desk.0.loud", "desk.99.earphone", "..", "reader.٣.sound", "desk.-1.x"]:
        assert Listening(site, cookie).page.status_code == 200, cookie


def test_mode_is_chosen_in_the_settings_of_the_device_and_leads_there(site: Site) -> None:
    browser = site.logged_in()
    page = browser.get("/device").text
    for words in ("音声端末モード", "スクリーンリーダーモード", "なし"):
        assert words in page
    assert 'href="/voice"' not in page
    assert "この端末では声を使わない設定です" in browser.get("/voice").text
    browser.post("/device", {"keys": "on", "voice_mode": "desk"})
    assert 'href="/voice"' in browser.get("/").text
    assert 'data-mode="desk"' in browser.get("/voice").text
    browser.post("/device", {"keys": "on", "voice_mode": "reader"})
    reader = browser.get("/voice").text
    assert 'data-mode="reader"' in reader
    assert "受付テンキー" in reader
    assert "5を押すと声が出ます" not in reader
    browser.post("/device", {"keys": "on", "voice_mode": "both"})
    kept = browser.client.get_cookie(COOKIE, domain="uketsuke.local")
    assert kept is not None
    assert kept.value.startswith("reader.")


def test_viewer_is_not_led_there_and_may_not_go(site: Site) -> None:
    viewer = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    viewer.client.set_cookie(COOKIE, "desk.4.speaker", domain="uketsuke.local")
    assert 'href="/voice"' not in viewer.get("/").text
    assert viewer.get("/voice").status_code == 403


def test_voice_process_that_is_down_is_an_error_and_earcons_still_sound(site: Site) -> None:
    someone = Listening(site)
    assert someone.press("1") == "試験　花子 さま、資格 有効、3わり。"
    sound = someone.browser.get(someone.sounds[0], htmx=True)
    assert sound.status_code >= 500
    assert "読み上げの部品が止まっています" in sound.text
    assert "記号 voice.process_down" in sound.text
    earcon = someone.browser.get("/voice/earcon/unreachable")
    assert earcon.status_code == 200
    assert pcm_of(earcon.data)
    assert someone.browser.get("/voice/earcon/nothing").status_code == 404


def test_notices_are_ready_before_they_are_needed(site: Site, door: Door) -> None:
    someone = Listening(site)
    for name in ("press-5", "num-lock", "lost", "back"):
        assert pcm_of(someone.browser.get(f"/voice/notice/{name}").data)
    assert someone.browser.get("/voice/notice/other").status_code == 404


def test_news_that_a_page_asks_for_by_itself_keeps_no_screen_open(site: Site) -> None:
    someone = Listening(site)
    someone.press("1")
    site.clock.move(590)
    fetched = {"Sec-Fetch-Mode": "cors", "X-Voice-Opening": someone.opening}
    assert someone.browser.get("/voice/news", htmx=True, **fetched).status_code == 204
    site.clock.move(20)
    assert someone.browser.get("/voice/news", htmx=True, **fetched).status_code == 401


def test_fifty_arrivals_are_one_utterance(site: Site) -> None:
    someone = Listening(site)
    for count in range(50):
        site.keeper.record(accepted(f"c{count}", minutes=1 + count / 10))
    assert someone.news() == "新しい受付 50件。プラスで ききます。"
    assert len(someone.sounds) == 2


def test_names_from_outside_cannot_break_the_panel(site: Site) -> None:
    odd = person(name="<b>\u202e●\"'", name_kana="ｼﾞ" * 100)
    site.keeper.record(accepted("odd", minutes=5, result=answer(odd)))
    someone = Listening(site)
    someone.press("+ 2")
    assert "<b>" not in someone.panel
    assert "\u202e" not in someone.panel
    assert root_of(someone.panel) == ("voice-panel", 1)


def test_long_kana_is_cut_where_words_end_and_fixed_words_are_left_as_written() -> None:
    long = Phrase("長い", "トウキョウ " * 60 + "、", ReadingSource.RECEIVED)
    parts = audible([long, Phrase("固定", "シメイ、"), Phrase("", "、", ReadingSource.TABLE)])
    assert all(len(kana) <= LONGEST for kana, _ in parts)
    assert "".join(kana for kana, _ in parts[:-1]).count("トーキョー") == 60
    assert parts[-1] == ("シメイ、", True)
    assert audible([Phrase("", "ア" * 400, ReadingSource.RECEIVED)])[0][0] == "ア" * LONGEST
