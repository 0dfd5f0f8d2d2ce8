"""Debian's Chromium, headless, one for a test session; whatever breaks a page's policy is heard wherever it happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SHELL = "/usr/bin/chromium-headless-shell"
"""The same engine without the browser's own window, which costs twice as much as the page in it."""
START_MS = 120_000
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")

POLICY_EVENTS: list[str] = []
"""Every ``securitypolicyviolation`` of every page since the last look; each test must leave it empty."""
_TELL = """document.addEventListener('securitypolicyviolation', (event) =>
    window.policyBroken([location.pathname, event.violatedDirective, event.blockedURI].join(' ')));"""

_running: list[Playwright] = []


@contextmanager
def shared_playwright() -> Iterator[Playwright]:
    """The one driver of this process: a second one cannot start in the same thread while the first runs."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        _running.append(playwright)
        try:
            yield playwright
        finally:
            _running.clear()


def watched(browser: Browser) -> Browser:
    """Let every context that this browser opens report what its pages' policy refused."""
    make = browser.new_context

    def new_context(**options: object) -> BrowserContext:
        context = make(**options)  # type: ignore[arg-type]
        context.expose_binding("policyBroken", lambda _, words: POLICY_EVENTS.append(words))
        context.add_init_script(_TELL)
        return context

    browser.new_context = new_context  # type: ignore[method-assign]
    return browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for pages on loopback; tests open contexts of their own."""
    with shared_playwright() as playwright:
        browser = watched(playwright.chromium.launch(executable_path=SHELL, args=list(QUIET), timeout=START_MS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def no_policy_event() -> Iterator[None]:
    """No page of any test may try what its policy forbids."""
    yield
    found = list(POLICY_EVENTS)
    POLICY_EVENTS.clear()
    assert found == [], found
