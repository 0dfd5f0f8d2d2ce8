"""Clips are made once, named by what they are, whole or not there, and never asked of a voice that is down."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.errors import VoiceProcessDown
from app.speech import sound
from app.speech.guidance_clips import GuidanceClips, clip_name, engine_version
from app.speech.kiosk_guidance import RATE, all_phrases
from tests.box.processes import wait_for

PCM = b"\1\2\3\4"


class Voice:
    """Renders each phrase as four bytes and a silence; ``left`` phrases until it dies."""

    def __init__(self, left: int = 1_000) -> None:
        self.left = left
        self.asked: list[str] = []
        self.rates: set[float] = set()
        self.woken = threading.Event()

    def render(self, kana: Sequence[str], rate: float) -> Iterator[bytes]:
        self.rates.add(rate)
        for phrase in kana:
            if not self.left:
                raise VoiceProcessDown()
            self.left -= 1
            self.asked.append(phrase)
            yield sound.wav(PCM + bytes(1_000))


def test_name_depends_on_words_rate_and_engine_and_holds_no_digit() -> None:
    names = {clip_name("ア", "1"), clip_name("イ", "1"), clip_name("ア", "2"), clip_name("ア", "1", 7.0)}
    assert len(names) == 4
    assert clip_name("ア", "1") == clip_name("ア", "1", RATE)
    assert all(re.fullmatch("kiosk-[a-p]{24}", name) for name in names)
    assert engine_version().startswith("pyopenjtalk-plus ")


def test_clips_are_made_once_and_end_without_the_voices_own_pause(tmp_path: Path) -> None:
    voice = Voice()
    clips = GuidanceClips(tmp_path / "guidance", voice, "1")
    assert clips.make_missing()
    assert sorted(voice.asked) == sorted(phrase.kana for phrase in all_phrases())
    assert voice.rates == {RATE}
    assert {clips.read(name) for name in clips.names} == {sound.wav(PCM)}
    assert GuidanceClips(tmp_path / "guidance", voice, "1").make_missing()
    assert len(voice.asked) == len(all_phrases())


def test_voice_that_dies_leaves_whole_clips_and_the_next_round_goes_on(tmp_path: Path) -> None:
    voice = Voice(left=20)
    clips = GuidanceClips(tmp_path, voice, "1")
    assert not clips.make_missing()
    assert len(clips.missing()) == len(clips.names) - 20
    voice.left = 1_000
    assert clips.make_missing()
    assert len(voice.asked) == len(clips.names)
    assert {path.suffix for path in tmp_path.iterdir()} == {".wav"}


def test_cut_file_is_made_again_and_others_go_away(tmp_path: Path) -> None:
    voice = Voice()
    assert GuidanceClips(tmp_path, voice, "1").make_missing()
    (tmp_path / "note.txt").write_text("mine")
    clips = GuidanceClips(tmp_path, voice, "2")
    assert clips.make_missing()
    assert {path.stem for path in tmp_path.glob("*.wav")} == set(clips.names)
    path = tmp_path / f"{clips.names[0]}.wav"
    path.write_bytes(path.read_bytes()[:-1])
    assert clips.missing() == [clips.names[0]]
    assert clips.make_missing()
    assert clips.missing() == []
    assert (tmp_path / "note.txt").exists()


def test_nothing_but_own_clips_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(sound.wav(PCM))
    clips = GuidanceClips(tmp_path, Voice(), "1")
    for name in ("secret", "../secret", "", "kiosk-" + "a" * 24):
        assert clips.read(name) is None


@pytest.mark.parametrize("is_down_first", [False, True])
def test_background_makes_them_when_the_voice_answers_and_again_when_one_is_lost(
    tmp_path: Path, is_down_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.speech.guidance_clips._FIRST_RETRY_S", 0.02)
    voice = Voice(left=0 if is_down_first else 1_000)
    clips = GuidanceClips(tmp_path, voice, "1")
    clips.start()
    try:
        assert not clips.is_ready or not is_down_first
        voice.left = 1_000
        wait_for(lambda: clips.is_ready)
        (tmp_path / f"{clips.names[3]}.wav").unlink()
        assert clips.read(clips.names[3]) is None
        wait_for(lambda: clips.is_ready)
        assert clips.read(clips.names[3]) is not None
    finally:
        clips.close()


def test_clip_that_is_lost_while_others_are_made_is_made_before_all_are_ready(tmp_path: Path) -> None:
    class Losing(Voice):
        """While the last phrase is made, somebody asks for the first, which is gone."""

        def render(self, kana: Sequence[str], rate: float) -> Iterator[bytes]:
            for wav in super().render(kana, rate):
                if len(self.asked) == len(clips.names):
                    lost.unlink()
                    assert clips.read(clips.names[0]) is None
                yield wav

    clips = GuidanceClips(tmp_path, Losing(), "1")
    lost = tmp_path / f"{clips.names[0]}.wav"
    clips.start()
    try:
        wait_for(lambda: clips.is_ready)
        assert clips.read(clips.names[0]) is not None
    finally:
        clips.close()


def test_disk_that_takes_nothing_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not GuidanceClips(tmp_path / "file" / "guidance", Voice(), "1").make_missing()
