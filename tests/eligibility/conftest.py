"""A table for every module here that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.eligibility.desk import Table


@pytest.fixture
def table() -> Iterator[Table]:
    table = Table()
    yield table
    table.keeper.error = table.keeper.call_error = None
    table.effects.close()
