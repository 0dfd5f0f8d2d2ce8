"""文字だけの画面: everything that board, 資格情報 and search say, without any script, by links and forms alone."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.eligibility.audit import AuditAction, AuditEntry
from app.eligibility.model import Validity
from app.eligibility.ports import Outcome
from app.eligibility.visual import VisualRequest
from app.speech.kanji import explain_name
from app.store.audit_read import AuditFilter, read_audit
from app.store.board import check_detail
from app.store.people import add_staff
from app.store.visual import StoreVisualDesk, open_requests
from app.web.staff.roles import Role, declared_role
from tests.store.support import KIOSK, MORNING, accepted, answer, person, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site

SIBLINGS = {
    "staff.plain_board": "staff.board",
    "staff.plain_check": "staff.check",
    "staff.plain_copied": "staff.copied",
    "staff.plain_handled": "staff.handled",
    "staff.plain_taken": "staff.taken",
    "staff.plain_released": "staff.released",
    "staff.plain_answered": "staff.answered",
    "staff.plain_visual_confirmed": "staff.visual_confirmed",
    "staff.plain_visual_refused": "staff.visual_refused",
    "staff.plain_search_page": "staff.search_page",
    "staff.plain_search": "staff.search",
    "staff.plain_search_turn": "staff.search_turn",
    "staff.plain_search_new": "staff.search_new",
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    lost = answer(person(2), validity=Validity.INVALID)
    site.keeper.record(accepted())
    site.keeper.record(waiting("locked"))
    site.keeper.record(accepted("lost", outcome=Outcome.COUNTER, reason="check.not_valid", result=lost))
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    site.keeper.call_staff(KIOSK, "pin", MORNING)
    return site


def token_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def send(browser: Browser, path: str, **fields: str) -> TestResponse:
    """Send a form as a browser without scripts does: the token in a field, no header."""
    page = browser.get("/plain").text
    return browser.post(path, {"csrf": token_of(page), **fields}, headers={"X-CSRF-Token": ""})


def words_of(page: str) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", page))


def headings(page: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h([1-6])", page)]


def test_each_plain_address_is_its_siblings_view_and_wants_the_same_role(site: Site) -> None:
    views = site.app.view_functions
    plain = {rule.endpoint for rule in site.app.url_map.iter_rules() if rule.rule.startswith("/plain")}
    assert plain == SIBLINGS.keys()
    for endpoint, sibling in SIBLINGS.items():
        assert views[endpoint] is views[sibling]
        assert declared_role(site.app, endpoint) is declared_role(site.app, sibling)
        addresses = {name: [r.rule for r in site.app.url_map.iter_rules(name)] for name in (endpoint, sibling)}
        assert addresses[endpoint] == ["/plain" + addresses[sibling][0].rstrip("/")]


@pytest.mark.parametrize("path", ["/plain", "/plain?show=waiting", "/plain/checks/check-a", "/plain/search"])
def test_a_plain_page_has_no_script_and_its_headings_step_down_one_by_one(site: Site, path: str) -> None:
    page = site.logged_in().get(path).text
    assert not re.search(r"<script|hx-|\son\w+=|style=|aria-live|role=\"(status|alert)\"", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
    levels = headings(page)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert '<html lang="ja" translate="no"' in page
    balanced(page)


def balanced(page: str) -> None:
    """Every element that is opened is closed in its order: no browser has to guess."""
    void = {"meta", "link", "input", "br", "img"}

    class Stack(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in void:
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    parser = Stack()
    parser.feed(page)
    assert parser.open == []


def test_the_plain_board_says_what_the_board_says(site: Site) -> None:
    page = site.logged_in().get("/plain").text
    words = words_of(page)
    for part in (
        "4件、対応待ち3件、呼び出し1件、目視確認0件",
        f"{KIOSK} 9:00から。画面：暗証番号を入れてください",
        "受付番号1 シケン　ハナコ1 資格(有効)",
        "1 シケン ハナコ ユーコー 3ワリ",
        "受付番号3 シケン　ハナコ2 資格(無効)",
        "2 ロック",
        "4 ツナガラズ",
        "照会先の返事が時間内に届きませんでした",
    ):
        assert part in words, part
    assert page.count(">担当する<") == page.count(">対応済み<") == 3


def test_every_form_of_the_plain_board_comes_back_to_it_by_303(site: Site) -> None:
    browser = site.logged_in()
    call = re.search(r'action="(/plain/calls/\w+/answered)"', browser.get("/plain").text)
    assert call is not None
    for path, fields in (
        ("/plain/checks/locked/taken", {"version": "1"}),
        ("/plain/checks/locked/released", {"version": "2"}),
        ("/plain/checks/locked/handled", {"version": "1"}),
        (call[1], {}),
    ):
        fields = {name: version_in(browser, "locked") for name in fields}
        done = send(browser, path, **fields)
        assert (done.status_code, done.headers["Location"]) == (303, "/plain"), path
    assert "対応済み（試験 花子" in words_of(browser.get("/plain").text)
    assert "係員を呼んでいます" not in browser.get("/plain").text
    actions = [entry.action for entry in read_actions(site)]
    assert {AuditAction.HANDLED, AuditAction.ANSWERED} <= set(actions)


def version_in(browser: Browser, check_id: str) -> str:
    form = re.search(
        rf'/plain/checks/{check_id}/handled".*?name="version" value="(\d+)"', browser.get("/plain").text, re.S
    )
    assert form is not None
    return form[1]


def read_actions(site: Site) -> list[AuditEntry]:
    """Newest first."""
    return read_audit(site.store, AuditFilter(), None, 50)


def test_a_request_for_visual_confirmation_is_answered_without_scripts(site: Site) -> None:
    desk = StoreVisualDesk(site.store, site.desk.wake)
    browser = site.logged_in()
    for path, word in (("confirmed", True), ("refused", False)):
        desk.open_request(VisualRequest(f"request-{path}", "locked", KIOSK, 1, MORNING))
        assert "目視確認を待っています" in browser.get("/plain").text
        done = send(browser, f"/plain/visual/request-{path}/{path}")
        assert (done.status_code, done.headers["Location"]) == (303, "/plain")
        decision = desk.decision_on(f"request-{path}")
        assert decision is not None
        assert decision.is_confirmed is word
        assert open_requests(site.store) == []


def test_a_plain_sheet_is_noted_as_seen_and_explains_the_kanji(site: Site) -> None:
    browser = site.logged_in()
    before = len(read_actions(site))
    explained = [phrase.text for phrase in explain_name("試験　花子1")]
    words = words_of(browser.get("/plain/checks/check-a").text)
    assert read_actions(site)[0].action == AuditAction.VIEWED
    assert len(read_actions(site)) == before + 1
    for part in ("氏名カナ シケン　ハナコ1", "保険者番号：06480012", "負担割合", "漢字の説明", *explained):
        assert part in words, part
    assert "この資格" not in words
    lost = words_of(browser.get("/plain/checks/lost").text)
    assert "番号は参考で、請求には使えません" in lost
    assert "06480012（参考）" in lost


def test_the_text_of_a_plain_sheet_can_be_copied_and_that_is_noted(site: Site) -> None:
    browser = site.logged_in()
    given = send(browser, "/plain/checks/check-a/copied", field="all")
    assert given.status_code == 200
    assert '<textarea id="copied-text"' in given.text
    assert "<script" not in given.text
    assert read_actions(site)[0].action == AuditAction.COPIED


def test_a_plain_search_goes_by_303_and_keeps_what_was_typed_out_of_the_address(site: Site) -> None:
    browser = site.logged_in()
    done = send(browser, "/plain/search", q="しけん はなこ")
    assert (done.status_code, done.headers["Location"]) == (303, "/plain/search")
    page = browser.get("/plain/search").text
    assert "検索結果 2件" in page
    assert page.count('<h3><a href="/plain/checks/') == 2
    assert read_actions(site)[0].action == AuditAction.SEARCHED
    wrong = send(browser, "/plain/search", q="")
    assert wrong.status_code == 422
    assert "<title>まちがい：" in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    assert "<script" not in wrong.text
    assert send(browser, "/plain/search/new").headers["Location"] == "/plain/search"
    assert "検索結果" not in browser.get("/plain/search").text
    turned = send(browser, "/plain/search/page", q="しけん", trail="")
    assert turned.headers["Location"] == "/plain/search"


def test_a_viewer_sees_plain_pages_and_may_change_nothing(site: Site) -> None:
    viewer = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    page = viewer.get("/plain").text
    assert "担当する" not in page
    assert "対応しました" not in page
    assert "すべてコピー" not in viewer.get("/plain/checks/check-a").text
    assert send(viewer, "/plain/checks/locked/handled", version="1").status_code == 403
    assert check_detail(site.store, "locked", MORNING).handled_at is None


def test_a_plain_page_loads_itself_again_only_when_asked_and_that_is_no_persons_doing(site: Site) -> None:
    browser = site.logged_in()
    assert "http-equiv" not in browser.get("/plain").text
    asked = browser.get("/plain?refresh=60", **{"Sec-Fetch-User": "?1"}).text
    assert '<meta http-equiv="refresh" content="60">' in asked
    for _ in range(9):
        site.clock.move(60)
        assert browser.get("/plain?refresh=60").status_code == 200
    site.clock.move(61)
    locked = browser.get("/plain?refresh=60")
    assert (locked.status_code, locked.headers["Location"]) == (303, "/lock?back=/plain")


def test_a_person_who_presses_refresh_keeps_the_screen_open(site: Site) -> None:
    browser = site.logged_in()
    for _ in range(12):
        site.clock.move(300)
        assert browser.get("/plain?refresh=60", **{"Sec-Fetch-User": "?1"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/plain/checks/nobody", 404), ("/plain/nothing", 404), ("/plain/checks/locked/handled", 405)]
)
def test_an_error_on_a_plain_page_is_plain_too_and_leads_back(site: Site, path: str, status: int) -> None:
    page = site.logged_in().get(path)
    assert page.status_code in (status, 403)
    assert "<script" not in page.text
    assert 'href="/plain"' in page.text


def test_the_board_the_sheet_and_the_device_page_lead_to_the_plain_ones(site: Site) -> None:
    browser = site.logged_in()
    for path, link in (("/", "/plain"), ("/checks/check-a", "/plain/checks/check-a"), ("/device", "/plain")):
        assert f'href="{link}"' in browser.get(path).text


def test_an_arrival_with_a_new_answer_shows_after_a_refresh(site: Site) -> None:
    browser = site.logged_in()
    site.keeper.record(replace(accepted("late"), result=answer(person(9, name="架空　次郎", name_kana="ｶｸｳ ｼﾞﾛｳ"))))
    page = words_of(browser.get("/plain").text)
    assert "受付番号5 カクウ　ジロウ 資格(有効)" in page
    assert "5 カクウ ジロウ ユーコー 3ワリ" in page
