"""The voice process: how soon it is warm, how soon it is heard, what speaking costs, and its memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import Settings, environment_of
from app.errors import VoiceProcessDown
from app.speech.client import VoiceClient
from app.speech.sound import HEADER_BYTES, length_s
from tests.bench.figures import Bar, heading, line
from tests.e2e.demo_process import ROOT

UTTERANCES = (
    ("ウケツケシマシタ、", "スガワラ ハナコ サマ、", "シカク ユウコー、", "サンワリ。"),
    ("チューイ。", "タナカ タロー サマ、", "シカク ムコー。", "クワシクワ イチ。"),
    ("ホケンシャ バンゴー、", "ゼロ ロク サン ヨン、", "イチ ニー サン ゴー。"),
    ("セーネン ガッピ、", "ショーワ サンジューハチネン シガツ ツイタチ。"),
)
_START_S = 60.0


@contextmanager
def warm_voice() -> Iterator[tuple[VoiceClient, int, float]]:
    """A voice process of our own without a device: its client, its pid, and the ms that it took to be warm."""
    with tempfile.TemporaryDirectory(prefix="uketsuke-voice-") as folder:
        place = Path(folder)
        settings = Settings(place, "https://localhost/", place, place, place, "https://localhost", audio_sink="null")
        client = VoiceClient(settings.voice_socket, _START_S)
        start_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "voice"],
            cwd=ROOT,
            env={**os.environ, **environment_of(settings)},
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(client)
            yield client, process.pid, (time.monotonic() - start_s) * 1000
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def measure_voice(count: int) -> list[str]:
    """Let a voice process speak ``count`` utterances, phrase by phrase."""
    with warm_voice() as (client, pid, warm_ms):
        firsts, shares = _speak(client, count)
        resident = _resident_mib(pid)
    return [
        heading("Voice"),
        line("process started -> voice warm", [warm_ms]),
        line("asked -> first phrase's sound, warm", firsts, bar=Bar(200)),
        line("time to make a second of sound", shares),
        line("resident memory of voice", [resident], "MiB", Bar(260, "max")),
    ]


def _speak(client: VoiceClient, count: int) -> tuple[list[float], list[float]]:
    firsts, shares = [], []
    for turn in range(count):
        start_s = time.monotonic()
        size_bytes = 0
        for index, wav in enumerate(client.render(UTTERANCES[turn % len(UTTERANCES)])):
            if index == 0:
                firsts.append((time.monotonic() - start_s) * 1000)
            size_bytes += len(wav) - HEADER_BYTES
        shares.append((time.monotonic() - start_s) * 1000 / length_s(size_bytes))
    return firsts, shares


def _wait_until_ready(client: VoiceClient) -> None:
    deadline_s = time.monotonic() + _START_S
    while time.monotonic() < deadline_s:
        try:
            if client.status().is_ready:
                return
        except VoiceProcessDown:
            pass
        time.sleep(0.01)
    raise TimeoutError("voice")


def _resident_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024
