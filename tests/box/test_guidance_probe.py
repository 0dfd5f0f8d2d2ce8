"""What doctor says of the kiosk's spoken guidance: ready, off, or missing and why."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.box.guidance_probe import probe_guidance
from app.box.health import Health
from app.config import Settings
from app.speech import sound
from app.speech.client import VoiceClient
from app.speech.guidance_clips import GuidanceClips
from tests.speech.door import Door


@pytest.fixture
def settings() -> Iterator[Settings]:
    state = Path(tempfile.mkdtemp(prefix="guide-"))
    yield Settings(state, "https://localhost/", state, state, state, "https://localhost", audio_sink="null")
    shutil.rmtree(state)


def test_missing_phrases_are_a_note_that_says_who_makes_them(settings: Settings) -> None:
    health, text = probe_guidance(settings)
    assert health is Health.NOTE
    assert "does not offer 音声案内" in text
    assert text.endswith("does not run")
    door = Door(settings.voice_socket)
    try:
        assert probe_guidance(settings)[1].endswith("the voice process makes them now")
    finally:
        door.close()


def test_all_phrases_are_well_without_a_voice_too(settings: Settings) -> None:
    clips = GuidanceClips(settings.guidance_dir, VoiceClient(settings.voice_socket))
    settings.guidance_dir.mkdir()
    for name in clips.names:
        (settings.guidance_dir / f"{name}.wav").write_bytes(sound.wav(b"\1\2"))
    assert probe_guidance(settings) == (Health.OK, f"{len(clips.names)} phrases are ready")


def test_silence_by_setting_is_well(settings: Settings) -> None:
    assert probe_guidance(dataclasses.replace(settings, kiosk_sound=False))[0] is Health.OK
