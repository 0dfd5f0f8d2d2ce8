"""Player programs: what is called spoken was heard to its end. The programs are scripts of the test's own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.errors import NoAudioDevice, VoiceError
from app.speech import devices, sound
from tests.speech.fakes import WAIT_S, make_program
from tests.speech.players import FOUND, GONE, SECOND, player, speak


def test_sound_that_was_taken_to_its_end_is_spoken(programs: Path, tmp_path: Path) -> None:
    playing = player(make_program(programs, "aplay", f"cat >{tmp_path}/heard"))
    playing.write(SECOND)
    playing.write(SECOND)
    playing.finish()
    heard = (tmp_path / "heard").read_bytes()
    assert heard == sound.stream_header() + SECOND * 2


def test_player_that_refuses_is_no_device_when_there_is_none(programs: Path) -> None:
    playing = player(
        make_program(programs, "aplay", "echo 'aplay: audio open error: No such device' >&2; exit 1"), lambda: GONE
    )
    with pytest.raises(NoAudioDevice) as caught:
        speak(playing)
    assert caught.value.tried[0].endswith("aplay: aplay: audio open error: No such device")
    assert caught.value.tried[1] == "alsa: no sound card"


def test_device_unplugged_mid_sentence_is_never_spoken(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.speech.player._LOOK_S", 2 * WAIT_S)  # the player is over before anybody looks
    program = make_program(
        programs, "aplay", "head -c 96000 >/dev/null; echo 'write error: No such device' >&2; exit 1"
    )
    playing = player(program, lambda: GONE)
    with pytest.raises(NoAudioDevice, match="No such device"):
        speak(playing)


def test_sound_that_a_server_moved_to_nobody_is_never_spoken(programs: Path) -> None:
    # PulseAudio and PipeWire move the stream of an unplugged device to one they make up; the player ends with 0.
    playing = player(make_program(programs, "paplay", "cat >/dev/null"), lambda: GONE)
    playing.write(SECOND[:9_600])
    with pytest.raises(NoAudioDevice, match="the device went away; alsa: no sound card"):
        playing.finish()


@pytest.mark.parametrize("taken", ["head -c 4800", "cat"])
def test_player_without_its_device_is_not_waited_for_to_the_end(
    programs: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    monkeypatch.setattr("app.speech.player._LOOK_S", 0.05)
    monkeypatch.setattr("app.speech.player._STALL_S", WAIT_S)
    playing = player(make_program(programs, "pw-play", f"{taken} >/dev/null; exec sleep 60"), lambda: GONE)
    with pytest.raises(NoAudioDevice, match="the device went away"):
        speak(playing, 2)


def test_device_is_looked_for_while_a_long_sentence_is_written(programs: Path) -> None:
    looks = [FOUND]
    playing = player(make_program(programs, "paplay", "cat >/dev/null"), lambda: looks[-1])
    playing.write(SECOND * 2)
    looks.append(GONE)
    with pytest.raises(NoAudioDevice, match="the device went away"):
        playing.write(SECOND)


def test_voice_that_was_twice_as_fast_is_never_spoken(programs: Path) -> None:
    playing = player(make_program(programs, "pw-play", "cat >/dev/null"), step_s=0.75)
    playing.write(SECOND * 3)
    with pytest.raises(VoiceError, match=r"it took 1\.5 s for 3\.0 s of sound"):
        playing.finish()


def test_reason_of_a_player_is_found_before_its_table() -> None:
    output = b"ALSA lib: x\naplay: set_params:1416: Unable to install hw params:\nRATE: 48000\nTICK_TIME: [0 0]\n"
    assert devices.last_words(output, "aplay") == "aplay: set_params:1416: Unable to install hw params:"
    assert devices.last_words(b"Connection failure\nStream error: Entity killed\n", "paplay") == (
        "Stream error: Entity killed"
    )


def test_player_that_ends_well_but_early_is_never_spoken(programs: Path) -> None:
    playing = player(make_program(programs, "aplay", "head -c 4800 >/dev/null; exit 0"))
    with pytest.raises(VoiceError):
        speak(playing)


def test_player_that_swallows_sound_faster_than_it_can_sound_is_never_spoken(programs: Path) -> None:
    playing = player(make_program(programs, "aplay", "cat >/dev/null"), step_s=0.01)
    playing.write(SECOND * 4)
    with pytest.raises(VoiceError, match=r"it took 0\.0 s for 4\.0 s of sound"):
        playing.finish()


def test_failing_exit_after_everything_was_taken_is_never_spoken(programs: Path) -> None:
    playing = player(make_program(programs, "aplay", "cat >/dev/null; exit 3"))
    playing.write(SECOND)
    with pytest.raises(VoiceError) as caught:
        playing.finish()
    assert caught.value.code == "voice.failed"
    assert "does not say why" in caught.value.tried[0]


def test_player_that_takes_nothing_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.speech.player._STALL_S", 0.05)
    playing = player(make_program(programs, "aplay", "exec sleep 60"))
    with pytest.raises(VoiceError, match="it takes no more sound"):
        playing.write(SECOND)


def test_player_that_does_not_end_is_given_up(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = player(make_program(programs, "aplay", "cat >/dev/null; exec sleep 60"), step_s=0.5)
    playing.write(SECOND)
    monkeypatch.setattr("app.speech.player._STALL_S", 0.2)
    with pytest.raises(VoiceError, match="it did not end"):
        playing.finish()


def test_abort_kills_the_player_and_nothing_more_is_written(programs: Path, tmp_path: Path) -> None:
    # A player keeps at most a pipe's 64 KiB; what counts is that it is gone and takes none of it any more.
    playing = player(make_program(programs, "aplay", "exec cat >/dev/null"))
    blocks: list[int] = []
    first = threading.Event()

    def speak_on() -> None:
        try:
            while True:
                playing.write(SECOND[: sound.BYTES_A_SECOND // 20])
                blocks.append(1)
                first.set()
        except VoiceError:
            blocks.append(0)

    writing = threading.Thread(target=speak_on)
    writing.start()
    assert first.wait(WAIT_S)
    playing.abort()
    at_stop = sum(blocks)
    writing.join(WAIT_S)
    assert sum(blocks) <= at_stop + 2, "no more than 100 ms of sound were written after the stop"
    assert blocks[-1] == 0
    with pytest.raises(VoiceError, match="stopped"):
        playing.finish()


def test_program_that_is_not_there_is_no_device(tmp_path: Path) -> None:
    with pytest.raises(NoAudioDevice, match="No such file"):
        player(tmp_path / "gone")


def test_players_see_english_and_none_of_our_settings(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_STATE_DIR", "/srv/secret")
    playing = player(make_program(programs, "aplay", f"env >{tmp_path}/env; cat >/dev/null"))
    playing.finish()
    seen = (tmp_path / "env").read_text()
    assert "LC_ALL=C" in seen
    assert "KIOSK_" not in seen
