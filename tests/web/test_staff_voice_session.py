"""The end of a session by ear: how long it lasts, the sentences for it, and the doors that speak."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.speech.phrases.session_words import SESSION_NOTICES, SessionNotice
from app.store.calls import open_calls
from app.store.sessions import SESSION_LENGTH
from app.web.staff.voice_device import COOKIE
from tests.speech.samples import pcm_of
from tests.store.support import KIOSK, MORNING
from tests.web.staff_site import NAME, PASSPHRASE, Browser, Site
from tests.web.voice_site import Listening, voice_door

FETCHED = {"Sec-Fetch-Mode": "cors"}


@pytest.fixture
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="site-"))  # short: a socket's path must fit
    made = Site(folder)
    yield made
    made.store.close()
    shutil.rmtree(folder)


def left(browser: Browser, **headers: str) -> tuple[int, int]:
    answer = browser.get("/session", **FETCHED, **headers)
    assert answer.status_code == 204
    return int(answer.headers["X-Idle-Left"]), int(answer.headers["X-Session-Left"])


def test_page_learns_how_long_it_has_and_asking_does_not_prolong_it(site: Site) -> None:
    browser = site.logged_in()
    assert left(browser) == (600, int(SESSION_LENGTH.total_seconds()))
    site.clock.move(100)
    assert left(browser)[0] == 500
    assert left(browser)[0] == 500
    assert left(browser, **{"X-Acted": "1"})[0] == 600


def test_key_of_the_desk_counts_as_an_act_and_its_news_do_not(site: Site) -> None:
    someone = Listening(site)
    site.clock.move(550)
    someone.news()
    assert left(someone.browser)[0] <= 50
    someone.press("5")
    assert left(someone.browser)[0] == 600


def test_session_that_ends_anyway_is_told_beside_the_idle_time(site: Site) -> None:
    browser = site.logged_in()
    for _ in range(143):
        site.clock.move(300)
        browser.get("/session", **{"X-Acted": "1"}, **FETCHED)
    idle, whole = left(browser)
    assert (idle, whole) == (600, int((SESSION_LENGTH - timedelta(seconds=143 * 300)).total_seconds()))
    assert whole < idle


def test_sentences_of_the_doors_can_be_fetched_by_nobody_in_particular(site: Site) -> None:
    door = voice_door(site)
    door.voice.go.set()
    try:
        browser = site.browser()
        for notice in SessionNotice:
            sound = browser.get(f"/voice/notice/{notice}")
            assert sound.status_code == 200, notice
            assert pcm_of(sound.data)
        said = {kana for kana, _ in door.voice.said}
        assert said == {words.kana + "。" for words in SESSION_NOTICES.values()}
        assert browser.get("/voice/notice/other").status_code == 404
        assert browser.get("/voice/sound/other").status_code == 303
    finally:
        door.close()


def test_doors_speak_in_the_mode_for_it_alone(site: Site) -> None:
    browser = site.browser()
    assert "voice-door" not in browser.get("/login").text
    browser.client.set_cookie(COOKIE, "reader.4.speaker", domain="uketsuke.local")
    assert "voice-door" not in browser.get("/login").text
    browser.client.set_cookie(COOKIE, "desk.4.speaker", domain="uketsuke.local")
    page = browser.get("/login").text
    assert 'data-says="login"' in page
    assert "js/voice-door.js" in page
    assert 'data-says="refused"' in browser.post("/login", {"name": NAME, "passphrase": "ちがう"}).text
    assert 'data-says="refused"' in browser.post("/login", {"name": "", "passphrase": ""}).text


def test_locked_screen_says_so_and_leads_back_to_the_desk_where_it_was(site: Site) -> None:
    someone = Listening(site)
    someone.press("9")
    site.clock.move(601)
    answer = someone.browser.post("/voice/key", {"keys": "1", "opening": someone.opening}, htmx=True)
    assert answer.status_code == 401
    address = someone.browser.get("/voice").headers["Location"]
    page = someone.browser.get(address)
    assert 'data-says="locked"' in page.text
    refused = someone.browser.post("/unlock", {"passphrase": "ちがう合言葉", "back": "/voice"})
    assert 'data-says="refused"' in refused.text
    opened = someone.browser.post("/unlock", {"passphrase": PASSPHRASE, "back": "/voice"})
    assert opened.headers["Location"] == "/voice"
    someone.browser.get("/voice")
    assert someone.press("5") == "はやさ 5。"  # the desk from before the lock


@pytest.mark.parametrize("keys", ["-", "/ -"])
def test_minus_in_the_menu_locks_the_screen_and_closes_the_menu(site: Site, keys: str) -> None:
    someone = Listening(site)
    someone.press("/")
    asked = {"keys": keys, "opening": someone.opening, "heard": someone.number}
    answer = someone.browser.post("/voice/key", asked, htmx=True)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/lock?back=/voice"
    assert 'data-says="locked"' in someone.browser.get("/lock?back=/voice").text
    assert someone.browser.post("/voice/key", asked, htmx=True).status_code == 401
    opened = someone.browser.post("/unlock", {"passphrase": PASSPHRASE, "back": "/voice"})
    assert opened.headers["Location"] == "/voice"
    assert someone.press("0").startswith("本日の受付")
    assert "静かに" not in someone.panel


def test_minus_elsewhere_is_silence(site: Site) -> None:
    someone = Listening(site)
    someone.press("-")
    assert "静かにしています" in someone.panel


def test_a_question_that_was_open_when_the_screen_locked_is_not_answered_after_it(site: Site) -> None:
    someone = Listening(site)
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    someone.news()
    assert someone.press("Enter") == "呼び出しに 行きますか。もう一度 決定。"
    site.clock.move(601)
    assert someone.browser.post("/voice/key", {"keys": "1", "opening": someone.opening}, htmx=True).status_code == 401
    someone.browser.post("/unlock", {"passphrase": PASSPHRASE, "back": "/voice"})
    assert someone.press("Enter") != "対応しました。"
    assert len(open_calls(site.store)) == 1
