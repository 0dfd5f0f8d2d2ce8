"""Debian's Chromium, headless, one for a test session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for pages on loopback; tests open contexts of their own."""
    with shared_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()
