"""A voice process's inside behind its real socket, and the desk of a box."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.speech.door import Door
from tests.tenkey.desk_box import WAIT_S, Box


@pytest.fixture
def door() -> Iterator[Door]:
    folder = Path(tempfile.mkdtemp(prefix="voice-"))  # short: a socket's path must fit
    made = Door(folder / "voice.sock")
    yield made
    made.close()
    shutil.rmtree(folder)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mouth that asks a voice to stop for as long as a test waits: a busy machine may take its time to hear it."""
    monkeypatch.setattr("app.tenkey.mouth._STOP_WITHIN_S", WAIT_S)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.close()
