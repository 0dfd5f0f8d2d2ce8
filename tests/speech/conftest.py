"""A voice process's inside behind its real socket, and the dictionary, loaded once for all tests of readings."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.speech.reading_words import SudachiReader
from tests.speech.door import Door


@pytest.fixture(scope="session")
def words() -> SudachiReader:
    return SudachiReader()


@pytest.fixture
def path() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="voice-"))
    yield folder / "run" / "voice.sock"
    shutil.rmtree(folder)


@pytest.fixture
def door(path: Path) -> Iterator[Door]:
    made = Door(path)
    yield made
    made.close()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is searched for programs before the system's, which has no players."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr("app.speech.devices.shutil.which", lambda name: found(folder, name))
    return folder


def found(folder: Path, name: str) -> str | None:
    return str(folder / name) if (folder / name).exists() else None
