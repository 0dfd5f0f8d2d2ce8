"""The dictionary is loaded once for all tests of readings."""

from __future__ import annotations

import pytest

from app.speech.reading_words import SudachiReader


@pytest.fixture(scope="session")
def words() -> SudachiReader:
    return SudachiReader()
