"""A voice, sinks and player programs that a test plays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from app.speech.devices import Outlook
from app.speech.sinks import NullOutlet, Outlet

WAIT_S = 15.0
PCM = bytes(range(256)) * 40


class FakeVoice:
    """Says each phrase as PCM, twice. A phrase with ト waits until ``go`` is set; one with ボ raises."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.is_waiting = threading.Event()
        self.said: list[tuple[str, float]] = []
        self.pieces = 0
        self.threads: set[str] = set()

    def speak(self, kana: str, rate: float, take: Callable[[bytes], bool]) -> None:
        self.threads.add(threading.current_thread().name)
        self.said.append((kana, rate))
        if "ト" in kana:
            self.is_waiting.set()
            assert self.go.wait(WAIT_S)
        if "ボ" in kana:
            raise RuntimeError("a bug")
        for _ in range(2):
            self.pieces += 1
            if not take(PCM):
                return


class FakeSink:
    """Remembers its outlets; ``outlets`` may be filled before with those that ``open`` is to return."""

    name = "alsa"

    def __init__(self) -> None:
        self.opened: list[Outlet] = []
        self.next: Callable[[], Outlet] = NullOutlet
        self.device: str | None = "Fake"

    def look(self) -> Outlook:
        return Outlook(self.device, () if self.device else ("alsa: no sound card",))

    def open(self) -> Outlet:
        self.opened.append(self.next())
        return self.opened[-1]


def make_program(folder: Path, name: str, script: str) -> Path:
    """A program of this name that is a shell script."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    return program
