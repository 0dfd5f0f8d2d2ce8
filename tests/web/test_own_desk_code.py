"""「テンキーの番号」 on one's own page: made against the passphrase, told once, there only where a box has a tenkey."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.eligibility.people import Role
from app.store.desk_codes import desk_code_made_at, find_desk_code
from app.store.people import add_staff
from tests.store.support import MORNING
from tests.web.staff_site import PASSPHRASE, Browser, Site

PLACE = "/settings/own/desk-code"


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    made = Site(folder)
    yield made
    made.store.close()
    shutil.rmtree(folder)


def made_by(browser: Browser) -> str:
    browser.get("/settings/own")
    page = browser.post(PLACE, {"desk_passphrase": PASSPHRASE})
    assert page.status_code == 200
    found = re.search(r"テンキーの番号は <code>(\d{4} \d{4})</code>", page.text)
    assert found
    return found[1].replace(" ", "")


def test_the_number_is_made_against_the_passphrase_and_told_once(site: Site) -> None:
    browser = site.logged_in()
    page = browser.get("/settings/own")
    assert "番号を作る" in page.text
    assert browser.post(PLACE, {"desk_passphrase": "wrong"}).status_code == 422
    assert desk_code_made_at(site.store, site.member.staff_id) is None
    digits = made_by(browser)
    assert find_desk_code(site.store, digits) == site.member
    again = browser.get("/settings/own").text
    assert f"{digits[:4]} {digits[4:]}" not in again
    assert "11月24日 9:00から" in again
    assert browser.post(f"{PLACE}/remove").status_code == 303
    assert find_desk_code(site.store, digits) is None
    assert "11月24日 9:00から" not in browser.get("/settings/own").text


def test_wrong_passphrases_have_to_wait_as_everywhere(site: Site) -> None:
    browser = site.logged_in()
    for status in (422, 422, 422, 429):
        assert browser.post(PLACE, {"desk_passphrase": "wrong"}).status_code == status


def test_who_only_looks_has_no_number(site: Site) -> None:
    browser = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    assert "テンキーの番号" not in browser.get("/settings/own").text
    assert browser.post(PLACE, {"desk_passphrase": PASSPHRASE + "見"}).status_code == 403


def test_a_box_without_a_tenkey_has_no_such_page(site: Site, tmp_path: Path) -> None:
    plain = Site(tmp_path, tenkey="")
    browser = plain.logged_in()
    assert "テンキーの番号" not in browser.get("/settings/own").text
    assert browser.post(PLACE, {"desk_passphrase": PASSPHRASE}).status_code == 404
    plain.store.close()
