"""Every screen on every panel that can be bought: sizes, gaps, borders, places; nothing scrolls, is cut or covered.

The page is the real one in a real browser. Behind it stand a reception on fakes and a clock that is moved, so that each
screen can be looked at for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.eligibility.screens import Button, Screen
from app.speech.phrases import CALLED, STILL_THERE
from tests.e2e.axe import violations
from tests.e2e.kiosk_measures import FAULTS, FOCUS_FAULTS, PLACES
from tests.e2e.kiosk_page import KioskPage
from tests.eligibility.desk import Table
from tests.fakes import FakeCard
from tests.web.kiosk_site import Stage, serving
from tests.web.kiosk_steps import reach

PANELS = {
    "10.1": [(1280, 800)],
    "15.6-hd": [(1366, 768)],
    "15.6": [(1920, 1080), (1366, 768)],
    "21.5": [(1920, 1080), (1080, 1920)],
}
SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SAME_PLACE_MM = 1.0


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="module")
def page(stage: Stage, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KioskPage]:
    with serving(stage, tmp_path_factory.mktemp("kiosk")) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
        yield KioskPage(context.new_page(), address)
        context.close()


@pytest.fixture
def table(stage: Stage) -> Table:
    return stage.begin()


@pytest.fixture
def kiosk(table: Table, page: KioskPage) -> KioskPage:
    """The one page, opened anew where a test left it."""
    if page.page.locator("#screen[data-screen]").count() != 1:
        page.open()
    page.expect("welcome")
    assert page.violations == []
    return page


def look(kiosk: KioskPage) -> dict[str, dict[str, list[float]]]:
    """Measure what is shown on each panel (--panel does nothing but choose the page's class); return the places."""
    places = {}
    page = kiosk.page
    for panel, sizes in PANELS.items():
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("name => { document.documentElement.className = name }", f"panel-{panel.replace('.', '-')}")
            page.evaluate(SETTLED)
            where = f"{panel} at {width}x{height}"
            assert page.evaluate(FAULTS) == [], where
            places[where] = page.evaluate(PLACES)
    assert page.evaluate(FOCUS_FAULTS) == []
    return places


def call(table: Table) -> None:
    table.press(Button.CALL)


def warn(table: Table) -> None:
    table.pass_time(95)


def warn_of_staff(table: Table) -> None:
    table.pass_time(275)


def think_long(table: Table) -> None:
    table.clock.move(6)
    table.reception.tick()


def wrong_once(table: Table) -> None:
    table.type("9999")
    table.press(Button.AGAIN)
    call(table)


FULLER: list[tuple[Screen, Callable[[Table], None], str | None]] = [
    (Screen.WELCOME, call, CALLED),
    (Screen.PIN, wrong_once, CALLED),
    (Screen.PIN, warn, STILL_THERE),
    (Screen.PIN_WRONG, warn, STILL_THERE),
    (Screen.PIN_LAST, warn, STILL_THERE),
    (Screen.ASKING, think_long, None),
    (Screen.OUT_OF_ORDER, call, CALLED),
    (Screen.UNREADABLE, call, CALLED),
    (Screen.OTHER_CARD, call, CALLED),
]
"""Screens with everything that they can show at once."""


def nothing(table: Table) -> None:
    """The screen as it first appears."""


@pytest.mark.parametrize(
    ("screen", "then", "says"),
    [*((screen, nothing, None) for screen in Screen), *FULLER],
    ids=lambda part: getattr(part, "__name__", str(part) if isinstance(part, Screen) else "-"),
)
def test_screen_is_right_on_every_panel(
    table: Table,
    kiosk: KioskPage,
    standard: dict[str, dict[str, list[float]]],
    screen: Screen,
    then: Callable[[Table], None],
    says: str | None,
) -> None:
    reach(table, screen)
    then(table)
    kiosk.expect(screen.value)
    if says is not None:
        expect(kiosk.page.locator("#screen")).to_contain_text(says)
    if screen is Screen.PIN:
        kiosk.type("13")
        expect(kiosk.page.locator(".mark-row .filled")).to_have_count(2)
    for where, places in look(kiosk).items():
        for button, place in places.items():
            usual = standard.setdefault(where, {}).setdefault(button, place)
            assert place == pytest.approx(usual, abs=SAME_PLACE_MM), f"{button} on {where}"


@pytest.fixture(scope="module")
def standard() -> dict[str, dict[str, list[float]]]:
    """Where each button stands on the first screen that has it; all others are held to it."""
    return {}


def test_card_that_waits_for_staff_is_right_on_every_panel(table: Table, kiosk: KioskPage) -> None:
    table.desk.insert(FakeCard("A", has_pin=False))
    table.settle()
    warn_of_staff(table)
    kiosk.expect("no-pin")
    expect(kiosk.page.locator(".busy")).to_be_visible()
    expect(kiosk.page.locator(".warned")).to_be_visible()
    look(kiosk)


def examine(kiosk: KioskPage, text: str) -> None:
    expect(kiosk.page.locator("main")).to_contain_text(text)
    expect(kiosk.page.locator(".voice")).to_be_hidden()
    assert violations(kiosk.page) == []
    kiosk.page.evaluate("document.documentElement.className = 'panel-10-1'")
    look(kiosk)


def test_page_that_was_taken_over_is_accessible_and_right_on_every_panel(kiosk: KioskPage) -> None:
    newer = KioskPage(kiosk.page.context.new_page(), kiosk.url)
    newer.open()
    kiosk.page.bring_to_front()
    examine(kiosk, "別の画面で受付しています")
    newer.page.close()


def test_page_without_its_server_says_so_accessibly(table: Table, kiosk: KioskPage) -> None:
    kiosk.page.context.set_offline(True)
    table.press(Button.NO_PIN)  # the page's question is answered; its next one finds nobody
    expect(kiosk.page.locator("#offline")).to_be_visible(timeout=30_000)
    expect(kiosk.page.locator(".voice")).to_be_hidden()
    assert violations(kiosk.page) == []
    expect(kiosk.page.locator("#offline")).to_contain_text("ただいま準備中です")
    with kiosk.page.expect_event("load"):  # it loads itself anew, once it has found the server
        kiosk.page.context.set_offline(False)
    kiosk.expect("no-pin")


def test_pages_that_are_no_screen_are_accessible_and_right_on_every_panel(
    table: Table, kiosk: KioskPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk.page.goto(kiosk.url + "no-such-page")
    examine(kiosk, "このページはありません")
    kiosk.page.get_by_role("link", name="受付の画面を開く").tap()
    kiosk.expect("welcome")
    monkeypatch.setattr(table.reception, "view", lambda: 1 / 0)
    kiosk.page.goto(kiosk.url)
    examine(kiosk, "ただいま準備中です")
