"""Every staff page and state: accessible, within its policy, and whole at 320 px, in forced colours and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from app.clock import TOKYO
from app.eligibility.model import MedicalTicket, Validity
from app.eligibility.ports import Outcome
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, full_person, person, waiting

LONG_NAME = "ALEXANDRINA MARIE CHARLOTTE VON HOHENSTAUFEN-BEISPIEL " * 2 + "X" * 60


@pytest.fixture(scope="module")
def empty_and_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StaffBox, Browser]]:
    folder = tmp_path_factory.mktemp("staff")
    with closing(StaffBox(folder / "box")) as box, trusting_chromium(box.files.ca_file, folder / "home") as browser:
        yield box, browser


@pytest.fixture(scope="module")
def filled(empty_and_browser: tuple[StaffBox, Browser]) -> StaffBox:
    """A day with every kind of line."""
    box, _ = empty_and_browser
    at = datetime.now(TOKYO)
    counter = {"at": at, "outcome": Outcome.COUNTER, "reason": "check.not_valid"}
    for validity in Validity:
        result = answer(
            person(name_kana="ｼｹﾝ ﾊﾅｺ"), person(2), validity=validity, notice_text="証明書の期限が近づいています"
        )
        box.keeper.record(accepted(f"v{validity}", **({"at": at} if validity.is_valid else counter), result=result))
    ticket = MedicalTicket((("TicketType", "01"), ("InjuryName1", "腰痛症")))
    box.keeper.record(accepted("full", at=at, result=answer(full_person())))
    box.keeper.record(
        accepted("aid", at=at, result=answer(person(card_classification="A1", medical_tickets=(ticket,))))
    )
    box.keeper.record(
        accepted("long", at=at, result=answer(person(name=LONG_NAME, address=LONG_NAME, number="9" * 200)))
    )
    box.keeper.record(accepted("sign", at=at, result=answer(person(name="試験　●子"))))
    box.keeper.record(waiting("locked", at=at))
    box.keeper.record(
        waiting(
            "refused", Outcome.COUNTER, at=at, reason="gateway.refused", service_code="SIM-E001", service_message="不可"
        )
    )
    box.keeper.call_staff("受付1", "pin", at)
    return box


def test_log_in_is_clean_in_every_state(empty_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = empty_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.page.goto(box.origin + "/login")
        staff.demand_clean_in_every_look()
        expect(staff.page.get_by_label("名前")).to_be_focused()
        staff.page.keyboard.press("Enter")
        expect(staff.page.get_by_text("直してほしいところがあります")).to_be_visible()
        expect(staff.page.locator("#login-error")).to_be_focused()
        staff.demand_clean_in_every_look()
        for name in ("誰でもない", NAME):
            staff.page.get_by_label("名前").fill(name)
            staff.page.get_by_label("合言葉").fill("まちがった合言葉まちがった合言葉")
            staff.page.get_by_role("button", name="ログイン").click()
            expect(staff.page.get_by_text("名前か合言葉がちがいます")).to_be_visible()
        staff.demand_clean_in_every_look()


def test_waiting_after_wrong_tries_is_counted_per_browser_address_and_said(
    empty_and_browser: tuple[StaffBox, Browser],
) -> None:
    box, browser = empty_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.page.goto(box.origin + "/login")
        for _ in range(10):
            staff.page.get_by_label("名前").fill("忘れた人")
            staff.page.get_by_label("合言葉").fill("まちがった合言葉まちがった合言葉")
            staff.page.get_by_role("button", name="ログイン").click()
            expect(staff.page.locator("#login-error")).to_be_visible()
            if staff.page.get_by_text("少し待つ必要があります").is_visible():
                break
        expect(staff.page.get_by_text("秒待ってから、もう一度入れてください")).to_be_visible()
        staff.demand_clean_in_every_look()
        staff.log_in_by_page()


def test_an_empty_board_is_clean(empty_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = empty_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        expect(staff.page.get_by_text("本日の受付はまだありません")).to_be_visible()
        staff.demand_clean_in_every_look()


def test_a_full_board_is_clean(empty_and_browser: tuple[StaffBox, Browser], filled: StaffBox) -> None:
    with closing(StaffPage(empty_and_browser[1], filled)) as staff:
        staff.log_in()
        expect(staff.page.locator("ol.lines > li")).to_have_count(12)
        staff.demand_clean_in_every_look()


def test_every_sheet_is_clean(empty_and_browser: tuple[StaffBox, Browser], filled: StaffBox) -> None:
    sheets = ("v1", "v2", "v3", "v4", "v5", "v6", "full", "aid", "long", "sign", "locked", "refused", "nobody")
    with closing(StaffPage(empty_and_browser[1], filled)) as staff:
        staff.log_in()
        for check_id in sheets:
            staff.page.goto(f"{filled.origin}/checks/{check_id}")
            expect(staff.page.locator("h1")).to_be_visible()
            staff.demand_clean_in_every_look()


def test_everything_is_reached_by_keyboard_with_the_skip_link_first(
    empty_and_browser: tuple[StaffBox, Browser], filled: StaffBox
) -> None:
    with closing(StaffPage(empty_and_browser[1], filled)) as staff:
        staff.log_in()
        page = staff.page
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="本文へ移動")).to_be_focused()
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert ring == "4px"
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        wanted = page.locator("main a, main button").evaluate_all("e => e.map(x => x.id)")
        reached = set()
        for _ in range(len(wanted) + 10):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id"))
        assert set(wanted) <= reached


def test_every_page_says_practice(empty_and_browser: tuple[StaffBox, Browser], filled: StaffBox) -> None:
    with closing(StaffPage(empty_and_browser[1], filled)) as staff:
        staff.page.goto(filled.origin + "/login")
        expect(staff.page.get_by_text("練習", exact=True)).to_be_visible()
        staff.log_in()
        for path in ("/", "/checks/full", "/nowhere"):
            staff.page.goto(filled.origin + path)
            expect(staff.page.get_by_text("練習", exact=True)).to_be_visible()
