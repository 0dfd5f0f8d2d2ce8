"""The one thread that owns the voice, and the jobs that others give it.

A job is a list of phrases. The thread makes one phrase of each waiting job in turn, so that a long list does not keep
a short one waiting, and runs at most a few phrases ahead of whoever takes them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from app.errors import UnspeakableKana, VoiceBusy, VoiceError
from app.logs import log_bug
from app.speech.mora import DEFAULT_RATE, MAX_RATE, MIN_RATE, is_speakable

logger = logging.getLogger(__name__)

MAX_PHRASES: Final = 64
MAX_KANA: Final = 200
MAX_JOBS: Final = 8
PHRASES_AHEAD: Final = 2
_WARM_UP: Final = "ジュンビ"


class Voice(Protocol):
    """What makes samples of kana; used from one thread."""

    def speak(self, kana: str, rate: float, take: Callable[[bytes], bool]) -> None:
        """Hand samples to ``take`` piece by piece, until it answers False. Raises for whatever was not made."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Some samples of a phrase. ``ends`` marks its last ones, which may be none."""

    index: int
    pcm: bytes
    ends: bool = False


class Job:
    """Phrases on their way to one taker. Taken by one thread; ``cancel`` may come from any."""

    def __init__(self, kana: tuple[str, ...], rate: float, engine: VoiceEngine) -> None:
        self.kana = kana
        self.rate = rate
        self._engine = engine
        self._changed = engine.changed
        self._made: deque[Sound] = deque()
        self._next = 0
        self._taken = 0
        self._error: VoiceError | None = None
        self._is_cancelled = False

    @property
    def is_over(self) -> bool:
        """Nothing is left to be made."""
        return self._is_cancelled or self._error is not None or self._next >= len(self.kana)

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    def cancel(self) -> None:
        """Make nothing more; the taker gets nothing more either."""
        with self._changed:
            self._is_cancelled = True
            self._made.clear()
            self._changed.notify_all()

    def sounds(self, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[Sound]:
        """Yield samples as they are made; ends early when cancelled, or when ``is_wanted`` (asked often) says no.

        Raises:
            VoiceError: a phrase was not made, or not within the deadline; the job is cancelled.
        """
        try:
            while (sound := self._take(is_wanted)) is not None:
                yield sound
        finally:
            self.cancel()

    def phrases(self, is_wanted: Callable[[], bool] = lambda: True) -> Iterator[bytes]:
        """Yield the samples of each phrase as a whole; else as ``sounds``."""
        parts: list[bytes] = []
        for sound in self.sounds(is_wanted):
            parts.append(sound.pcm)
            if sound.ends:
                yield b"".join(parts)
                parts.clear()

    def _take(self, is_wanted: Callable[[], bool]) -> Sound | None:
        until_s = time.monotonic() + self._engine.deadline_s
        with self._changed:
            while not self._made:
                if self._error is not None:
                    raise self._error
                if self._is_cancelled or self._taken >= len(self.kana) or not is_wanted():
                    return None
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    self._engine.report_late()
                    raise VoiceError(("the voice did not speak in time",))
                self._changed.wait(min(left_s, self._engine.ask_again_s))
            sound = self._made.popleft()
            if sound.ends:
                self._taken += 1
                self._changed.notify_all()
            return sound

    # For the owner thread, which holds ``changed``.

    def is_ready_for_more(self) -> bool:
        return not self.is_over and self._next - self._taken < PHRASES_AHEAD

    def begin(self) -> int:
        """Return the index of the phrase to make now."""
        self._next += 1
        return self._next - 1

    def put(self, sound: Sound) -> bool:
        """Take samples; False when nobody wants more."""
        with self._changed:
            if not self._is_cancelled:
                self._made.append(sound)
                self._changed.notify_all()
            return not self._is_cancelled

    def fail(self, error: VoiceError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()


class VoiceEngine:
    """Owns the voice: opens and warms it on its own thread, and makes what is submitted from any thread.

    Args:
        open_voice: called on the owner thread; may take seconds.
        deadline_s: how long a taker waits for the next samples.
        on_stuck: called when the voice hangs in one phrase for longer than that; only a new process helps.
    """

    ask_again_s = 0.05
    """How soon a taker notices that it is not wanted any more."""

    def __init__(
        self, open_voice: Callable[[], Voice], deadline_s: float = 10.0, on_stuck: Callable[[], None] = lambda: None
    ) -> None:
        self.changed = threading.Condition()
        self.deadline_s = deadline_s
        self._open_voice = open_voice
        self._on_stuck = on_stuck
        self._jobs: deque[Job] = deque()
        self._is_ready = self._has_failed = self._is_stopping = False
        self._busy_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)

    @property
    def is_ready(self) -> bool:
        """The voice is warm: the next phrase is made without delay."""
        return self._is_ready

    def start(self) -> None:
        """Begin to warm up; returns at once. Jobs may be submitted right away."""
        self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> None:
        """End the thread after the piece in hand; every job ends early."""
        with self.changed:
            self._is_stopping = True
            for job in self._jobs:
                job.cancel()
            self.changed.notify_all()
        self._thread.join(timeout_s)

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Wait for the end of the warm-up; False when it failed or takes longer."""
        with self.changed:
            self.changed.wait_for(lambda: self._is_ready or self._has_failed, timeout_s)
            return self._is_ready

    def submit(self, kana: Sequence[str], rate: float = DEFAULT_RATE) -> Job:
        """Queue phrases at 4 to 16 morae a second.

        Raises:
            UnspeakableKana: a phrase is no prepared kana, too long, or there are too many.
            VoiceBusy: too many jobs wait.
            VoiceError: the voice could not be opened.
        """
        if not 0 < len(kana) <= MAX_PHRASES or not MIN_RATE <= rate <= MAX_RATE:
            raise UnspeakableKana()
        if not all(len(phrase) <= MAX_KANA and is_speakable(phrase) for phrase in kana):
            raise UnspeakableKana()
        job = Job(tuple(kana), rate, self)
        with self.changed:
            if self._has_failed or self._is_stopping:
                raise VoiceError(("the voice could not be opened",))
            self._forget_finished()
            if len(self._jobs) >= MAX_JOBS:
                raise VoiceBusy()
            self._jobs.append(job)
            self.changed.notify_all()
        return job

    def report_late(self) -> None:
        """A taker gave up waiting: find out whether the voice hangs. Needs ``changed`` held."""
        since_s = self._busy_since_s
        if since_s is not None and time.monotonic() - since_s >= self.deadline_s:
            logger.critical("voice.stuck")
            self._on_stuck()

    def _run(self) -> None:
        try:
            voice = self._open_voice()
            voice.speak(_WARM_UP, DEFAULT_RATE, lambda _: True)
        except Exception as error:  # noqa: BLE001 - whatever stops the voice, the process says so to all who ask
            log_bug(logger, "voice.not_opened", error)
            with self.changed:
                self._has_failed = True
                for job in self._jobs:
                    job.fail(VoiceError(("the voice could not be opened",)))
                self.changed.notify_all()
            return
        with self.changed:
            self._is_ready = True
            self.changed.notify_all()
        logger.info("voice.ready")
        while (turn := self._next_turn()) is not None:
            self._make(voice, *turn)

    def _next_turn(self) -> tuple[Job, int] | None:
        """Wait for a job that is ready for more and put it at the end of the row; ``None`` at the end."""
        with self.changed:
            while not self._is_stopping:
                self._forget_finished()
                job = next((job for job in self._jobs if job.is_ready_for_more()), None)
                if job is not None:
                    self._jobs.remove(job)
                    self._jobs.append(job)
                    self._busy_since_s = time.monotonic()
                    return job, job.begin()
                self.changed.wait()
        return None

    def _make(self, voice: Voice, job: Job, index: int) -> None:
        try:
            voice.speak(job.kana[index], job.rate, lambda pcm: job.put(Sound(index, pcm)))
            job.put(Sound(index, b"", ends=True))
        except VoiceError as error:
            job.fail(error)
        except Exception as error:  # noqa: BLE001 - the owner thread must outlive any bug in the voice
            log_bug(logger, "voice.phrase_failed", error)
            job.fail(VoiceError())
        finally:
            self._busy_since_s = None

    def _forget_finished(self) -> None:
        for job in [job for job in self._jobs if job.is_over]:
            self._jobs.remove(job)
