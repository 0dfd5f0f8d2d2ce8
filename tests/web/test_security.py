"""Requirements of SECURITY.md that belong to all staff pages at once: log-in, ids, forms, headers, errors."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.eligibility.ports import Outcome
from app.web.security import CSP, HEADERS
from tests.store.support import accepted, waiting
from tests.web.staff_site import NAME, ORIGIN, PASSPHRASE, Browser, Site

ROOT = Path(__file__).resolve().parents[2]
CHECK = "0123456789abcdef0123456789abcdef"
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
CLOSED_FEATURES = (
    "accelerometer browsing-topics camera compute-pressure display-capture encrypted-media fullscreen gamepad "
    "geolocation gyroscope hid identity-credentials-get idle-detection keyboard-map local-fonts magnetometer "
    "microphone midi otp-credentials payment picture-in-picture publickey-credentials-create "
    "publickey-credentials-get screen-wake-lock serial speaker-selection storage-access sync-xhr usb "
    "window-management xr-spatial-tracking"
)
TEMPLATES = sorted((ROOT / "app/web/templates").rglob("*.html"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("clinic"), practice=False)
    made.keeper.record(accepted(CHECK))
    yield made
    made.store.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    site.clock.move(61)  # no limit is spent by another test
    return site.logged_in()


def everything(site: Site) -> dict[str, list[object]]:
    """All that is stored but when sessions were last used, and what the search index makes of it."""
    with site.store.reading() as db:
        names = [name for name in db.table_names() if not name.startswith(("search", "staff_sessions", "sqlite_"))]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 our own names


def routes(site: Site, method: str) -> list[str]:
    """A path of every route of one method; ids are those of a check that is there."""
    found = []
    for rule in site.app.url_map.iter_rules():
        if method in (rule.methods or set()) and rule.endpoint != "static":
            path = rule.rule.replace("<way>", "certificate").replace("<int:staff_id>", "1")
            found.append(re.sub(r"<[^>]+>", CHECK, path))
    return found


# SEC-05


def test_a_thousand_wrong_log_ins_keep_nobody_elsewhere_out(site: Site) -> None:
    attacker = site.browser("192.0.2.66")
    attacker.get("/login")
    token = re.search(r'name="csrf" value="(\w+)"', attacker.get("/login").text)
    assert token is not None
    attacker.token = token[1]
    counts: dict[int, int] = {}
    for number in range(1_000):
        name = NAME if number % 2 else f"架空 {number % 40}"
        status = attacker.post("/login", {"name": name, "passphrase": "まちがった 合言葉 です"}).status_code
        counts[status] = counts.get(status, 0) + 1
        if number % 200 == 0:
            site.clock.move(1)
    assert counts.keys() == {422, 429}
    assert counts[422] < 40, "few of them were even looked at"
    assert site.browser("192.0.2.10").log_in().headers["Location"] == "/"
    site.clock.move(900)
    assert attacker.post("/login", {"name": NAME, "passphrase": PASSPHRASE}).status_code == 303


# SEC-11


def test_a_guessed_id_looks_like_one_that_never_was(site: Site, browser: Browser) -> None:
    guesses = [secrets.token_hex(16) for _ in range(20)]
    guesses += [CHECK[:-1] + sign for sign in "0123456789abcde"]
    guesses += [CHECK.upper(), CHECK[:8], CHECK + "0", "%", "' OR 1"]
    unknown = browser.get(f"/checks/{'f' * 32}")
    for guess in guesses:
        site.clock.move(3)
        for path in (f"/checks/{guess}", f"/checks/{guess}/print", f"/checks/{guess}/panel"):
            answer = browser.get(path)
            assert (answer.status_code, answer.text) == (404, unknown.text), path
        assert browser.post(f"/checks/{guess}/copied", {"field": "all"}).status_code == 404
    assert browser.get(f"/checks/{CHECK}").status_code == 200


# SEC-12


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://uketsuke.local"},
    ],
)
def test_a_form_of_another_site_changes_nothing_anywhere(site: Site, browser: Browser, headers: dict[str, str]) -> None:
    before = everything(site)
    for path in routes(site, "POST"):
        # Even with the token, which no other site can know.
        answer = browser.post(path, {"csrf": browser.token, "version": "1"}, headers={"X-CSRF-Token": "", **headers})
        assert answer.status_code == 403, path
    assert everything(site) == before


def test_nothing_changes_by_an_address(site: Site, browser: Browser) -> None:
    reads = set(routes(site, "GET"))
    for path in set(routes(site, "POST")) - reads:
        assert browser.get(path).status_code in (404, 405), path


# SEC-13


def test_templates_put_nothing_of_a_person_into_an_address() -> None:
    assert len(TEMPLATES) > 30
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        assert not re.search(r"hx-(delete|put|patch|push-url|replace-url|vals|params)\b", text), path.name
        for arguments in re.findall(r"url_for\(([^)]*)\)", text):
            assert not re.search(r"\b(name|kana|born|birth\w*|symbol|number|insurer\w*|words|text|q)\s*=", arguments), (
                f"{path.name}: {arguments}"
            )
        for form in re.findall(r"<form\b[^>]*>", text) if path.parent.name == "staff" else ():
            assert 'method="post"' in form or path.name in ("audit.html", "numbers.html"), f"{path.name}: {form}"


def test_no_answer_leads_to_an_address_with_something_typed(browser: Browser) -> None:
    for path, data in (
        ("/search", {"q": "試験 花子"}),
        ("/search/page", {"q": "試験 花子"}),
        ("/fallback/certificate", {"entry": "ab" * 16, "name": "試験　花子"}),
    ):
        answer = browser.post(path, data)
        for name in ("Location", "HX-Redirect", "HX-Push-Url", "Content-Location", "Set-Cookie"):
            assert "%E8%A9%A6" not in answer.headers.get(name, "")
            assert "試験" not in answer.headers.get(name, "")


# SEC-14, SEC-16, SEC-18


def test_every_answer_has_exactly_these_headers(site: Site, browser: Browser) -> None:
    assert CSP == POLICY
    for path in [*routes(site, "GET"), "/nowhere", "/static/css/base.css", "/static/nothing"]:
        for asks in (browser.get(path), browser.get(path, htmx=True)):
            for name, value in HEADERS.items():
                assert asks.headers.getlist(name) == [value], path
            assert asks.headers["Content-Security-Policy"] == POLICY
            assert asks.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert asks.headers["Cache-Control"] == ("no-cache" if path == "/static/css/base.css" else "no-store"), path
            assert "Server" not in asks.headers
            asks.close()


def test_no_feature_of_the_browser_is_open() -> None:
    assert HEADERS["Permissions-Policy"] == ", ".join(f"{feature}=()" for feature in CLOSED_FEATURES.split())
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Referrer-Policy"] == "no-referrer"
    assert HEADERS["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_page_out_of_the_back_forward_cache_hides_and_loads_anew() -> None:
    live = (ROOT / "static/js/live.js").read_text("utf-8")
    assert re.search(r'"pageshow".*?event\.persisted.*?body\.hidden = true;\s+location\.reload\(\)', live, re.DOTALL)
    assert live.index('"pageshow"') < live.index("body.dataset.events"), "on pages without a stream too"
    kiosk = (ROOT / "static/js/kiosk.js").read_text("utf-8")
    assert re.search(r"event\.persisted\) window\.location\.reload\(\)", kiosk)


# SEC-15


@pytest.mark.parametrize("page", ["staff/base.html", "kiosk/page.html"])
def test_htmx_may_neither_eval_nor_insert_scripts_or_styles_nor_keep_history(page: str) -> None:
    import json

    text = (ROOT / "app/web/templates" / page).read_text("utf-8")
    found = re.search(r"<meta name=\"htmx-config\" content='([^']+)'>", text)
    assert found is not None
    config = json.loads(found[1])
    for name in ("allowEval", "allowScriptTags", "includeIndicatorStyles", "historyEnabled"):
        assert config[name] is False, name
    assert config["historyCacheSize"] == 0
    assert config["selfRequestsOnly"] is True
    assert config["timeout"] <= 15_000


def test_templates_use_nothing_of_htmx_that_is_evaluated() -> None:
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        assert not re.search(r"hx-on|hx-ext|\bjs:|javascript:|hx-(vars|vals|history|boost)\b", text), path.name
        for trigger in re.findall(r'hx-trigger="([^"]*)"', text):
            assert "[" not in trigger, path.name
        for script in re.findall(r"<script\b[^>]*>", text):
            assert " src=" in script, path.name


def test_the_vendored_htmx_is_the_file_that_was_reviewed() -> None:
    (file,) = (ROOT / "static/js").glob("htmx-*.js")
    assert file.name == "htmx-2.0.11.min.js"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == HTMX_SHA256


# SEC-41, SEC-42


def test_a_bug_anywhere_is_one_page_without_a_word_of_it(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("試験　花子 0612345 /srv/secret.py")

    monkeypatch.setattr("app.web.staff.check.one_check", broken)
    monkeypatch.setattr("app.web.staff.search.find_checks", broken)
    monkeypatch.setattr("app.web.staff.pending.candidates", broken)
    monkeypatch.setattr("app.web.staff.audit.read_audit", broken)
    site.keeper.record(waiting("out", Outcome.COUNTER, reason="gateway.timeout"))
    answers = [browser.get(f"/checks/{CHECK}"), browser.post("/search", {"q": "試験"}), browser.get("/audit")]
    answers += [browser.get("/pending/out"), browser.post("/pending/out/find", {"q": "試験"})]
    for answer in [*answers, browser.get(f"/checks/{CHECK}/panel", htmx=True)]:
        assert answer.status_code == 500
        for word in ("試験　花子", "0612345", "secret.py", "Traceback", "RuntimeError"):
            assert word not in answer.text
    assert "web.bug type=RuntimeError" in caplog.text
    assert "試験　花子" not in caplog.text


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_methods_that_no_page_uses_are_refused(site: Site, browser: Browser, method: str) -> None:
    for path in ("/", "/login", f"/checks/{CHECK}", "/static/css/base.css"):
        answer = browser.client.open(path, method=method, base_url=ORIGIN, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code in (403, 405), f"{method} {path}"
        assert PASSPHRASE not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/js", "/static/../app/config.py", "/static/%2e%2e/README.md", "/metrics", "/docs", "/console",
     "/.git/config", "/api"],
)  # fmt: skip
def test_nothing_else_is_served(site: Site, browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404
    assert not site.app.debug
    assert not site.app.testing
