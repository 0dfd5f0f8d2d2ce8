"""A staff site over a real store in a folder: the app with Flask's client, or the whole process's servers."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import Settings
from app.eligibility.clock_trust import Mark
from app.eligibility.people import Role
from app.store import people
from app.store.housekeeping import Housekeeper
from app.store.people import StaffMember, hash_passphrase, insert_staff
from app.store.sessions import start_session
from app.web.staff.server import create_staff_app
from app.wiring_staff import PANELS, StoreDesk
from tests.store.support import MORNING, Desk, HandClock

ORIGIN = "https://uketsuke.local:8443"
NAME = "試験 花子"
PASSPHRASE = "試験用の とても長い 合言葉 です"


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings of a box whose whole state lies in ``folder``."""
    values: dict[str, object] = {
        "state_dir": folder,
        "gateway_url": "https://localhost:1/",
        "gateway_ca_file": folder / "none",
        "gateway_cert_file": folder / "none",
        "gateway_key_file": folder / "none",
        "staff_origin": ORIGIN,
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


@functools.cache
def _hash_by(hasher: object) -> str:
    """Of ``PASSPHRASE``, made once by each hasher: a test may have put a cheap one in."""
    return hash_passphrase(PASSPHRASE, NAME)


class SteadyClock(HandClock):
    """Wall time and monotonic time moved together, by hand."""

    def move(self, seconds: float) -> None:
        from datetime import timedelta

        self.time += timedelta(seconds=seconds)


@dataclass
class HandWitness:
    """A kernel whose clock is synchronised and never steps, unless a test says so."""

    clock: HandClock
    synchronised: bool | None = True
    boot_s: float = 0.0

    def __post_init__(self) -> None:
        self._began = self.clock.now()

    def mark(self) -> Mark:
        return Mark(self.clock.now(), "boot", self.boot_s or (self.clock.now() - self._began).total_seconds())

    def is_synchronised(self) -> bool | None:
        return self.synchronised


@dataclass
class Site:
    """One clinic's staff pages with one account."""

    folder: Path
    practice: bool = True
    has_owner: bool = True
    tenkey: str = "試験のテンキー"
    clock: SteadyClock = field(default_factory=SteadyClock)
    closed: list[str] = field(default_factory=list)
    """Session tokens whose streams were ended."""
    at_ends: list[Callable[[], None]] = field(default_factory=list)
    """What the stream calls when sessions may have ended."""

    def __post_init__(self) -> None:
        self.desk = Desk(self.folder)
        self.store = self.desk.store
        self.keeper = self.desk.keeper
        self.settings = settings_in(self.folder, practice=self.practice, tenkey=self.tenkey)
        if self.has_owner:
            with self.store.writing() as db:
                self.member: StaffMember = insert_staff(db, NAME, _hash_by(people._hasher()), MORNING, Role.OWNER)
        self.witness = HandWitness(self.clock)
        self.housekeeper = Housekeeper(self.store, self.clock, self.witness, self.desk.wake, takes_clock_on_faith=False)
        self.start()

    def start(self) -> None:
        """Start the process, or start it anew."""
        self.at_ends.clear()
        self.app = create_staff_app(
            self.settings,
            StoreDesk(self.store, self.desk.wake),
            self.clock,
            self.closed.append,
            PANELS,
            self.housekeeper,
            self.at_ends.append,
        )

    def browser(self, source: str = "192.0.2.10") -> Browser:
        return Browser(self.app.test_client(), source)

    def logged_in(self, member: StaffMember | None = None) -> Browser:
        """A browser with a session of its own (of the owner), without the cost of a passphrase's hash."""
        browser = self.browser()
        token = start_session(self.store, (member or self.member).staff_id, self.clock.now())
        browser.client.set_cookie("__Host-uketsuke", token, domain="uketsuke.local")
        browser.get("/")
        return browser


class Browser:
    """What a browser sends with each request; its page token is read from the newest page."""

    def __init__(self, client: FlaskClient, source: str) -> None:
        self.client = client
        self._environ = {"REMOTE_ADDR": source}
        self.token = ""

    def get(self, path: str, *, htmx: bool = False, **headers: str) -> TestResponse:
        sent = {"Sec-Fetch-Site": "same-origin", **headers}
        if htmx:
            sent["HX-Request"] = "true"
        response = self.client.get(path, base_url=ORIGIN, headers=sent, environ_overrides=self._environ)
        found = re.search(r'"X-CSRF-Token": "([0-9a-f]{64})"', response.text) if "html" in response.mimetype else None
        if found:
            self.token = found[1]
        return response

    def post(
        self,
        path: str,
        data: dict[str, str] | None = None,
        *,
        htmx: bool = False,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        sent = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN, "X-CSRF-Token": self.token}
        if htmx:
            sent["HX-Request"] = "true"
        sent.update(headers or {})
        sent = {name: text for name, text in sent.items() if text}
        return self.client.post(path, base_url=ORIGIN, data=data or {}, headers=sent, environ_overrides=self._environ)

    def log_in(self, name: str = NAME, passphrase: str = PASSPHRASE) -> TestResponse:
        self.get("/login")
        response = self.post("/login", {"name": name, "passphrase": passphrase})
        if response.status_code == 303:
            self.get("/")
        return response

    def session_token(self) -> str:
        cookie = self.client.get_cookie("__Host-uketsuke", domain="uketsuke.local")
        return "" if cookie is None else cookie.value


def root_of(fragment: str) -> tuple[str, int]:
    """Return the id of a fragment's first element and how many root elements it has, without out-of-band ones."""
    inside = [name for name, is_out_of_band in roots_of(fragment) if not is_out_of_band]
    return inside[0], len(inside)


def roots_of(fragment: str) -> list[tuple[str, bool]]:
    """Return each root element's id and whether it goes to a place of its own (``hx-swap-oob``)."""
    found: list[tuple[str, bool]] = []
    void = {"input", "br", "img", "meta", "link", "path", "circle", "rect", "hr"}

    class Roots(HTMLParser):
        depth = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if self.depth == 0:
                found.append((dict(attrs).get("id") or "", "hx-swap-oob" in dict(attrs)))
            if tag not in void:
                self.depth += 1

        def handle_endtag(self, tag: str) -> None:
            if tag not in void:
                self.depth -= 1

    parser = Roots()
    parser.feed(fragment)
    assert parser.depth == 0
    return found
