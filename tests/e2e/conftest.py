"""Fixtures of every end-to-end test: the session's real pcscd, its virtual reader, browsers, kiosk and staff pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.browsers import chromium, no_policy_event, one_browser
from tests.e2e.clinic import browser
from tests.e2e.kiosk_page import kiosk, touched
from tests.e2e.staff_pages import box, box_and_browser, name_of, open_board, open_page
from tests.pcsc_stack import PcscStack, pcsc_stack, virtual_reader

__all__ = [
    "box",
    "box_and_browser",
    "browser",
    "chromium",
    "kiosk",
    "name_of",
    "no_pcscd",
    "no_policy_event",
    "one_browser",
    "open_board",
    "open_page",
    "pcsc_stack",
    "touched",
    "virtual_reader",
]


expect.set_options(timeout=40_000)  # of a machine that does other things too; what comes sooner is not waited for


@pytest.fixture(scope="module")
def no_pcscd(pcsc_stack: PcscStack) -> Iterator[None]:
    """Room for a demo, which starts the only pcscd of this machine: the session's own one pauses for this module."""
    with pcsc_stack.paused():
        yield
