"""Stop really stops: the real synthesiser, recorded through a null sink that plays as slowly as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.speech.client import VoiceClient
from app.speech.engine import VoiceEngine
from app.speech.pyttsx import PyttsxVoice
from app.speech.server import VoiceServer
from app.speech.sinks import NullOutlet
from tests.speech.fakes import WAIT_S, FakeSink
from tests.speech.samples import pcm_of, peak

START_S = 60.0
SENTENCE = ("ウケツケシマシタ、", "スガワラ ハナコ サマ、", "シカク ユウコー、", "サンワリ。") * 4


class Recorder(NullOutlet):
    """A null sink's outlet that keeps what it is given, and at the third piece plays until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded = bytearray()
        self.is_playing = threading.Event()
        self._is_aborted = threading.Event()
        self._pieces = 0

    def write(self, pcm: bytes) -> None:
        super().write(pcm)
        self.recorded += pcm
        self._pieces += bool(pcm)
        if self._pieces == 3:
            self.is_playing.set()
            assert self._is_aborted.wait(WAIT_S)

    def abort(self) -> None:
        super().abort()
        self._is_aborted.set()


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()


@pytest.fixture
def client(path: Path, sink: FakeSink) -> Iterator[VoiceClient]:
    engine = VoiceEngine(PyttsxVoice, deadline_s=START_S)
    server = VoiceServer(engine, sink, path)
    server.start()
    engine.start()
    assert engine.wait_until_ready(START_S)
    yield VoiceClient(path, START_S)
    server.stop()
    engine.stop(WAIT_S)


def test_nothing_is_recorded_after_a_stop_and_what_was_is_the_speech_so_far(
    client: VoiceClient, sink: FakeSink
) -> None:
    whole = b"".join(pcm_of(wav) for wav in client.render(SENTENCE))
    recorder = Recorder()
    sink.next = lambda: recorder
    with ThreadPoolExecutor(1) as other:
        playing = other.submit(client.play, SENTENCE)
        assert recorder.is_playing.wait(WAIT_S)
        client.stop()
        recorded = bytes(recorder.recorded)
        assert playing.result(WAIT_S) is False
    assert bytes(recorder.recorded) == recorded
    assert 0 < len(recorded) < len(whole) / 3
    assert whole.startswith(recorded)
    assert peak(recorded) > 3_000


def test_whoever_speaks_after_a_stop_is_heard_whole_and_alone(client: VoiceClient, sink: FakeSink) -> None:
    stopped = Recorder()
    sink.next = lambda: stopped
    with ThreadPoolExecutor(1) as other:
        playing = other.submit(client.play, SENTENCE)
        assert stopped.is_playing.wait(WAIT_S)
        later = NullOutlet()
        sink.next = lambda: later
        client.stop()
        assert client.play(["サンワリ。"]) is True
        assert playing.result(WAIT_S) is False
    (wav,) = client.render(["サンワリ。"])
    assert later.taken_bytes == len(pcm_of(wav))
