"""What doctor says of the voice: the device, or what was tried; and when that is a fault."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.box.health import Health
from app.box.voice_probe import probe_voice
from app.config import Settings
from tests.speech.door import Door


@pytest.fixture
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="voice-"))
    yield folder
    shutil.rmtree(folder)


def settings_in(state: Path, sink: str) -> Settings:
    return Settings(state, "https://localhost/", state, state, state, "https://localhost", audio_sink=sink)


@pytest.fixture
def _silent_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.speech.devices.shutil.which", lambda _: None)


@pytest.mark.usefixtures("_silent_machine")
@pytest.mark.parametrize(
    ("sink", "health"),
    [("auto", Health.NOTE), ("browser", Health.NOTE), ("pulse", Health.FAULT), ("pipewire", Health.FAULT)],
)
def test_missing_device_is_a_fault_only_where_one_was_named(state: Path, sink: str, health: Health) -> None:
    found, text = probe_voice(settings_in(state, sink))
    assert found is health
    assert "no sound device" in text
    assert f"tried {'pulse' if sink == 'auto' else sink}: " in text
    assert "does not run" in text


def test_running_voice_with_a_device_is_well_and_without_one_says_what_it_tried(state: Path) -> None:
    settings = settings_in(state, "alsa")
    door = Door(settings.voice_socket)
    try:
        assert probe_voice(settings) == (Health.OK, "alsa: Fake; ready")
        door.sink.device = None
        health, text = probe_voice(settings)
        assert health is Health.FAULT
        assert text.endswith("ready; tried alsa: no sound card")
    finally:
        door.close()


def test_sink_that_nobody_hears_is_named_as_such(state: Path) -> None:
    health, text = probe_voice(settings_in(state, "null"))
    assert health is Health.NOTE
    assert "nobody hears it" in text
