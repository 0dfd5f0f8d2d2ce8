"""Log-in, log-out, cookies and the back-off."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app.web.staff.backoff import FREE_NAMES, FREE_TRIES, KEPT, BackOff, may_be_name
from tests.web.staff_site import NAME, PASSPHRASE, Site, SteadyClock

WRONG = "ちがう合言葉ですがとても長い"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_log_in_gives_a_closed_cookie_and_goes_to_the_board(site: Site) -> None:
    browser = site.browser()
    answer = browser.log_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookies = {text.split("=")[0]: text for text in answer.headers.getlist("Set-Cookie")}
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookies["__Host-uketsuke"].split("; ")
    assert "Domain" not in cookies["__Host-uketsuke"]
    assert "本日の受付" in browser.get("/").text


def test_every_log_in_makes_a_new_session_and_ends_the_old_one(site: Site) -> None:
    browser = site.logged_in()
    first = browser.session_token()
    assert browser.get("/login").status_code == 303
    browser.post("/login", {"name": NAME, "passphrase": PASSPHRASE})
    assert len(first) >= 43
    assert browser.session_token() not in ("", first)
    assert site.closed == [first]
    stolen = site.browser()
    stolen.client.set_cookie("__Host-uketsuke", first, domain="uketsuke.local")
    assert stolen.get("/").status_code == 303


def test_unknown_name_and_wrong_passphrase_look_the_same(site: Site) -> None:
    pages = [site.browser().log_in(name, WRONG) for name in (NAME, "架空 太郎")]
    assert [page.status_code for page in pages] == [422, 422]
    texts = [page.text.replace(NAME, "").replace("架空 太郎", "") for page in pages]
    tokens = [line for text in texts for line in text.splitlines() if "csrf" not in line.lower()]
    assert tokens[: len(tokens) // 2] == tokens[len(tokens) // 2 :]
    assert "名前か合言葉がちがいます" in pages[0].text
    assert WRONG not in pages[0].text


def test_the_form_lets_browsers_fill_and_paste_and_says_what_is_missing(site: Site) -> None:
    browser = site.browser()
    page = browser.get("/login").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "onpaste" not in page
    answer = browser.post("/login", {"name": " ", "passphrase": ""})
    assert answer.status_code == 422
    assert "名前を入れてください" in answer.text
    assert "合言葉を入れてください" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


def test_the_log_in_form_needs_its_own_token(site: Site) -> None:
    browser = site.browser()
    assert browser.post("/login", {"name": NAME, "passphrase": PASSPHRASE}).status_code == 403
    browser.get("/login")
    foreign = site.browser()
    foreign.get("/login")
    foreign.token = browser.token
    assert foreign.post("/login", {"name": NAME, "passphrase": PASSPHRASE}).status_code == 403
    assert browser.post("/login", {"name": NAME, "passphrase": PASSPHRASE}).status_code == 303


def test_log_out_ends_the_session_its_streams_and_the_browsers_stores(site: Site) -> None:
    browser = site.logged_in()
    token = browser.session_token()
    answer = browser.post("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert site.closed == [token]
    assert browser.session_token() == ""
    browser.client.set_cookie("__Host-uketsuke", token, domain="uketsuke.local")
    assert browser.get("/").headers["Location"] == "/login"
    assert browser.get("/session").status_code == 401
    assert browser.get("/logout").status_code == 405


def test_three_wrong_tries_are_free_then_each_doubles_the_wait(site: Site) -> None:
    browser = site.browser()
    waits = []
    for _ in range(12):
        answer = browser.log_in(passphrase=WRONG)
        while answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            assert f"あと{waits[-1]}秒" in answer.text
            site.clock.move(waits[-1])
            answer = browser.log_in(passphrase=WRONG)
        assert answer.status_code == 422
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_right_passphrase_during_the_wait_is_not_even_looked_at(site: Site) -> None:
    browser = site.browser()
    for _ in range(FREE_TRIES):
        browser.log_in(passphrase=WRONG)
    assert browser.log_in().status_code == 429
    site.clock.move(1)
    assert browser.log_in().status_code == 303


def test_one_persons_failures_never_lengthen_anothers_wait() -> None:
    clock = SteadyClock()
    back_off = BackOff(clock)
    for _ in range(1_000):
        back_off.begin("試験 花子", "192.0.2.10")
        clock.move(0.5)
    assert back_off.begin("試験 花子", "192.0.2.10") > 0
    assert back_off.begin("架空 太郎", "192.0.2.10") == 0, "a colleague at the same computer"
    assert back_off.begin("試験 花子", "192.0.2.11") == 0, "the same person at another computer"


@pytest.mark.parametrize("blanks", [" ", " " * 100, "\u3000" * 100, "\n\t" * 5_000], ids=len)
def test_ways_to_type_one_name_share_its_wait(blanks: str) -> None:
    back_off = BackOff(SteadyClock())
    for name in ("ガーデン太郎", "ｶﾞーデン太郎", blanks + "カ\u3099ーデン太郎" + blanks):
        assert back_off.begin(name, "192.0.2.10") == 0
    assert back_off.begin("ガーデン太郎", "192.0.2.10") > 0
    assert back_off.begin("ガーデン次郎", "192.0.2.10") == 0


def test_every_name_that_finds_the_account_waits_with_it(site: Site) -> None:
    variants = [NAME, f" {NAME}", f"{' ' * 100}{NAME}", unicodedata.normalize("NFKD", NAME), f"{NAME}\u3000"]
    for name in variants:
        assert site.browser().log_in(name).status_code == 303
    for name in variants[:FREE_TRIES]:
        assert site.browser().log_in(name, WRONG).status_code == 422
    for name in variants:
        assert site.browser().log_in(name).status_code == 429


@pytest.mark.parametrize("name", ["長" * 65, "㌀" * 40, "x" * 10_000, "e\u0301" * 1_500], ids=len)
def test_name_that_nobody_can_have_is_neither_counted_nor_looked_up(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("not to be asked")

    monkeypatch.setattr(BackOff, "begin", refuse)
    monkeypatch.setattr(PasswordHasher, "verify", refuse)
    answer = site.browser().log_in(name)
    assert answer.status_code == 422
    assert '<span class="entry-error" id="name-error">名前は64文字までです' in answer.text
    assert f'value="{name}"' in answer.text, "what was typed can be made shorter"
    assert "名前か合言葉がちがいます" not in answer.text


def test_names_are_measured_in_their_kept_form() -> None:
    assert may_be_name("長" * 64)
    assert may_be_name("カ\u3099" * 64), "one character each"
    assert not may_be_name("㍻" * 33), "two characters each"
    assert not may_be_name(" ")


def test_refused_tries_push_nobody_out() -> None:
    clock = SteadyClock()
    back_off = BackOff(clock)
    for _ in range(FREE_TRIES + 1):
        back_off.begin("試験 花子", "192.0.2.10")
    for number in range(FREE_NAMES):
        back_off.begin(f"架空 {number}", "192.0.2.66")
    size = back_off.size
    refused = [back_off.begin(f"架空 更に {number}", "192.0.2.66") for number in range(KEPT + 5)]
    assert min(refused) > 0
    assert back_off.size == size
    assert back_off.begin("試験 花子", "192.0.2.10") > 0


def test_refused_tries_do_not_make_a_wait_young_again() -> None:
    clock = SteadyClock()
    back_off = BackOff(clock)
    for _ in range(FREE_TRIES):
        back_off.begin("試験 花子", "192.0.2.10")
    for number in range(KEPT - 1):
        back_off.begin("架空", f"source {number}")
    assert back_off.begin("試験 花子", "192.0.2.10") > 0
    back_off.begin("架空", "one more source")
    assert back_off.begin("試験 花子", "192.0.2.10") == 0, "the oldest made room"


def test_trying_many_names_slows_that_source_alone() -> None:
    clock = SteadyClock()
    back_off = BackOff(clock)
    for number in range(FREE_NAMES):
        assert back_off.begin(f"架空 {number}", "192.0.2.66") == 0
    assert back_off.begin("試験 花子", "192.0.2.66") == 1
    assert back_off.begin("試験 花子", "192.0.2.10") == 0
    clock.move(1)
    assert back_off.begin("架空 最後", "192.0.2.66") == 0
    assert back_off.begin("試験 花子", "192.0.2.66") == 2


def test_success_forgets_and_time_forgets() -> None:
    clock = SteadyClock()
    back_off = BackOff(clock)
    for _ in range(FREE_TRIES):
        back_off.begin("試験 花子", "192.0.2.10")
    clock.move(1)
    assert back_off.begin("試験 花子", "192.0.2.10") == 0
    back_off.succeeded("試験 花子", "192.0.2.10")
    for _ in range(FREE_TRIES):
        assert back_off.begin("試験 花子", "192.0.2.10") == 0
    assert back_off.begin("試験 花子", "192.0.2.10") > 0
    clock.move(3_600)
    assert back_off.begin("試験 花子", "192.0.2.10") == 0


def test_parallel_tries_are_counted_before_they_are_judged() -> None:
    back_off = BackOff(SteadyClock())
    granted = [back_off.begin("試験 花子", "192.0.2.10") == 0 for _ in range(50)]
    assert granted.count(True) == FREE_TRIES


def test_counters_are_bounded() -> None:
    back_off = BackOff(SteadyClock())
    for number in range(KEPT + 500):
        back_off.begin(f"架空 {number}", f"source {number}")
    assert back_off.size == 2 * KEPT
