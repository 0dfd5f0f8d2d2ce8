"""Sinks and their looks: without a device nothing is called spoken. The programs are scripts of the test's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.config import AUDIO_SINKS
from app.errors import NoAudioDevice, VoiceError
from app.speech import devices, sound
from app.speech.devices import Outlook, look_at_alsa, look_at_pipewire, look_at_pulse
from app.speech.sinks import AutoSink, FileSink, NullOutlet, NullSink, PlayerSink, make_sink
from tests.speech.fakes import make_program
from tests.speech.players import FOUND, GONE, SECOND, Ticking, speak
from tests.speech.samples import pcm_of


def test_pipewires_player_reads_the_head_of_what_it_plays(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.speech.devices.look_at_pipewire", lambda: FOUND)
    make_program(programs, "pw-play", f'[ "$1" != - ] && exec cat "$1" >{tmp_path}/heard')
    outlet = make_sink("pipewire", tmp_path).open()
    outlet.write(SECOND[:9_600])
    outlet.finish()
    assert (tmp_path / "heard").read_bytes() == sound.stream_header() + SECOND[:9_600]


def test_sink_without_a_device_starts_no_program(programs: Path, tmp_path: Path) -> None:
    program = make_program(programs, "aplay", f"touch {tmp_path}/started")
    with pytest.raises(NoAudioDevice, match="no sound card"):
        PlayerSink("alsa", (str(program),), lambda: GONE).open()
    assert not (tmp_path / "started").exists()


# Looks ------------------------------------------------------------------------------------------------------------

CARDS = """ 0 [Cam            ]: USB-Audio - Webcam with microphone
                      Maker Webcam at usb-0000:00:14.0-1, high speed
 1 [Device         ]: USB-Audio - USB Sound Stick
                      Maker USB Sound Stick at usb-0000:00:14.0-2, full speed
"""
STREAMS = """00-00: USB Audio : USB Audio : capture 1
01-00: USB Audio : USB Audio : playback 1 : capture 1
"""


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    folder = tmp_path / "asound"
    folder.mkdir()
    (folder / "cards").write_text(CARDS)
    (folder / "pcm").write_text(STREAMS)
    return folder


def test_alsa_names_the_first_card_that_can_play(programs: Path, cards: Path) -> None:
    make_program(programs, "aplay", "")
    assert look_at_alsa(cards) == Outlook("USB Sound Stick")


def test_alsa_without_a_playing_card_says_so(programs: Path, cards: Path) -> None:
    make_program(programs, "aplay", "")
    (cards / "pcm").write_text(STREAMS.splitlines()[0])
    assert look_at_alsa(cards).tried == ("alsa: no sound card that can play",)
    (cards / "cards").write_text("--- no soundcards ---\n")
    assert look_at_alsa(cards).device is None


def test_alsa_without_the_kernels_list_or_without_a_player_says_which(programs: Path, cards: Path) -> None:
    assert "aplay is not installed" in look_at_alsa(cards).tried[0]
    assert "is not there" in look_at_alsa(cards / "nowhere").tried[0]


@pytest.mark.parametrize(
    ("script", "outlook"),
    [
        ("echo 'Server Name: pulseaudio'; echo 'Default Sink: alsa_output.usb'", Outlook("alsa_output.usb")),
        ("echo 'Default Sink: auto_null'", Outlook(None, ("pulse: the server has no sound device",))),
        ("echo 'Default Sink: (null)'", Outlook(None, ("pulse: the server has no sound device",))),
        ("echo 'Server Name: x'", Outlook(None, ("pulse: the server has no sound device",))),
        (
            "echo 'Connection failure: Connection refused' >&2; exit 1",
            Outlook(None, ("pulse: pactl: Connection failure: Connection refused",)),
        ),
    ],
)
def test_pulse_believes_the_default_sink_alone(programs: Path, script: str, outlook: Outlook) -> None:
    make_program(programs, "paplay", "")
    make_program(programs, "pactl", script)
    assert look_at_pulse() == outlook


NODES = """\tid 28, type PipeWire:Interface:Node/3
 \t\tnode.name = "Dummy-Driver"
\tid 30, type PipeWire:Interface:Node/3
 \t\tnode.name = "auto_null"
 \t\tmedia.class = "Audio/Sink"
"""
SPEAKER = """\tid 31, type PipeWire:Interface:Node/3
 \t\tnode.description = "Box speaker"
 \t\tmedia.class = "Audio/Sink"
"""


def test_pipewire_wants_a_sink_that_is_not_made_up(programs: Path) -> None:
    make_program(programs, "pw-play", "")
    make_program(programs, "pw-cli", f"cat <<'END'\n{NODES}END\n")
    assert look_at_pipewire().tried == ("pipewire: the server has no sound device",)
    make_program(programs, "pw-cli", f"cat <<'END'\n{NODES}{SPEAKER}END\n")
    assert look_at_pipewire() == Outlook("Box speaker")
    make_program(programs, "pw-cli", "echo 'Error: Host is down' >&2; exit 255")
    assert look_at_pipewire().tried == ("pipewire: pw-cli: Error: Host is down",)


def test_server_that_does_not_answer_is_not_waited_for(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_TIMEOUT_S", 0.05)
    make_program(programs, "paplay", "")
    make_program(programs, "pactl", "exec sleep 60")
    assert look_at_pulse().tried == ("pulse: pactl did not answer",)


# Choosing ---------------------------------------------------------------------------------------------------------


def test_auto_takes_the_first_device_and_else_says_everything_that_was_tried(programs: Path) -> None:
    program = str(make_program(programs, "aplay", "cat >/dev/null"))
    none = PlayerSink("pulse", (program,), lambda: Outlook(None, ("pulse: refused",)))
    some = PlayerSink("alsa", (program,), lambda: FOUND, Ticking(10.0))
    assert AutoSink([none, some]).look() == FOUND
    AutoSink([none, some]).open().finish()
    with pytest.raises(NoAudioDevice) as caught:
        AutoSink([none, PlayerSink("alsa", (program,), lambda: GONE)]).open()
    assert caught.value.tried == ("pulse: refused", "alsa: no sound card")


@pytest.mark.parametrize("name", AUDIO_SINKS)
def test_every_setting_is_a_sink(name: str, tmp_path: Path) -> None:
    assert make_sink(name, tmp_path).name == name


def test_auto_without_anything_tries_all_three(programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(NoAudioDevice) as caught:
        make_sink("auto", tmp_path).open()
    assert [text.partition(":")[0] for text in caught.value.tried] == ["pulse", "pipewire", "alsa"]


def test_browser_plays_nothing_here(tmp_path: Path) -> None:
    with pytest.raises(NoAudioDevice, match="browser"):
        make_sink("browser", tmp_path).open()


def test_null_takes_everything_until_it_is_stopped() -> None:
    outlet = NullSink().open()
    assert isinstance(outlet, NullOutlet)
    outlet.write(SECOND)
    outlet.finish()
    assert outlet.taken_bytes == len(SECOND)
    outlet.abort()
    with pytest.raises(VoiceError):
        outlet.write(SECOND)
    with pytest.raises(VoiceError):
        outlet.finish()
    assert outlet.taken_bytes == len(SECOND)


# Files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def file_sink(tmp_path: Path) -> FileSink:
    return FileSink(tmp_path / "voice")


def test_file_sink_warns_and_writes_whole_private_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sink = FileSink(tmp_path / "voice")
    assert "everything spoken is kept on disk" in caplog.text
    for count in (1, 2):
        outlet = sink.open()
        outlet.write(SECOND * count)
        assert len(list((tmp_path / "voice").glob("*.wav"))) == count - 1, "no unfinished file has the final name"
        outlet.finish()
    files = sorted((tmp_path / "voice").iterdir())
    assert [file.name for file in files] == ["00001.wav", "00002.wav"]
    assert [pcm_of(file.read_bytes()) for file in files] == [SECOND, SECOND * 2]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert (tmp_path / "voice").stat().st_mode & 0o777 == 0o700


def test_stopped_file_leaves_nothing(file_sink: FileSink, tmp_path: Path) -> None:
    outlet = file_sink.open()
    outlet.write(SECOND)
    outlet.abort()
    with pytest.raises(VoiceError):
        outlet.finish()
    assert list((tmp_path / "voice").iterdir()) == []


def test_folder_that_cannot_be_made_is_no_device(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoAudioDevice, match="file"):
        FileSink(tmp_path / "file" / "voice").open()


def test_full_disk_is_never_spoken(file_sink: FileSink, tmp_path: Path) -> None:
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice" / "00001.wav.part").symlink_to("/dev/full")
    outlet = file_sink.open()
    with pytest.raises(VoiceError, match=os.strerror(28)):
        speak(outlet, 1)
    assert list((tmp_path / "voice").iterdir()) == []
