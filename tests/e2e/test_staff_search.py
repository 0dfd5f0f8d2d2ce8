"""資格確認結果検索 in a real Chromium behind the real proxy: spellings, keyboard, narrow screens, the saved file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from tests.day import earlier_today
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import StaffBox, StaffPage
from tests.store.support import accepted, answer, person, waiting


@pytest.fixture(scope="module")
def box_and_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StaffBox, Browser]]:
    folder = tmp_path_factory.mktemp("search")
    with closing(StaffBox(folder / "box")) as box, trusting_chromium(box.files.ca_file, folder / "home") as browser:
        at = datetime.now(TOKYO)
        wanted = person(
            7, name="髙橋　邊子", name_kana="ﾀｶﾊｼ ﾍﾞｺ", birthdate="19570412", symbol="千葉１", number="00012345",
            insurer_name="架空健康保険組合", contribution_ratio="030",
        )  # fmt: skip
        for place in range(60):
            box.keeper.record(accepted(f"c{place:02d}", at=earlier_today(90 - place, at), result=answer(person(place))))
        box.keeper.record(accepted("wanted", at=at, result=answer(wanted)))
        bad = answer(
            person(90, name="無効　太郎", name_kana="ﾑｺｳ ﾀﾛｳ"), validity=Validity.INVALID, notice_text="お知らせ"
        )
        box.keeper.record(accepted("bad", at=at, outcome=Outcome.COUNTER, reason="check.not_valid", result=bad))
        box.keeper.record(waiting("locked", at=at))
        yield box, browser


def search(staff: StaffPage, text: str) -> None:
    box = staff.page.locator("#find")
    box.fill(text)
    box.press("Enter")


SPELLINGS = (
    "ﾀｶﾊｼ ﾍﾞｺ", "たかはし", "高橋", "高橋辺子", "S32.4.12", "昭和32年4月12日", "1957-04-12", "千葉1・00012345",
    "0001-2345", "たかはし きょう",
)  # fmt: skip


def test_each_spelling_finds_the_visit_from_the_board(box_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        for typed in SPELLINGS:
            staff.page.goto(box.origin)
            search(staff, typed)
            expect(staff.page.get_by_role("heading", name="検索結果 1件")).to_be_visible()
            assert staff.page.url == box.origin + "/search"
            expect(staff.page.get_by_role("link", name="髙橋　邊子")).to_be_visible()
            expect(staff.page.locator("#find")).to_have_value(typed)


def test_every_state_is_clean_in_every_look(box_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        page = staff.page
        page.goto(box.origin + "/search")
        expect(page.locator("#find")).to_be_focused()
        staff.demand_clean_in_every_look()
        search(staff, "S32.2.30")
        expect(page.get_by_text("という日付はありません")).to_be_visible()
        expect(page.locator("#find")).to_have_value("S32.2.30")
        expect(page.locator("#find")).to_be_focused()
        staff.demand_clean_in_every_look()
        search(staff, "いないひと")
        expect(page.get_by_text("見つかりませんでした")).to_be_visible()
        staff.demand_clean_in_every_look()
        search(staff, "今月~")
        expect(page.locator("ol.lines > li")).to_have_count(50)
        staff.demand_clean_in_every_look()
        page.get_by_role("button", name="前の50件へ").click()
        expect(page.get_by_text("51〜63件目")).to_be_visible()
        staff.demand_clean_in_every_look()
        search(staff, "むこう")
        expect(page.get_by_text("参考", exact=True)).to_be_visible()
        page.get_by_role("button", name="CSVを保存").click()
        expect(page.get_by_text("書き出せる有効な結果がありません")).to_be_visible()
        staff.demand_clean_in_every_look()


def test_the_whole_way_by_keyboard(box_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        page, keys = staff.page, staff.page.keyboard
        keys.press("/")
        expect(page.locator("#find")).to_be_focused()
        keys.type("11/1~ たか")
        expect(page.locator("#find")).to_have_value("11/1~ たか")
        page.locator("#find").fill("たかはし")
        keys.press("Enter")
        expect(page.locator("#results-heading")).to_be_focused()
        keys.press("Tab")
        expect(page.locator("#open-wanted")).to_be_focused()
        keys.press("Enter")
        expect(page.get_by_role("heading", name="資格情報")).to_be_visible()
        back = page.get_by_role("link", name="検索結果へ戻る")
        back.focus()
        keys.press("Enter")
        expect(page.get_by_role("heading", name="検索結果 1件")).to_be_visible()
        expect(page.locator("#find")).to_have_value("たかはし")
        staff.until_keys_work()
        keys.press("/")
        expect(page.locator("#find")).to_be_focused()
        page.go_back()
        page.go_back()
        expect(page.get_by_role("heading", name="検索結果 1件")).to_be_visible()


def test_the_key_moves_only_when_nobody_types_and_can_be_switched_off(
    box_and_browser: tuple[StaffBox, Browser],
) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        page = staff.page
        for held in ("Control", "Alt"):
            page.keyboard.press(f"{held}+/")
            expect(page.locator("#find")).not_to_be_focused()
        page.keyboard.press("NumpadDivide")
        expect(page.locator("#find")).not_to_be_focused()
        page.goto(box.origin + "/search")
        page.get_by_role("button", name="「/」キーを使わない").click()
        expect(page.get_by_role("button", name="「/」キーを使う")).to_be_visible()
        page.goto(box.origin)
        page.keyboard.press("/")
        expect(page.locator("#find")).not_to_be_focused()
        page.goto(box.origin + "/search")
        page.get_by_role("button", name="「/」キーを使う").click()
        page.goto(box.origin)
        page.keyboard.press("/")
        expect(page.locator("#find")).to_be_focused()


def test_the_owner_saves_what_was_found(box_and_browser: tuple[StaffBox, Browser], tmp_path: Path) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        search(staff, "たかはし")
        with staff.page.expect_download() as started:
            staff.page.get_by_role("button", name="CSVを保存").click()
        saved = tmp_path / "saved.csv"
        started.value.save_as(saved)
        assert started.value.suggested_filename == "shikaku-kakunin.csv"
        rows = list(csv.reader(io.StringIO(saved.read_text("utf-8-sig"))))
        assert len(rows) == 2
        assert "髙橋　邊子" in rows[1]
        assert "'00012345" in rows[1]


def test_log_out_and_log_in_starts_with_an_empty_box(box_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        search(staff, "たかはし")
        expect(staff.page.get_by_role("heading", name="検索結果 1件")).to_be_visible()
        staff.page.get_by_role("button", name="ログアウト").click()
        expect(staff.page.get_by_role("heading", name="ログイン")).to_be_visible()
        staff.log_in_by_page()
        staff.page.goto(box.origin + "/search")
        expect(staff.page.locator("#find")).to_have_value("")
        assert "たかはし" not in staff.page.url
