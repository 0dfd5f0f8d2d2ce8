"""Nothing of the staff site is open by accident: routes, methods, origins, hosts, headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.store.people import add_staff
from app.store.sessions import session_staff
from app.web.staff.roles import Role, declared_role
from tests.store.support import MORNING, accepted
from tests.web.staff_site import NAME, ORIGIN, PASSPHRASE, Site

OPEN = {
    "static",
    "staff.login_page",
    "staff.login",
    "staff.code_page",
    "staff.code",
    "staff.logout",
    "staff.lock_page",
    "staff.unlock",
    "staff.first_owner_page",
    "staff.first_owner",
    "staff.voice_earcon",
    "staff.voice_notice",
}
"""Everything else needs a session. A name here is open to the whole clinic net."""

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.keeper.record(accepted())
    return site


def paths(site: Site) -> list[tuple[str, str, str]]:
    """(method, path, endpoint) of every route."""
    found = []
    for rule in site.app.url_map.iter_rules():
        path = re.sub(r"<path:[^>]+>", "css/base.css", rule.rule)
        path = re.sub(r"<int:[^>]+>", "2", path)
        path = re.sub(r"<[^>]+>", "check-a", path)
        found += [
            (method, path, rule.endpoint) for method in (rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}
        ]
    return found


def test_every_route_is_closed_unless_it_is_listed_as_open(site: Site) -> None:
    seen = set()
    for method, path, endpoint in paths(site):
        seen.add(endpoint)
        if declared_role(site.app, endpoint) is None:
            continue
        browser = site.browser()
        browser.get("/login")
        answer = browser.get(path) if method == "GET" else browser.post(path, {"version": "1"})
        assert answer.status_code in (303, 401), f"{method} {path}"
        assert "試験" not in answer.text
        fragment = browser.get(path, htmx=True) if method == "GET" else browser.post(path, htmx=True)
        assert fragment.status_code == 401
        assert fragment.headers["HX-Redirect"] == "/login"
        assert fragment.text == ""
    assert {name for name in seen if declared_role(site.app, name) is None} == OPEN
    assert {"staff.board", "staff.board_panel", "staff.calls_panel", "staff.check", "staff.handled"} <= seen


def test_a_route_that_declares_no_role_is_closed_to_everybody(site: Site) -> None:
    site.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    with pytest.raises(LookupError):
        declared_role(site.app, "forgotten")
    for browser in (site.browser(), site.logged_in()):
        answer = browser.get("/forgotten")
        assert answer.status_code == 500
        assert "secret" not in answer.text


def test_each_role_reaches_exactly_what_its_routes_declare(site: Site) -> None:
    for role in Role:
        member = add_staff(site.store, f"架空 {role}", PASSPHRASE, MORNING, role)
        browser = site.logged_in(member)
        for method, path, endpoint in paths(site):
            needed = declared_role(site.app, endpoint)
            if needed is None:
                continue
            if session_staff(site.store, browser.session_token(), site.clock.now()) is None:
                browser = site.logged_in(member)  # the route before this one logged out, locked or ended it
            answer = browser.get(path) if method == "GET" else browser.post(path, {"version": "1"})
            is_refused = answer.status_code == 403 and "権限がありません" in answer.text
            assert is_refused != role.covers(needed), f"{role} {method} {path}: {answer.status_code}"
            if is_refused:
                assert "試験　花子" not in answer.text


def test_an_unknown_address_tells_a_stranger_nothing(site: Site) -> None:
    answer = site.browser().get("/checks")
    assert answer.status_code == 404
    assert "ログアウト" not in answer.text
    assert "このページはありません" in answer.text


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": ""}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": ""}, True),
        ({"Sec-Fetch-Site": "", "Origin": ""}, False),
        ({"Sec-Fetch-Site": "", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://uketsuke.local:8443"}, False),
        ({"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, False),
        ({"X-CSRF-Token": ""}, False),
        ({"X-CSRF-Token": "0" * 64}, False),
        ({"X-CSRF-Token": "\u00ff"}, False),
    ],
)
def test_a_post_needs_our_own_page(site: Site, headers: dict[str, str], allowed: bool) -> None:
    browser = site.logged_in()
    answer = browser.post("/logout", headers=headers)
    assert answer.status_code == (303 if allowed else 403)
    assert (browser.get("/").status_code == 303) is allowed


def test_the_token_of_one_session_does_not_serve_another(site: Site) -> None:
    first, second = site.logged_in(), site.logged_in()
    assert first.token != second.token
    second.token = first.token
    assert second.post("/logout").status_code == 403


def test_a_form_without_scripts_carries_the_token_in_a_field(site: Site) -> None:
    browser = site.logged_in()
    token = browser.token
    assert browser.post("/logout", {"csrf": token}, headers={"X-CSRF-Token": ""}).status_code == 303


def test_another_host_is_refused(site: Site) -> None:
    browser = site.logged_in()
    for host in ("evil.example", "uketsuke.local", "127.0.0.1:8443", "uketsuke.local:443"):
        assert browser.get("/", Host=host).status_code == 400


@pytest.mark.parametrize(
    "path", ["/", "/login", "/nowhere", "/checks/check-a", "/checks/nobody", "/board-panel", "/session"]
)
def test_every_answer_is_closed_by_headers(site: Site, path: str) -> None:
    answer = site.logged_in().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers, "this is practice, and its host is localhost"
    assert "HX-Request" in answer.headers["Vary"]
    assert "Server" not in answer.headers
    if answer.data:
        assert answer.content_type == "text/html; charset=utf-8"


def test_a_large_body_is_refused_before_it_is_read(site: Site) -> None:
    browser = site.logged_in()
    assert browser.post("/login", {"name": NAME, "passphrase": PASSPHRASE * 3_000}).status_code == 413


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "1" * 12, "1e3"])
def test_a_version_that_is_no_number_is_refused(site: Site, version: str) -> None:
    assert site.logged_in().post("/checks/check-a/handled", {"version": version}).status_code == 403


def test_pages_hold_no_inline_code_and_no_foreign_address(site: Site) -> None:
    browser, stranger = site.logged_in(), site.browser()
    for visitor, path in ((browser, "/"), (stranger, "/login"), (browser, "/checks/check-a"), (browser, "/nowhere")):
        page = visitor.get(path).text
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:|hx-on|js:", page)
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
        assert re.search(r'<html lang="ja" translate="no"', page)
        assert '<meta name="google" content="notranslate">' in page


def test_templates_do_not_switch_escaping_off() -> None:
    for path in (ROOT / "app/web/templates/staff").glob("*"):
        assert path.suffix == ".html", "other endings are not escaped"
        assert not re.search(r"\|\s*safe|autoescape|Markup|hx-on|\bjs:", path.read_text("utf-8")), path.name


def test_the_origin_of_these_tests_is_the_settings_one(site: Site) -> None:
    assert site.settings.staff_origin == ORIGIN


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/checks/never", 404), ("/settings/people", 403), ("/fallback/nothing", 403)]
)
def test_an_error_keeps_the_way_to_the_other_pages_for_whoever_is_logged_in(site: Site, path: str, status: int) -> None:
    viewer = site.logged_in(add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER))
    page = viewer.get(path)
    assert page.status_code == status
    assert 'id="find"' in page.text
    assert "見る 人" in page.text
    assert '<nav class="pages"' in page.text
    stranger = site.browser().get(path)
    assert 'id="find"' not in stranger.text
    assert "見る 人" not in stranger.text
