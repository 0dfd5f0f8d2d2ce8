"""Our driver behind the real pyttsx3 2.99, making real audio."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from app.errors import NoAudioDevice, UnspeakableKana
from app.speech.openjtalk import VOICE_ID, OpenJTalkDriver, Synthesis
from app.speech.pyttsx import PyttsxVoice, new_engine
from app.speech.sound import length_s
from tests.speech.samples import bursts, pcm_of, peak

NAME = "スガワラ ハナコ サマ"


class Noted:
    """A pyttsx3 engine whose news are written down."""

    def __init__(self) -> None:
        self.engine: Any = new_engine()
        self.errors: list[Exception] = []
        self.finished: list[tuple[str | None, bool]] = []
        self.engine.connect("error", lambda name, exception: self.errors.append(exception))
        self.engine.connect("finished-utterance", lambda name, completed: self.finished.append((name, completed)))

    def run(self) -> None:
        """``runAndWait`` on a thread of its own, so that a loop without end fails the test instead of hanging it."""
        running = threading.Thread(target=self.engine.runAndWait, daemon=True)
        running.start()
        running.join(20)
        assert not running.is_alive(), "runAndWait never returned"


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture(scope="module")
def synthesis() -> Synthesis:
    return Synthesis()


def test_second_and_third_utterance_return(noted: Noted) -> None:
    heard: list[bytes] = []
    noted.engine.setProperty("output", heard.append)
    for count in (1, 2, 3):
        noted.engine.say("ア", str(count))
        noted.run()
        assert len(heard) == count
    assert noted.finished == [("1", True), ("2", True), ("3", True)]
    assert noted.errors == []


def test_loop_without_anything_to_say_returns_again_and_again(noted: Noted) -> None:
    for _ in range(3):
        noted.run()
    assert noted.finished == []


def test_three_queued_files_are_three_files(noted: Noted, tmp_path: Path) -> None:
    for round_ in (1, 2):
        wanted = {tmp_path / f"{round_}-{number}.wav": kana for number, kana in enumerate(("ア", "アイウ", NAME))}
        for path, kana in wanted.items():
            noted.engine.save_to_file(kana, str(path))
        noted.run()
        sizes = [len(pcm_of(path.read_bytes())) for path in wanted]
        assert sizes == sorted(set(sizes)), "each holds its own text, whole"
    assert noted.errors == []
    assert not list(tmp_path.glob("*.part"))


def test_path_that_cannot_be_written_is_an_error_and_the_next_file_is_made(noted: Noted, tmp_path: Path) -> None:
    noted.engine.save_to_file("ア", str(tmp_path / "nowhere" / "a.wav"))
    noted.engine.save_to_file("イ", str(tmp_path / "b.wav"))
    noted.run()
    assert [type(error) for error in noted.errors] == [FileNotFoundError]
    assert [path.name for path in tmp_path.iterdir()] == ["b.wav"]


def test_full_disk_leaves_no_file(noted: Noted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.wav"
    (tmp_path / "a.wav.part").symlink_to("/dev/full")
    noted.engine.save_to_file("ア", str(target))
    noted.run()
    assert [type(error) for error in noted.errors] == [OSError]
    assert list(tmp_path.iterdir()) == []


def test_unknown_voice_is_an_error_and_the_voice_stays(noted: Noted) -> None:
    noted.engine.setProperty("voice", "nobody")
    noted.run()
    assert [type(error) for error in noted.errors] == [ValueError]
    assert noted.engine.getProperty("voice") == VOICE_ID
    assert [voice.id for voice in noted.engine.getProperty("voices")] == [VOICE_ID]


def test_unknown_property_is_an_error(noted: Noted) -> None:
    noted.engine.setProperty("pitch", 3)
    noted.run()
    assert [type(error) for error in noted.errors] == [KeyError]
    with pytest.raises(KeyError):
        noted.engine.getProperty("pitch")


def test_values_out_of_range_are_clipped(noted: Noted) -> None:
    for name, given, kept in (("rate", 1, 240.0), ("rate", 10_000, 960.0), ("volume", 3, 1.0), ("volume", -1, 0.0)):
        noted.engine.setProperty(name, given)
        noted.run()
        assert noted.engine.getProperty(name) == kept


def test_saying_without_an_output_is_never_spoken(noted: Noted) -> None:
    noted.engine.say("ア")
    noted.run()
    assert [type(error) for error in noted.errors] == [NoAudioDevice]
    assert noted.finished == []


def test_stop_ends_a_long_utterance_after_the_piece_in_hand(noted: Noted) -> None:
    heard: list[bytes] = []

    def stop_at_the_second(pcm: bytes) -> None:
        heard.append(pcm)
        if len(heard) == 2:
            noted.engine.stop()

    noted.engine.setProperty("output", stop_at_the_second)
    noted.engine.say("アイ、" * 50)
    noted.run()
    assert len(heard) == 2
    assert noted.finished == [(None, False)]
    noted.engine.setProperty("output", heard.append)
    noted.engine.say("ア")
    noted.run()
    assert len(heard) == 3


def test_stopped_file_never_appears(noted: Noted, tmp_path: Path) -> None:
    noted.engine.connect("started-utterance", lambda name: threading.Thread(target=noted.engine.stop).start())
    noted.engine.save_to_file("アイウエオ、" * 30, str(tmp_path / "a.wav"))
    noted.run()
    assert list(tmp_path.iterdir()) == []
    assert noted.finished == [(None, False)]


def test_voice_raises_what_the_driver_reported_and_speaks_on() -> None:
    voice, heard = PyttsxVoice(), list[bytes]()
    with pytest.raises(UnspeakableKana):
        voice.speak("漢字", 7.0, lambda pcm: heard.append(pcm) or True)
    assert heard == []
    voice.speak(NAME, 7.0, lambda pcm: heard.append(pcm) or True)
    assert len(heard) == 1


def test_error_of_whoever_takes_the_samples_comes_back() -> None:
    def broken(pcm: bytes) -> bool:
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        PyttsxVoice().speak("ア", 7.0, broken)


@pytest.mark.parametrize("rate", [4.0, 7.0, 16.0])
def test_audio_lasts_as_long_as_its_morae_and_is_neither_silent_nor_clipped(synthesis: Synthesis, rate: float) -> None:
    for kana, count in (("ウケツケシマシタ", 8), (NAME, 9), ("ゼンコク ケンコー ホケン キョーカイ", 15), ("ア", 1)):
        pcm = b"".join(synthesis.speak(kana, rate))
        (first, *_), (*_, last) = bursts(pcm), bursts(pcm)
        lasts_s = last[1] - first[0]
        assert 0.6 * count / rate <= lasts_s <= 1.7 * count / rate + 0.1, kana
        assert first[0] < 0.06, "it begins at once"
        assert 3_000 < peak(pcm) <= 30_000


def test_comma_between_digits_is_three_tenths_at_the_default_rate(synthesis: Synthesis) -> None:
    first, second = synthesis.speak("イチ ニー、サン ヨン", 7.0)
    quiet_s = length_s(len(first)) - bursts(first)[-1][1]
    assert 0.3 <= quiet_s <= 0.38
    assert len(second) > 0


def test_volume_is_heard(synthesis: Synthesis) -> None:
    loud, soft = (peak(b"".join(synthesis.speak(NAME, 7.0, volume))) for volume in (1.0, 0.25))
    assert loud / 5 < soft < loud / 3


@pytest.mark.parametrize("kana", ["フオン", "ハツカ", "トーキョート", "ツイタチ", "ゼロ イチ ニー", "ヲ", "ヂ", "ヵ"])
def test_what_is_said_is_the_kana_and_not_what_the_dictionary_would_say(synthesis: Synthesis, kana: str) -> None:
    said = "".join(feature["pron"] for feature in synthesis.features(kana)).replace("’", "")
    assert said == kana.replace(" ", "").translate(str.maketrans("ヲヂヵ", "オジカ"))


def test_only_the_word_that_the_dictionary_rewrites_loses_its_accent(synthesis: Synthesis) -> None:
    words = {feature["string"]: feature["acc"] for feature in synthesis.features("ハナコ フオン")}
    assert words == {"ハナコ": 1, "フオン": 0}


def test_no_kana_makes_the_synthesiser_write_to_the_log(
    synthesis: Synthesis, capfd: pytest.CaptureFixture[str]
) -> None:
    # Its C library prints the morae that it does not know.
    every = [chr(code) for code in range(ord("ァ"), ord("ヺ") + 1)]
    for start in range(0, len(every), 5):
        word = "".join(every[start : start + 5])
        for kana in (word, word[0] + "ー、ー" + word[-1]):
            for _ in synthesis.speak("ア" + kana, 16.0):
                pass
    assert capfd.readouterr() == ("", "")


def test_two_hundred_signs_without_a_break_come_in_short_pieces(synthesis: Synthesis) -> None:
    made = [length_s(len(pcm)) for pcm in synthesis.speak("アイウエオ" * 40, 16.0)]
    assert len(made) > 8
    assert max(made) < 3


def test_driver_has_every_name_that_pyttsx3_calls() -> None:
    wanted = ("say", "stop", "save_to_file", "getProperty", "setProperty", "startLoop", "endLoop", "iterate", "destroy")
    assert all(callable(getattr(OpenJTalkDriver, name)) for name in wanted)
