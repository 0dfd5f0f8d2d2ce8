"""The real voice process in a house of a sound server."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import Settings, environment_of
from app.errors import VoiceProcessDown
from app.speech.client import VoiceClient
from tests.e2e.demo_process import ROOT
from tests.sound_servers.servers import WAIT_S, House, until

SENTENCE = ("ウケツケシマシタ、", "スガワラ ハナコ サマ、", "シカク ユウコー、", "サンワリ。")
BREATH = ("アオイウミオナガメナガラアルイテイエマデモドリマシタ",) * 3
"""Without a pause inside, so that a stop falls into sound."""

_CARDS = """ 0 [Box            ]: USB-Audio - Box speaker
                      Box speaker at usb-1, full speed
"""
_STREAMS = "00-00: USB Audio : USB Audio : playback 1\n"
_WITH_CARDS = """
import runpy, sys
from pathlib import Path
from app.speech import devices
devices.look_at_alsa.__defaults__ = (Path(sys.argv.pop(1)),)
runpy.run_module("app", run_name="__main__", alter_sys=True)
"""
"""Without sound hardware the kernel has no list of cards; that list alone is ours, player and plugin are real."""


@dataclass
class Spoken:
    """A running voice process."""

    client: VoiceClient
    environment: dict[str, str]
    cards: Path
    log: Path

    def plug_card(self) -> None:
        self.cards.mkdir(exist_ok=True)
        (self.cards / "pcm").write_text(_STREAMS, "utf-8")
        (self.cards / "cards").write_text(_CARDS, "utf-8")

    def unplug_card(self) -> None:
        shutil.rmtree(self.cards, ignore_errors=True)

    def doctor(self) -> str:
        """The line of ``./uketsuke doctor`` about the voice."""
        command = [sys.executable, "-m", "app", "doctor"]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )
        lines = [line for line in done.stdout.splitlines() if line.split()[1:2] == ["voice"]]
        return lines[0] if lines else f"no line about the voice: {done.stdout}{done.stderr}"


@contextmanager
def voice_in(house: House, sink: str) -> Iterator[Spoken]:
    """``python -m app voice`` with this sink, warm; ends with the block."""
    with tempfile.TemporaryDirectory(prefix="uketsuke-voice-") as folder:
        place = Path(folder)
        cards = place / "asound"
        settings = Settings(place, "https://localhost/", place, place, place, "https://localhost", audio_sink=sink)
        environment = {**house.environment, **environment_of(settings)}
        log = place / "voice.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", _WITH_CARDS, str(cards), "voice"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
        client = VoiceClient(settings.voice_socket, 60.0)
        try:
            until(lambda: _is_ready(client), "the voice does not come")
            yield Spoken(client, environment, cards, log)
        finally:
            process.terminate()
            try:
                process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(WAIT_S)


def _is_ready(client: VoiceClient) -> bool:
    try:
        return client.status().is_ready
    except VoiceProcessDown:
        return False
