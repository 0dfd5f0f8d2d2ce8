"""The touch page in a browser, used as a patient would, and the fixture that opens it for each test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from playwright.sync_api import Error as BrowserError

from tests.box.processes import wait_for
from tests.e2e.demo_stack import Demo

PANEL_SIZE: ViewportSize = {"width": 1280, "height": 800}


def touchscreen(browser: Browser) -> BrowserContext:
    """A patient's screen whose dots stand still: pulsing they are drawn sixty times a second, as long as they wait."""
    return browser.new_context(viewport=PANEL_SIZE, has_touch=True, reduced_motion="reduce")


class KioskPage:
    """One open kiosk page, and every complaint that it had."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.violations: list[str] = []
        page.on("console", lambda message: self._heard(message.text))
        page.on("pageerror", lambda error: self.violations.append(str(error)))

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.violations.append(text)

    def open(self) -> None:
        self.page.goto(self.url)
        self.page.wait_for_selector("#screen")

    def expect(self, screen: str, timeout_s: float = 30.0) -> None:
        expect(self.page.locator("#screen")).to_have_attribute("data-screen", screen, timeout=timeout_s * 1000)

    def home(self) -> None:
        """Leave a screen that would stay for a while, as the last patient would."""

        def is_home() -> bool:
            for button in ("done", "back"):
                self.press_if_there(button)
            return self.page.locator("#screen[data-screen=welcome]").count() > 0

        wait_for(is_home, 60)

    def press_if_there(self, button: str) -> None:
        """Press a button of a screen that may go by itself at any moment."""
        found = self.page.locator(f".press-{button} button")
        if found.count():
            with contextlib.suppress(BrowserError):
                found.click(timeout=3_000)

    def touch(self, pin: str) -> None:
        self._see_the_field_ready()
        for digit in pin:
            self.page.locator(f".key:text-is('{digit}')").tap()

    def type(self, pin: str, keys: str = "Digit") -> None:
        self._see_the_field_ready()
        for digit in pin:
            self.page.keyboard.press(f"{keys}{digit}")

    def _see_the_field_ready(self) -> None:
        """Nobody enters a PIN before the keypad stands there with the cursor in its field."""
        expect(self.page.locator("#pin-field")).to_be_focused(timeout=30_000)

    def press(self, button: str) -> None:
        self.page.locator(f".press-{button} button").tap()

    @property
    def number(self) -> int:
        return int(self.page.locator(".number strong").inner_text())


@pytest.fixture(scope="module")
def touched(demo: Demo, chromium: Browser) -> Iterator[KioskPage]:
    """The screen of the module's ``demo``, as a waiting room has it: one, for all who come."""
    context = touchscreen(chromium)
    yield KioskPage(context.new_page(), demo.kiosk_url)
    context.close()


@pytest.fixture
def kiosk(demo: Demo, touched: KioskPage) -> Iterator[KioskPage]:
    """That screen opened anew, at the welcome screen, with fresh cards and a healthy service."""
    demo.fault(None)
    demo.fresh_cards()
    for left in touched.page.context.pages:
        if left is not touched.page:
            left.close()
    touched.open()
    touched.home()
    yield touched
    heard, touched.violations = touched.violations, []
    demo.lift()
    assert heard == []
