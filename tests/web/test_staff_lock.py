"""The locked screen: what locks it, what does not keep it open, and how one comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.eligibility.people import Role
from app.store.people import add_staff
from app.wiring_staff import StoreFeed
from tests.store.support import MORNING, accepted
from tests.web.staff_site import NAME, PASSPHRASE, Browser, Site

WRONG = "ちがう合言葉ですがとても長い"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.keeper.record(accepted())
    return site


def unlock(browser: Browser, passphrase: str = PASSPHRASE, back: str = "/") -> int:
    page = browser.get(f"/lock?back={back}")
    assert page.status_code == 200
    return browser.post("/unlock", {"passphrase": passphrase, "back": back}).status_code


def test_polling_for_an_hour_does_not_keep_a_screen_open(site: Site) -> None:
    browser = site.logged_in()
    token = browser.session_token()
    feed = StoreFeed(site.store, site.clock)
    polls = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    open_for_s = 0
    for at_s in range(0, 3600, 10):
        panel = browser.get("/board-panel", htmx=True, **polls)
        stays = browser.get("/session", **polls)
        listed = browser.get("/calls-panel", htmx=True, **polls)
        is_open = feed.is_open(token)
        assert {panel.status_code, listed.status_code} == ({200} if is_open else {401})
        assert stays.status_code == (204 if is_open else 401)
        if is_open:
            open_for_s = at_s
        else:
            assert panel.headers["HX-Redirect"].startswith("/lock")
            assert "試験" not in panel.text
        site.clock.move(10)
    assert open_for_s == 590


@pytest.mark.parametrize(
    "act",
    [
        lambda browser: browser.get("/"),
        lambda browser: browser.get("/checks/check-a"),
        lambda browser: browser.get("/board-panel", htmx=True, **{"X-Acted": "1"}),
        lambda browser: browser.get("/session", **{"X-Acted": "1", "Sec-Fetch-Mode": "cors"}),
        lambda browser: browser.post("/checks/nobody/handled", {"version": "1"}, htmx=True),
    ],
    ids=["page", "detail", "pressed panel", "typing", "form"],
)
def test_what_a_person_does_keeps_it_open(site: Site, act: object) -> None:
    browser = site.logged_in()
    for _ in range(4):
        site.clock.move(9 * 60)
        act(browser)  # type: ignore[operator]
    assert browser.get("/").status_code == 200
    site.clock.move(10 * 60)
    assert browser.get("/").headers["Location"] == "/lock?back=/"


def test_a_locked_screen_shows_nothing_and_returns_to_its_page(site: Site) -> None:
    browser = site.logged_in()
    browser.get("/checks/check-a")
    site.clock.move(601)
    answer = browser.get("/checks/check-a")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lock?back=/checks/check-a")
    page = browser.get("/lock?back=/checks/check-a")
    assert page.status_code == 200
    assert NAME in page.text
    assert "試験　花子" not in page.text
    assert browser.post("/unlock", {"passphrase": WRONG, "back": "/checks/check-a"}).status_code == 422
    answer = browser.post("/unlock", {"passphrase": PASSPHRASE, "back": "/checks/check-a"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/checks/check-a")
    assert browser.get("/checks/check-a").status_code == 200
    assert browser.get("/lock?back=/checks/check-a").headers["Location"] == "/checks/check-a"


def test_a_fragment_of_a_locked_screen_leads_back_to_the_page_around_it(site: Site) -> None:
    browser = site.logged_in()
    site.clock.move(601)
    current = {"HX-Current-URL": "https://uketsuke.local:8443/checks/check-a?x=1"}
    answer = browser.get("/checks/check-a/panel", htmx=True, **current)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/lock?back=/checks/check-a")


ASTRAY = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/nowhere",
    "/login",
    "/session",
    "",
    "/static/x",
)


@pytest.mark.parametrize("back", ASTRAY)
def test_unlocking_never_leads_astray(site: Site, back: str) -> None:
    browser = site.logged_in()
    site.clock.move(601)
    browser.get("/lock")
    answer = browser.post("/unlock", {"passphrase": PASSPHRASE, "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_the_button_locks_at_once_and_ends_the_stream(site: Site) -> None:
    browser = site.logged_in()
    token = browser.session_token()
    answer = browser.post("/lock", {"back": "/checks/check-a"})
    assert answer.headers["Location"] == "/lock?back=/checks/check-a"
    assert site.closed == [token]
    assert not StoreFeed(site.store, site.clock).is_open(token)
    assert browser.get("/").status_code == 303
    assert unlock(browser) == 303
    assert StoreFeed(site.store, site.clock).is_open(token)


def test_nobody_elses_passphrase_unlocks(site: Site) -> None:
    other = "べつの長い合い言葉を書きました"
    add_staff(site.store, "架空 太郎", other, MORNING, Role.OWNER)
    browser = site.logged_in()
    browser.post("/lock")
    assert unlock(browser, other) == 422
    assert browser.get("/").status_code == 303


def test_wrong_passphrases_have_to_wait_and_empty_ones_cost_nothing(site: Site) -> None:
    browser = site.logged_in()
    browser.post("/lock")
    for _ in range(5):
        assert unlock(browser, "") == 422
    for _ in range(3):
        assert unlock(browser, WRONG) == 422
    browser.get("/lock")
    answer = browser.post("/unlock", {"passphrase": PASSPHRASE})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert site.browser("192.0.2.99").log_in().status_code == 303, "nobody else waits"


def test_a_locked_screen_can_be_left_to_somebody_else(site: Site) -> None:
    browser = site.logged_in()
    browser.post("/lock")
    browser.get("/lock")
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/lock").headers["Location"] == "/login"
    assert browser.log_in().headers["Location"] == "/"


def test_a_lock_does_not_outlive_the_twelve_hours(site: Site) -> None:
    browser = site.logged_in()
    site.clock.move(12 * 3600)
    assert browser.get("/lock").headers["Location"] == "/login"
    assert browser.get("/").headers["Location"] == "/login"


def test_locks_are_noted(site: Site) -> None:
    browser = site.logged_in()
    browser.post("/lock")
    unlock(browser, WRONG)
    unlock(browser)
    rows = site.store.database().execute("SELECT action, actor, outcome, source FROM audit ORDER BY seq DESC LIMIT 3")
    assert [tuple(row) for row in rows.fetchall()] == [
        ("unlocked", NAME, "ok", None),
        ("unlock_failed", NAME, "refused", "192.0.2.10"),
        ("locked", NAME, "ok", None),
    ]
