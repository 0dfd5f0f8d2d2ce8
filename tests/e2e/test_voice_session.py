"""The end of a session at the voice desk: heard in time, heard when it came, and the way back heard too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Route, expect

from app.clock import TOKYO
from app.store.values import to_text
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import PASSPHRASE, StaffBox
from tests.e2e.voice_desk_page import HOLD_THE_NEWS, SLOW_MS, Ear, VoiceProcess
from tests.store.support import accepted, answer, person

RIN = person(name="例示　凛", name_kana="ﾚｲｼﾞ ﾘﾝ", contribution_ratio="030")
Stack = tuple[StaffBox, Browser]
NEAR = "まもなく 画面が ロックされます。つづけるには 5"
NOTE_THE_STATUS = """() => {
    window.told = [];
    const status = document.getElementById("status");
    new MutationObserver(() => window.told.push(status.textContent)).observe(status, { childList: true });
}"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("voice")
    with ExitStack() as opened:
        box = opened.enter_context(closing(StaffBox(folder / "box")))
        opened.enter_context(closing(VoiceProcess(box)))
        browser = opened.enter_context(trusting_chromium(box.files.ca_file, folder / "home"))
        yield box, browser


def leave_alone(box: StaffBox, seconds: int) -> None:
    """All screens were last used so long ago."""
    with box.store.writing() as db:
        db.execute(
            "UPDATE staff_sessions SET acted_at = ?", [to_text(datetime.now(TOKYO) - timedelta(seconds=seconds))]
        )


def test_lock_is_told_in_time_and_a_key_keeps_the_screen_open(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.page.clock.install()
        ear.open()
        ear.press("5")
        ear.is_speaking()
        ear.page.keyboard.press("F9")
        ear.is_speaking(False)
        leave_alone(box, 545)
        ear.page.clock.fast_forward(530_000)
        expect(ear.page.get_by_text(NEAR)).to_be_visible(timeout=SLOW_MS)
        ear.is_speaking()
        with ear.page.expect_response("**/voice/key"):
            ear.press("5")
        expect(ear.page.get_by_text(NEAR)).to_be_hidden()
        with box.store.reading() as db:
            (acted_at,) = db.execute("SELECT max(acted_at) FROM staff_sessions").fetchone()
        assert datetime.now(TOKYO) - datetime.fromisoformat(acted_at) < timedelta(seconds=60)
        assert ear.staff.errors == []


def test_lock_is_said_and_the_passphrase_leads_back_to_what_came_meanwhile(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5", "9")
        ear.reads("はやさ 5。")
        ear.is_speaking(False)
        ear.has_farewell()
        leave_alone(box, 601)
        ear.says_farewell()
        expect(ear.page.get_by_role("heading", name="画面をロックしています")).to_be_visible(timeout=SLOW_MS)
        ear.is_speaking()  # what the locked screen wants
        box.keeper.record(accepted("meanwhile", at=datetime.now(TOKYO), result=answer(RIN)))
        ear.page.keyboard.type("ちがう")
        ear.is_speaking(False)
        ear.page.keyboard.press("Enter")
        expect(ear.page.get_by_text("合言葉がちがいます")).to_be_visible()
        ear.is_speaking()
        ear.page.get_by_label("合言葉").fill(PASSPHRASE)
        ear.page.get_by_label("合言葉").press("Enter")
        expect(ear.page.get_by_role("heading", name="音声端末モード", exact=True)).to_be_visible()
        ear.reads("受付しました、例示　凛 さま、資格 有効、3わり。")
        assert ear.staff.errors == []


def test_minus_in_the_menu_locks_with_the_same_farewell(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("/")
        expect(ear.page.locator("#voice-place")).to_have_text("メニュー")
        ear.page.keyboard.press("F9")
        ear.is_speaking(False)
        ear.has_farewell()
        ear.press("-")
        ear.says_farewell()
        expect(ear.page.get_by_role("heading", name="画面をロックしています")).to_be_visible(timeout=SLOW_MS)
        ear.page.get_by_label("合言葉").fill(PASSPHRASE)
        ear.page.get_by_label("合言葉").press("Enter")
        expect(ear.page.get_by_role("heading", name="音声端末モード", exact=True)).to_be_visible()
        assert ear.staff.errors == []


def test_log_in_is_heard_from_the_first_key(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.page.get_by_role("button", name="ログアウト").click()
        expect(ear.page.get_by_role("heading", name="ログイン")).to_be_visible()
        ear.page.keyboard.press("Shift")
        ear.is_speaking()
        ear.page.keyboard.press("Tab")
        ear.is_speaking()
        ear.staff.demand_clean_in_every_look()


def test_arrival_of_the_time_when_nobody_told_is_told_when_the_process_is_back(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5")
        ear.is_speaking()
        ear.page.keyboard.press("F9")
        box.kill_staff()
        box.keeper.record(accepted("down", at=datetime.now(TOKYO), result=answer(RIN)))
        box.start_staff()
        ear.reads("受付しました、例示　凛 さま、資格 有効、3わり。")
        # A process that takes more than three seconds is also missed, and that it is back is told.
        told = ear.page.locator("#news li")
        for words in ("受付しました、例示　凛 さま", "はじめの画面に もどりました。"):
            expect(told.filter(has_text=words)).to_have_count(1)


def test_arrival_is_told_though_keys_overtook_the_answer_of_the_desk_that_took_over(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("5")
        ear.is_speaking()
        ear.page.keyboard.press("F9")
        ear.page.evaluate(HOLD_THE_NEWS)
        box.kill_staff()
        box.keeper.record(accepted("overtaken", at=datetime.now(TOKYO), result=answer(RIN)))
        box.start_staff()
        ear.page.evaluate("window.held")
        held: list[Route] = []
        ear.page.route("**/voice/key", lambda route: held.append(route), times=1)
        with ear.page.expect_request("**/voice/key"):
            ear.press("0")
        ear.page.evaluate("window.release()")
        ear.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        ear.press("0")  # its answer is drawn, and that of the first is not
        held[0].continue_()
        ear.reads("受付しました、例示　凛 さま、資格 有効、3わり。")


def test_next_log_in_on_a_page_that_left_takes_no_silence_over(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box)) as ear:
        ear.press("-")
        expect(ear.page.get_by_text("静かにしています")).to_be_visible()
        with box.store.writing() as db:
            db.execute("UPDATE staff_sessions SET ended_at = ? WHERE ended_at IS NULL", [to_text(datetime.now(TOKYO))])
        expect(ear.page.get_by_role("heading", name="ログイン")).to_be_visible(timeout=SLOW_MS)
        ear.page.wait_for_function("() => sessionStorage.length === 1")  # htmx leaves a word that its page takes away
        ear.staff.log_in()
        ear.open()
        ear.press("0")
        expect(ear.page.locator("#voice-said")).to_contain_text("本日の受付、", timeout=SLOW_MS)
        assert ear.page.get_by_text("静かにしています").count() == 0
        assert ear.page.evaluate("sessionStorage.length") == 0


def test_screen_reader_mode_is_told_by_its_region_and_its_lock_screen_is_silent(stack: Stack) -> None:
    box, browser = stack
    with closing(Ear(browser, box, "reader")) as ear:
        ear.page.clock.install()
        ear.open()
        ear.page.evaluate(NOTE_THE_STATUS)
        leave_alone(box, 545)
        ear.page.clock.fast_forward(530_000)  # so much silence is a lost connection too, and its words come as well
        ear.page.wait_for_function(f"() => window.told.some((words) => words.includes('{NEAR}'))", timeout=SLOW_MS)
        leave_alone(box, 601)
        expect(ear.page.get_by_role("heading", name="画面をロックしています")).to_be_visible(timeout=SLOW_MS)
        assert ear.page.locator("#voice-door").count() == 0
        assert ear.page.get_attribute("body", "data-voice") is None
