"""Fixtures of every end-to-end test: the session's real pcscd and its virtual reader, browsers, the kiosk's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.browsers import chromium, no_policy_event
from tests.e2e.clinic import browser
from tests.e2e.kiosk_page import kiosk
from tests.pcsc_stack import PcscStack, pcsc_stack, virtual_reader

__all__ = ["browser", "chromium", "kiosk", "no_pcscd", "no_policy_event", "pcsc_stack", "virtual_reader"]


@pytest.fixture(scope="module")
def no_pcscd(pcsc_stack: PcscStack) -> Iterator[None]:
    """Room for a demo, which starts the only pcscd of this machine: the session's own one pauses for this module."""
    with pcsc_stack.paused():
        yield
