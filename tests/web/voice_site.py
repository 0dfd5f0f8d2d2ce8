"""A staff site with the inside of a real voice process behind it: its door, its queue, and a voice that is quick."""

from __future__ import annotations

import html
import re
from pathlib import Path

from app.eligibility.people import Role
from app.store.people import StaffMember, add_staff
from app.web.staff.voice_device import COOKIE
from tests.speech.door import Door
from tests.store.support import MORNING
from tests.web.staff_site import PASSPHRASE, Browser, Site


class Listening:
    """One browser at /voice."""

    def __init__(self, site: Site, device: str = "desk.4.earphone", member: StaffMember | None = None) -> None:
        self.site = site
        self.browser: Browser = site.logged_in(member)
        self.browser.client.set_cookie(COOKIE, device, domain="uketsuke.local")
        self.page = self.browser.get("/voice")
        self.panel = self.page.text
        self.cursor = "".join(re.findall('data-cursor="([0-9]+)"', self.panel)[:1])  # none where no voice is used

    def press(self, keys: str) -> str:
        """Press keys, a second after what was before; return the words of the panel."""
        for key in keys.split():
            self.site.clock.move(1)
            answer = self.browser.post("/voice/key", self._form(key), htmx=True)
            assert answer.status_code == 200, answer.text
            self.panel = answer.text
        return self.said

    def news(self) -> str | None:
        answer = self.browser.get("/voice/news", htmx=True, **self._headers())
        cursor = answer.headers["X-Voice-Cursor"]
        if answer.status_code == 204:
            self.cursor = cursor
            return None
        before, self.panel = self.opening, answer.text
        if self.opening == before:  # another desk has yet to look
            self.cursor = cursor
        return self.said

    def press_unheard(self, keys: str) -> None:
        """Press keys whose answer is overtaken: nobody hears it."""
        self.site.clock.move(1)
        assert self.browser.post("/voice/key", self._form(keys), htmx=True).status_code == 200

    def news_unheard(self) -> None:
        """News that a key overtook."""
        answer = self.browser.get("/voice/news", htmx=True, **self._headers())
        assert answer.status_code == 200

    def _form(self, keys: str) -> dict[str, str]:
        muted = {"muted": "1"} if self.is_muted else {}
        return {"keys": keys, "opening": self.opening, "heard": self.number, "cursor": self.cursor, **muted}

    def _headers(self) -> dict[str, str]:
        muted = {"X-Voice-Muted": "1"} if self.is_muted else {}
        looked = {"X-Voice-Heard": self.number, "X-Voice-Cursor": self.cursor}
        return {"X-Voice-Opening": self.opening, **looked, **muted}

    @property
    def is_muted(self) -> bool:
        return "data-is-muted" in self.panel

    @property
    def number(self) -> str:
        return self._found('data-number="([^"]*)"')

    @property
    def opening(self) -> str:
        return self._found('data-opening="([^"]*)"')

    @property
    def said(self) -> str:
        return html.unescape(self._found('id="voice-said"[^>]*>([^<]*)<'))

    @property
    def braille(self) -> str:
        return html.unescape(self._found('id="voice-braille">([^<]*)<'))

    @property
    def earcon(self) -> str:
        return self._found('data-earcon="([^"/]*)"')

    @property
    def sounds(self) -> list[str]:
        return self._found('data-sounds="([^"]*)"').split()

    def cookie(self) -> str:
        kept = self.browser.client.get_cookie(COOKIE, domain="uketsuke.local")
        return "" if kept is None else kept.value

    def _found(self, pattern: str) -> str:
        found = re.findall(pattern, self.panel)
        assert found, pattern
        return str(found[-1])


def voice_door(site: Site) -> Door:
    site.settings.run_dir.mkdir(parents=True, exist_ok=True)
    return Door(site.settings.voice_socket)


def viewer_of(site: Site, folder: Path) -> StaffMember:
    return add_staff(site.store, "見る 人", PASSPHRASE + "見", MORNING, Role.VIEWER)
