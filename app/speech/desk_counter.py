"""窓口で確認 by ear: a way, then its fields one by one, then a summary that two presses of Enter record.

The rules are those of the page's form; a field that they refuse is told and stays. The point takes back what is being
typed, else it goes one field back; nothing that was decided is lost by that, by a lock or by a look at somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.clock import TOKYO
from app.eligibility.counter import Field, FormReading
from app.eligibility.ports import Method
from app.eligibility.voice_desk import DeskAct, DeskActKind
from app.errors import AlreadyHandled, KioskError, RecordMissing
from app.speech.braille_cells import braille_kana
from app.speech.desk_counter_entry import kana_phrase
from app.speech.desk_counter_fields import CounterFields, odd_at
from app.speech.desk_counter_say import (
    say_accepted,
    say_echo,
    say_field,
    say_finding,
    say_row,
    say_summary,
    say_taken_back,
)
from app.speech.desk_counter_steps import Step
from app.speech.desk_fields import Page
from app.speech.desk_menus import refuse
from app.speech.desk_model import Key, Utterance, say
from app.speech.desk_places import Around, Question, at, edge
from app.speech.desk_say import reception_phrase, sentences, spoken_within
from app.speech.desk_whom import Whom, whom
from app.speech.earcons import Earcon
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import NO_SUCH_KEY, NOTHING_TO_DECIDE, PLACES, Asked, Place, Privacy
from app.speech.phrases.desk_counter_words import NEW_VISIT, RESUME, SUMMARY, UNLINKED, WAYS, WAYS_SAY
from app.speech.phrases.desk_words import SAMA, braille_line, error_words
from app.speech.utterance import Phrase

_WAY_KEYS = dict(zip((Key.N1, Key.N2, Key.N3, Key.N4, Key.N6), WAYS, strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """The visit that an entry takes over."""

    check_id: str
    number: int | None


class CounterForm:
    """One entry from the choice of its way to the moment when it is recorded."""

    place = Place.COUNTER

    def __init__(self, target: Target | None = None) -> None:
        self._target = target
        self._method: Method | None = None
        self._fields: CounterFields | None = None
        self._at = -1  # a place among the fields; before it the ways, behind it the summary
        self._row: int | None = None
        self._is_mending = False
        self._warned: tuple[Field, str] | None = None
        self._shows: tuple[str, ...] = ()  # the check whose fields were filled in from the start
        self.resumes: CounterForm | None = None

    @property
    def is_begun(self) -> bool:
        return self._method is not None

    @property
    def is_worth_keeping(self) -> bool:
        return self._fields is not None and self._fields.has_any

    def unlink(self) -> None:
        """Its visit was settled by somebody else: what was typed may still be recorded beside it."""
        self._target = None

    def say_failed(self, act: DeskAct, error: KioskError) -> Utterance:
        """It was not recorded: somebody else settled its visit, or the store could not."""
        is_settled = isinstance(error, AlreadyHandled | RecordMissing) and bool(act.subject)
        if is_settled:
            self.unlink()
        said = say(error_words(error), *((UNLINKED,) if is_settled else ()))
        return replace(said, earcon=Earcon.UNREACHABLE)

    def noted(self, said: Utterance) -> Utterance:
        """Each utterance names the visit that is told of: what could not be noted once is noted before the next."""
        return replace(said, viewed=tuple(dict.fromkeys((*said.viewed, *self._shows))))

    def open(self, desk: Around) -> Utterance:
        self._row = None
        if self._method is None or self._at < 0:
            return self._say_ways(desk)
        return self._here(desk)

    def position(self, desk: Around) -> Page:
        order = self._order()
        if self._at < 0 or self._method is None:
            return ()
        if self._at >= len(order):
            return (SUMMARY.phrase,)
        return order[self._at].label.phrase, at(self._at + 1, len(order), things)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if self._method is None or self._at < 0:
            return self._press_way(key, desk)
        if self._is_at_summary:
            return self._press_summary(key, desk)
        step = self._order()[self._at]
        if key is Key.ENTER:
            return self._decide(step, desk)
        echo = step.press(key)
        return None if echo is None else say_echo(step, echo, desk.settings.privacy)

    def take_back(self, desk: Around) -> Utterance | None:
        if self._method is None or self._at < 0:
            return None
        if self._is_at_summary and self._row is not None:
            self._row = None
            return self._here(desk)
        if not self._is_at_summary:
            step = self._order()[self._at]
            if step.take_back():
                return say_taken_back(step, desk.settings.privacy)
        self._at -= 1
        self._is_mending = False
        return self.open(desk)

    def question(self, desk: Around) -> Question | None:
        """Raises ``AlreadyHandled``: the visit that it was for is not open any more; it can be recorded without."""
        if self._method is None or not self._is_at_summary:
            return None
        of, version = Whom((NEW_VISIT.phrase,)), 0
        if self._target is not None:
            found = self._version_of(self._target, desk)
            of = whom(self._target.number)
            if found is None:
                self.unlink()
                raise AlreadyHandled()
            version = found
        visit = self._target.check_id if self._target else ""
        act = DeskAct(DeskActKind.KEEP_COUNTER, visit, version, draft=self._form.draft(self._method))
        name = braille_kana(self._form.step(Field.KANA).value)
        return Question(Asked.KEEP_COUNTER, act, whom=Whom((*of.said, *self._who(desk)), of.number, name))

    # The ways

    def _say_ways(self, desk: Around) -> Utterance:
        more = RESUME.phrase if self._can_go_on(desk) else None
        if more is None and self._target is not None and self._may_say_number(desk):
            more = reception_phrase(self._target.number)
        core = (PLACES[self.place].phrase, *((more,) if more else ()))
        return spoken_within(None, core, sentences(WAYS_SAY), None, WAYS_SAY.braille)

    def _press_way(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.ENTER:
            if self.is_begun:
                self._at = 0
                return self._here(desk)
            if self._can_go_on(desk) and isinstance(desk.unfinished, CounterForm):
                self.resumes = desk.unfinished
                return Utterance(is_quiet=True)
            return refuse(NOTHING_TO_DECIDE)
        if key in (Key.N0, Key.N5, Key.N7, Key.N9) or not key.is_digit:
            return None
        if key not in _WAY_KEYS:
            return refuse(NO_SUCH_KEY)
        if self._fields is None:
            self._fields = CounterFields(desk, self._target.check_id if self._target else None)
            if self._target is not None and self._fields.has_known:
                self._shows = (self._target.check_id,)
        self._method, self._at, self._is_mending = _WAY_KEYS[key], 0, False
        return self._here(desk)

    def _can_go_on(self, desk: Around) -> bool:
        return self.is_begun or (desk.unfinished is not None and desk.unfinished is not self)

    # The fields

    def _order(self) -> list[Step]:
        return [] if self._method is None or self._fields is None else self._fields.order(self._method)

    @property
    def _form(self) -> CounterFields:
        assert self._fields is not None  # noqa: S101 - made with the way
        return self._fields

    @property
    def _way(self) -> Method:
        assert self._method is not None  # noqa: S101 - behind the ways
        return self._method

    @property
    def _is_at_summary(self) -> bool:
        return self._at >= len(self._order())

    def _here(self, desk: Around) -> Utterance:
        if self._is_at_summary:
            return self._say_summary(desk)
        step = self._order()[self._at]
        self._form.is_moved_by_day(step, desk)
        return say_field(step, desk.settings.privacy)

    def _decide(self, step: Step, desk: Around) -> Utterance:
        """Enter: what the rules refuse stays, what is odd is told once, all else is read back and left behind."""
        privacy = desk.settings.privacy
        if self._form.is_moved_by_day(step, desk):
            return say_field(step, privacy)  # what was heard is not what Enter would keep
        reading = self._read(desk)
        wrong, odd = self._form.errors_at(step, self._way, reading), odd_at(step, reading)
        if wrong:
            step.refuse()
            return say_finding(step, wrong[0], privacy, is_error=True)
        if odd and step.value and self._warned != (step.field, step.value):
            step.refuse()
            self._warned = (step.field, step.value)
            return say_finding(step, odd[0], privacy, is_error=False)
        step.settle()
        order = self._order()
        self._at = len(order) if self._is_mending else self._at + 1
        if self._is_at_summary:
            stopped = self._stopped(desk)
            if stopped is not None:
                return stopped
        return say_accepted(step, self._here(desk), privacy)

    def _stopped(self, desk: Around) -> Utterance | None:
        """Go to the first field that the rules refuse, wherever it is."""
        reading = self._read(desk)
        for place, step in enumerate(self._order()):
            wrong = self._form.errors_at(step, self._way, reading)
            if wrong:
                self._at, self._row = place, None
                return say_finding(step, wrong[0], desk.settings.privacy, is_error=True)
        return None

    def _read(self, desk: Around) -> FormReading:
        return self._form.read(self._way, desk.source.now().astimezone(TOKYO).date())

    # The summary

    def _say_summary(self, desk: Around) -> Utterance:
        reading = self._read(desk)
        doubts = sum(len(odd_at(step, reading)) for step in self._order())
        way = WAYS[self._way]
        braille = braille_line(way.braille, braille_kana(self._form.step(Field.KANA).value))
        who = self._who(desk)
        if self._target is not None and self._may_say_number(desk):
            who = (reception_phrase(self._target.number), *who)
        return say_summary(way, who, doubts, desk.settings.privacy, braille)

    def _press_summary(self, key: Key, desk: Around) -> Utterance | None:
        order = self._order()
        match key:
            case Key.ENTER:
                return self._stopped(desk)
            case Key.N1:
                self._row = None
                return self._say_summary(desk)
            case Key.N2 | Key.N8:
                row = (-1 if self._row is None else self._row) + (1 if key is Key.N2 else -1)
                if not 0 <= row < len(order):
                    return edge()
                self._row = row
                return say_row(order[row], odd_at(order[row], self._read(desk)), desk.settings.privacy)
            case Key.STAR if self._row is not None:
                self._at, self._row, self._is_mending = self._row, None, True
                return self._here(desk)
        return None

    # Who and for whom

    def _who(self, desk: Around) -> tuple[Phrase, ...]:
        kana = self._form.step(Field.KANA).value
        if not kana or desk.settings.privacy is not Privacy.EARPHONE:
            return ()
        said = kana_phrase(kana)
        return (Phrase(f"{said.text} {SAMA.text}", f"{said.kana} {SAMA.kana}", said.source),)

    def _may_say_number(self, desk: Around) -> bool:
        return desk.settings.privacy is not Privacy.SOUND

    def _version_of(self, target: Target, desk: Around) -> int | None:
        """The visit as it is now, while it waits for somebody or stands in あとで確認."""
        day = desk.day()
        waiting = [one.version for one in day.patients if one.check_id == target.check_id and one.is_waiting]
        return next(iter([*waiting, *(one.version for one in day.pending if one.check_id == target.check_id)]), None)
