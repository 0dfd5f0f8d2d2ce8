"""Says the newest utterance through the box's own device, on a thread of its own, and is silent at any key.

What could not be heard (the voice process starts anew, the loudspeaker is unplugged) is said again until it is heard,
something newer takes its place or a key ends it: on a box without a screen there is no second place to read it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Final, Protocol

from app.errors import UnspeakableKana, VoiceError
from app.speech.audible import audible
from app.speech.desk_model import Utterance
from app.speech.earcons import Earcon

logger = logging.getLogger(__name__)

AGAIN_S: Final = 1.0
_STOP_STEP_S: Final = 0.02
_STOP_STEPS: Final = 25
PHRASES_MOST: Final = 64
"""What the voice takes in one request."""


class Voice(Protocol):
    """The voice process; ``VoiceClient`` is one."""

    def play(self, kana: Sequence[str], rate: float, earcon: Earcon | None) -> bool:
        """Return when it was heard, False when it was stopped. Raises ``VoiceError``."""
        ...

    def stop(self) -> None:
        """Raises ``VoiceError``."""
        ...


class Mouth:
    """Methods may be called from any thread. ``close`` ends it."""

    def __init__(self, voice: Voice, again_s: float = AGAIN_S) -> None:
        self._voice = voice
        self._again_s = again_s
        self._changed = threading.Condition()
        self._turn = 0
        self._next: tuple[int, Utterance, float] | None = None
        self._playing: tuple[int, Utterance, float] | None = None
        self._stops = 0
        """Stops on their way to the voice: nothing new begins that one of them could hit."""
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="mouth", daemon=True)
        self._thread.start()

    @property
    def turn(self) -> int:
        """How often it was silenced."""
        return self._turn

    @property
    def is_busy(self) -> bool:
        """True while something is said, or waits to be heard."""
        with self._changed:
            return self._playing is not None or self._next is not None

    def say(self, said: Utterance, rate: float, turn: int | None = None) -> bool:
        """Say it now instead of what is being said.

        Args:
            turn: what ``hush`` returned at the key that this answers; once a later key silenced, it is not said.

        Returns:
            False when it came too late.
        """
        with self._changed:
            if self._is_closed or (turn is not None and turn != self._turn):
                return False
            self._turn += turn is None
            self._next = (self._turn, said, rate)
            self._changed.notify_all()
        self._end_what_plays()
        return True

    def hush(self) -> int:
        """Be silent before this returns; gives the turn that begins with it."""
        with self._changed:
            self._turn += 1
            turn, self._next = self._turn, None
            self._changed.notify_all()
        self._end_what_plays()
        return turn

    def close(self) -> None:
        self.hush()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join(self._again_s)

    def wait_until_idle(self, timeout_s: float) -> bool:
        """True once nothing is said and nothing waits."""
        with self._changed:
            return self._changed.wait_for(lambda: self._playing is None and self._next is None, timeout_s)

    def _end_what_plays(self) -> None:
        with self._changed:
            playing = self._playing
            if playing is None:
                return
            self._stops += 1
        try:
            for _ in range(_STOP_STEPS):
                # A request that is on its way may reach the voice after our stop: ask until it is over.
                try:
                    self._voice.stop()
                except VoiceError as error:  # who is not there is silent
                    logger.info("desk.not_stopped code=%s", error.code)
                with self._changed:
                    if self._changed.wait_for(lambda: self._playing is not playing, _STOP_STEP_S):
                        return
        finally:
            with self._changed:
                self._stops -= 1
                self._changed.notify_all()

    def _run(self) -> None:
        told: str | None = None
        while (mine := self._take()) is not None:
            code = self._play(mine[1], mine[2])
            if code != told and code is not None:
                logger.error("desk.unheard code=%s", code)
            told = code
            with self._changed:
                self._playing = None
                if code is not None and self._next is None and mine[0] == self._turn:
                    self._next = mine
                self._changed.notify_all()
                if code is not None:
                    self._changed.wait_for(lambda: self._is_closed or self._next is not mine, self._again_s)

    def _take(self) -> tuple[int, Utterance, float] | None:
        """Wait for what is said next; ``None`` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or (self._next is not None and self._stops == 0))
            if self._is_closed:
                return None
            self._playing, self._next = self._next, None
            return self._playing

    def _play(self, said: Utterance, rate: float) -> str | None:
        """Return the code of what kept it from being heard and may be over soon; ``None`` once it is settled."""
        kana = [part for part, _ in audible(said.phrases)][:PHRASES_MOST]
        if not kana and said.earcon is None:
            return None
        try:
            self._voice.play(kana, rate, said.earcon)
        except UnspeakableKana as error:
            logger.error("desk.unspeakable code=%s", error.code)
        except VoiceError as error:
            return error.code
        return None
