"""The staff process behind the real nginx with the box's own certificate, and browsers that trust its authority."""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.box.certificates import BoxNames, certificate_files, ensure_certificates
from app.box.ports import free_port
from app.box.proxy import ProxyAddresses, write_proxy
from app.clock import TOKYO
from app.config import environment_of
from app.eligibility.people import Role
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.events import Waker
from app.store.files import create_key
from app.store.migrate import migrate
from app.store.people import add_staff, list_people
from app.store.sessions import start_session
from app.web.staff.session import COOKIE
from tests.box.processes import wait_for
from tests.day import stay_in_one_day
from tests.e2e.axe import CONTRAST, violations
from tests.e2e.browsers import HOST, POLICY_EVENTS, lend_certificates
from tests.e2e.spare_pages import SIZE, TIMEOUT_MS, SparePage, spare_page
from tests.web.staff_site import settings_in

ROOT = Path(__file__).resolve().parents[2]
NAME = "試験 花子"
OTHER_NAME = "架空 太郎"
PASSPHRASE = "試験用の とても長い 合言葉 です"
PEOPLE = ((NAME, Role.OWNER), (OTHER_NAME, Role.STAFF))


@dataclass(frozen=True, slots=True)
class Look:
    """A way to look at a page. ``rules`` are axe's; empty: all but those of ``without``."""

    width: int = 1366
    height: int = 768
    forced_colors: Literal["active", "none"] = "none"
    color_scheme: Literal["dark", "light"] = "light"
    reduced_motion: Literal["no-preference", "reduce"] = "no-preference"
    rules: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


LOOKS = {
    "desk": Look(),
    # 400 % zoom on 1280 x 768 px is a viewport of 320 x 192 CSS px; colours do not depend on it. But for one
    # margin no rule of style looks at the height, so a telephone of this width shows the same.
    "four times the size": Look(320, 192, without=CONTRAST),
    "dark and calm": Look(color_scheme="dark", reduced_motion="reduce", rules=CONTRAST),
    "forced colours": Look(forced_colors="active", rules=CONTRAST),
}

_LAY_OUT = """() => {
    if (document.adoptedStyleSheets.length) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".lines > .line { content-visibility: visible !important; }");
    document.adoptedStyleSheets = [sheet];
}"""
"""Lines out of sight are not laid out; measured all the same, they would seem to lie upon each other. A rule, for a
panel may be drawn anew while it is measured."""


class StaffBox:
    """A box that has a store, a staff process and nginx; the kiosk's writes are made by the test itself."""

    def __init__(self, folder: Path, people: Sequence[tuple[str, Role]] = PEOPLE) -> None:
        stay_in_one_day(minutes=6)  # most of what a module looks at is of today
        self.port = free_port()
        self.origin = f"https://{HOST}:{self.port}"
        self.settings = settings_in(folder, staff_origin=self.origin, practice=True, tenkey="試験のテンキー")
        self.settings.run_dir.mkdir(parents=True, mode=0o700)
        key = create_key(self.settings.store_key_file)
        migrate(self.settings.store_path, key)
        self.store = Store(self.settings.store_path, key)
        self.keeper = CheckKeeper(self.store, Waker(self.settings.wake_socket))
        for name, role in people:
            add_staff(self.store, name, PASSPHRASE, datetime.now(TOKYO), role)
        certificates = folder / "certificates"
        lend_certificates(certificates)
        ensure_certificates(certificates, BoxNames(), datetime.now(TOKYO))
        self.files = certificate_files(certificates)
        self.log = (folder / "staff.log").open("ab")
        command = write_proxy(self.settings, self.files, ProxyAddresses(f"127.0.0.1:{self.port}"))
        self._nginx = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self._staff = self._start_staff()

    def _start_staff(self) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            [sys.executable, "-m", "app", "staff"],
            cwd=ROOT,
            env={**os.environ, **environment_of(self.settings)},
            stdout=self.log,
            stderr=self.log,
        )
        wait_for(self.answers, 60)
        return started

    def answers(self) -> bool:
        trust = ssl.create_default_context(cafile=self.files.ca_file)
        with contextlib.suppress(OSError):
            address = f"https://localhost:{self.port}/login"
            request = urllib.request.Request(address, headers={"Host": f"{HOST}:{self.port}"})
            with urllib.request.urlopen(request, context=trust, timeout=10) as reply:  # noqa: S310 - our own
                return bool(reply.status == 200)
        return False

    @property
    def staff_pid(self) -> int:
        return self._staff.pid

    def kill_staff(self) -> None:
        """SIGKILL: no farewell to anybody."""
        self._staff.kill()
        self._staff.wait()

    def stop_staff(self) -> int:
        self._staff.send_signal(signal.SIGTERM)
        return self._staff.wait(30)

    def start_staff(self) -> None:
        self._staff = self._start_staff()

    def close(self) -> None:
        if self._staff.poll() is None:
            assert self.stop_staff() == 0
        self._nginx.terminate()
        self._nginx.wait(30)
        self.store.close()
        self.log.close()


def give_session(context: BrowserContext, store: Store, name: str, url: str) -> None:
    """Log the browser in at ``url`` without its log-in page, which costs as much as the page behind it."""
    staff_id = next(one.member.staff_id for one in list_people(store) if one.member.name == name)
    token = start_session(store, staff_id, datetime.now(TOKYO))
    context.add_cookies(
        [{"name": COOKIE, "value": token, "url": url, "secure": True, "httpOnly": True, "sameSite": "Strict"}]
    )


class StaffPage:
    """A browser at the counter: its page and every complaint it had."""

    def __init__(
        self, browser: Browser, box: StaffBox, width: int = 1366, height: int = 768, **options: object
    ) -> None:
        self.box = box
        self.errors: list[str] = []
        self._spare: SparePage | None = None
        if (width, height) == tuple(SIZE.values()) and not options:
            self._spare = spare_page(browser)
            self.context = self._spare.context
            self.page = self._heard_of(self._spare.page)
            return
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            **options,  # type: ignore[arg-type]
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        return self._heard_of(self.context.new_page())

    def _heard_of(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._heard(message.text))
        return page

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text or "htmx:" in text:
            self.errors.append(text)

    def log_in(self, name: str = NAME) -> None:
        """Come in with a session of one's own and open the board; the log-in page before it costs as much again."""
        give_session(self.context, self.box.store, name, self.box.origin)
        self.page.goto(self.box.origin)
        self._is_in()

    def log_in_by_page(self, name: str = NAME) -> None:
        """The same as a person does it."""
        self.page.goto(self.box.origin)
        self.page.get_by_label("名前").fill(name)
        self.page.get_by_label("合言葉").fill(PASSPHRASE)
        self.page.get_by_role("button", name="ログイン").click()
        self._is_in()

    def _is_in(self) -> None:
        expect(self.page.get_by_role("heading", name="本日の受付")).to_be_visible()
        self.until_keys_work()

    def until_keys_work(self) -> None:
        """A page is seen before its deferred scripts have run, which listen for keys."""
        self.page.wait_for_function("() => document.readyState === 'complete'")

    def demand_clean(self, page: Page | None = None) -> None:
        """No accessibility violation, no policy violation, no script error, no sideways scrolling."""
        self._examine(page or self.page, LOOKS["desk"])

    def demand_clean_in_every_look(self, page: Page | None = None) -> None:
        """The same at the counter, at four times the size or on a telephone, in the dark and in forced colours."""
        page = page or self.page
        for name, look in LOOKS.items():
            page.set_viewport_size({"width": look.width, "height": look.height})
            page.emulate_media(
                forced_colors=look.forced_colors, color_scheme=look.color_scheme, reduced_motion=look.reduced_motion
            )
            self._examine(page, look, name)
        usual = LOOKS["desk"]
        page.set_viewport_size({"width": usual.width, "height": usual.height})
        page.emulate_media(forced_colors="none", color_scheme="light", reduced_motion="no-preference")

    def _examine(self, page: Page, look: Look, name: str = "") -> None:
        page.evaluate(_LAY_OUT)
        found = violations(page, look.rules, look.without)
        assert not found, f"{page.url} {name}\n" + "\n".join(found)
        assert POLICY_EVENTS == []
        assert self.errors == [], self.errors
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"{page.url} {name} scrolls sideways: {width}"

    def close(self) -> None:
        if self._spare is None:
            self.context.close()
        else:
            self._spare.give_back()
