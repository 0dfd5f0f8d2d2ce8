"""このソフトについて: every licence that asks to be named is named, and no approval is claimed."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from app import __version__
from app.speech.credits import ENGINE_CREDIT, VOICE_CREDIT, VOICE_CREDIT_LINKS
from app.store.people import add_staff
from app.web.staff.about_credits import CREDITS, NO_APPROVAL
from app.web.staff.roles import Role
from tests.store.support import MORNING
from tests.web.staff_site import PASSPHRASE, Site

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("role", Role)
def test_everybody_who_is_logged_in_reads_it_and_settings_lead_to_it(site: Site, role: Role) -> None:
    browser = site.logged_in(add_staff(site.store, f"架空 {role}", PASSPHRASE, MORNING, role))
    assert 'href="/about"' in browser.get("/settings").text
    page = unescape(browser.get("/about").text)
    assert __version__ in page
    for words in (VOICE_CREDIT, ENGINE_CREDIT, *NO_APPROVAL):
        assert words in page
    for name, address in VOICE_CREDIT_LINKS:
        assert f"{name}：{address}" in page
    for word in ("Mei", "CC BY 3.0", "Open JTalk", "日本郵便", "Unihan", "htmx 2.0.11", "承認・認定を受けていません"):
        assert word in page, word
    assert not re.search(r'href="https?:', page)


def test_every_package_that_we_use_is_named_with_its_terms() -> None:
    chosen = (ROOT / "requirements.txt").read_text("utf-8").split("\n\n")[0].splitlines()[1:]
    assert {credit.package for credit in CREDITS} - {""} == {line.split("==")[0] for line in chosen}
    assert all(credit.name and credit.what and credit.terms for credit in CREDITS)


def test_the_vendored_files_are_named_in_their_version() -> None:
    htmx = next(path.name for path in (ROOT / "static/js").glob("htmx-*.min.js"))
    assert any(htmx[5:-7] in credit.name for credit in CREDITS)


def test_a_stranger_is_sent_to_the_log_in(site: Site) -> None:
    assert site.browser().get("/about").headers["Location"] == "/login"
