"""SEC-25: every route of the staff pages either writes exactly its own entry into 操作記録, or says here why none.

A new route fails the first test until it stands in one of the two tables.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyotp
import pytest
from flask import request
from werkzeug.test import TestResponse

from app.eligibility.audit import AuditAction as A
from app.eligibility.counter import CounterEntry
from app.eligibility.people import Role
from app.eligibility.ports import Method, Outcome
from app.eligibility.visual import VisualRequest
from app.store.audit_check import anchor_file, write_anchor
from app.store.counter import keep_entry
from app.store.people import StaffMember, add_staff
from app.store.second_factor import begin_code, confirm_code
from app.store.visual import StoreVisualDesk
from app.web.staff.voice_device import COOKIE as VOICE_COOKIE
from tests.store.support import KIOSK, MORNING, accepted, person, waiting
from tests.web.staff_site import PASSPHRASE, Browser, Site

NAME_OF_PATIENT = "試験　花子"
NEW = "まったく べつの ながい 合言葉 二つ目"
PERIOD = {"from": "2026-11-24", "to": "2026-11-24", "what": "file"}
FORM = {"insurer": "33120015", "symbol": "試験・１", "number": "００１２", "branch": "01", "name": "試験　次郎",
        "kana": "ｼｹﾝ ｼﾞﾛｳ", "born": "S32.4.12", "valid_from": "R7.8.1", "valid_to": "R9.7.31", "ratio": "030",
        "looked_by": "1", "action": "keep"}  # fmt: skip


@dataclass
class World:
    """One clinic; every route acts on records of its own."""

    site: Site
    browser: Browser
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.other, self.mine = self.colleague(), self.colleague()

    def check(self) -> str:
        check_id = f"{next(self.numbers):032x}"
        self.site.keeper.record(accepted(check_id))
        return check_id

    def waits(self, reason: str = "card.pin_locked") -> str:
        check_id = f"{next(self.numbers):032x}"
        self.site.keeper.record(waiting(check_id, Outcome.COUNTER, reason=reason))
        return check_id

    def outage(self) -> str:
        return self.waits("gateway.timeout")

    def emergency(self) -> str:
        """Somebody whose name staff took down, in 「あとで確認」."""
        check_id = f"{next(self.numbers):032x}"
        entry = CounterEntry(Method.EMERGENCY, person(), self.other.staff_id)
        keep_entry(self.site.store, self.site.desk.wake, check_id, entry, self.other.staff_id, MORNING)
        return check_id

    def asks(self) -> str:
        check_id, request_id = self.waits(), f"{next(self.numbers):032x}"
        StoreVisualDesk(self.site.store, self.site.desk.wake).open_request(
            VisualRequest(request_id, check_id, KIOSK, 1, MORNING)
        )
        return request_id

    def call(self) -> str:
        self.site.keeper.call_staff(f"受付{next(self.numbers)}", "pin", MORNING)
        return str(self.cell("SELECT id FROM calls ORDER BY rowid DESC LIMIT 1"))

    def colleague(self) -> StaffMember:
        return add_staff(self.site.store, f"架空 {next(self.numbers)}", PASSPHRASE, MORNING, Role.STAFF)

    def with_code(self) -> tuple[StaffMember, str]:
        """Somebody with a second factor, and the code that opens it now."""
        member = self.colleague()
        secret = begin_code(self.site.store, member.staff_id)
        assert confirm_code(
            self.site.store, member.staff_id, pyotp.TOTP(secret).at(self.site.clock.now()), self.site.clock.now()
        )
        self.site.clock.move(60)
        return member, pyotp.TOTP(secret).at(self.site.clock.now())

    def person(self, path: str, **data: str) -> TestResponse:
        revision = str(self.cell(f"SELECT revision FROM staff WHERE id = {self.other.staff_id}"))  # noqa: S608
        return self.browser.post(f"/settings/people/{self.other.staff_id}/{path}", {"revision": revision, **data})

    def pending(self, path: str, **data: str) -> TestResponse:
        return self.browser.post(f"/pending/{self.outage()}/{path}", {"version": "1", **data})

    def method(self, path: str, kiosk: str = "") -> TestResponse:
        return self.browser.post(path, {"next": f"visual_first{kiosk}", "preference": "visual_first"})

    def own(self) -> Browser:
        return self.site.logged_in(self.mine)

    def cell(self, sql: str) -> object:
        with self.site.store.reading() as db:
            return db.execute(sql).fetchone()[0]

    def entries(self, after: int) -> list[tuple[str, str]]:
        """What was noted since, but for the box's own note of a check that it keeps."""
        with self.site.store.reading() as db:
            found = db.execute(
                "SELECT action, outcome FROM audit WHERE seq > ? AND (actor IS NOT NULL OR action <> 'checked')"
                " ORDER BY seq",
                [after],
            ).fetchall()
        return [(row[0], row[1]) for row in found]


def log_in_code(world: World) -> TestResponse:
    member, code = world.with_code()
    browser = world.site.browser()
    browser.log_in(member.name)
    browser.get("/login/code")
    return browser.post("/login/code", {"code": code})


def remove_code(world: World) -> TestResponse:
    browser = world.site.logged_in(world.with_code()[0])
    return browser.post("/settings/own/code/remove", {"passphrase": PASSPHRASE})


def unlock(world: World) -> TestResponse:
    browser = world.own()
    browser.post("/lock")
    browser.get("/lock")
    return browser.post("/unlock", {"passphrase": PASSPHRASE})


def enrol(world: World) -> TestResponse:
    member = world.colleague()
    code = pyotp.TOTP(begin_code(world.site.store, member.staff_id)).at(world.site.clock.now())
    return world.site.logged_in(member).post("/settings/own/code/confirm", {"code": code})


def desk_code(world: World) -> TestResponse:
    return world.own().post("/settings/own/desk-code", {"desk_passphrase": PASSPHRASE})


def settle(world: World) -> TestResponse:
    visit = world.outage()
    version = str(world.cell(f"SELECT version FROM checks WHERE check_id = '{visit}'"))  # noqa: S608 our own id
    return world.browser.post(f"/pending/{visit}/confirmed", {"version": version, "by": world.check()})


def end_session(world: World) -> TestResponse:
    world.own()
    public_id = world.cell("SELECT public_id FROM staff_sessions ORDER BY rowid DESC LIMIT 1")
    return world.browser.post(f"/settings/sessions/{public_id}/end")


def change_passphrase(world: World) -> TestResponse:
    form = {"old": PASSPHRASE, "new": NEW, "again": NEW}
    return world.site.logged_in(world.colleague()).post("/settings/own/passphrase", form)


def verify(world: World) -> TestResponse:
    write_anchor(world.site.store, anchor_file(world.site.folder), MORNING)
    return world.browser.post("/audit/verify")


def take_and_release(world: World, under: str = "") -> TestResponse:
    visit = world.waits()
    world.browser.post(f"{under}/checks/{visit}/taken", {"version": "1"})
    return world.browser.post(f"{under}/checks/{visit}/released", {"version": "2"})


Do = Callable[[World], TestResponse]
NOTED: dict[str, tuple[A, Do]] = {
    "GET staff.check": (A.VIEWED, lambda w: w.browser.get(f"/checks/{w.check()}")),
    "GET staff.check_panel": (A.VIEWED, lambda w: w.browser.get(f"/checks/{w.check()}/panel", htmx=True)),
    "GET staff.print_page": (A.PRINTED, lambda w: w.browser.get(f"/checks/{w.check()}/print")),
    "POST staff.copied": (A.COPIED, lambda w: w.browser.post(f"/checks/{w.check()}/copied", {"field": "all"})),
    "POST staff.read_check": (A.VIEWED, lambda w: w.browser.post(f"/checks/{w.check()}/aloud", htmx=True)),
    "POST staff.handled": (A.HANDLED, lambda w: w.browser.post(f"/checks/{w.waits()}/handled", {"version": "1"})),
    "POST staff.taken": (A.TAKEN, lambda w: w.browser.post(f"/checks/{w.waits()}/taken", {"version": "1"})),
    "POST staff.released": (A.RELEASED, take_and_release),
    "POST staff.answered": (A.ANSWERED, lambda w: w.browser.post(f"/calls/{w.call()}/answered")),
    "POST staff.search": (A.SEARCHED, lambda w: w.browser.post("/search", {"q": "試験"})),
    "POST staff.search_turn": (A.SEARCHED, lambda w: w.browser.post("/search/page", {"q": "試験", "trail": "99"})),
    "POST staff.search_export": (A.EXPORTED, lambda w: w.check() and w.browser.post("/search/export", {"q": "試験"})),
    "GET staff.pending_page": (A.VIEWED, lambda w: w.own().get("/pending")),
    "GET staff.pending_panel": (A.VIEWED, lambda w: w.own().get("/pending/panel", htmx=True)),
    "GET staff.pending_one": (A.VIEWED, lambda w: w.browser.get(f"/pending/{w.outage()}")),
    "POST staff.find_candidates": (A.SEARCHED, lambda w: w.pending("find", q="試験")),
    "POST staff.confirm_pending": (A.PENDING_CONFIRMED, settle),
    "POST staff.close_one": (A.PENDING_CLOSED, lambda w: w.pending("closed", reason="no_visit")),
    "POST staff.try_service": (A.ASKED_AGAIN, lambda w: w.browser.post("/pending/try")),
    "POST staff.keep_fallback": (
        A.FALLBACK_ENTERED,
        lambda w: w.browser.post("/fallback/certificate", {**FORM, "entry": f"{next(w.numbers):032x}"}),
    ),
    "POST staff.visual_confirmed": (A.CONFIRMED_VISUAL, lambda w: w.browser.post(f"/visual/{w.asks()}/confirmed")),
    "POST staff.visual_refused": (A.REFUSED_VISUAL, lambda w: w.browser.post(f"/visual/{w.asks()}/refused")),
    "POST staff.choose_next_only": (A.SETTING_CHANGED, lambda w: w.method("/visual/next", f" {KIOSK}")),
    "POST staff.change_method": (A.SETTING_CHANGED, lambda w: w.method("/settings/method")),
    "POST staff.purge_now": (A.PURGED, lambda w: w.browser.post("/settings/keeping/purge")),
    "POST staff.back_up_now": (A.BACKUP_MADE, lambda w: w.browser.post("/settings/keeping/backup")),
    "POST staff.put_notice_away": (A.SETTING_CHANGED, lambda w: w.browser.post("/settings/keeping/notice-seen")),
    "POST staff.verify_record": (A.AUDIT_VERIFIED, verify),
    "POST staff.inspection": (A.AUDIT_EXPORTED, lambda w: w.browser.post("/audit/inspection", PERIOD)),
    "POST staff.add_person": (
        A.PERSON_ADDED,
        lambda w: w.browser.post("/settings/people", {"name": "架空 新人", "role": "staff"}),
    ),
    "POST staff.change_persons_role": (A.PERSON_CHANGED, lambda w: w.person("role", role="viewer")),
    "POST staff.disable_person": (A.PERSON_DISABLED, lambda w: w.person("disable")),
    "POST staff.enable_person": (A.PERSON_ENABLED, lambda w: w.person("enable")),
    "POST staff.reset_persons_passphrase": (A.PASSPHRASE_RESET, lambda w: w.person("passphrase")),
    "POST staff.remove_persons_code": (
        A.TOTP_REMOVED,
        lambda w: w.browser.post(f"/settings/people/{w.with_code()[0].staff_id}/remove-code", {"revision": "1"}),
    ),
    "POST staff.change_own_passphrase": (A.PASSPHRASE_CHANGED, change_passphrase),
    "POST staff.confirm_own_code": (A.TOTP_ENROLLED, enrol),
    "POST staff.remove_own_code": (A.TOTP_REMOVED, remove_code),
    "POST staff.make_own_desk_code": (A.DESK_CODE_MADE, lambda w: desk_code(w)),
    "POST staff.remove_own_desk_code": (
        A.DESK_CODE_REMOVED,
        lambda w: desk_code(w) and w.own().post("/settings/own/desk-code/remove"),
    ),
    "POST staff.end_one_session": (A.SESSION_ENDED, end_session),
    "POST staff.login": (A.LOGIN, lambda w: w.site.browser().log_in(w.mine.name)),
    "POST staff.code": (A.LOGIN, log_in_code),
    "POST staff.logout": (A.LOGOUT, lambda w: w.own().post("/logout")),
    "POST staff.lock": (A.LOCKED, lambda w: w.own().post("/lock")),
    "POST staff.unlock": (A.UNLOCKED, unlock),
}
P, VERSION = "/plain", {"version": "1"}
NOTED |= {
    "GET staff.plain_check": (A.VIEWED, lambda w: w.browser.get(f"{P}/checks/{w.check()}")),
    "POST staff.plain_copied": (A.COPIED, lambda w: w.browser.post(f"{P}/checks/{w.check()}/copied", {"field": "all"})),
    "POST staff.plain_handled": (A.HANDLED, lambda w: w.browser.post(f"{P}/checks/{w.waits()}/handled", VERSION)),
    "POST staff.plain_taken": (A.TAKEN, lambda w: w.browser.post(f"{P}/checks/{w.waits()}/taken", VERSION)),
    "POST staff.plain_released": (A.RELEASED, lambda w: take_and_release(w, P)),
    "POST staff.plain_answered": (A.ANSWERED, lambda w: w.browser.post(f"{P}/calls/{w.call()}/answered")),
    "POST staff.plain_search": (A.SEARCHED, lambda w: w.browser.post(f"{P}/search", {"q": "試験"})),
    "POST staff.plain_search_turn": (
        A.SEARCHED,
        lambda w: w.browser.post(f"{P}/search/page", {"q": "試験", "trail": "99"}),
    ),
    "POST staff.plain_visual_confirmed": (
        A.CONFIRMED_VISUAL,
        lambda w: w.browser.post(f"{P}/visual/{w.asks()}/confirmed"),
    ),
    "POST staff.plain_visual_refused": (A.REFUSED_VISUAL, lambda w: w.browser.post(f"{P}/visual/{w.asks()}/refused")),
}


def press_by_ear(world: World) -> TestResponse:
    world.check()
    world.browser.client.set_cookie(VOICE_COOKIE, "desk.4.earphone", domain="uketsuke.local")
    (opening,) = re.findall('data-opening="([^"]+)"', world.browser.get("/voice").text)
    return world.browser.post("/voice/key", {"keys": "+ 3", "opening": opening})


NOTED["POST staff.voice_key"] = (A.VIEWED, press_by_ear)
DAY = "the list of the day, which stands open on every screen at work; who is logged in since when is noted"
QUIET: dict[str, str] = {
    **dict.fromkeys(("GET staff.board", "GET staff.board_panel", "GET staff.calls_panel"), DAY),
    **dict.fromkeys(("GET staff.plain_board", "GET staff.news_panel"), DAY),
    "GET staff.plain_search_page": "draws again what POST /plain/search or /plain/search/page noted",
    "POST staff.plain_search_new": "forgets",
    "GET staff.about_page": "whose work it is",
    "GET staff.voice_page": "says no patient before a key is pressed",
    "GET staff.voice_news": DAY,
    "GET staff.voice_sound": "the sound of what a noted key had read; its name is random and of this session",
    **dict.fromkeys(("GET staff.voice_earcon", "GET staff.voice_notice"), "fixed sounds"),
    "GET staff.search_page": "draws again what POST /search or /search/page noted",
    "GET staff.fallback_page": "number, time and kiosk of a visit",
    "GET staff.fallback_form": "an empty form; one that is filled from an entry is noted, see below",
    **dict.fromkeys(("GET staff.visual_page", "GET staff.visual_panel", "GET staff.method_panel"), "no person"),
    **dict.fromkeys(("GET staff.keeping_panel", "GET staff.keeping_page", "GET staff.numbers_page"), "counts"),
    **dict.fromkeys(("GET staff.settings_page", "GET staff.method_page", "GET staff.device_page"), "no patient"),
    **dict.fromkeys(("GET staff.own_page", "GET staff.people_page", "GET staff.sessions_page"), "staff, no patient"),
    "GET staff.audit_page": "the record itself holds nothing of a patient",
    **dict.fromkeys(("GET staff.login_page", "GET staff.code_page", "GET staff.lock_page"), "forms"),
    **dict.fromkeys(("GET staff.first_owner_page", "POST staff.first_owner"), "leads on, once there is an account"),
    "GET staff.session_lasts": "204",
    "GET static": "files of ours",
    **dict.fromkeys(("POST staff.keep_device", "POST staff.search_key"), "a cookie of this browser"),
    "POST staff.search_new": "forgets",
    "POST staff.begin_own_code": "changes nothing until the first code proves it",
}
MAY_NAME_PATIENTS = {
    *("staff.board", "staff.board_panel", "staff.calls_panel", "staff.search_page"),
    *("staff.plain_board", "staff.plain_search_page", "staff.news_panel"),
}
"""Quiet pages on which names of patients stand."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    site = Site(tmp_path_factory.mktemp("clinic"))
    yield World(site, site.logged_in())
    site.store.close()


def routes(world: World) -> dict[str, str]:
    """``GET endpoint`` → a path of it."""
    found = {}
    for rule in world.site.app.url_map.iter_rules():
        path = re.sub(r"<path:[^>]+>", "css/base.css", re.sub(r"<way>", "certificate", rule.rule))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[f"{method} {rule.endpoint}"] = path
    return found


def test_every_route_has_its_line(world: World) -> None:
    assert set(routes(world)) == NOTED.keys() | QUIET.keys()
    assert not NOTED.keys() & QUIET.keys()
    assert all(QUIET.values())


@pytest.mark.parametrize("route", NOTED)
def test_a_route_writes_exactly_its_own_entry(world: World, route: str) -> None:
    world.site.clock.move(61)  # no limit of another route is spent here
    world.browser.get("/")
    action, do = NOTED[route]
    newest = [0]

    def before() -> None:
        if f"{request.method} {request.endpoint}" == route:
            newest[0] = int(str(world.cell("SELECT max(seq) FROM audit")))

    world.site.app.before_request_funcs.setdefault(None, []).insert(0, before)
    try:
        response = do(world)
    finally:
        world.site.app.before_request_funcs[None].remove(before)
    assert response.status_code in (200, 303), response.text
    assert world.entries(newest[0]) == [(action.value, "ok")]


@pytest.mark.parametrize("route", QUIET)
def test_a_quiet_route_writes_nothing_and_names_nobody(world: World, route: str) -> None:
    world.check()
    world.emergency()
    world.browser.get("/")
    method, endpoint = route.split()
    before = int(str(world.cell("SELECT max(seq) FROM audit")))
    path = routes(world)[route]
    response = world.browser.get(path) if method == "GET" else world.browser.post(path, {"passphrase": PASSPHRASE})
    assert response.status_code in ((404,) if "<sound>" in path else (200, 204, 303))  # nothing bears that name
    assert world.entries(before) == []
    if endpoint not in MAY_NAME_PATIENTS:
        assert NAME_OF_PATIENT not in response.text
    response.close()


def test_the_list_of_visits_to_confirm_later_names_people_and_is_noted_once_a_session(world: World) -> None:
    world.emergency()
    browser = world.own()
    before = int(str(world.cell("SELECT max(seq) FROM audit")))
    for path in ("/pending", "/pending/panel", "/pending"):
        assert NAME_OF_PATIENT in browser.get(path, htmx=path.endswith("panel")).text
    assert browser.post("/pending/try", htmx=True).status_code == 200
    assert world.entries(before) == [(A.VIEWED.value, "ok"), (A.ASKED_AGAIN.value, "ok")]
    assert world.cell(f"SELECT detail FROM audit WHERE seq = {before + 1}") == "list=pending"  # noqa: S608 our own number
    assert "「あとで確認」の一覧" in world.browser.get("/audit?action=viewed").text
