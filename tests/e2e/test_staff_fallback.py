"""窓口での確認, 「あとで確認」 and 統計 in Chromium behind the real nginx: by keyboard and in small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.eligibility.service_watch import Health
from app.store.events import Waker
from app.store.health import StoreHealthBook
from tests.day import earlier_today
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, waiting

LONG = "あ" * 10_000


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffBox]:
    with closing(StaffBox(tmp_path_factory.mktemp("fallback"))) as made:
        yield made


@pytest.fixture(scope="module")
def browser(box: StaffBox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with trusting_chromium(box.files.ca_file, tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(scope="module")
def filled(box: StaffBox) -> StaffBox:
    """A morning with an outage, an emergency of eight days ago and people who came through."""
    now = datetime.now(TOKYO)
    # Rows of "today" that lie minutes back: what staff do next is later than all of them.
    for place in range(3):
        box.keeper.record(waiting(f"out{place}", Outcome.COUNTER, reason="gateway.timeout", at=earlier_today(9, now)))
    box.keeper.record(waiting("old", Outcome.UNKNOWN, reason="check.interrupted", at=now - timedelta(days=8)))
    box.keeper.record(waiting("look", Outcome.COUNTER, reason="card.unreadable", at=earlier_today(8, now)))
    box.keeper.record(accepted("fine", at=earlier_today(5, now), card_at=earlier_today(5, now) - timedelta(seconds=6)))
    box.keeper.record(
        accepted("none", at=earlier_today(4, now), outcome=Outcome.COUNTER, reason="check.not_valid",
                 result=answer(validity=Validity.NO_INFORMATION))
    )  # fmt: skip
    return box


def health(box: StaffBox, code: str | None, answered: int = 0) -> None:
    book = StoreHealthBook(box.store, Waker(box.settings.wake_socket))
    book.note("受付1", Health(code, datetime.now(TOKYO)), answered)


def test_every_page_and_state_is_clean(filled: StaffBox, browser: Browser) -> None:
    with closing(StaffPage(browser, filled)) as staff:
        page, at = staff.page, filled.origin
        staff.log_in()
        staff.demand_clean_in_every_look()
        page.goto(at + "/fallback?for=look")
        staff.demand_clean_in_every_look()
        for way in ("certificate", "card-and-notice", "card-and-portal", "statement", "emergency"):
            page.goto(f"{at}/fallback/{way}?for=look")
            staff.demand_clean_in_every_look()
            page.get_by_role("button", name="内容を確かめる").click()
            expect(page.locator("#form-error")).to_be_focused()
            staff.demand_clean_in_every_look()
        page.goto(at + "/fallback/certificate?for=look")
        page.get_by_label("保険者番号").fill("33120014")
        page.get_by_label("番号", exact=True).fill("００１２")
        page.get_by_label("氏名", exact=True).fill("試験　次郎")
        page.get_by_label("生年月日").fill("S32.4.12")
        page.get_by_label("有効期限").fill("R1.7.31")
        page.get_by_role("button", name="内容を確かめる").click()
        expect(page.locator("#form-warning")).to_be_focused()
        staff.demand_clean_in_every_look()
        page.goto(at + "/pending")
        staff.demand_clean_in_every_look()
        page.goto(at + "/pending/out0")
        staff.demand_clean_in_every_look()
        page.get_by_role("button", name="閉じる", exact=True).click()
        expect(page.locator("#form-error")).to_be_focused()
        staff.demand_clean_in_every_look()
        page.goto(at + "/numbers")
        page.locator("summary").first.click()
        staff.demand_clean_in_every_look()
        page.goto(at + "/numbers?day=2026-02-30")
        staff.demand_clean_in_every_look()


def test_a_certificate_is_entered_by_keyboard_alone_and_takes_the_row_over(filled: StaffBox, browser: Browser) -> None:
    with closing(StaffPage(browser, filled)) as staff:
        staff.log_in()
        page = staff.page
        page.locator("#counter-look").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="窓口での確認")).to_be_visible()
        page.get_by_role("link", name="資格確認書", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_label("氏名", exact=True).focus()
        for text in (
            "試験　次郎",
            "シケン　ジロウ",
            "昭和32年4月12日",
            "33120015",
            "試験・１",
            "００１２",
            "01",
            "R7.8.1",
            "R99.7.31",
        ):
            page.keyboard.insert_text(text)
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        page.locator("#go-on").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("この内容で記録する")).to_be_visible()
        page.locator("#keep").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="資格情報")).to_be_visible()
        expect(page.locator(".summary-verdict")).to_contain_text("窓口で確認")
        expect(page.get_by_text("オンラインの照会ではありません")).to_be_visible()
        staff.demand_clean_in_every_look()
        page.goto(filled.origin + "/checks/look")
        expect(page.get_by_text(f"対応済み（{NAME}")).to_be_visible()


def test_a_very_long_text_passes_the_proxy_and_comes_back(filled: StaffBox, browser: Browser) -> None:
    with closing(StaffPage(browser, filled)) as staff:
        staff.log_in()
        page = staff.page
        page.goto(filled.origin + "/fallback/emergency")
        page.get_by_label("緊急の理由").fill(LONG)
        page.get_by_role("button", name="内容を確かめる").click()
        expect(page.locator("#form-error")).to_contain_text("300文字までです（いま10000文字）")
        assert page.get_by_label("緊急の理由").input_value() == LONG


def test_staff_see_the_service_come_back_and_whom_to_call(filled: StaffBox, browser: Browser) -> None:
    health(filled, "gateway.unreachable")
    with closing(StaffPage(browser, filled)) as staff:
        staff.log_in()
        page = staff.page
        page.goto(filled.origin + "/pending")
        expect(page.get_by_text("照会先につながりません")).to_be_visible()
        page.get_by_role("button", name="つながるか確かめる").click()
        expect(page.get_by_role("heading", name="照会先につないでいます")).to_be_visible()
        health(filled, None, 1)
        expect(page.get_by_role("heading", name="照会先とつながりました")).to_be_visible()
        expect(page.locator(".call-these")).to_contain_text("カードが必要です。お呼びしてください")
        staff.demand_clean_in_every_look()
