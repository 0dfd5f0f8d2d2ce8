"""The real voice process with the real synthesiser: started, spoken to, killed, stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import Settings, environment_of
from app.errors import NoAudioDevice, VoiceError, VoiceProcessDown
from app.inbox import Inbox
from app.speech.agent import EXIT_NO_DOOR, EXIT_OK, EXIT_STUCK, Call, serve
from app.speech.client import VoiceClient
from app.speech.mora import count_morae
from app.speech.sound import length_s
from tests.box.processes import wait_for
from tests.speech.fakes import WAIT_S, FakeVoice
from tests.speech.samples import pcm_of, peak

ROOT = Path(__file__).parents[2]
START_S = 60.0
"""A process with a synthesiser takes seconds to start, and more on a busy machine."""
SENTENCE = ("ウケツケシマシタ、", "スガワラ ハナコ サマ、", "シカク ユウコー、", "サンワリ。")


def settings_in(state: Path, sink: str) -> Settings:
    return Settings(state, "https://localhost/", state, state, state, "https://localhost", audio_sink=sink)


class Process:
    """``python -m app voice`` with a sink of one's choice."""

    def __init__(self, sink: str) -> None:
        self.state = Path(tempfile.mkdtemp(prefix="voice-"))
        self.settings = settings_in(self.state, sink)
        self.log = self.state / "voice.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "voice"],
                cwd=ROOT,
                env={**os.environ, **environment_of(self.settings)},
                stdout=log,
                stderr=log,
            )
        self.client = VoiceClient(self.settings.voice_socket, START_S)
        wait_for(lambda: self.settings.voice_socket.exists(), START_S)

    def wait_until_warm(self) -> None:
        wait_for(lambda: self.client.status().is_ready, START_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(WAIT_S)
        shutil.rmtree(self.state)


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    made = Process("file")
    yield made
    made.close()


def traces_of_sound(folder: Path, pcm: bytes) -> list[str]:
    """Files that hold a piece of the sound or look like a WAV."""
    piece = pcm[len(pcm) // 2 :][:400]
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in found if piece in (data := path.read_bytes()) or data.startswith(b"RIFF")]


def test_no_sound_of_a_patient_lies_on_the_disk_unless_the_sink_is_a_file() -> None:
    for sink, is_kept in (("null", False), ("file", True)):
        made = Process(sink)
        try:
            made.wait_until_warm()
            pcm = b"".join(pcm_of(wav) for wav in made.client.render(SENTENCE))
            assert peak(pcm) > 1000
            made.client.play(SENTENCE)
            assert bool(traces_of_sound(made.state, pcm)) is is_kept, sink
        finally:
            made.close()


def test_door_opens_before_the_voice_is_warm_and_the_first_job_waits_for_it(process: Process) -> None:
    assert process.client.status().sink == "file"
    assert pcm_of(next(process.client.render(["ア"])))
    assert process.client.status().is_ready


def test_sentence_comes_phrase_by_phrase_as_audio(process: Process) -> None:
    process.wait_until_warm()
    for kana, wav in zip(SENTENCE, process.client.render(SENTENCE), strict=True):
        pcm = pcm_of(wav)
        assert 0.6 * count_morae(kana) / 7 < length_s(len(pcm)) < 1.6 * count_morae(kana) / 7 + 0.7
        assert 3_000 < peak(pcm) <= 30_000


def test_playing_into_a_file_is_one_whole_utterance(process: Process) -> None:
    process.wait_until_warm()
    rendered = b"".join(pcm_of(wav) for wav in process.client.render(SENTENCE))
    assert process.client.play(SENTENCE) is True
    (file,) = (process.state / "voice").iterdir()
    assert pcm_of(file.read_bytes()) == rendered
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_process_shows_its_memory_to_nobody_and_listens_on_no_network(process: Process) -> None:
    limits = Path(f"/proc/{process.process.pid}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if "core file" in line] == [["0", "0"]]
    sockets = set()
    for descriptor in Path(f"/proc/{process.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile: the end of an earlier request
            target = os.readlink(descriptor)
            if target.startswith("socket:["):
                sockets.add(target[8:-1])
    assert sockets, "its own door at least"
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/{process.process.pid}/net/{table}").read_text().splitlines()[1:]
        assert not sockets & {line.split()[9] for line in lines}


def test_nothing_that_was_said_stands_in_the_log(process: Process) -> None:
    process.wait_until_warm()
    text = process.log.read_text()
    assert "voice.ready" in text
    assert not any(sign in text for kana in SENTENCE for sign in kana if sign not in " 、。")
    assert "Warning" not in text


def test_term_ends_it_well_and_takes_the_socket_along(process: Process) -> None:
    process.wait_until_warm()
    sounds = process.client.render(SENTENCE * 16)
    next(sounds)
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(START_S) == EXIT_OK
    with pytest.raises(VoiceError):
        list(sounds)
    assert not process.settings.voice_socket.exists()


def test_machine_without_sound_renders_and_never_says_that_it_spoke(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tempfile.mkdtemp(prefix="voice-")
    monkeypatch.setenv("PATH", empty)
    made = Process("auto")
    try:
        status = made.client.status()
        assert status.device is None
        assert len(status.tried) == 3
        with pytest.raises(NoAudioDevice) as caught:
            made.client.play(["ア"])
        assert caught.value.tried == status.tried
        made.wait_until_warm()
        assert pcm_of(next(made.client.render(["ア"])))
        made.process.kill()
        made.process.wait(WAIT_S)
        with pytest.raises(VoiceProcessDown):
            made.client.play(["ア"])
    finally:
        made.close()
        shutil.rmtree(empty)


class Served:
    """The main loop on a thread, with a voice that the test plays."""

    def __init__(self, state: Path) -> None:
        self.voice = FakeVoice()
        self.inbox: Inbox[Call] = Inbox()
        self.settings = settings_in(state, "null")
        self.outcome: list[int] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        self.outcome.append(serve(self.settings, lambda: self.voice, self.inbox))

    def ended(self) -> int:
        self._thread.join(WAIT_S)
        self.inbox.close()
        return self.outcome[0]


@pytest.fixture
def state(path: Path) -> Path:
    return path.parent.parent


def test_second_process_ends_at_once(state: Path) -> None:
    first = Served(state)
    wait_for(lambda: first.settings.voice_socket.exists(), WAIT_S)
    assert Served(state).ended() == EXIT_NO_DOOR
    first.inbox.put(Call.STOP)
    assert first.ended() == EXIT_OK


def test_hanging_synthesiser_ends_the_process_so_that_it_is_started_anew(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(state)
    wait_for(lambda: served.settings.voice_socket.exists(), WAIT_S)
    served.inbox.put(Call.STUCK)
    assert served.ended() == EXIT_STUCK


def test_client_survives_a_restart_of_the_process(state: Path) -> None:
    first = Served(state)
    client = VoiceClient(first.settings.voice_socket, WAIT_S)
    wait_for(lambda: first.settings.voice_socket.exists(), WAIT_S)
    assert client.play(["ア"]) is True
    first.inbox.put(Call.STOP)
    first.ended()
    with pytest.raises(VoiceProcessDown):
        client.play(["ア"])
    second = Served(state)
    wait_for(lambda: second.settings.voice_socket.exists(), WAIT_S)
    assert client.play(["ア"]) is True
    second.inbox.put(Call.STOP)
    assert second.ended() == EXIT_OK
