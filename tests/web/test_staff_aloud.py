"""「読み上げ」 over the real store and a real door to the voice."""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.ports import Outcome
from app.store.audit_read import AuditFilter, read_audit
from app.web.staff.voice_device import COOKIE
from tests.speech.samples import pcm_of
from tests.store.support import MORNING, accepted, answer, person, waiting
from tests.web.staff_site import Browser, Site, root_of
from tests.web.voice_site import viewer_of, voice_door

HANAKO = person(name="試験　花子", name_kana="ｼｹﾝ ﾊﾅｺ", contribution_ratio="030", birthdate="19570401")


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    made.keeper.record(accepted("fine", result=answer(HANAKO)))
    made.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    yield made
    made.store.close()
    shutil.rmtree(folder)


def listener(site: Site, device: str) -> Browser:
    browser = site.logged_in()
    browser.client.set_cookie(COOKIE, device, domain="uketsuke.local")
    browser.get("/checks/fine")
    return browser


def said(text: str) -> str:
    return html.unescape(re.findall('id="aloud-said">([^<]*)<', text)[0])


def noted(site: Site) -> list[tuple[str, str | None, str | None]]:
    return [(one.action, one.subject, one.detail) for one in read_audit(site.store, AuditFilter(), None, 200)]


def test_button_reads_the_sheet_in_the_voice_of_the_box_and_is_noted(site: Site) -> None:
    door = voice_door(site)
    door.voice.go.set()
    try:
        browser = listener(site, "desk.4.earphone")
        answered = browser.post("/checks/fine/aloud", htmx=True)
        assert root_of(answered.text) == ("aloud-panel", 1)
        words = said(answered.text)
        assert words.startswith("試験　花子 さま、資格 有効、3わり。")
        assert "生年月日、昭和32年4月1日。" in words
        assert ("viewed", "fine", "aloud") in noted(site)
        sounds = re.findall('data-sounds="([^"]*)"', answered.text)[0].split()
        assert all(pcm_of(browser.get(address).data) for address in sounds)
        assert "シケン ハナコ サマ、" in [kana for kana, _ in door.voice.said]
        assert {rate for _, rate in door.voice.said} == {7.0}
    finally:
        door.close()


def test_level_of_the_device_is_obeyed(site: Site) -> None:
    words = said(listener(site, "none.4.speaker").post("/checks/fine/aloud", htmx=True).text)
    assert words.startswith("受付番号 1、資格 有効。")
    assert "試験" not in words
    quiet = listener(site, "none.4.sound").post("/checks/fine/aloud", htmx=True).text
    assert 'data-earcon="valid" data-sounds=""' in quiet
    assert "声のひろさ 音だけ" in quiet


def test_what_the_page_says_on_top_is_heard(site: Site) -> None:
    words = said(listener(site, "desk.4.speaker").post("/checks/out/aloud", htmx=True).text)
    assert words.startswith("受付番号 2、確認できません。対応待ち。照会先の返事が時間内に届きませんでした。")


def test_change_that_may_be_a_namesakes_is_read_as_the_page_shows_it(site: Site) -> None:
    earlier = replace(HANAKO, sex1="2", insurer_number="06480012")
    site.keeper.record(accepted("old", at=MORNING - timedelta(days=3), result=answer(earlier)))
    site.keeper.record(accepted("new", result=answer(replace(earlier, insurer_number="01480011"))))
    words = said(listener(site, "desk.4.earphone").post("/checks/new/aloud", htmx=True).text)
    assert "前回から変更。同姓同名の別人でないか確かめてください。保険者。" in words


def test_screen_reader_mode_has_no_button_and_no_voice(site: Site) -> None:
    browser = listener(site, "reader.4.earphone")
    page = browser.get("/checks/fine").text
    assert "aloud" not in page
    before = len(noted(site))
    assert browser.post("/checks/fine/aloud", htmx=True).status_code == 403
    assert len(noted(site)) == before


def test_whoever_may_see_the_sheet_may_hear_it(site: Site, tmp_path: Path) -> None:
    door = voice_door(site)
    door.voice.go.set()
    try:
        viewer = site.logged_in(viewer_of(site, tmp_path))
        assert 'id="aloud-button"' in viewer.get("/checks/fine").text
        answered = viewer.post("/checks/fine/aloud", htmx=True)
        address = re.findall('data-sounds="([^" ]*)', answered.text)[0]
        assert viewer.get(address).status_code == 200
        assert listener(site, "desk.4.earphone").get(address).status_code == 404
    finally:
        door.close()


def test_record_that_is_not_there_is_not_read(site: Site) -> None:
    browser = listener(site, "desk.4.earphone")
    assert browser.post("/checks/nobody/aloud", htmx=True).status_code == 404
    assert browser.post("/checks/fine/aloud").headers["Location"] == "/checks/fine"
    forged = browser.post("/checks/fine/aloud", htmx=True, headers={"X-CSRF-Token": "x"})
    assert forged.status_code == 403


def test_voice_that_is_down_is_told_where_its_sound_is_fetched(site: Site) -> None:
    browser = listener(site, "desk.4.earphone")
    answered = browser.post("/checks/fine/aloud", htmx=True)
    address = re.findall('data-sounds="([^" ]*)', answered.text)[0]
    sound = browser.get(address, htmx=True)
    assert sound.status_code >= 500
    assert "記号 voice.process_down" in sound.text
