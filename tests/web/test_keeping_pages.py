"""Days left, the notices about keeping records, the owner's page, and midnight under a reader's eyes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.store.keeping import Note, note
from app.store.people import add_staff
from tests.store.support import MORNING, accepted, waiting
from tests.store.test_purge import OVER
from tests.web.staff_site import PASSPHRASE, Browser, Site

PANEL = re.compile(r'hx-get="([^"]*/checks/[^"]*/panel[^"]*)"')


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


def panel_address(browser: Browser, check_id: str) -> str:
    found = PANEL.search(browser.get(f"/checks/{check_id}").text)
    assert found
    return found[1].replace("&amp;", "&")


def test_each_record_says_how_long_it_stays(site: Site) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    assert "あと37日" in browser.get("/").text
    assert "2026年12月31日まで（あと37日）見られます" in browser.get("/checks/a").text


def test_a_reader_at_midnight_gets_a_notice_and_a_way_back(site: Site) -> None:
    site.keeper.record(accepted("a"))
    site.clock.time = OVER - timedelta(minutes=3)
    browser = site.logged_in()
    address = panel_address(browser, "a")
    assert "試験　花子" in browser.get(address, htmx=True).text
    site.clock.time = OVER
    answer = browser.get(address, htmx=True)
    assert answer.status_code == 200
    assert "保存期間が過ぎたため、この記録は消えました" in answer.text
    assert 'id="check-panel"' in answer.text
    assert "本日の受付へ戻る" in answer.text
    assert "hx-get" not in answer.text, "it does not ask again"
    assert "試験　花子" not in answer.text


GONE = "保存期間が過ぎたため、この記録は消えました"
ACTS = [("copied", {"field": "all"}), ("handled?page=check", {"version": "1"}), ("taken?page=check", {"version": "1"})]


def proof(page: str) -> dict[str, str]:
    """What the page sends with every button."""
    return dict(re.findall(r'<input type="hidden" form="act" name="(until|seen)" value="([^"]*)">', page))


@pytest.fixture
def midnight(site: Site) -> tuple[Browser, dict[str, str], str]:
    """Somebody who opened a record three minutes before its end, what the page sends, and its print link."""
    site.keeper.record(accepted("a", outcome=Outcome.COUNTER, reason="check.not_told"))
    site.clock.time = OVER - timedelta(minutes=3)
    browser = site.logged_in()
    page = browser.get("/checks/a").text
    link = re.search(r'id="print" href="([^"]*)"', page)
    assert link
    sent = {name: html.unescape(value) for name, value in proof(page).items()}
    assert set(sent) == {"until", "seen"}
    site.clock.time = OVER
    return browser, sent, html.unescape(link[1])


@pytest.mark.parametrize(("act", "data"), ACTS)
def test_whatever_is_pressed_after_the_last_second_gives_the_notice(
    midnight: tuple[Browser, dict[str, str], str], act: str, data: dict[str, str]
) -> None:
    browser, sent, _ = midnight
    answer = browser.post(f"/checks/a/{act}", {**data, **sent}, htmx=True)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "#check-panel")
    assert GONE in answer.text
    assert 'id="copied-panel" class="copied" aria-label="コピー" hx-swap-oob="true"' in answer.text
    plain = browser.post(f"/checks/a/{act}", {**data, **sent})
    assert plain.text.startswith("<!doctype html>")
    assert GONE in plain.text


def test_printing_and_reloading_after_the_last_second_give_a_page_that_says_so(
    site: Site, midnight: tuple[Browser, dict[str, str], str]
) -> None:
    browser, _, print_link = midnight
    for address in (print_link, "/checks/a", "/checks/a/panel"):
        page = browser.get(address)
        assert page.status_code == 404
        assert GONE in page.text
        assert "試験　花子" not in page.text
        assert 'id="find"' in page.text
    rows = site.store.database().execute("SELECT action FROM audit WHERE action IN ('printed', 'copied')").fetchall()
    assert rows == []


WRITTEN = "電話で <確認> した"
PENDING_ACTS = [
    ("find", {"q": "試験"}),
    ("confirmed", {"version": "1", "by": "a"}),
    ("closed", {"version": "1", "reason": "asked_insurer", "note": WRITTEN}),
]


@pytest.fixture
def pending_midnight(site: Site) -> tuple[Browser, dict[str, str], list[str]]:
    """Somebody with a visit of 「あとで確認」 open in its last minutes, what its forms send, and where it leads."""
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    site.clock.time = OVER - timedelta(minutes=3)
    browser = site.logged_in()
    page = browser.get("/pending/out").text
    sent = re.findall(r'<input type="hidden" name="(until|seen)" value="([^"]*)">', page)
    assert [name for name, _ in sent] == ["until", "seen"] * 3, "each of the three forms"
    leads = re.findall(r'href="(/fallback[^"]*for=out[^"]*)"', page)
    leads += re.findall(r'href="(/fallback/certificate[^"]*)"', browser.get(html.unescape(leads[0])).text)
    assert len(leads) == 2
    site.clock.time = OVER
    return browser, {name: html.unescape(value) for name, value in sent}, [html.unescape(one) for one in leads]


@pytest.mark.parametrize(("act", "data"), PENDING_ACTS)
@pytest.mark.parametrize("is_proven", [True, False])
def test_midnight_in_a_visit_to_confirm_later_gives_the_notice_and_keeps_the_note(
    pending_midnight: tuple[Browser, dict[str, str], list[str]], act: str, data: dict[str, str], is_proven: bool
) -> None:
    browser, sent, _ = pending_midnight
    page = browser.post(f"/pending/out/{act}", {**data, **(sent if is_proven else {})})
    assert page.status_code == 404
    assert GONE in page.text
    assert ('value="電話で &lt;確認&gt; した" readonly' in page.text) == ("note" in data)


def test_pages_of_a_visit_to_confirm_later_say_that_it_is_gone(
    site: Site, pending_midnight: tuple[Browser, dict[str, str], list[str]]
) -> None:
    browser, _, leads = pending_midnight
    for address in ("/pending/out", *leads):
        page = browser.get(address)
        assert (page.status_code, GONE in page.text) == (404, True), address


def test_for_who_never_opened_the_visit_it_was_never_there(
    site: Site, pending_midnight: tuple[Browser, dict[str, str], list[str]]
) -> None:
    _, sent, leads = pending_midnight
    stranger = site.logged_in()
    for act, data in PENDING_ACTS:
        answers = [stranger.post(f"/pending/{one}/{act}", {**data, **sent}) for one in ("out", "never")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text == answers[1].text
    for address in ("/pending/out", *leads):
        page = stranger.get(address)
        assert (page.status_code, GONE in page.text) == (404, False)


def test_whoever_was_not_reading_gets_what_an_unknown_record_gives(
    site: Site, midnight: tuple[Browser, dict[str, str], str]
) -> None:
    _, sent, print_link = midnight
    stranger = site.logged_in()
    for act, data in ACTS:
        answers = [
            stranger.post(f"/checks/{check_id}/{act}", {**data, **sent}, htmx=True) for check_id in ("a", "never")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text == answers[1].text
    for address in (print_link, "/checks/a"):
        page = stranger.get(address)
        assert page.status_code == 404
        assert GONE not in page.text


def test_for_everybody_else_a_record_that_is_over_was_never_there(site: Site) -> None:
    site.keeper.record(accepted("was-there"))
    site.clock.time = OVER - timedelta(minutes=3)
    reader, stranger = site.logged_in(), site.logged_in()
    address = panel_address(reader, "was-there")
    site.clock.time = OVER
    shown: dict[tuple[str, bool], set[str]] = {}
    for check_id in ("was-there", "never-was"):
        for query in ("", "?until=2026-12-31T23:59:59%2B09:00&seen=" + "0" * 64, "?until=x&seen=%E3%81%82"):
            for htmx in (True, False):
                answer = stranger.get(f"/checks/{check_id}/panel{query}", htmx=htmx)
                assert answer.status_code == 404
                shown.setdefault((query, htmx), set()).add(answer.text.replace(check_id, "ID"))
    assert all(len(texts) == 1 for texts in shown.values())
    assert stranger.get(address, htmx=True).status_code == 404, "another session's proof is none"
    assert reader.get(address.replace("/checks/was-there/", "/checks/never-was/"), htmx=True).status_code == 404


def test_a_proof_shows_nothing_before_its_time(site: Site) -> None:
    site.keeper.record(accepted("a"))
    browser = site.logged_in()
    address = panel_address(browser, "a")
    with site.store.writing() as db:
        db.execute("DELETE FROM checks")
    assert browser.get(address, htmx=True).status_code == 404


def test_the_board_says_when_the_clock_is_doubted(site: Site) -> None:
    browser = site.logged_in()
    assert "時計が確かめられない" not in browser.get("/").text
    site.witness.synchronised = False
    site.housekeeper.round()
    page = browser.get("/").text
    assert "時計が確かめられないため、古い記録の消去を止めています" in page
    panel = browser.get("/keeping-panel", htmx=True).text
    assert panel.lstrip().startswith('<div id="keeping-panel"')
    assert "自動で再開します" in panel
    site.witness.synchronised = True
    site.housekeeper.round()
    assert "時計が確かめられない" not in browser.get("/keeping-panel", htmx=True).text
    assert browser.get("/keeping-panel").status_code == 303


def news(browser: Browser) -> list[tuple[str, str]]:
    """Key and sentence of every banner that is said once."""
    panel = browser.get("/keeping-panel", htmx=True).text
    found = re.findall(r'data-key="([^"]+)" data-announce="([^"]+)"', panel)
    assert len(found) == panel.count("<section")
    return found


def test_a_new_banner_is_told_to_who_does_not_see_it_and_only_once(site: Site) -> None:
    site.housekeeper.round()
    browser = site.logged_in()
    assert news(browser) == []
    seen = []
    for hour in (1, 3):
        site.witness.synchronised = False
        for minutes in (0, 20):
            site.clock.time = MORNING + timedelta(hours=hour, minutes=minutes)
            site.housekeeper.round()
            [(key, sentence)] = news(site.logged_in())
            assert sentence == "時計が確かめられないため、古い記録の消去を止めています"
            seen.append(key)
        site.witness.synchronised = True
        site.clock.time += timedelta(minutes=20)
        site.housekeeper.round()
    assert seen[0] == seen[1] != seen[2] == seen[3], "each doubt is news of its own"
    with site.store.writing() as db:
        note(db, Note.MOVED_ASIDE, MORNING.isoformat())
        note(db, Note.BACKUP_FAILED, site.clock.time.isoformat())
        note(db, Note.LAST_BACKUP, (MORNING - timedelta(days=9)).isoformat())
    assert [sentence for _, sentence in news(site.logged_in())] == [
        "記録のファイルがこわれていました。読める控えがありません",
        "記録の控えを作れていません",
    ]


def test_the_board_says_that_a_damaged_file_was_moved_aside(site: Site) -> None:
    with site.store.writing() as db:
        note(db, Note.MOVED_ASIDE, MORNING.isoformat())
        note(db, Note.DAMAGE_BACKUPS, MORNING.isoformat())
    owner = site.logged_in()
    page = owner.get("/").text
    assert "記録のファイルがこわれていました。控え（11月24日 9:00）から戻せます" in page
    assert "./uketsuke restore --latest" in page
    viewer = site.logged_in(add_staff(site.store, "試験 見る人", PASSPHRASE, MORNING, Role.VIEWER))
    assert "戻さずに" not in viewer.get("/").text
    assert viewer.post("/settings/keeping/notice-seen").status_code == 403
    assert owner.post("/settings/keeping/notice-seen").status_code == 303
    assert "こわれていました" not in owner.get("/").text


def test_a_backup_that_does_not_exist_is_not_promised(site: Site) -> None:
    with site.store.writing() as db:
        note(db, Note.MOVED_ASIDE, MORNING.isoformat())
    page = site.logged_in().get("/").text
    assert "記録のファイルがこわれていました。読める控えがありません" in page
    assert "から戻せます" not in page
    assert "restore --latest" not in page
    with site.store.writing() as db:
        note(db, Note.DAMAGE_BACKUPS, MORNING.isoformat())
    site.clock.time = OVER
    assert "読める控えがありません" in site.logged_in().get("/").text, "a backup ends with its records"


def test_the_owner_purges_and_backs_up_by_hand(site: Site) -> None:
    site.keeper.record(accepted("a"))
    site.housekeeper.look_at_clock()
    site.clock.time = OVER
    browser = site.logged_in()
    assert "1件" in browser.get("/settings/keeping").text
    site.witness.boot_s = (OVER - MORNING).total_seconds()
    done = browser.post("/settings/keeping/purge")
    assert done.status_code == 303
    page = browser.get(done.headers["Location"]).text
    assert "期限の過ぎた記録を消しました" in page
    assert "0件" in page
    done = browser.post("/settings/keeping/backup")
    page = browser.get(done.headers["Location"]).text
    assert "控えを作りました" in page
    assert "uketsuke-20270101T000000.db" in page
    with site.store.reading() as db:
        rows = db.execute("SELECT actor, action FROM audit WHERE action IN ('purged', 'backup_made')").fetchall()
    assert rows == [("試験 花子", "purged"), ("試験 花子", "backup_made")]


def test_a_purge_by_hand_is_refused_on_a_doubtful_clock(site: Site) -> None:
    site.keeper.record(accepted("a"))
    site.housekeeper.look_at_clock()
    site.witness.synchronised = None
    browser = site.logged_in()
    answer = browser.post("/settings/keeping/purge", htmx=True)
    assert answer.status_code == 409
    assert "時計が確かめられないため、古い記録の消去を止めています" in answer.text


@pytest.mark.parametrize("role", [Role.STAFF, Role.VIEWER])
def test_only_the_owner_keeps_records(site: Site, role: Role) -> None:
    browser = site.logged_in(add_staff(site.store, "試験 別の人", PASSPHRASE, MORNING, role))
    assert browser.get("/settings/keeping").status_code == 403
    for act in ("purge", "backup", "notice-seen"):
        assert browser.post(f"/settings/keeping/{act}").status_code == 403
