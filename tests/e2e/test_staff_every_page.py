"""Every page that the staff site can show: by Tab alone, and those in every look that no other module draws."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from app.clock import TOKYO
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from tests.day import earlier_today
from tests.e2e.browsers import trusting_chromium
from tests.e2e.staff_stack import NAME, OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, waiting
from tests.web.staff_site import Site

PAGES = {
    "staff.board": ("/", "/?show=waiting"),
    "staff.check": ("/checks/fine", "/checks/lost", "/checks/locked"),
    "staff.print_page": ("/checks/fine/print",),
    "staff.search_page": ("/search",),
    "staff.visual_page": ("/visual",),
    "staff.fallback_page": ("/fallback", "/fallback?for=out"),
    "staff.fallback_form": tuple(
        f"/fallback/{way}" for way in ("certificate", "card-and-notice", "card-and-portal", "statement", "emergency")
    ),
    "staff.pending_page": ("/pending",),
    "staff.pending_one": ("/pending/out",),
    "staff.numbers_page": ("/numbers",),
    "staff.audit_page": ("/audit", "/audit?day=2026-02-30"),
    "staff.device_page": ("/device",),
    "staff.about_page": ("/about",),
    "staff.plain_board": ("/plain", "/plain?show=waiting&refresh=60"),
    "staff.plain_check": ("/plain/checks/fine", "/plain/checks/lost", "/plain/checks/locked"),
    "staff.plain_search_page": ("/plain/search",),
    "staff.voice_page": ("/voice",),
    "staff.settings_page": ("/settings",),
    "staff.keeping_page": ("/settings/keeping",),
    "staff.method_page": ("/settings/method",),
    "staff.own_page": ("/settings/own",),
    "staff.people_page": ("/settings/people",),
    "staff.sessions_page": ("/settings/sessions",),
}
ELSEWHERE = {
    "staff.login_page": "test_staff_pages",
    "staff.first_owner_page": "test_staff_people, on a box without an owner",
    "staff.code_page": "test_staff_people, between passphrase and code",
    "staff.lock_page": "test_staff_people, on a locked screen",
}
NOT_PAGES = {
    *("static", "staff.session_lasts"),
    *("staff.voice_news", "staff.voice_sound", "staff.voice_earcon", "staff.voice_notice"),
}
MISSING = "/checks/nobody"
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary"


@pytest.fixture(scope="module")
def box_and_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StaffBox, Browser]]:
    folder = tmp_path_factory.mktemp("pages")
    with closing(StaffBox(folder / "box")) as box, trusting_chromium(box.files.ca_file, folder / "home") as browser:
        now = datetime.now(TOKYO)
        counter = {"outcome": Outcome.COUNTER, "reason": "check.not_valid"}
        box.keeper.record(accepted("fine", at=now))
        box.keeper.record(accepted("lost", at=now, result=answer(validity=Validity.INVALID), **counter))
        box.keeper.record(waiting("locked", at=now))
        box.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout", at=earlier_today(5, now)))
        box.keeper.call_staff("受付1", "pin", now)
        yield box, browser


def test_every_address_of_the_site_is_in_one_of_the_lists(site: Site) -> None:
    panels = {rule.endpoint for rule in site.app.url_map.iter_rules() if rule.endpoint.endswith("_panel")}
    shown = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert shown - panels - NOT_PAGES == PAGES.keys() | ELSEWHERE.keys()


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.store.close()


def left_out(page: Page) -> list[str]:
    """Walk the whole page with Tab; return what can be pressed or filled and was never reached, or had no ring."""
    page.evaluate(
        """(focusable) => {
            document.activeElement.blur();
            window.scrollTo(0, 0);
            window.getSelection().removeAllRanges();
            window.walked = new Set();
            window.ringless = new Set();
            window.wanted = [...document.querySelectorAll(focusable)].filter((one) => {
                const radios = one.type === 'radio' && one.name
                    ? [...document.querySelectorAll(`input[type=radio][name="${one.name}"]`)] : [];
                const chosen = radios.find((radio) => radio.checked) || radios[0];
                return !one.disabled && one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true})
                    && (!radios.length || chosen === one);  // arrow keys walk the others
            });
            document.addEventListener('focusin', (event) => {
                window.walked.add(event.target);
                const style = getComputedStyle(event.target);
                if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 3)
                    window.ringless.add(event.target);
            });
        }""",
        FOCUSABLE,
    )
    count = page.evaluate("window.wanted.length")
    assert count >= 2, f"{page.url} seems empty"
    parts = 4 * page.locator("input[type=date]").count()  # a day is walked year, month, day, calendar
    for _ in range(count + parts + 4):
        page.keyboard.press("Tab")
    return list(
        page.evaluate(
            """[...window.wanted.filter((one) => !window.walked.has(one)).map((one) => 'unreached ' + one.outerHTML),
                ...[...window.ringless].map((one) => 'no ring ' + one.outerHTML)]"""
        )
    )


def test_tab_reaches_everything_on_every_page_and_shows_where_it_is(
    box_and_browser: tuple[StaffBox, Browser],
) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in()
        for path in (*(path for paths in PAGES.values() for path in paths), MISSING):
            staff.page.goto(box.origin + path)
            expect(staff.page.locator("h1")).to_be_visible()
            assert left_out(staff.page) == [], path


def test_pages_that_no_other_module_draws_are_clean(box_and_browser: tuple[StaffBox, Browser]) -> None:
    box, browser = box_and_browser
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in(NAME)
        for path in ("/settings/keeping", "/audit?day=2026-02-30", "/audit?from=x", MISSING, "/nowhere"):
            staff.page.goto(box.origin + path)
            expect(staff.page.locator("h1")).to_be_visible()
            staff.demand_clean_in_every_look()
    with closing(StaffPage(browser, box)) as staff:
        staff.log_in(OTHER_NAME)
        staff.page.goto(box.origin + "/settings/people")
        expect(staff.page.get_by_text("権限がありません")).to_be_visible()
        staff.demand_clean_in_every_look()
