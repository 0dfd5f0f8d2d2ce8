"""窓口で確認 by ear: a way, then its fields one by one, then a summary that two presses of Enter record.

The rules are those of the page's form; a field that they refuse is told and stays. The point takes back what is being
typed, else it goes one field back; nothing that was decided is lost by that, by a lock or by a look at somebody else.
"""

from __future__ import annotations

from dataclasses import replace

from app.clock import TOKYO
from app.eligibility.counter import Field, FormReading
from app.eligibility.ports import Method
from app.eligibility.voice_desk import DeskAct, DeskActKind
from app.errors import AlreadyHandled, KioskError, RecordMissing
from app.speech.desk_counter_fields import CounterFields
from app.speech.desk_counter_left import LeftEntries
from app.speech.desk_counter_say import (
    say_accepted,
    say_again,
    say_echo,
    say_field,
    say_finding,
    say_row,
    say_summary,
    say_taken_back,
    say_too_many,
)
from app.speech.desk_counter_steps import Step
from app.speech.desk_counter_warned import Warned
from app.speech.desk_counter_whom import Target, asked_about, whose
from app.speech.desk_fields import Page
from app.speech.desk_menus import refuse
from app.speech.desk_model import Key, Utterance, say
from app.speech.desk_places import Around, Question, at, edge
from app.speech.desk_whom import Whom
from app.speech.earcons import Earcon
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import HALF_TYPED, NO_SUCH_KEY, NOTHING_TO_DECIDE, Asked, Place, Privacy
from app.speech.phrases.desk_counter_words import SUMMARY, UNLINKED, WAYS
from app.speech.phrases.desk_words import braille_line, error_words

_WAY_KEYS = dict(zip((Key.N1, Key.N2, Key.N3, Key.N4, Key.N6), WAYS, strict=True))


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
        self._warned: Warned | None = None
        self._shows: tuple[str, ...] = ()  # the check whose fields were filled in from the start
        self.left = LeftEntries(self, target)
        self.resumes: CounterForm | None = None

    @property
    def is_begun(self) -> bool:
        return self._method is not None

    @property
    def is_worth_keeping(self) -> bool:
        return self._fields is not None and self._fields.is_changed

    @property
    def entry_id(self) -> str:
        return "" if self._fields is None else self._fields.entry_id

    def clear(self) -> None:
        """Throw away what was entered."""
        self._method, self._fields, self._at, self._row, self._is_mending = None, None, -1, None, False
        self._warned, self._shows = None, ()

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

    def noted(self, said: Utterance, desk: Around) -> Utterance:
        """Each utterance names the visits that are told of: what could not be noted once is noted before the next."""
        named = self.left.offered(desk) if self._at < 0 else None
        shows = self._shows if named is None else (*self._shows, *named._shows)
        return replace(said, viewed=tuple(dict.fromkeys((*said.viewed, *shows))))

    def asked_about(self, privacy: Privacy) -> Whom:
        return asked_about(self._target, self._kana, privacy)

    def open(self, desk: Around) -> Utterance:
        self._row = None
        self.left.restart()
        if self._method is None or self._at < 0:
            return self.left.say(desk)
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

    def again(self, desk: Around) -> Utterance | None:
        """The field once more while something stands in it."""
        if self._method is None or self._at < 0 or self._is_at_summary:
            return None
        return say_again(self._order()[self._at], desk.settings.privacy)

    def take_back(self, desk: Around) -> Utterance | None:
        if self._method is None or self._at < 0:
            return self.left.say(desk) if self.left.take_back() else None
        if self._is_at_summary and self._row is not None:
            self._row = None
            return self._here(desk)
        if not self._is_at_summary:
            step = self._order()[self._at]
            if step.take_back():
                return say_taken_back(step, desk.settings.privacy)
        came_from_summary = self._is_mending and not self._is_at_summary
        self._at = len(self._order()) if came_from_summary else self._at - 1
        self._is_mending = False
        return self.open(desk)

    def question(self, desk: Around) -> Question | None:
        """Raises ``AlreadyHandled``: the visit that it was for is not open any more; it can be recorded without."""
        if self._method is None or self._at < 0:
            return self.left.question(desk)
        if not self._is_at_summary:
            return None
        of, version = self.asked_about(desk.settings.privacy), 0
        if self._target is not None:
            found = self._target.version(desk.day())
            if found is None:
                self.unlink()
                raise AlreadyHandled()
            version = found
        visit = self._target.check_id if self._target else ""
        act = DeskAct(DeskActKind.KEEP_COUNTER, visit, version, draft=self._form.draft(self._method))
        return Question(Asked.KEEP_COUNTER, act, whom=of)

    # The ways

    def _press_way(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.ENTER:
            return None if self.left.is_dropping else self._go_on(desk)
        if (said := self.left.press(key, desk)) is not None:
            return said
        if key in (Key.N0, Key.N5, Key.N7, Key.N9) or not key.is_digit:
            return None
        if key not in _WAY_KEYS:
            return refuse(NO_SUCH_KEY)
        if self.left.is_full(desk):
            return say_too_many()
        if self._fields is None:
            self._fields = CounterFields(desk, self._target.check_id if self._target else None)
            if self._target is not None and self._fields.has_known:
                self._shows = (self._target.check_id,)
        self._method, self._at, self._is_mending = _WAY_KEYS[key], 0, False
        return self._here(desk)

    # Entries that go on

    def _go_on(self, desk: Around) -> Utterance:
        entry = self.left.offered(desk)
        if entry is None:
            return refuse(NOTHING_TO_DECIDE)
        if entry is self:
            self._at = 0
            return self._here(desk)
        self.resumes = entry
        return Utterance(is_quiet=True)

    def is_for(self, target: Target) -> bool:
        return self._target is not None and self._target.check_id == target.check_id

    def whose(self, privacy: Privacy) -> Whom:
        return whose(self._target, self._kana, privacy)

    # The fields

    def _order(self) -> list[Step]:
        return [] if self._method is None or self._fields is None else self._fields.order(self._method)

    @property
    def _kana(self) -> str:
        return "" if self._fields is None else self._fields.step(Field.KANA).value

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
        if step.half is not None:
            return refuse(HALF_TYPED)
        reading = self._read(desk)
        wrong, odd = self._form.errors_at(step, self._way, reading), self._form.odd_at(step, reading)
        if wrong:
            step.refuse()
            return say_finding(step, wrong[0], privacy, is_error=True)
        is_heard = self._warned is not None and self._warned.is_answered(step, desk.pressed_at)
        if odd and step.value and not is_heard:
            step.refuse()
            self._warned = Warned(step.field, step.value, desk.source.now())
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
        self._form.follow_members(desk)
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
        doubts = sum(len(self._form.odd_at(step, reading)) for step in self._order())
        way = WAYS[self._way]
        of = self.whose(desk.settings.privacy)
        return say_summary(way, of.said, doubts, desk.settings.privacy, braille_line(way.braille, of.name))

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
                return say_row(order[row], self._form.odd_at(order[row], self._read(desk)), desk.settings.privacy)
            case Key.STAR if self._row is not None:
                self._at, self._row, self._is_mending = self._row, None, True
                return self._here(desk)
        return None
