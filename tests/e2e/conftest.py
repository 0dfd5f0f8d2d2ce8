"""The session's real pcscd and its virtual reader, for every end-to-end test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pcsc_stack import PcscStack, pcsc_stack, virtual_reader

__all__ = ["no_pcscd", "pcsc_stack", "virtual_reader"]


@pytest.fixture(scope="module")
def no_pcscd(pcsc_stack: PcscStack) -> Iterator[None]:
    """Room for a demo, which starts the only pcscd of this machine: the session's own one pauses for this module."""
    with pcsc_stack.paused():
        yield
