"""スクリーンリーダーモード: chosen for one browser, its panel and list on every page, no name without an earphone."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from app.store.taking import take_check
from app.web.staff.desk_device import COOKIE, Device
from tests.store.support import KIOSK, MORNING, accepted, waiting
from tests.web.staff_site import Browser, Site, root_of


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.keeper.record(accepted())
    site.keeper.record(waiting("locked"))
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    return site


def reader(site: Site, privacy: str = "speaker") -> Browser:
    browser = site.logged_in()
    done = browser.post("/device", {"voice_mode": "reader", "keys": "on", "privacy": privacy})
    assert done.status_code == 303
    return browser


def said(page: str) -> list[str]:
    return [unescape(words) for words in re.findall(r'data-said="([^"]*)"', page)]


def test_nothing_changes_before_somebody_chooses_it(site: Site) -> None:
    page = site.logged_in().get("/").text
    assert "news-panel" not in page
    assert "braille-line" not in page
    assert Device().privacy == "speaker"


def test_the_choice_is_kept_by_this_browser_and_rests_our_keys(site: Site) -> None:
    browser = reader(site, "earphone")
    cookie = browser.client.get_cookie(COOKIE, domain="uketsuke.local")
    assert cookie is not None
    assert cookie.value == "keys"
    page = browser.get("/device").text
    assert re.search(r'id="voice-reader"[^>]* checked', page)
    assert re.findall(r'id="privacy-(\w+)"[^>]* checked', page) == ["earphone"]
    assert re.search(r'<body data-desk="([^"]*)"', page)[1].split() == ["reader"]
    assert "data-find" not in page
    browser.post("/device", {"keys": "on", "voice_mode": "none", "privacy": "nonsense"})
    page = browser.get("/device").text
    assert "keys" in re.search(r'<body data-desk="([^"]*)"', page)[1]
    assert re.findall(r'id="privacy-(\w+)"[^>]* checked', page) == ["earphone"], "what the form does not say stays"


@pytest.mark.parametrize("path", ["/", "/checks/check-a", "/search", "/visual", "/settings", "/numbers", "/audit"])
def test_every_page_keeps_the_list_and_can_be_told(site: Site, path: str) -> None:
    page = reader(site).get(path).text
    assert page.count('id="news-panel"') == page.count('id="news"') == page.count('id="status"') == 1
    assert re.search(r'<div id="status"[^>]* role="status" aria-atomic="true"></div>', page)
    entries = re.search(r'<ol class="news-list" id="news">(.*?)</ol>', page, re.S)
    assert entries is not None
    assert entries[1].count("<li>") == entries[1].count("braille-line") == 3
    main = page[page.index("<main") : page.index("</main>")]
    assert 'id="status"' not in main


@pytest.mark.parametrize("path", ["/checks/nobody", "/nowhere", "/checks/check-a/print"])
def test_error_pages_and_paper_have_no_list(site: Site, path: str) -> None:
    assert 'id="news"' not in reader(site).get(path).text


def test_the_panel_is_one_element_without_a_name_unless_by_earphone(site: Site) -> None:
    panel = reader(site).get("/news-panel", htmx=True).text
    assert root_of(panel) == ("news-panel", 1)
    assert set(said(panel)) == {
        "受付番号1、資格(有効)",
        "受付番号2、確認できません、暗証番号がロックされています、対応待ち",
        f"{KIOSK}で係員を呼んでいます",
    }
    assert "ハナコ" not in panel
    own = reader(site, "earphone").get("/news-panel", htmx=True).text
    assert "受付番号1、シケン　ハナコ1 さま、資格(有効)、3割" in said(own)
    assert all("ハナコ" not in plain for plain in re.findall(r'data-announce="([^"]*)"', own))
    assert site.logged_in().get("/news-panel").headers["Location"] == "/"


def test_what_somebody_takes_or_finishes_is_news_with_the_name_of_who_did_it(site: Site) -> None:
    browser = reader(site)
    take_check(site.store, site.desk.wake, "locked", 1, site.member.staff_id, MORNING)
    panel = browser.get("/news-panel", htmx=True).text
    assert "受付番号2、担当、試験 花子" in said(panel)
    assert 'data-by="試験 花子"' in panel
    assert 'data-staff="試験 花子"' in browser.get("/").text
    browser.post("/checks/locked/handled", {"version": str(version(site))})
    assert "受付番号2、対応済み、試験 花子" in said(browser.get("/news-panel", htmx=True).text)


def version(site: Site) -> int:
    with site.store.reading() as db:
        return int(db.execute("SELECT version FROM checks WHERE check_id = 'locked'").fetchone()[0])
