"""音声端末モード in a real browser with the real voice: heard after a key, silent at any key, a day by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Route, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.eligibility.visual import VisualRequest
from app.store.events import Waker
from app.store.pending import pending_rows
from app.store.visual import StoreVisualDesk
from tests.day import earlier_today
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import StaffBox
from tests.e2e.voice_desk_page import HOLD_THE_NEWS, SLOW_MS, Ear, VoiceProcess
from tests.store.support import KIOSK, accepted, answer, person, waiting

HANAKO = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030", birthdate="19570401")


HEAR_THE_FAILURE = """() => {
    window.failure = new Promise((heard, silent) => new MutationObserver(() => {
        if (document.body.dataset.voice === "failed") ear.loud(20000).then(heard, silent);
    }).observe(document.body, {attributes: true, attributeFilter: ["data-voice"]}));
}"""
"""Listens from the moment on at which the page knows: the sound may be over before somebody asks for it."""
NOTE_THE_STATES = """() => {
    window.states = [];
    new MutationObserver(() => window.states.push(document.body.dataset.voice))
        .observe(document.body, {attributes: true, attributeFilter: ["data-voice"]});
}"""
THE_WORDS_ARE_READY = """() => performance.getEntriesByType("resource")
    .some((one) => one.name.endsWith("/voice/notice/back") && one.responseEnd > 0)"""
"""The page fetches them one by one, 「接続が戻りました」 behind 「接続が切れています」."""
Stack = tuple[StaffBox, Browser, VoiceProcess]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("voice")
    with ExitStack() as opened:
        box = opened.enter_context(closing(StaffBox(folder / "box")))
        voice = opened.enter_context(closing(VoiceProcess(box)))
        browser = opened.enter_context(trusting_chromium(box.files.ca_file, folder / "home"))
        yield box, browser, voice


def test_day_by_the_keys_alone_is_heard_and_silenced(stack: Stack) -> None:
    box, browser, _ = stack
    now = datetime.now(TOKYO)
    last_month = now.replace(day=1) - timedelta(days=1)
    box.keeper.record(accepted("old", at=last_month, result=answer(person(name="例示　凛", name_kana="ﾚｲｼﾞ ﾘﾝ"))))
    with closing(Ear(browser, box)) as ear:
        ear.reads("音声端末モード、対応待ち 0人。")
        assert ear.page.locator("#voice-unlock").is_visible()
        assert ear.page.evaluate("ear.level()") == 0
        assert ear.first_sound_ms("5") > 0
        ear.is_speaking()
        expect(ear.page.locator("#voice-unlock")).to_be_hidden()
        ear.is_speaking(False)

        box.keeper.record(accepted("new", at=now, result=answer(HANAKO)))
        ear.reads("受付しました、菅原　花子 さま、資格 有効、3わり。")
        assert ear.silence_ms() < 1_000
        ear.is_speaking(False)
        expect(ear.page.locator("#news li")).to_have_count(1)
        expect(ear.page.locator("#voice-braille")).to_contain_text("スガワラ ハナコ ユーコー 3ワリ")

        ear.press("+")
        ear.reads("菅原　花子 さま、資格 有効、3わり。")
        ear.press("3")
        expect(ear.page.locator("#voice-said")).to_contain_text("保険者番号、")
        ear.press("2", "2", "2", "2", "2", "2")
        ear.reads("生年月日、昭和32年4月1日。")

        desk = StoreVisualDesk(box.store, Waker(box.settings.wake_socket).wake)
        box.keeper.record(waiting("locked", at=now))
        desk.open_request(VisualRequest("req", "locked", KIOSK, 1, now))
        ear.reads("カードの 暗証番号が ロックされています。受付番号 2、目視確認が できます。")
        ear.press("/", "3", "Enter")
        ear.reads("顔と カードを 見くらべて、本人と 確認しましたか。受付番号 2。もう一度 決定。")
        ear.page.wait_for_timeout(450)  # sooner is no answer
        assert desk.decision_on("req") is None
        ear.press("Enter")
        ear.reads("本人と 確認しました。")
        decision = desk.decision_on("req")
        assert decision is not None
        assert decision.is_confirmed

        ear.press("/", "2", *f"{last_month:%m%d}", "Enter")
        day = f"{last_month.month}月{last_month.day}日"
        ear.reads(f"1件 見つかりました。例示　凛 さま、資格 有効、{day}の 受付。")
        assert ear.staff.errors == []


def test_open_visit_is_settled_and_a_row_taken_by_the_keys_alone(stack: Stack) -> None:
    box, browser, _ = stack
    now = datetime.now(TOKYO)
    box.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout", at=earlier_today(3, now)))
    box.keeper.record(accepted("back", at=now, result=answer(HANAKO)))
    with closing(Ear(browser, box)) as ear:
        ear.press("/", "4")
        expect(ear.page.locator("#voice-said")).to_contain_text("照会できなかった。もう一度 つなぐ。2で 次の 方法。")
        ear.press("2", "2", "Enter", *"6151", "Enter")
        expect(ear.page.locator("#voice-said")).to_contain_text("件 見つかりました。菅原　花子 さま、")
        ear.press("Enter")
        expect(ear.page.locator("#voice-said")).to_contain_text("この確認で 済ませますか。受付番号 ")
        ear.is_speaking()
        ear.page.wait_for_timeout(450)  # sooner is no answer
        assert [row.check_id for row in pending_rows(box.store, datetime.now(TOKYO))] == ["out"]
        ear.press("Enter")
        ear.reads("確認済みに しました。")
        assert pending_rows(box.store, datetime.now(TOKYO)) == []
        box.keeper.record(waiting("odd", Outcome.COUNTER, reason="card.unreadable", at=datetime.now(TOKYO)))
        expect(ear.page.locator("#news li").first).to_contain_text("確認できません")
        ear.press("+", "/", "8", "Enter")
        expect(ear.page.locator("#voice-said")).to_contain_text("担当に なりますか。")
        ear.page.wait_for_timeout(450)
        ear.press("Enter")
        ear.reads("担当に なりました。")
        assert ear.staff.errors == []


def test_last_of_many_keys_wins_and_other_digits_and_num_lock_are_understood(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box)) as ear:
        ear.page.keyboard.press("Numpad5")  # Playwright's numpad has NumLock off: the key is "Clear"
        expect(ear.page.get_by_text("ナムロックを押してからもう一度")).to_be_visible()
        ear.press("5", "/", ".", "0", "7", "9")
        ear.reads("はやさ 4。")
        expect(ear.page.get_by_text("ナムロックを押してからもう一度")).to_be_hidden()
        ear.press("/", "/", "6", "2")
        ear.reads("対応、11件中 3件目。")
        ear.press("5")
        ear.reads("対応、11件中 3件目。")
        ear.press("Enter")
        expect(ear.page.locator("#voice-place")).to_contain_text("対応")
        ear.press(".")
        ear.page.keyboard.press("Digit0")
        expect(ear.page.locator("#voice-said")).to_contain_text("本日の受付、")


def test_many_arrivals_are_one_sentence(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5")
        ear.is_speaking()  # so that what comes now waits and is joined
        held: list[Route] = []
        ear.page.route("**/voice/news", lambda route: held.append(route))  # all at once, however slow the box
        now = datetime.now(TOKYO)
        for count in range(12):
            box.keeper.record(accepted(f"many{count}", at=now, result=answer(validity=Validity.INVALID)))
        for route in held:
            route.continue_()
        ear.page.unroute("**/voice/news")  # lets go what was held meanwhile
        ear.page.keyboard.press("F9")
        ear.reads("新しい受付 12件。プラスで ききます。")
        expect(ear.page.locator("#news li")).to_have_count(1)


def test_news_that_a_key_overtook_are_told_after_its_answer(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5")
        ear.page.evaluate(HOLD_THE_NEWS)
        box.keeper.call_staff(KIOSK, "pin", datetime.now(TOKYO))
        ear.page.evaluate("window.held")  # the box has told them, and the page has not heard them
        ear.press("/")
        expect(ear.page.locator("#voice-said")).to_contain_text("メニュー。")
        ear.press(".", "Enter")
        expect(ear.page.locator("#voice-place")).to_contain_text("本日の受付")
        assert "よんでいます" not in ear.page.locator("#voice-said").inner_text()
        ear.page.evaluate("window.release()")
        ear.reads("受付で 係員を よんでいます。")
        expect(ear.page.locator("#news li").first).to_contain_text("よんでいます")
        assert ear.staff.errors == []


def test_screen_reader_mode_sounds_nothing_and_writes_the_live_region(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box, "reader")) as ear:
        before = ear.page.locator("#voice-said").inner_text()
        ear.press("0")
        expect(ear.page.locator("#voice-said")).to_have_text(before)  # the map is off outside of its control
        ear.page.get_by_role("button", name="受付テンキー").focus()
        ear.press("0")
        expect(ear.page.locator("#status")).to_contain_text("本日の受付、")
        assert ear.page.evaluate("ear.level()") == 0
        assert ear.page.get_attribute("body", "data-voice") is None


def test_page_is_clean_in_every_look(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5")
        ear.staff.demand_clean_in_every_look()
    with closing(Ear(browser, box, "reader")) as ear:
        ear.staff.demand_clean()


def test_lost_connection_and_lost_voice_are_told(stack: Stack) -> None:
    box, browser, voice = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5")
        ear.is_speaking()
        ear.page.keyboard.press("F9")
        ear.page.wait_for_function(THE_WORDS_ARE_READY, timeout=60_000)
        box.kill_staff()
        ear.is_speaking()  # the words for it came before they were needed
        expect(ear.page.get_by_text("接続が切れています。")).to_be_visible()
        ear.page.keyboard.press("F9")
        ear.is_speaking(wanted=False)
        ear.page.evaluate(NOTE_THE_STATES)
        ear.press("1")
        ear.is_speaking()  # a key says the same, and no mere sound of failure
        assert "failed" not in ear.page.evaluate("window.states")
        expect(ear.page.locator("#voice-failed")).to_be_hidden()
        box.start_staff()
        expect(ear.page.get_by_text("接続が切れています。")).to_be_hidden(timeout=60_000)
        with ear.page.expect_response("**/voice/key"):
            ear.press("0")  # meant for the desk that the process forgot
        ear.reads("はじめの画面に もどりました。途中の入力は 消えました。")
        ear.is_speaking()
        ear.is_speaking(False)
        ear.press("0")  # heard to its end
        expect(ear.page.locator("#voice-said")).to_contain_text("本日の受付、", timeout=SLOW_MS)
        voice.close()
        ear.page.evaluate(HEAR_THE_FAILURE)
        ear.press("1", "2")
        expect(ear.page.locator("body")).to_have_attribute("data-voice", "failed", timeout=SLOW_MS)
        expect(ear.page.get_by_text("声が 出ません。画面で 確かめてください")).to_be_visible()
        expect(ear.page.get_by_text("記号 voice.process_down")).to_be_visible()
        ear.page.evaluate("window.failure")  # the sound for it needs no voice
        expect(ear.page.locator("#voice-said")).to_contain_text("氏名、")
