"""Says the newest utterance through the box's own device, on a thread of its own, and is silent at any key.

What could not be heard (the voice process starts anew, the loudspeaker is unplugged) is said again until it is heard,
something newer takes its place or a key ends it: on a box without a screen there is no second place to read it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Final, Protocol

from app.errors import UnspeakableKana, VoiceError
from app.speech.audible import audible
from app.speech.desk_model import Utterance
from app.speech.earcons import Earcon

logger = logging.getLogger(__name__)

AGAIN_S: Final = 1.0
STOP_S: Final = 0.2
"""What one request to stop may take."""
_STOP_STEP_S: Final = 0.02
_STOP_WITHIN_S: Final = 0.7
"""A voice that is not silent by then does not answer: keys go on without it."""
PHRASES_MOST: Final = 64
"""What the voice takes in one request."""


class Stopper(Protocol):
    def stop(self) -> None:
        """Raises ``VoiceError``."""
        ...


class Voice(Stopper, Protocol):
    """The voice process; ``VoiceClient`` is one."""

    def play(self, kana: Sequence[str], rate: float, earcon: Earcon | None) -> bool:
        """Return when it was heard, False when it was stopped. Raises ``VoiceError``."""
        ...


class Mouth:
    """Methods may be called from any thread. ``close`` ends it.

    Args:
        stopper: the same voice, for whoever does not wait longer than ``STOP_S``.
    """

    def __init__(self, voice: Voice, again_s: float = AGAIN_S, stopper: Stopper | None = None) -> None:
        self._voice = voice
        self._stopper = stopper or voice
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
            playing = self._begin_stop()
        self._end(playing)
        return True

    def hush(self) -> int:
        """Be silent before this returns; gives the turn that begins with it."""
        with self._changed:
            self._turn += 1
            turn, self._next = self._turn, None
            playing = self._begin_stop()
        self._end(playing)
        return turn

    def close(self) -> None:
        """Be silent and end; takes at most two seconds, whatever the voice does."""
        self.hush()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join(self._again_s)

    def wait_until_idle(self, timeout_s: float) -> bool:
        """True once nothing is said and nothing waits."""
        with self._changed:
            return self._changed.wait_for(lambda: self._playing is None and self._next is None, timeout_s)

    def _begin_stop(self) -> tuple[int, Utterance, float] | None:
        """Hold back what comes next, and say what has to end first. With the lock held."""
        self._changed.notify_all()
        self._stops += self._playing is not None
        return self._playing

    def _end(self, playing: tuple[int, Utterance, float] | None) -> None:
        if playing is None:
            return
        until_s = time.monotonic() + _STOP_WITHIN_S
        try:
            while time.monotonic() < until_s:
                # A request that is on its way may reach the voice after our stop: ask until it is over.
                try:
                    self._stopper.stop()
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
            with self._changed:
                self._playing = None
                if code is not None and self._next is None and mine[0] == self._turn:
                    self._next = mine
                    if code != told:
                        logger.error("desk.unheard code=%s", code)
                told = code
                self._changed.notify_all()
                if self._next is mine:
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
            if not self._voice.play(kana, rate, said.earcon):
                return "voice.stopped"  # by us, and then it is over; or by another client of the voice
        except UnspeakableKana as error:
            logger.error("desk.unspeakable code=%s", error.code)
        except VoiceError as error:
            return error.code
        return None
