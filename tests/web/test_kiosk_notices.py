"""「受付機が使えません」 on the board: with its reason and time, and gone when the kiosk is back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.store.kiosks import StoreKioskBook
from tests.store.support import KIOSK, MORNING
from tests.web.staff_site import Site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


@pytest.fixture
def book(site: Site) -> StoreKioskBook:
    return StoreKioskBook(site.store, site.desk.wake)


@pytest.mark.parametrize(
    ("code", "reason", "next_step"),
    [
        ("card.process_down", "カード読み取りの部品が止まっています。", "まもなく自動で戻ります。"),
        ("card.reader_lost", "カードリーダーが応答しません。", "カードリーダーの線を確かめ、"),
        ("reader.silent", "カードリーダーを動かす部品（pcscd）が止まっています。", "動き出せば自動で戻ります。"),
    ],
)
def test_kiosk_that_does_not_work_stands_on_the_board_until_it_does(
    site: Site, book: StoreKioskBook, code: str, reason: str, next_step: str
) -> None:
    browser = site.logged_in()
    assert "受付機が使えません" not in browser.get("/").text
    book.note(KIOSK, code, MORNING - timedelta(minutes=7))
    for page in (browser.get("/").text, browser.get("/keeping-panel", htmx=True).text):
        assert "受付機が使えません（受付1、8:53から）" in page
        assert f"<p>{reason}{next_step}" in page
    book.note(KIOSK, None, MORNING)
    assert "受付機が使えません" not in browser.get("/keeping-panel", htmx=True).text


def test_each_outage_is_news_once_and_names_nobody(site: Site, book: StoreKioskBook) -> None:
    browser = site.logged_in()
    keys = []
    for minute in (1, 3):
        book.note(KIOSK, "card.reader_lost", MORNING + timedelta(minutes=minute))
        panels = [browser.get("/keeping-panel", htmx=True).text for _ in range(2)]
        assert panels[0] == panels[1]
        found = re.findall(r'data-key="([^"]+)" data-announce="([^"]+)"', panels[0])
        assert [news for _, news in found] == ["受付機が使えません。カードリーダーが応答しません"]
        keys += [key for key, _ in found]
        book.note(KIOSK, None, MORNING + timedelta(minutes=minute + 1))
    assert len(set(keys)) == 2


def test_older_outage_says_its_day_and_each_kiosk_has_its_own(site: Site, book: StoreKioskBook) -> None:
    book.note("受付2", "card.reader_lost", MORNING)
    book.note(KIOSK, "card.process_down", MORNING - timedelta(days=1))
    page = site.logged_in().get("/").text
    assert re.findall("受付機が使えません（([^）]+)）", page) == ["受付1、11月23日 9:00から", "受付2、9:00から"]
    ids = re.findall(r'id="(keeping-kiosk-[^"]+)"', page)
    assert len(set(ids)) == len(ids) == 2


def test_a_kiosks_name_is_text(site: Site, book: StoreKioskBook) -> None:
    book.note("<b>受付</b>", "card.reader_lost", MORNING)
    assert "（&lt;b&gt;受付&lt;/b&gt;、" in site.logged_in().get("/").text
