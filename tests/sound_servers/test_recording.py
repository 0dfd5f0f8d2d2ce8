"""The judge of recordings, and that what is missing is named by its package."""

from __future__ import annotations

import numpy as np
import pytest

from app.speech.sound import SAMPLES_A_SECOND
from tests.sound_servers import servers
from tests.sound_servers.recording import Samples, likeness, loud_span, samples_of

SILENCE = np.zeros(SAMPLES_A_SECOND)


@pytest.fixture(scope="module")
def sound() -> Samples:
    """Three seconds of a tone that rises, so that each moment is like no other."""
    at = np.arange(3 * SAMPLES_A_SECOND) / SAMPLES_A_SECOND
    return 8_000 * np.sin(2 * np.pi * (100 * at + 150 * at**2))


def test_the_sound_itself_is_that_sound_wherever_it_begins(sound: Samples) -> None:
    like = likeness(np.concatenate([SILENCE, sound, SILENCE]), sound)
    assert like.is_that_sound
    assert (like.share, round(like.level, 2), round(like.length, 2)) == (1.0, 1.0, 1.0)


def test_a_lost_moment_is_still_that_sound(sound: Samples) -> None:
    assert likeness(np.delete(sound, slice(60_000, 62_000)), sound).is_that_sound


def test_another_speed_level_or_half_is_not_that_sound(sound: Samples) -> None:
    assert not likeness(sound[::2], sound).is_that_sound
    assert not likeness(sound / 2, sound).is_that_sound
    assert not likeness(sound[: sound.size // 2], sound).is_that_sound
    assert not likeness(sound[::-1], sound).is_that_sound
    assert not likeness(SILENCE, sound).is_that_sound


def test_left_channel_and_the_span_that_is_heard() -> None:
    frames = np.array([[0, 9_000], [1_000, 9_000], [-2_000, 0], [0, 0]], "<i2")
    left = samples_of(frames.tobytes() + b"\0", 2)
    assert left.tolist() == [0, 1_000, -2_000, 0]
    assert loud_span(left) == (1, 3)


def test_what_is_missing_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.shutil, "which", lambda program: None)
    assert {"pulseaudio", "pipewire-bin", "wireplumber", "alsa-utils"} <= set(servers.missing_packages())
