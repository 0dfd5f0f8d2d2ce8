"""音声端末モード: a whole day at the desk by ear and a numpad. A state machine without I/O of its own.

``press`` takes a key, ``news`` looks for what is new, ``tell`` takes what happens to the connection; each gives the
next utterance. An utterance with an ``act`` wants that done first; ``done`` or ``failed`` then gives the words. Nothing
is ever done without two presses of Enter, the first of which asks. A page and a keypad at the box drive the same
machine. Belongs to one thread at a time.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from app.eligibility.counter_draft import CounterDraft
from app.eligibility.voice_desk import DeskAct, DeskDay, DeskPatient, DeskSource
from app.errors import KioskError
from app.speech.desk_acts import Acts
from app.speech.desk_announce import announced
from app.speech.desk_counter import CounterForm
from app.speech.desk_counter_say import say_kept
from app.speech.desk_main_menu import Menu
from app.speech.desk_menus import Typing, refuse
from app.speech.desk_model import DeskSettings, FieldReader, Key, Utterance, say
from app.speech.desk_news import NewsWatch, offered, say_news
from app.speech.desk_pending import PendingVisits
from app.speech.desk_places import Patients, Question, Spot, edge
from app.speech.desk_rooms import next_room
from app.speech.desk_say import sentences, spoken_within
from app.speech.desk_status import waiting_for, where
from app.speech.earcons import Earcon
from app.speech.mora import RATES
from app.speech.phrases.desk_captions import (
    CHOSEN,
    DONE,
    NOTHING_TO_DECIDE,
    PRIVACY,
    QUESTIONS,
    RATE,
    SILENT,
    START,
    STOPPED,
    Asked,
    Place,
    Privacy,
)
from app.speech.phrases.desk_words import SECOND_ENTER, DeskEvent, error_words
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind

BOUNCE = timedelta(milliseconds=400)
"""An Enter that was pressed sooner after a question or news was no answer: nobody had heard them."""


class Desk:
    """One listener's desk.

    Args:
        source: the clinic's day, read again at every key.
        reader: reads what only a dictionary can read.
        settings: how this device likes it; ``settings`` tells what became of it.

    Raises:
        StoreError: the day cannot be read.
    """

    def __init__(self, source: DeskSource, reader: FieldReader, settings: DeskSettings | None = None) -> None:
        self.source = source
        self.reader = reader
        self.settings = settings or DeskSettings()
        self.is_muted = False
        self._day: DeskDay | None = None
        self._today = Patients()
        self._spot: Spot = self._today
        self.unfinished: Spot | None = None
        self._over: Spot | None = None  # where somebody returns to from a place inside another
        self._watch = NewsWatch(source.day())
        self._offer: Question | None = None
        self._asked: tuple[Question, datetime] | None = None
        self._told_at = self._pressed_at = source.now()
        self._left = self._watch
        self._untold: tuple[NewsWatch, Utterance] | None = None  # what was before the news that was said last
        self._last = self._start()

    @property
    def place(self) -> Place:
        return self._spot.place

    def day(self) -> DeskDay:
        if self._day is None:
            self._day = self.source.day()
        return self._day

    def chosen(self) -> DeskPatient | None:
        return self._today.here(self)

    def press(self, key: Key, at: datetime | None = None) -> Utterance:
        """Take a key, pressed now or ``at``. What cannot be read is said, with its reason, and changes nothing."""
        self._day = None
        self._pressed_at = at or self.source.now()
        if self._untold is not None and self._pressed_at < self._told_at:
            self.unheard()
        has_news, self._untold = self._untold is not None, None
        try:
            said = self._press(key, has_news=has_news)
        except KioskError as error:
            said = replace(say(error_words(error)), earcon=Earcon.UNREACHABLE)
        if key is not Key.N5 and said.act is None and said.is_worth_repeating:
            self._last = said
        return said

    def news(self) -> Utterance | None:
        """Look for what is new; ``None`` when nothing is. Raises ``StoreError``."""
        self._day = None
        before = self._watch.copy()
        fresh = self._watch.look(self.day(), self.source)
        if not fresh:
            return None
        self._untold, self._told_at = (before, self._last), self.source.now()
        self._asked = None  # the question is no longer the last thing that was heard
        self._offer = offered(fresh[0], self) if len(fresh) == 1 else None
        return self._heard(say_news(fresh, self, is_muted=self.is_muted))

    def unheard(self) -> None:
        """What was said last was not heard: no Enter answers it, and news are new again."""
        self._asked = None
        if self._untold is not None:
            self._watch, self._last = self._untold
            self._untold = self._offer = None

    def talked_over(self) -> None:
        """Others said something: the question is no longer the last thing that was heard."""
        self._asked = None

    def tell(self, event: DeskEvent) -> Utterance:
        """Say what happened to the connection or the voice."""
        self._asked = None
        return self._heard(announced(event))

    def leave(self) -> None:
        """Whoever listened left, or a lock came: no question outlives that, and work goes on at the day's list."""
        if self._asked is not None:
            self._last = Utterance(Earcon.VALID, (START.phrase,), braille=START.braille)
        self._asked = self._offer = self._untold = None
        self._spot, self._over = self._today, None
        self._left = self._watch.copy()

    def come_back(self) -> None:
        """Whoever left is back: what came meanwhile was not told to them, and is new again."""
        self._watch = self._left.copy()
        self._asked = self._offer = self._untold = None

    def done(self, act: DeskAct, number: int | None = None) -> Utterance:
        """The act was done; ``number`` is that of what was recorded."""
        self._leave_inner()
        if act.draft is not None:
            return self._kept(act.draft, number)
        return self._heard(replace(say(DONE[Asked(act.kind.value)]), earcon=Earcon.VALID))

    def failed(self, act: DeskAct, error: KioskError) -> Utterance:
        """The act was not done. What was entered at the counter stays, to be recorded again."""
        if act.draft is not None and isinstance(self._spot, CounterForm):
            return self._heard(self._spot.say_failed(act, error))
        self._leave_inner()
        said = replace(say(error_words(error)), earcon=Earcon.UNREACHABLE)
        if isinstance(self._spot, PendingVisits):
            with suppress(KioskError):
                said = replace(said, detail=self._spot.where(self))
        return self._heard(said)

    def _kept(self, draft: CounterDraft, number: int | None) -> Utterance:
        """What was recorded is told here; it becomes news where that was not heard."""
        self.unfinished = None
        self._untold, self._told_at = (self._watch.copy(), self._last), self.source.now()
        with suppress(KioskError):
            self._watch.know(draft.entry_id, self.day())
        if self._spot is self._today:
            self._today.select(draft.entry_id)
        return self._heard(say_kept(draft, number, self.settings.privacy))

    def _heard(self, said: Utterance) -> Utterance:
        if said.core:
            self._last = said
        return said

    def _press(self, key: Key, *, has_news: bool) -> Utterance:
        """``has_news``: something new was the last thing that was heard."""
        if key is not Key.ENTER and key is not Key.N5 and self._asked is not None:
            self._asked = None
            if key is Key.POINT:
                return say(STOPPED)
        if key not in (Key.ENTER, Key.N5):
            self._offer = None
        match key:
            case Key.SLASH:
                return self._spot.turn(self) if isinstance(self._spot, Menu) else self._go(Menu())
            case Key.PLUS:
                self.is_muted = False
                if isinstance(self._spot, Typing) and self._spot.spelt() and not has_news:
                    return self._spot.read_back(self)
                if isinstance(self._spot, Menu) and not has_news and (own := self._spot.press(key, self)) is not None:
                    return self._arrive(own)
                self._spot, self._over = self._today, None
                return self._today.go_to_newest(self)
            case Key.MINUS:
                self.is_muted = True
                return Utterance(Earcon.KEY, braille=SILENT.braille)
            case Key.POINT:
                return self._back()
        if self._pressed_at - self._told_at < BOUNCE:
            self._offer = None
        if key is Key.ENTER and (self._asked is not None or self._offer is not None):
            return self._enter()
        own = self._spot.press(key, self)
        if own is not None:
            return self._arrive(own)
        match key:
            case Key.N5:
                return self._last
            case Key.N7 | Key.N9:
                return self._set_rate(-1 if key is Key.N7 else 1)
            case Key.N0:
                return self._where()
            case Key.ENTER:
                return self._enter()
        return edge()

    def _go(self, spot: Spot, over: Spot | None = None) -> Utterance:
        self._spot, self._over = spot, over
        return spot.open(self)

    def _leave_inner(self) -> None:
        """What was decided inside a place leads back to it."""
        self._day = None
        if self._over is not None:
            self._spot, self._over = self._over, None
        if isinstance(self._spot, Acts | CounterForm):
            self._spot = self._today
        if isinstance(self._spot, PendingVisits):
            with suppress(KioskError):
                self._spot.let_go(self)

    def _arrive(self, said: Utterance) -> Utterance:
        """Follow where a menu or a search led to."""
        room, over, is_entered = next_room(self._spot, self._over)
        if isinstance(room, CounterForm) and room.is_worth_keeping:
            self.unfinished = room
        if is_entered:
            return self._go(room, over)
        self._spot, self._over = room, over
        return said

    def _back(self) -> Utterance:
        said = self._spot.take_back(self)
        if said is not None:
            return said
        if self._spot is self._today:
            return edge()
        if self._over is not None:
            return self._go(self._over)
        self._spot = self._today
        return self._where()

    def _set_rate(self, step: int) -> Utterance:
        wanted = self.settings.rate_step + step
        if not 1 <= wanted <= len(RATES):
            return edge()
        self.settings = replace(self.settings, rate_step=wanted)
        said = RATE.filled(step=read_field(Field(FieldKind.DIGITS, str(wanted))))
        return Utterance(core=(said,), braille=f"{wanted}")

    def _where(self) -> Utterance:
        return where(self._spot.place, self._spot.position(self), self.source.now(), self.day())

    def _start(self) -> Utterance:
        return Utterance(Earcon.VALID, (START.phrase, *waiting_for(self.day())[:1]), braille=START.braille)

    def _enter(self) -> Utterance:
        if self._asked is None:
            question = self._offer or self._spot.question(self)
            if question is None:
                return refuse(NOTHING_TO_DECIDE)
            return self._ask(question)
        question, at = self._asked
        if self._pressed_at - at < BOUNCE:
            return self._ask(question)
        self._asked, self._offer = None, None
        if question.act is not None:
            return Utterance(act=question.act)
        privacy = Privacy(question.asked.value)
        self.settings = replace(self.settings, privacy=privacy)
        words = PRIVACY[privacy]
        return Utterance(Earcon.VALID, (CHOSEN.filled(what=words.phrase),), braille=words.braille)

    def _ask(self, question: Question) -> Utterance:
        self._asked = (question, self.source.now())  # a key that was pressed before this moment is no answer
        words = QUESTIONS[question.asked]
        core, *detail = sentences(words)
        about = (*question.whom.aloud(self.settings.privacy), *question.about)
        return spoken_within(None, (core,), (*about, *detail), SECOND_ENTER, question.whom.line(words.braille))
