"""Speaks through this machine's own device, one utterance at a time; a newer one ends the older."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from app.errors import VoiceBusy, VoiceError
from app.speech.engine import Job, VoiceEngine
from app.speech.sinks import Outlet, Sink

_HAND_OVER_S: Final = 3.0
"""How long a newer utterance waits for the older one's player to let go of the device."""


class Utterance:
    """One ``play``: what sounds before the words, the job of the words if any, and the outlet once it is open."""

    def __init__(self, lead: bytes, job: Job | None) -> None:
        self.lead = lead
        self.job = job
        self._lock = threading.Lock()
        self._outlet: Outlet | None = None
        self.is_stopped = False

    def attach(self, outlet: Outlet) -> None:
        with self._lock:
            self._outlet = outlet
            if self.is_stopped:
                outlet.abort()

    def stop(self) -> None:
        """Silence it; returns at once."""
        with self._lock:
            self.is_stopped = True
            if self._outlet is not None:
                self._outlet.abort()
        self.end()

    def end(self) -> None:
        """Let the voice go."""
        if self.job is not None:
            self.job.cancel()


class Speaker:
    """The engine's jobs through one sink. Methods may be called from any thread."""

    def __init__(self, engine: VoiceEngine, sink: Sink) -> None:
        self._engine = engine
        self._sink = sink
        self._device = threading.Lock()
        self._lock = threading.Lock()
        self._current: Utterance | None = None

    def play(
        self, kana: Sequence[str], rate: float, is_wanted: Callable[[], bool] = lambda: True, lead: bytes = b""
    ) -> bool:
        """Speak phrases; returns when they were heard.

        Args:
            lead: samples that come first; with them there need be no phrases.
            is_wanted: asked while speaking; no ends the utterance.

        Returns:
            False when it was stopped, or a newer one took its place.

        Raises:
            NoAudioDevice: nothing was heard, or not all of it, because there is no device.
            VoiceError: otherwise the same.
        """
        utterance = Utterance(lead, self._engine.submit(kana, rate) if kana or not lead else None)
        with self._lock:
            older, self._current = self._current, utterance
        if older is not None:
            older.stop()
        if not self._device.acquire(timeout=_HAND_OVER_S):
            utterance.stop()
            raise VoiceBusy()
        try:
            return self._speak(utterance, is_wanted)
        finally:
            utterance.end()
            self._device.release()
            with self._lock:
                if self._current is utterance:
                    self._current = None

    def stop(self) -> None:
        """Be silent now. Harmless when nothing is spoken."""
        with self._lock:
            current = self._current
        if current is not None:
            current.stop()

    def _speak(self, utterance: Utterance, is_wanted: Callable[[], bool]) -> bool:
        if utterance.is_stopped:
            return False
        outlet = self._sink.open()
        utterance.attach(outlet)
        try:
            outlet.write(utterance.lead)
            if utterance.job is not None and not _pass_on(utterance.job, outlet, is_wanted):
                utterance.stop()
            outlet.finish()
        except VoiceError:
            outlet.abort()
            if utterance.is_stopped:
                return False
            raise
        return not utterance.is_stopped


def _pass_on(job: Job, outlet: Outlet, is_wanted: Callable[[], bool]) -> bool:
    """Write what the voice makes; False when it ended before the last phrase did."""
    ended = 0
    for heard in job.sounds(is_wanted):
        outlet.write(heard.pcm)
        ended += heard.ends
    return ended == len(job.kana)
