"""A player over a program that a test plays, and a clock for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.speech import sound
from app.speech.devices import Outlook
from app.speech.player import Player
from app.speech.sinks import Outlet

SECOND = bytes(range(1, 251)) * (sound.BYTES_A_SECOND // 250)
FOUND = Outlook("Fake")
GONE = Outlook(None, ("alsa: no sound card",))


class Ticking:
    """A clock that goes on by ``step_s`` whenever it is asked."""

    def __init__(self, step_s: float) -> None:
        self._now_s, self._step_s = 0.0, step_s

    def __call__(self) -> float:
        self._now_s += self._step_s
        return self._now_s


def player(program: Path, look: Callable[[], Outlook] = lambda: FOUND, step_s: float = 10.0) -> Player:
    return Player((str(program),), look, Ticking(step_s))


def speak(outlet: Outlet, seconds: int = 20) -> None:
    for _ in range(seconds):
        outlet.write(SECOND)
    outlet.finish()
