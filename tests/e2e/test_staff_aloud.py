"""「読み上げ」 in a real browser with the real voice: heard after a press, stopped by the next one and by Escape."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from app.clock import TOKYO
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import StaffBox
from tests.e2e.voice_desk_page import SLOW_MS, Ear, VoiceProcess
from tests.store.support import accepted, answer, person

HANAKO = person(name="菅原　花子", name_kana="ｽｶﾞﾜﾗ ﾊﾅｺ", contribution_ratio="030", birthdate="19570401")
NOTE_THE_CAPTIONS = """() => {
    window.captions = [];
    const button = document.getElementById("aloud-button");
    new MutationObserver(() => window.captions.push(button.textContent)).observe(button, { childList: true });
}"""
Stack = tuple[StaffBox, Browser, VoiceProcess]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("voice")
    with ExitStack() as opened:
        box = opened.enter_context(closing(StaffBox(folder / "box")))
        voice = opened.enter_context(closing(VoiceProcess(box)))
        browser = opened.enter_context(trusting_chromium(box.files.ca_file, folder / "home"))
        box.keeper.record(accepted("fine", at=datetime.now(TOKYO), result=answer(HANAKO)))
        yield box, browser, voice


def test_press_reads_the_next_one_and_escape_stop(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box)) as ear:
        ear.page.goto(f"{box.origin}/checks/fine")
        button = ear.page.locator("#aloud-button")
        expect(button).to_have_text("読み上げ")
        button.click()
        ear.is_speaking()
        expect(ear.page.locator("#aloud-said")).to_contain_text("菅原　花子 さま、資格 有効、3わり。", timeout=SLOW_MS)
        ear.page.evaluate("ear.loud(20000)")
        expect(button).to_have_text("読み上げを止める")
        button.click()
        ear.is_speaking(False)
        expect(button).to_have_text("読み上げ")
        button.click()
        ear.is_speaking()
        assert ear.silence_ms("Escape") < 1_000
        expect(button).to_have_text("読み上げ")
        assert ear.page.url.endswith("/checks/fine")  # Escape that stops leads nowhere
        button.click()
        ear.is_speaking()
        ear.staff.demand_clean_in_every_look()  # begins while it reads
        ear.page.reload()
        ear.page.keyboard.press("Escape")
        expect(ear.page).to_have_url(f"{box.origin}/")
        assert ear.staff.errors == []


def test_level_and_end_of_the_reading(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box, "none", "speaker")) as ear:
        ear.page.goto(f"{box.origin}/checks/fine")
        button = ear.page.locator("#aloud-button")
        ear.page.evaluate(NOTE_THE_CAPTIONS)
        button.click()
        said = ear.page.locator("#aloud-said")
        expect(said).to_contain_text("受付番号 1、資格 有効。", timeout=SLOW_MS)
        expect(said).not_to_contain_text("菅原")
        expect(button).to_have_text("読み上げ", timeout=60_000)  # by itself, when all was said
        assert ear.page.evaluate("window.captions") == ["読み上げを止める", "読み上げ"]


def test_no_button_beside_a_screen_reader(stack: Stack) -> None:
    box, browser, _ = stack
    with closing(Ear(browser, box, "reader")) as ear:
        ear.page.goto(f"{box.origin}/checks/fine")
        expect(ear.page.get_by_role("heading", name="資格情報", exact=True)).to_be_visible()
        expect(ear.page.get_by_role("button", name="読み上げ")).to_have_count(0)


def test_voice_that_is_down_is_said_visibly(stack: Stack) -> None:
    box, browser, voice = stack
    with closing(Ear(browser, box)) as ear:
        voice.close()
        ear.page.goto(f"{box.origin}/checks/fine")
        button = ear.page.locator("#aloud-button")
        button.click()
        expect(ear.page.get_by_text("声が 出ません。画面で 確かめてください")).to_be_visible(timeout=SLOW_MS)
        expect(ear.page.get_by_text("記号 voice.process_down")).to_be_visible()
        expect(button).to_have_text("読み上げ")
        expect(ear.page.locator("#aloud-said")).to_contain_text("菅原　花子 さま")
