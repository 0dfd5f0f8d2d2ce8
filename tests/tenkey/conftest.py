"""A voice process's inside behind its real socket, and the desk of a box."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.speech.door import Door
from tests.tenkey.desk_box import Box


@pytest.fixture
def door() -> Iterator[Door]:
    folder = Path(tempfile.mkdtemp(prefix="voice-"))  # short: a socket's path must fit
    made = Door(folder / "voice.sock")
    yield made
    made.close()
    shutil.rmtree(folder)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.close()
