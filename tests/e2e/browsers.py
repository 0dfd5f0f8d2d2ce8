"""Debian's Chromium, headless, one for a test session; whatever breaks a page's policy is heard wherever it happens.

All boxes and demos of a session have certificates of one authority, which its browser trusts: it is started once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from app.box.certificates import BoxNames, certificate_files, ensure_certificates
from app.clock import TOKYO

CHROMIUM = "/usr/bin/chromium"
SHELL = "/usr/bin/chromium-headless-shell"
"""The same engine without the browser's own window, which costs twice as much as the page in it."""
START_MS = 120_000
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
HOST = "uketsuke.local"

POLICY_EVENTS: list[str] = []
"""Every ``securitypolicyviolation`` of every page since the last look; each test must leave it empty."""
_TELL = """document.addEventListener('securitypolicyviolation', (event) =>
    window.policyBroken([location.pathname, event.violatedDirective, event.blockedURI].join(' ')));"""

_running: list[Playwright] = []
_session: list[_Session] = []


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


def launched(
    ca_file: Path, home: Path, screen: Mapping[str, str] | None = None, executable: str = SHELL
) -> tuple[ExitStack, Browser]:
    """Start Chromium with an authority in the certificate store of a home of its own; the stack ends it."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    for arguments in (("-N", "--empty-password"), ("-A", "-t", "C,,", "-n", "uketsuke", "-i", str(ca_file))):
        subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True, timeout=120)
    with ExitStack() as stack:
        playwright = stack.enter_context(shared_playwright())
        browser = watched(
            playwright.chromium.launch(
                executable_path=executable if screen is None else CHROMIUM,
                args=[
                    *QUIET,
                    f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
                    *([] if screen is None else ["--force-renderer-accessibility"]),
                ],
                headless=screen is None,
                timeout=START_MS,
                env={**(os.environ if screen is None else screen), "HOME": str(home)},
            )
        )
        stack.callback(browser.close)
        return stack.pop_all(), browser


class _Session:
    """One authority and one browser that trusts it; each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._browser: Browser | None = None

    @property
    def certificates(self) -> Path:
        folder = self._folder / "certificates"
        if not folder.exists():
            ensure_certificates(folder, BoxNames(), datetime.now(TOKYO))
        return folder

    def browser(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            ca_file = certificate_files(self.certificates).ca_file
            stack, self._browser = launched(ca_file, self._folder / "home")
            self._stack.enter_context(stack)
        return self._browser

    def close(self) -> None:
        self._stack.close()


def lend_certificates(folder: Path) -> None:
    """Give a new box the session's certificates, as if it had made them; outside of a session it makes its own."""
    if _session:
        shutil.copytree(_session[0].certificates, folder)


@contextmanager
def trusting_chromium(
    ca_file: Path, home: Path, screen: Mapping[str, str] | None = None, executable: str = SHELL
) -> Iterator[Browser]:
    """Chromium that trusts a box's authority: the session's, where the box has certificates of that.

    ``screen`` is the environment of a session with a screen reader; without one nothing is shown anywhere.
    ``executable`` is ``CHROMIUM`` for what needs the whole browser, which a screen always has.
    """
    if _session and screen is None and executable == SHELL and _is_of_session(ca_file):
        browser = _session[0].browser()
        before = browser.contexts
        try:
            yield browser
        finally:
            for context in browser.contexts:
                if context not in before:
                    context.close()
        return
    stack, browser = launched(ca_file, home, screen, executable)
    with stack:
        yield browser


def _is_of_session(ca_file: Path) -> bool:
    return ca_file.read_bytes() == certificate_files(_session[0].certificates).ca_file.read_bytes()


@pytest.fixture(scope="session", autouse=True)
def one_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Room for the browser of this session, and its end."""
    _session.append(_Session(tmp_path_factory.mktemp("session")))
    yield
    _session.pop().close()


@pytest.fixture(scope="session")
def chromium() -> Browser:
    """A browser for pages on loopback; tests open contexts of their own."""
    return _session[0].browser()


@pytest.fixture(autouse=True)
def no_policy_event() -> Iterator[None]:
    """No page of any test may try what its policy forbids."""
    yield
    found = list(POLICY_EVENTS)
    POLICY_EVENTS.clear()
    assert found == [], found
