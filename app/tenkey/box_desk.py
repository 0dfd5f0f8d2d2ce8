"""The spoken desk of a box without a screen: keys of its own tenkey in, words through its own device out.

Who acts? Nobody, until somebody types a number of their own (eight digits that the box made for them on their page, and
Enter). It opens a session in their name as a log-in does in a browser: noted, listed, ended by whoever may end it,
locked after the same idle time. This was chosen over a tenkey that the settings bind to a person: the box stands where
patients stand, and whoever is alone with it for a moment would hear the day. A passphrase cannot be typed on a tenkey,
and typing a name first would double the keys. While the desk is locked arrivals are told by their sound alone and
nothing else is; before anybody opened it, not even that. What was told is noted before it is told.
"""

from __future__ import annotations

import contextlib
import logging
import math
from dataclasses import replace
from datetime import datetime

from app.clock import Clock
from app.eligibility.desk_door import CODE_DIGITS, DeskDoor, DeskTrouble, DoorState
from app.eligibility.voice_desk import DeskAct
from app.errors import DeskCodeRefused, KioskError, StoreError
from app.speech.desk import Desk
from app.speech.desk_announce import announced
from app.speech.desk_model import DeskSettings, FieldReader, Key, Utterance, say
from app.speech.desk_say import number_phrase
from app.speech.desk_status import muted_phrases
from app.speech.earcons import Earcon
from app.speech.phrases.counted import people, seconds
from app.speech.phrases.desk_captions import TAKEN_BACK, WAITING, Place
from app.speech.phrases.desk_words import DeskEvent, error_words
from app.speech.phrases.tenkey_words import LOCK_AT, OPENED, PLUGGED, UNPLUGGED, WAIT
from app.speech.utterance import Phrase
from app.tenkey.keys import KeyEvent, KeyPressed, NotFound, Plugged
from app.tenkey.liking import liking_of, settings_of
from app.tenkey.mouth import Mouth
from app.tenkey.prompt import ask_for_number, not_a_number
from app.tenkey.tries import Tries
from app.tenkey.trouble import trouble_words

logger = logging.getLogger(__name__)

LONGEST = 16
"""Digits that are taken; more are none of ours."""
ENTRY_S = 30.0
"""Digits that nobody finished are forgotten."""
LOOK_S = 60.0
"""The day is read anew at least so often, whatever the store says."""


class BoxDesk:
    """Belongs to one thread. ``handle`` takes what the tenkey does, ``tick`` is called several times a second.

    Args:
        reader: reads what only a dictionary can read.
    """

    def __init__(self, door: DeskDoor, mouth: Mouth, reader: FieldReader, clock: Clock) -> None:
        self._door = door
        self._mouth = mouth
        self._reader = reader
        self._clock = clock
        self._tries = Tries()
        self._digits: list[str] = []
        self._typed_s = 0.0
        self._desk: Desk | None = None
        self._state = DoorState.SHUT
        self._viewed: set[str] = set()
        self._liked: DeskSettings | None = None
        self._has_acted = False
        self._told: tuple[Phrase, ...] = ()
        """What was done and not yet heard, because the next key came too soon."""
        self._is_lost = False
        self._trouble = DeskTrouble()
        self._seen = -1
        self._looked_s = 0.0
        self._was_unplugged = False

    def start(self) -> None:
        """Say what to do first."""
        self._say(ask_for_number())

    def now(self) -> datetime:
        """When a key was pressed. From any thread."""
        return self._clock.now()

    def handle(self, event: KeyEvent, turn: int | None = None, at: datetime | None = None) -> None:
        """Take what happened at the tenkey, now or ``at``; ``turn`` is that of the key's ``hush``."""
        match event:
            case KeyPressed(None):
                return
            case KeyPressed(Key() as key):
                self._take(key, turn, at)
            case Plugged():
                if self._was_unplugged:
                    self._tell(say(PLUGGED, earcon=Earcon.STEP), turn)
                self._was_unplugged = False
            case NotFound(error):
                self._was_unplugged = True
                self._tell(say(error_words(error), earcon=Earcon.UNREACHABLE), turn)
            case _:
                self._was_unplugged = True
                self._digits.clear()
                self._tell(say(UNPLUGGED, earcon=Earcon.UNREACHABLE), turn)

    def tick(self) -> None:
        """Lock in time, and tell what is new once nothing else is being said. Call it when no key waits."""
        turn = self._mouth.turn  # a key from here on comes before anything that is told
        if self._digits and self._clock.monotonic_s() - self._typed_s > ENTRY_S:
            self._digits.clear()
        try:
            self._follow(self._door.look(), turn)
            self._tell_news(turn)
        except StoreError as error:
            self._lose(error, turn)

    def close(self) -> None:
        """Leave the desk and be silent."""
        self._digits.clear()
        with contextlib.suppress(StoreError):
            self._door.leave()
        self._mouth.close()

    def _take(self, key: Key, turn: int | None, at: datetime | None) -> None:
        try:
            state = self._door.look(by_person=True)
            was_open = self._state is DoorState.OPEN
            self._follow(state, turn)
            if state is DoorState.OPEN and self._desk is not None:
                said = self._work(key, self._desk, at)
            elif was_open:
                return  # the key was meant for a desk that had just closed
            else:
                said = self._type(key)
        except KioskError as error:
            said = say(error_words(error), earcon=Earcon.UNREACHABLE)
        if said is not None:
            self._answer(said, turn)

    def _work(self, key: Key, desk: Desk, at: datetime | None) -> Utterance | None:
        """A key at the open desk."""
        if key is Key.MINUS and desk.place is Place.MENU:
            self._door.lock()
            self._follow(DoorState.LOCKED)
            return None
        said = desk.press(key, at)
        self._seen = -1  # news that it overtook are new again
        if said.act is not None:
            said = self._perform(said.act, desk)
            self._has_acted = True
        self._note(said, desk)
        self._keep_liking(desk.settings)
        return said

    def _note(self, said: Utterance, desk: Desk) -> None:
        """Note what is told before it is; what cannot be noted is not told, and no Enter answers it."""
        for check_id in set(said.viewed) - self._viewed:
            try:
                self._door.note_viewed(check_id)
            except StoreError:
                desk.unheard()
                raise
            self._viewed.add(check_id)

    def _perform(self, act: DeskAct, desk: Desk) -> Utterance:
        """Do it; only what was done is told as done."""
        try:
            number = self._door.perform(act)
        except StoreError as error:
            return desk.failed(act, error)
        return desk.done(act, number)

    def _type(self, key: Key) -> Utterance | None:
        """A key at the closed desk: digits of a number, told by a tick alone."""
        if key.is_digit:
            self._typed_s = self._clock.monotonic_s()
            if len(self._digits) >= LONGEST:
                return Utterance(Earcon.END)
            self._digits.append(key.value)
            return Utterance(Earcon.KEY)
        if key is Key.ENTER and self._digits:
            return self._try()
        had_any = bool(self._digits)
        self._digits.clear()
        if key is Key.MINUS:
            return Utterance(Earcon.KEY)
        if key is Key.POINT and had_any:
            return say(TAKEN_BACK)
        return ask_for_number()

    def _try(self) -> Utterance:
        typed = "".join(self._digits)
        self._digits.clear()
        if len(typed) != CODE_DIGITS:
            return not_a_number()
        now_s = self._clock.monotonic_s()
        wait_s = self._tries.wait_s(now_s)
        if wait_s > 0:
            time = number_phrase(seconds(math.ceil(wait_s)))
            return Utterance(Earcon.BLOCKED, (WAIT.filled(time=time),), braille=WAIT.braille)
        try:
            is_new = self._door.enter(typed)
        except DeskCodeRefused as error:
            self._tries.failed(now_s)
            logger.warning("desk.code_refused")
            return say(error_words(error), earcon=Earcon.BLOCKED)
        if is_new:
            self._desk = None  # nobody works in the desk of whoever was there before
        try:
            return self._open()
        except Exception:
            self._desk = None
            with contextlib.suppress(StoreError):
                self._door.leave()  # open without a desk no key would be answered
            raise

    def _open(self) -> Utterance:
        desk = self._desk
        if desk is None:
            self._viewed.clear()
            self._liked = settings_of(self._door.liking())
            desk = self._desk = Desk(self._door.source(), self._reader, self._liked)
        else:
            desk.come_back()
            self._seen = -1
        self._state = DoorState.OPEN
        logger.info("desk.opened")
        waiting = WAITING.filled(count=number_phrase(people(desk.day().waiting)))
        muted = muted_phrases(is_muted=desk.is_muted)
        return Utterance(Earcon.VALID, (OPENED.phrase,), (waiting, *muted), (LOCK_AT.phrase,), OPENED.braille)

    def _follow(self, state: DoorState, turn: int | None = None) -> None:
        """Take over what the door says; a desk that closed is silent and forgets what was half typed."""
        was, self._state = self._state, state
        if state is DoorState.SHUT:
            self._desk = None
        if was is DoorState.OPEN and state is not DoorState.OPEN:
            if self._desk is not None:
                self._desk.leave()
            self._digits.clear()
            self._told = ()
            logger.info("desk.closed")
            self._answer(ask_for_number(has_just_locked=True), turn)

    def _tell_news(self, turn: int) -> None:
        now_s = self._clock.monotonic_s()
        version = self._door.version()
        if self._mouth.is_busy or (version == self._seen and now_s - self._looked_s < LOOK_S and not self._is_lost):
            return
        trouble = self._door.trouble()
        if self._is_lost:
            self._is_lost = not self._event(DeskEvent.CONNECTION_BACK, turn)
            return  # one thing at a time: the rest is told once this was heard
        if trouble != self._trouble:
            if self._tell(trouble_words(self._trouble, trouble), turn):
                self._trouble = trouble
            return
        said = self._desk.news() if self._desk is not None else None
        # Locked, who passes by hears no word of anybody.
        if said is None or self._say(said if self._state is DoorState.OPEN else Utterance(said.earcon), turn):
            self._seen, self._looked_s = version, now_s

    def _lose(self, error: StoreError, turn: int) -> None:
        if not self._is_lost and self._event(DeskEvent.CONNECTION_LOST, turn):
            self._is_lost = True
            logger.error("desk.store_lost code=%s", error.code)

    def _event(self, event: DeskEvent, turn: int) -> bool:
        return self._say(announced(event) if self._desk is None else self._desk.tell(event), turn)

    def _tell(self, said: Utterance, turn: int | None) -> bool:
        """Tell what is none of the desk's own."""
        if self._desk is not None:
            self._desk.talked_over()
        return self._say(said, turn)

    def _answer(self, said: Utterance, turn: int | None) -> None:
        """Answer a key. When the next one came too soon to hear what was done, that is told before its answer."""
        whole = replace(said, core=(*self._told, *said.core))
        has_acted, self._has_acted = self._has_acted, False
        if not said.is_quiet and self._say(whole, turn):
            self._told = ()
        elif has_acted:
            self._told = whole.core

    def _say(self, said: Utterance, turn: int | None = None) -> bool:
        rate = DeskSettings().rate if self._desk is None else self._desk.settings.rate
        is_said = self._mouth.say(said, rate, turn)
        if not is_said and self._desk is not None:
            self._desk.unheard()
        return is_said

    def _keep_liking(self, settings: DeskSettings) -> None:
        if settings != self._liked:
            with contextlib.suppress(StoreError):  # the next key tries again
                self._door.keep_liking(liking_of(settings))
                self._liked = settings
