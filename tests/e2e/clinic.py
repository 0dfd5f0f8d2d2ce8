"""One browser for kiosk and staff pages of a demo: it trusts the box's own authority and nothing is disabled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import trusting_chromium
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage, touchscreen
from tests.e2e.staff_stack import give_session


@pytest.fixture(scope="module")
def browser(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with trusting_chromium(Path(demo.facts["ca_file"]), tmp_path_factory.mktemp("home")) as browser:
        yield browser


def open_kiosk(demo: Demo, browser: Browser) -> KioskPage:
    demo.fault(None)
    demo.fresh_cards()
    kiosk = KioskPage(touchscreen(browser).new_page(), demo.kiosk_url)
    kiosk.open()
    kiosk.home()
    return kiosk


def log_in(demo: Demo, page: Page, name: str = "") -> None:
    """Come in as the demo's owner, or as somebody else, with a session of one's own."""
    with closing(demo.open_store()) as store:
        give_session(page.context, store, name or demo.facts["staff_name"], demo.staff_url)
    page.goto(demo.staff_url)
    expect(page.get_by_role("heading", name="本日の受付")).to_be_visible()


def log_in_by_page(demo: Demo, page: Page, name: str = "", passphrase: str = "") -> None:
    """The same as a person does it."""
    page.goto(demo.staff_url)
    page.get_by_label("名前").fill(name or demo.facts["staff_name"])
    page.get_by_label("合言葉").fill(passphrase or demo.facts["staff_passphrase"])
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("heading", name="本日の受付")).to_be_visible()
