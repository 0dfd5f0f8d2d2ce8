"""Log-in in two steps, the first start, 「職員」, own settings, open sessions."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pyotp
import pytest

from app.eligibility.people import Role
from app.store.first_owner import make_owner_code
from app.store.people import StaffMember, add_staff, list_people
from app.store.second_factor import begin_code, confirm_code
from app.web.staff.own import qr_path
from tests.store.support import MORNING
from tests.web.staff_site import NAME, PASSPHRASE, Browser, Site

OTHER = "架空 太郎"
NEW = "べつの長い合い言葉を書きました"
WRONG = "ちがう合言葉ですがとても長い"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def other(site: Site) -> StaffMember:
    return add_staff(site.store, OTHER, PASSPHRASE, MORNING)


def enrol(site: Site, member: StaffMember) -> tuple[pyotp.TOTP, list[str]]:
    generator = pyotp.TOTP(begin_code(site.store, member.staff_id))
    codes = confirm_code(site.store, member.staff_id, generator.at(site.clock.now()), site.clock.now())
    assert codes is not None
    site.clock.move(120)
    return generator, codes


def notes(site: Site) -> list[tuple[str, str | None, str]]:
    rows = site.store.database().execute("SELECT action, actor, outcome FROM audit ORDER BY seq").fetchall()
    return [tuple(row) for row in rows]


# The second step


def test_a_second_factor_makes_a_second_step(site: Site) -> None:
    generator, _codes = enrol(site, site.member)
    browser = site.browser()
    assert browser.log_in().headers["Location"] == "/login/code"
    half = browser.session_token()
    for path in ("/", "/checks/check-a", "/settings", "/audit"):
        assert browser.get(path).headers["Location"] == "/login/code"
    assert browser.get("/board-panel", htmx=True).status_code == 401
    browser.get("/login/code")
    assert browser.post("/login/code", {"code": "000000"}).status_code == 422
    answer = browser.post("/login/code", {"code": generator.at(site.clock.now())})
    assert answer.headers["Location"] == "/"
    assert browser.session_token() not in ("", half), "a new session when the rights grow"
    assert browser.get("/").status_code == 200
    assert notes(site)[-2:] == [("login_failed", NAME, "refused"), ("login", NAME, "ok")]
    stolen = site.browser()
    stolen.client.set_cookie("__Host-uketsuke", half, domain="uketsuke.local")
    assert stolen.get("/").headers["Location"] == "/login"


def test_a_code_that_was_used_opens_nothing_again(site: Site) -> None:
    generator, codes = enrol(site, site.member)
    code = generator.at(site.clock.now())
    first, second = site.browser(), site.browser("192.0.2.20")
    for browser, status in ((first, 303), (second, 422)):
        browser.log_in()
        browser.get("/login/code")
        assert browser.post("/login/code", {"code": code}).status_code == status
    assert second.post("/login/code", {"code": codes[0]}).headers["Location"] == "/"
    third = site.browser()
    third.log_in()
    third.get("/login/code")
    assert third.post("/login/code", {"code": codes[0]}).status_code == 422


def test_codes_cannot_be_guessed_by_logging_in_again_and_again(site: Site) -> None:
    generator, _codes = enrol(site, site.member)
    refused = 0
    for _ in range(6):
        browser = site.browser()
        assert browser.log_in().status_code == 303
        browser.get("/login/code")
        answer = browser.post("/login/code", {"code": "000000"})
        refused += answer.status_code == 429
    assert refused == 3
    assert browser.post("/login/code", {"code": generator.at(site.clock.now())}).status_code == 429
    fresh = site.browser("192.0.2.30")
    fresh.log_in()
    fresh.get("/login/code")
    assert fresh.post("/login/code", {"code": generator.at(site.clock.now())}).status_code == 303


def test_an_empty_code_costs_nothing_and_the_step_may_be_left(site: Site) -> None:
    enrol(site, site.member)
    browser = site.browser()
    browser.log_in()
    for _ in range(9):
        browser.get("/login/code")
        assert browser.post("/login/code", {"code": " "}).status_code == 422
    assert browser.post("/logout").headers["Location"] == "/login"
    assert browser.get("/login/code").headers["Location"] == "/login"


# Fixation and failures


def test_a_session_that_somebody_planted_is_never_taken_over(site: Site) -> None:
    planted = "attacker-chosen-token-of-a-proper-length-0123456789"
    browser = site.browser()
    browser.client.set_cookie("__Host-uketsuke", planted, domain="uketsuke.local")
    browser.get("/login")
    assert browser.post("/login", {"name": NAME, "passphrase": PASSPHRASE}).status_code == 303
    assert browser.session_token() != planted
    attacker = site.browser()
    attacker.client.set_cookie("__Host-uketsuke", planted, domain="uketsuke.local")
    assert attacker.get("/").headers["Location"] == "/login"


def test_a_mistyped_name_is_not_kept(site: Site) -> None:
    site.browser().log_in(PASSPHRASE, PASSPHRASE)
    site.browser().log_in(NAME, WRONG)
    rows = site.store.database().execute("SELECT * FROM audit WHERE action = 'login_failed' ORDER BY seq").fetchall()
    assert [(row[2], row[6]) for row in rows] == [(None, "unknown name"), (NAME, "passphrase")]
    assert not any(PASSPHRASE in str(cell) or WRONG in str(cell) for row in rows for cell in row)


# The first start


def test_a_new_box_answers_nothing_but_its_wizard(tmp_path: Path) -> None:
    site = Site(tmp_path, has_owner=False)
    browser = site.browser()
    for rule in site.app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        if rule.endpoint in ("static", "staff.first_owner_page", "staff.first_owner"):
            continue
        if "GET" in (rule.methods or ()):
            assert browser.get(path).headers["Location"] == "/first-start", path
        else:
            browser.get("/first-start")
            assert browser.post(path).headers["Location"] == "/first-start", path
    page = browser.get("/first-start")
    assert page.status_code == 200
    assert "owner-code" in page.text


def test_the_wizard_makes_the_owner_with_the_boxs_code_alone(tmp_path: Path) -> None:
    site = Site(tmp_path, has_owner=False)
    browser = site.browser()
    browser.get("/first-start")
    form = {"code": "aaaa-aaaa-aaaa", "name": NAME, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    answer = browser.post("/first-start", form)
    assert answer.status_code == 422
    assert "登録コードがちがう" in answer.text
    assert NAME in answer.text
    assert PASSPHRASE not in answer.text
    form["code"] = make_owner_code(site.store, site.clock.now())
    for change, words in (
        ({"name": " "}, "1文字から64文字"),
        ({"name": "試験\u202e"}, "目に見えない文字"),
        ({"again": WRONG}, "2つの合言葉がちがいます"),
        ({"passphrase": "短い", "again": "短い"}, "15文字以上"),
        ({"passphrase": "passwordpassword", "again": "passwordpassword"}, "推測されやすい"),
    ):
        answer = browser.post("/first-start", {**form, **change})
        assert (answer.status_code, words in answer.text) == (422, True)
        assert f'value="{form["code"]}"' in answer.text, "twelve characters are not typed again for another mistake"
    answer = browser.post("/first-start", form)
    assert answer.headers["Location"] == "/"
    assert browser.get("/").status_code == 200
    assert browser.get("/settings/people").status_code == 200
    assert [one.member.role for one in list_people(site.store)] == [Role.OWNER]
    second = site.browser()
    assert second.get("/first-start").headers["Location"] == "/login"
    second.get("/login")
    assert second.post("/first-start", form).headers["Location"] == "/login"


def test_the_wizards_code_cannot_be_guessed_fast(tmp_path: Path) -> None:
    site = Site(tmp_path, has_owner=False)
    make_owner_code(site.store, site.clock.now())
    browser = site.browser()
    browser.get("/first-start")
    form = {"code": "x", "name": NAME, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    assert [browser.post("/first-start", form).status_code for _ in range(5)] == [422, 422, 422, 429, 429]


# 「職員」


def test_an_owner_adds_a_person_whose_passphrase_is_shown_once_and_changed_first(site: Site) -> None:
    owner = site.logged_in()
    owner.get("/settings/people")
    answer = owner.post("/settings/people", {"name": OTHER, "role": "viewer", "passphrase": ""})
    found = re.search(r"<code>([a-z0-9-]{23})</code>", answer.text)
    assert found
    assert found[1] not in owner.get("/settings/people").text
    browser = site.browser()
    assert browser.log_in(OTHER, found[1]).status_code == 303
    for path in ("/", "/settings/sessions", "/checks/x"):
        assert browser.get(path).headers["Location"] == "/settings/own"
    page = browser.get("/settings/own")
    assert "自分だけの合言葉" in page.text
    form = {"old": found[1], "new": NEW, "again": NEW}
    assert browser.post("/settings/own/passphrase", {**form, "new": found[1], "again": found[1]}).status_code == 422
    assert browser.post("/settings/own/passphrase", form).status_code == 303
    assert browser.get("/").status_code == 200
    assert site.browser().log_in(OTHER, found[1]).status_code == 422
    assert site.browser().log_in(OTHER, NEW).status_code == 303


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "1文字から64文字"),
        ({"name": "長" * 65}, "1文字から64文字"),
        *(({"name": f"a{sign}b"}, "目に見えない文字") for sign in "\u202e\n\0\x1b\u200b\u200d\u2066\ufeff\ue000"),
        ({"name": "花\u200d🙂"}, "目に見えない文字"),
        ({"name": f" {NAME}"}, "同じ名前の職員がいます"),
        ({"passphrase": "短い"}, "15文字以上"),
        ({"passphrase": "架空太郎架空太郎架空太郎架空太郎"}, "推測されやすい"),
        ({"passphrase": "長" * 257}, "256文字まで"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_the_rest_is_kept(site: Site, change: dict[str, str], words: str) -> None:
    owner = site.logged_in()
    owner.get("/settings/people")
    answer = owner.post("/settings/people", {"name": OTHER, "role": "viewer", "passphrase": "", **change})
    assert answer.status_code == 422
    field = next(iter(change))
    assert re.search(rf'id="{field}-error">[^<]*{words}', answer.text)
    assert re.search(rf'<input id="{field}"[^>]*aria-invalid="true"', answer.text)
    assert '<input type="radio" name="role" value="viewer" checked>' in answer.text
    if field == "passphrase":
        assert f'value="{OTHER}"' in answer.text
        assert change["passphrase"] not in answer.text
    assert len(list_people(site.store)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE staff; --",
        "=HYPERLINK(1)",
        "𠮷野家󠄀 😀",
        "ｶﾀｶﾅ",
        "邉\U000e0102試験",
        "👩\u200d⚕\ufe0f",
        "👩🏽\u200d⚕️",
        "❤️\u200d🔥",
        "🏳️\u200d🌈",
    ],
)
def test_strange_names_are_shown_as_they_are(site: Site, name: str) -> None:
    owner = site.logged_in()
    owner.get("/settings/people")
    answer = owner.post("/settings/people", {"name": name, "role": "staff", "passphrase": ""})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    kept = list_people(site.store)[0 if list_people(site.store)[0].member.name != NAME else 1].member.name
    assert html.escape(kept, quote=True).replace("&#x27;", "&#39;") in answer.text


def test_changing_stopping_and_resetting(site: Site, other: StaffMember) -> None:
    owner, person = site.logged_in(), site.logged_in(other)
    place = f"/settings/people/{other.staff_id}"
    looks = site.desk.wake.count
    assert owner.post(f"{place}/role", {"role": "viewer", "revision": "1"}).status_code == 303
    assert site.desk.wake.count > looks, "open boards close when the stream looks"
    assert person.get("/").headers["Location"] == "/login", "the session of the old role is over"
    person = site.logged_in(other)
    assert person.post("/checks/x/handled", {"version": "1"}).status_code == 403
    assert owner.post(f"{place}/disable", {"revision": "1"}).status_code == 409
    assert owner.post(f"{place}/disable", {"revision": "2"}).status_code == 303
    assert person.get("/").headers["Location"] == "/login"
    assert site.browser().log_in(OTHER).status_code == 422
    assert owner.post(f"{place}/enable", {"revision": "3"}).status_code == 303
    person = site.logged_in(other)
    answer = owner.post(f"{place}/passphrase", {"revision": "4"})
    found = re.search(r"<code>([a-z0-9-]{23})</code>", answer.text)
    assert found
    assert person.get("/").headers["Location"] == "/login"
    assert site.browser().log_in(OTHER, found[1]).status_code == 303


def test_an_owner_cannot_shut_themselves_out(site: Site) -> None:
    owner = site.logged_in()
    for act in ("role", "disable", "passphrase", "remove-code"):
        answer = owner.post(f"/settings/people/1/{act}", {"role": "viewer", "revision": "1"})
        assert answer.status_code == 422
        assert "ほかの管理者" in answer.text
    assert owner.get("/settings/people").status_code == 200


def test_an_owner_can_remove_anothers_second_factor(site: Site, other: StaffMember) -> None:
    enrol(site, other)
    owner = site.logged_in()
    assert "確認コードあり" in owner.get("/settings/people").text
    assert owner.post(f"/settings/people/{other.staff_id}/remove-code", {"revision": "9"}).status_code == 303
    assert site.browser().log_in(OTHER).headers["Location"] == "/"


# Own settings


def test_everybody_changes_their_own_passphrase_and_other_screens_leave(site: Site, other: StaffMember) -> None:
    here, there = site.logged_in(other), site.logged_in(other)
    here.get("/settings/own")
    form = {"old": PASSPHRASE, "new": NEW, "again": NEW}
    for change, field in (({"old": WRONG}, "old"), ({"again": WRONG}, "again"), ({"new": "短", "again": "短"}, "new")):
        answer = here.post("/settings/own/passphrase", {**form, **change})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
    assert here.post("/settings/own/passphrase", form).headers["Location"] == "/settings/own?changed=1"
    assert here.get("/").status_code == 200
    assert there.get("/").headers["Location"] == "/login"


def test_enrolment_shows_a_picture_and_a_key_and_asks_for_a_code(site: Site) -> None:
    browser = site.logged_in()
    page = browser.get("/settings/own")
    assert 'class="qr"' not in page.text
    assert browser.post("/settings/own/code", {"passphrase": WRONG}).status_code == 422
    assert browser.post("/settings/own/code", {"passphrase": PASSPHRASE}).status_code == 303
    page = browser.get("/settings/own")
    found = re.search(r"文字：<code>([A-Z2-7 ]+)</code>", page.text)
    assert found
    assert re.search(r'<path d="M\d', page.text)
    secret = found[1].replace(" ", "")
    answer = browser.post("/settings/own/code/confirm", {"code": "12345"})
    assert answer.status_code == 422
    assert secret not in answer.headers.get("Location", "")
    answer = browser.post("/settings/own/code/confirm", {"code": pyotp.TOTP(secret).at(site.clock.now())})
    codes = re.findall(r"<li><code>([a-z0-9-]{14})</code></li>", answer.text)
    assert len(codes) == 10
    page = browser.get("/settings/own").text
    assert codes[0] not in page
    assert secret not in page.replace(" ", "")
    assert "残りの予備コードは10個" in page
    assert browser.post("/settings/own/code/remove", {"passphrase": WRONG}).status_code == 422
    assert browser.post("/settings/own/code/remove", {"passphrase": PASSPHRASE}).status_code == 303
    assert site.browser().log_in().headers["Location"] == "/"


def test_the_picture_is_the_one_that_a_peer_draws() -> None:
    import segno

    text = "otpauth://totp/Uketsuke:x?secret=ABC&issuer=Uketsuke"
    path, width = qr_path(text)
    code = segno.make(text, micro=False, error="m")
    grid = [[False] * width for _ in range(width)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1H\d+z", path):
        for place in range(int(x), int(x) + int(run)):
            grid[int(y)][place] = True
    assert grid == [[bool(dark) for dark in row] for row in code.matrix_iter(border=4)]


# Open sessions


def test_everybody_sees_and_ends_their_own_sessions_and_owners_all(site: Site, other: StaffMember) -> None:
    owner, person, elsewhere = site.logged_in(), site.logged_in(other), site.logged_in(other)

    def listed(browser: Browser) -> list[str]:
        return re.findall(r"/settings/sessions/([0-9a-f]{32})/end", browser.get("/settings/sessions").text)

    assert (len(listed(owner)), len(listed(person))) == (3, 2)
    strangers = (set(listed(owner)) - set(listed(person))).pop()
    assert person.post(f"/settings/sessions/{strangers}/end").status_code == 404
    assert owner.get("/").status_code == 200
    looks = site.desk.wake.count
    for public_id in listed(person):
        owner.post(f"/settings/sessions/{public_id}/end")
    assert site.desk.wake.count >= looks + 2
    assert person.get("/").headers["Location"] == "/login"
    assert elsewhere.get("/").headers["Location"] == "/login"
    assert person.session_token() not in owner.get("/settings/sessions").text
    (own,) = listed(owner)
    assert own == strangers
    assert owner.post(f"/settings/sessions/{own}/end").status_code == 303
    assert owner.get("/").headers["Location"] == "/login"


def test_the_list_says_which_browser_and_forgets_the_rest_of_its_name(site: Site) -> None:
    browser = site.browser()
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0 canary"
    browser.get("/login")
    browser.post("/login", {"name": NAME, "passphrase": PASSPHRASE}, headers={"User-Agent": agent})
    assert "Edge（Windows）・192.0.2.10" in browser.get("/settings/sessions").text
    assert "canary" not in repr(list(site.store.database()["staff_sessions"].rows))


def test_a_code_confirmed_in_a_second_tab_is_told_what_to_do_next(site: Site) -> None:
    browser = site.logged_in()
    nothing = browser.post("/settings/own/code/confirm", {"code": "123456"})
    assert nothing.status_code == 422
    assert re.search(r'id="code-error" role="alert".*この準備は、もう終わっているか取り消され', nothing.text, re.S)
    assert "「準備する」から始めてください" in nothing.text
    assert 'action="/settings/own/code"' in nothing.text
    enrol(site, site.member)
    twice = browser.post("/settings/own/code/confirm", {"code": "123456"})
    assert twice.status_code == 422
    assert "確認コードは、もう使い始めています" in twice.text
    assert 'action="/settings/own/code/remove"' in twice.text
