"""音声端末モード: a whole day at the desk by ear and a numpad. A state machine without I/O of its own.

``press`` takes a key, ``news`` looks for what is new, ``tell`` takes what happens to the connection; each gives the
next utterance. An utterance with an ``act`` wants that done first; ``done`` or ``failed`` then gives the words. Nothing
is ever done without two presses of Enter, the first of which asks. A page and a keypad at the box drive the same
machine. Belongs to one thread at a time.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from app.eligibility.counter_draft import CounterDraft
from app.eligibility.voice_desk import DeskAct, DeskDay, DeskPatient, DeskSource
from app.errors import KioskError
from app.speech.desk_announce import announced
from app.speech.desk_ask import say_chosen, say_question, say_selected
from app.speech.desk_counter import CounterForm
from app.speech.desk_counter_say import say_kept
from app.speech.desk_fresh import Fresh, fresh_of, hinted
from app.speech.desk_main_menu import Menu
from app.speech.desk_menus import refuse
from app.speech.desk_model import BOUNCE, DeskSettings, FieldReader, Key, Utterance, say
from app.speech.desk_news import NOTHING_MISSED, Missed, NewsWatch, offered, say_news, with_way_to
from app.speech.desk_pending import PendingVisits
from app.speech.desk_places import Question, Spot, edge
from app.speech.desk_rooms import takes_digits, takes_typing
from app.speech.desk_status import say_rate, say_start, waiting_for, where
from app.speech.desk_unfinished import Unfinished, kept_with, kept_without
from app.speech.desk_walk import Walk
from app.speech.earcons import Earcon
from app.speech.mora import RATES
from app.speech.phrases.desk_captions import (
    DONE,
    NOTHING_TO_DECIDE,
    SILENT,
    STOPPED,
    Asked,
    Place,
    Privacy,
)
from app.speech.phrases.desk_words import DeskEvent, error_words


class Desk:
    """One listener's desk.

    Args:
        source: the clinic's day, read again at every key.
        reader: reads what only a dictionary can read.
        settings: how this device likes it; ``settings`` tells what became of it.
        is_muted: the desk that this one takes the place of was told to be silent.
        missed: what happened since that one looked for news.

    Raises:
        StoreError: the day cannot be read.
    """

    def __init__(
        self,
        source: DeskSource,
        reader: FieldReader,
        settings: DeskSettings | None = None,
        *,
        is_muted: bool = False,
        missed: Missed = NOTHING_MISSED,
    ) -> None:
        self.source = source
        self.reader = reader
        self.settings = settings or DeskSettings()
        self.is_muted = is_muted
        self._day: DeskDay | None = None
        self._walk = Walk()
        self.unfinished: Unfinished = ()
        self._watch = NewsWatch(source.day(), missed)
        self._offer: Question | None = None
        self._fresh: Fresh | None = None  # the news that the next key may be about
        self._asked: tuple[Question, datetime] | None = None
        self._told_at = self.pressed_at = source.now()
        self._left = self._watch
        self._untold: tuple[NewsWatch, Utterance] | None = None  # what was before the news that was said last
        self._last = self._start()

    @property
    def _spot(self) -> Spot:
        return self._walk.spot

    @property
    def place(self) -> Place:
        return self._spot.place

    def day(self) -> DeskDay:
        if self._day is None:
            self._day = self.source.day()
        return self._day

    def chosen(self) -> DeskPatient | None:
        return self._walk.today.here(self)

    def press(self, key: Key, at: datetime | None = None) -> Utterance:
        """Take a key, pressed now or ``at``. What cannot be read is said, with its reason, and changes nothing."""
        self._day = None
        self.pressed_at = at or self.source.now()
        if self._untold is not None and self.pressed_at < self._told_at:
            self.unheard()
        has_news, self._untold = self._untold is not None, None
        try:
            said = self._press(key, has_news=has_news)
        except KioskError as error:
            said = replace(say(error_words(error)), earcon=Earcon.UNREACHABLE)
        if isinstance(self._spot, CounterForm):
            self.unfinished = kept_with(self.unfinished, self._spot)
            said = said if said.act else self._spot.noted(said, self)
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
        is_typing = takes_typing(self._spot)  # there Enter belongs to the field: a view of a face is no field's answer
        self._offer = offered(fresh[0], self) if len(fresh) == 1 and not is_typing else None
        said = say_news(fresh, self, is_muted=self.is_muted)
        said = with_way_to(fresh, said) if is_typing else hinted(said, takes_digits=takes_digits(self._spot))
        self._fresh = fresh_of(fresh, said, self.day())
        return self._heard(said)

    def unheard(self) -> None:
        """What was said last was not heard: no Enter answers it, and news are new again."""
        self._asked = None
        if self._untold is not None:
            self._watch, self._last = self._untold
            self._untold = self._offer = self._fresh = None

    def like(self, settings: DeskSettings) -> None:
        """Take over what was chosen elsewhere; nothing that was said at another level is said again at this one."""
        if settings.privacy is not self.settings.privacy:
            self.unheard()
            self._last = say_start(is_muted=self.is_muted)
        self.settings = settings

    def talked_over(self) -> None:
        """Others said something: the question is no longer the last thing that was heard."""
        self._asked = None

    def tell(self, event: DeskEvent) -> Utterance:
        """Say what happened to the connection or the voice."""
        self._asked = None
        return self._heard(announced(event))

    def leave(self) -> None:
        """Whoever listened left, or a lock came: no question outlives that, and work goes on at the day's list."""
        if self._asked is not None or self.is_muted:
            self._last = say_start(is_muted=self.is_muted)
        self._asked = self._offer = self._untold = self._fresh = None
        self._walk.home()
        self._left = self._watch.copy()

    def come_back(self) -> None:
        """Whoever left is back: what came meanwhile was not told to them, and is new again."""
        self._watch = self._left.copy()
        self._asked = self._offer = self._untold = self._fresh = None

    def done(self, act: DeskAct, number: int | None = None) -> Utterance:
        """The act was done; ``number`` is that of what was recorded."""
        self._day = None
        self._walk.leave_inner(self)
        if act.draft is not None:
            return self._kept(act.draft, number)
        return self._heard(replace(say(DONE[Asked(act.kind.value)]), earcon=Earcon.VALID))

    def failed(self, act: DeskAct, error: KioskError) -> Utterance:
        """The act was not done. What was entered at the counter stays, to be recorded again."""
        if act.draft is not None and isinstance(self._spot, CounterForm):
            return self._heard(self._spot.say_failed(act, error))
        self._day = None
        self._walk.leave_inner(self)
        said = replace(say(error_words(error)), earcon=Earcon.UNREACHABLE)
        if isinstance(self._spot, PendingVisits):
            with suppress(KioskError):
                said = replace(said, detail=self._spot.where(self))
        return self._heard(said)

    def _kept(self, draft: CounterDraft, number: int | None) -> Utterance:
        """What was recorded is told here; it becomes news where that was not heard."""
        self.unfinished = kept_without(self.unfinished, draft)
        self._untold, self._told_at = (self._watch.copy(), self._last), self.source.now()
        with suppress(KioskError):
            self._watch.know(draft.entry_id, self.day())
        if self._spot is self._walk.today:
            self._walk.today.select(draft.entry_id)
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
        fresh = self._fresh
        has_news = has_news or fresh is not None
        if key is not Key.N5 or takes_typing(self._spot):
            self._fresh = None
            self._offer = self._offer if key is Key.ENTER else None
        match key:
            case Key.SLASH:
                return self._spot.turn(self) if isinstance(self._spot, Menu) else self._walk.go(Menu(), self)
            case Key.PLUS:
                self.is_muted = False
                if takes_typing(self._spot) and not has_news and (again := self._spot.again(self)) is not None:
                    return again
                if isinstance(self._spot, Menu) and not has_news and (own := self._spot.press(key, self)) is not None:
                    return self._walk.arrive(own, self)
                if fresh is not None and fresh.patient is not None:
                    return self._walk.follow_news(fresh.patient, fresh, key, self)
                self._walk.home()
                return self._walk.today.go_to_newest(self)
            case Key.MINUS:
                self.is_muted = True
                return Utterance(Earcon.KEY, braille=SILENT.braille)
            case Key.POINT:
                return self._walk.back(self) or self._where()
        is_soon = self.pressed_at - self._told_at < BOUNCE
        if is_soon:
            self._offer = None
        is_about_news = key in (Key.N1, Key.N3) and not is_soon and not takes_digits(self._spot)
        if is_about_news and fresh is not None and fresh.patient is not None and fresh.is_heard:
            return self._walk.follow_news(fresh.patient, fresh, key, self)
        if key is Key.ENTER and (self._asked is not None or self._offer is not None):
            return self._enter()
        own = self._spot.press(key, self)
        if own is not None:
            return self._walk.arrive(own, self)
        match key:
            case Key.N5:
                return self._last
            case Key.N7 | Key.N9:
                return self._set_rate(-1 if key is Key.N7 else 1)
            case Key.N0:
                return self._where()
            case Key.ENTER:
                return self._enter(fresh)
        return edge()

    def _set_rate(self, step: int) -> Utterance:
        wanted = self.settings.rate_step + step
        if not 1 <= wanted <= len(RATES):
            return edge()
        self.settings = replace(self.settings, rate_step=wanted)
        return say_rate(wanted)

    def _where(self) -> Utterance:
        at, now = self._spot.position(self), self.source.now()
        return where(self._spot.place, at, now, self.day(), is_muted=self.is_muted)

    def _start(self) -> Utterance:
        return say_start(is_muted=self.is_muted, counts=waiting_for(self.day())[:1])

    def _enter(self, fresh: Fresh | None = None) -> Utterance:
        if self._asked is None:
            question = self._offer or self._spot.question(self)
            if question is None:
                return refuse(NOTHING_TO_DECIDE)
            is_old = fresh is not None and self._offer is None and not fresh.is_of(self._spot, self)
            if is_old and question.act is not None:
                return say_selected(question, self._spot, self)
            return self._ask(question)
        question, at = self._asked
        if self.pressed_at - at < BOUNCE:
            return self._ask(question)
        self._asked, self._offer = None, None
        if question.act is not None:
            return Utterance(act=question.act)
        if question.asked is Asked.DROP_ENTRY and isinstance(self._spot, CounterForm):
            return self._spot.left.drop(self)
        privacy = Privacy(question.asked.value)
        self.settings = replace(self.settings, privacy=privacy)
        return say_chosen(privacy)

    def _ask(self, question: Question) -> Utterance:
        self._asked = (question, self.source.now())  # a key that was pressed before this moment is no answer
        return say_question(question, self)
