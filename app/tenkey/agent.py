"""The desk process: keys of the box's own tenkey in, words to the voice process out. It reads and writes the store.

A process of its own, started only where the settings name a tenkey: the voice process may not see the store, the staff
process has no business with input devices, and the kiosk process shows no results. It loads nothing of the synthesiser
and listens on nothing. It ends with 0 after SIGTERM or SIGINT and 1 when the tenkey's thread died: a supervisor then
starts it anew, with the desk closed.
"""

from __future__ import annotations

import logging
import queue
import threading
from datetime import datetime
from enum import Enum
from typing import Final

from app.inbox import Inbox
from app.logs import log_bug
from app.speech.desk_model import DeskSettings, say
from app.speech.phrases.desk_words import error_words
from app.tenkey.box_desk import BoxDesk
from app.tenkey.keys import KeyEvent, KeyPressed, KeySource
from app.tenkey.mouth import Mouth

logger = logging.getLogger(__name__)

EXIT_OK: Final = 0
EXIT_NO_KEYS: Final = 1
TICK_S: Final = 0.25
FAILED: Final = say(error_words("kiosk"))
RATE: Final = DeskSettings().rate


class Call(Enum):
    """What the main loop is told besides keys."""

    STOP = "stop"
    NO_KEYS = "no keys"


Told = tuple[KeyEvent, int, datetime] | Call
"""What happened at the tenkey, the mouth's turn that began with it, and when."""


def serve(source: KeySource, desk: BoxDesk, mouth: Mouth, inbox: Inbox[Told], tick_s: float = TICK_S) -> int:
    """Work until told to stop. Keys are read on a thread of their own, so that each silences at once."""
    reader = threading.Thread(target=_read, args=(source, desk, mouth, inbox), name="tenkey", daemon=True)
    reader.start()
    logger.info("desk.serving")
    desk.start()
    ticks = _Ticks(desk, mouth)
    try:
        while True:
            try:
                told = inbox.get(timeout=tick_s)
            except queue.Empty:
                told = None
            if isinstance(told, Call):
                break
            try:
                if told is not None:
                    desk.handle(*told)
            except Exception as error:  # noqa: BLE001 - one bug must not take the desk from somebody who cannot see
                log_bug(logger, "desk.failed", error)
                mouth.say(FAILED, RATE)
            if inbox.is_empty():  # a key that waits is obeyed before anything is told over its answer
                ticks.tick()
    finally:
        source.close()
        desk.close()
        reader.join(tick_s)
        logger.info("desk.stopped")
    return EXIT_OK if told is Call.STOP else EXIT_NO_KEYS


class _Ticks:
    """What the desk does by itself, with a bug of ours said once until it is over."""

    def __init__(self, desk: BoxDesk, mouth: Mouth) -> None:
        self._desk = desk
        self._mouth = mouth
        self._is_logged = False
        self._is_said = False

    def tick(self) -> None:
        turn = self._mouth.turn
        try:
            self._desk.tick()
        except Exception as error:  # noqa: BLE001 - as above
            if not self._is_logged:
                log_bug(logger, "desk.failed", error)
            self._is_logged = True
            if not self._is_said and not self._mouth.is_busy:
                self._is_said = self._mouth.say(FAILED, RATE, turn)
        else:
            self._is_logged = self._is_said = False


def _read(source: KeySource, desk: BoxDesk, mouth: Mouth, inbox: Inbox[Told]) -> None:
    """Silence at every key, then pass it on."""
    try:
        for event in source.events():
            at = desk.now()  # before it silences: what is said until then was not heard
            inbox.put((event, mouth.hush() if isinstance(event, KeyPressed) else mouth.turn, at))
    except Exception as error:  # noqa: BLE001 - the process ends, and says why
        log_bug(logger, "tenkey.failed", error)
    inbox.put(Call.NO_KEYS)
