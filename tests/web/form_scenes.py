"""Browsers before the staff pages in every state that has forms of its own; each can be brought back to its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.eligibility.visual import VisualRequest
from app.store.first_owner import make_owner_code
from app.store.people import add_staff
from app.store.second_factor import begin_code
from app.store.sessions import lock_session, start_session
from app.store.visual import StoreVisualDesk
from tests.store.support import KIOSK, MORNING, accepted, waiting
from tests.web.staff_site import NAME, PASSPHRASE, Browser, Site

OPEN, KEPT = "0" * 31 + "a", "0" * 31 + "b"


@dataclass
class Scene:
    """One browser before the pages; ``reset`` brings back what an accepted form changed."""

    site: Site
    browser: Browser
    reset: Callable[[], None]


def owners(folder: Path) -> Scene:
    """Somebody who may do all, with a visit that is open, one that is confirmed, and one that waits to be seen."""
    site = Site(folder)
    add_staff(site.store, "架空 太郎", PASSPHRASE, MORNING, Role.STAFF)
    site.keeper.record(waiting(OPEN, Outcome.COUNTER, reason="gateway.timeout"))
    site.keeper.record(accepted(KEPT, minutes=5))
    site.keeper.record(waiting("seen", minutes=6))
    StoreVisualDesk(site.store, site.desk.wake).open_request(VisualRequest("r" * 32, "seen", KIOSK, 1, MORNING))
    browser = site.logged_in()

    def reset() -> None:
        with site.store.writing() as db:
            db.execute("DELETE FROM settlements")
            db.execute("DELETE FROM staff WHERE id > 2")
            hashed = db.execute("SELECT passphrase_hash FROM staff WHERE id = 2").fetchone()[0]
            db.execute("UPDATE staff SET passphrase_hash = ? WHERE id = 1", [hashed])

    return Scene(site, browser, reset)


def with_a_code_begun(folder: Path) -> Scene:
    scene = owners(folder)
    begin_code(scene.site.store, scene.site.member.staff_id)
    return scene


def with_a_code(folder: Path) -> Scene:
    scene = with_a_code_begun(folder)
    with scene.site.store.writing() as db:
        db.execute("UPDATE staff SET totp_step = 1 WHERE id = 1")
    return scene


def nobody_yet(folder: Path) -> Scene:
    site = Site(folder, has_owner=False)
    code = make_owner_code(site.store, site.clock.now())
    browser = site.browser()

    def reset() -> None:
        nonlocal code
        with site.store.writing() as db:
            db.execute("DELETE FROM staff_sessions")
            db.execute("DELETE FROM staff")
        code = make_owner_code(site.store, site.clock.now())
        GOOD_HERE["/first-start"] = {"code": code, "name": NAME}
        browser.client.delete_cookie("__Host-uketsuke", domain="uketsuke.local")

    reset()
    return Scene(site, browser, reset)


def logged_out(folder: Path) -> Scene:
    site = Site(folder)
    return Scene(site, site.browser(), lambda: None)


def half_logged_in(folder: Path) -> Scene:
    scene = with_a_code(folder)
    token = start_session(scene.site.store, 1, scene.site.clock.now(), awaits_code=True)
    scene.browser.client.set_cookie("__Host-uketsuke", token, domain="uketsuke.local")
    return scene


def locked(folder: Path) -> Scene:
    scene = owners(folder)
    lock_session(scene.site.store, scene.browser.session_token(), scene.site.clock.now())
    return scene


GOOD_HERE: dict[str, dict[str, str]] = {"/unlock": {"passphrase": "wrong, so that the screen stays locked"}}
SCENES: dict[str, Callable[[Path], Scene]] = {
    "owner": owners,
    "code begun": with_a_code_begun,
    "code in use": with_a_code,
    "first start": nobody_yet,
    "logged out": logged_out,
    "half logged in": half_logged_in,
    "locked": locked,
}
