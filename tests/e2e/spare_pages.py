"""Pages that a test left as it found them serve the next one: a new one costs three times what it then shows.

What a test hears and routes is taken back. A page with anything that stays (scripts, rights, a clock of its own) goes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError

SIZE = {"width": 1366, "height": 768}
TIMEOUT_MS = 30_000
STAYS = (
    "add_init_script",
    "add_locator_handler",
    "expose_binding",
    "expose_function",
    "grant_permissions",
    "new_cdp_session",
    "route_from_har",
    "set_default_navigation_timeout",
    "set_default_timeout",
    "set_extra_http_headers",
    "set_geolocation",
    "set_offline",
)
_CLEAR = "() => { localStorage.clear(); sessionStorage.clear(); return '__pwClock' in window; }"

_spare: dict[Browser, list[SparePage]] = {}


class SparePage:
    """A page in a context of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._is_marked = False
        self._listening: list[tuple[Any, str, Any]] = []
        self.context: BrowserContext = browser.new_context(
            viewport=SIZE,  # type: ignore[arg-type]
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        for thing in (self.context, self.page):
            for name in STAYS:
                if hasattr(thing, name):
                    setattr(thing, name, self._marking(getattr(thing, name)))
            for name in ("on", "once"):
                setattr(thing, name, self._hearing(thing, getattr(thing, name)))

    def give_back(self) -> None:
        """Have it serve again, or end it."""
        if self._is_marked or not self._is_clean():
            self.context.close()
        else:
            _spare.setdefault(self._browser, []).append(self)

    def _is_clean(self) -> bool:
        with suppress(BrowserError):
            for page in self.context.pages:
                if page is not self.page:
                    page.close()
            for thing in (self.page, self.context):
                thing.unroute_all(behavior="ignoreErrors")
            for thing, event, handler in self._listening:
                with suppress(KeyError):  # heard once, or no more
                    thing.remove_listener(event, handler)
            self._listening.clear()
            if self.page.evaluate(_CLEAR):
                return False
            self.context.clear_cookies()
            self.page.goto("about:blank")
            self.page.mouse.move(0, 0)
            for button in ("left", "right"):
                self.page.mouse.up(button=button)  # type: ignore[arg-type]
            self.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
            self.page.emulate_media(
                media="null",
                color_scheme="light",
                reduced_motion="no-preference",
                forced_colors="none",
                contrast="null",
            )
            return True
        return False

    def _marking(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def marked(*given: Any, **named: Any) -> Any:
            self._is_marked = True
            return act(*given, **named)

        return marked

    def _hearing(self, thing: Any, act: Callable[..., Any]) -> Callable[..., Any]:
        def listen(event: str, handler: Any) -> Any:
            self._listening.append((thing, event, handler))
            return act(event, handler)

        return listen


def spare_page(browser: Browser) -> SparePage:
    """Return one that nothing shows of whoever had it before."""
    found = [one for one in _spare.get(browser, []) if not one.page.is_closed()]
    _spare[browser] = found
    return found.pop() if found else SparePage(browser)
