"""pyttsx3 as the engine uses it: one call that returns when a phrase was made, or raises what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pyttsx3.engine

from app.errors import VoiceError
from app.speech import openjtalk


def new_engine() -> Any:
    """Return a pyttsx3 engine on our driver. It belongs to the thread that calls."""
    # pyttsx3 imports a driver by this name and knows no other way to be given one.
    sys.modules[f"pyttsx3.drivers.{openjtalk.NAME}"] = openjtalk
    return pyttsx3.engine.Engine(openjtalk.NAME)


class PyttsxVoice:
    """``engine.Voice`` over pyttsx3: what happened in its callbacks becomes an ordinary return or exception."""

    def __init__(self) -> None:
        self._engine = new_engine()
        self._errors: list[Exception] = []
        self._completed: list[bool] = []
        self._engine.connect("error", self._on_error)
        self._engine.connect("finished-utterance", self._on_finished)

    def speak(self, kana: str, rate: float, take: Callable[[bytes], bool]) -> None:
        """Hand samples to ``take`` until it answers False.

        Raises:
            Exception: whatever the driver reported.
            VoiceError: pyttsx3 returned without a whole utterance that nobody stopped.
        """
        wanted = True

        def output(pcm: bytes) -> None:
            nonlocal wanted
            wanted = take(pcm)
            if not wanted:
                self._engine.stop()

        self._errors.clear()
        self._completed.clear()
        self._engine.setProperty("rate", rate * 60)
        self._engine.setProperty("output", output)
        self._engine.say(kana)
        self._engine.runAndWait()
        if self._errors:
            raise self._errors[0]
        if wanted and self._completed != [True]:
            raise VoiceError(("pyttsx3: returned without an utterance",))

    def _on_error(self, name: str | None, exception: Exception) -> None:
        self._errors.append(exception)

    def _on_finished(self, name: str | None, completed: bool) -> None:
        self._completed.append(completed)
