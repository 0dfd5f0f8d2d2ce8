"""Where somebody can be, and the place where most time is spent: patients one by one, and their fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from app.clock import TOKYO
from app.eligibility.voice_desk import DeskAct, DeskActKind, DeskDay, DeskPatient, DeskSource
from app.errors import RecordMissing
from app.speech.desk_fields import (
    ITEMS,
    Page,
    detail_pages,
    kept_silent,
    may_be_said,
    number_braille,
    number_pages,
    say_item,
    say_page,
)
from app.speech.desk_model import DeskSettings, FieldReader, Key, Utterance
from app.speech.desk_say import ASKED_AGAIN, braille_of, event_of, number_phrase, read_with, summary
from app.speech.desk_whom import Whom, whom
from app.speech.earcons import Earcon
from app.speech.phrases.counted import people
from app.speech.phrases.desk_captions import (
    FIELDS,
    NOBODY,
    NOTHING_HERE,
    NOTHING_TYPED,
    NTH_KIOSK,
    NUMBERS,
    PLACES,
    POSITION,
    READING,
    SUMMARY,
    Asked,
    Item,
    Place,
)
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource

if TYPE_CHECKING:
    from app.speech.desk_counter import CounterForm


class Question:
    """What the second press of Enter does: an act, or where there is none what the desk itself does.

    Behind the question stands ``whom`` it is about, as far as it may be said, and ``about``: what is done, or where.
    """

    __slots__ = ("about", "act", "asked", "whom")

    def __init__(
        self, asked: Asked, act: DeskAct | None = None, about: Sequence[Phrase] = (), whom: Whom | None = None
    ) -> None:
        self.asked = asked
        self.act = act
        self.about = tuple(about)
        self.whom = whom or Whom()


class Around(Protocol):
    """What a place needs of the desk around it."""

    @property
    def source(self) -> DeskSource: ...
    @property
    def reader(self) -> FieldReader: ...
    @property
    def settings(self) -> DeskSettings: ...

    def day(self) -> DeskDay:
        """The day as of this key."""
        ...

    def chosen(self) -> DeskPatient | None:
        """The patient of 本日の受付 on whom somebody is."""
        ...

    @property
    def pressed_at(self) -> datetime:
        """When the key was pressed that is being taken."""
        ...

    @property
    def unfinished(self) -> Sequence[CounterForm]:
        """Entries of 窓口で確認 that somebody left before they were recorded, newest first."""
        ...


class Spot(Protocol):
    """A place. ``press`` returns ``None`` for a key that is not its own."""

    @property
    def place(self) -> Place: ...

    def press(self, key: Key, desk: Around) -> Utterance | None: ...

    def open(self, desk: Around) -> Utterance:
        """What is said on arriving here."""
        ...

    def position(self, desk: Around) -> Page:
        """Phrases for いまどこ behind the name of the place."""
        ...

    def question(self, desk: Around) -> Question | None:
        """What Enter would decide here."""
        ...

    def take_back(self, desk: Around) -> Utterance | None:
        """What the point takes back here; ``None`` when it leaves."""
        ...


def edge() -> Utterance:
    """The end of a list: a dull knock, no words."""
    return Utterance(Earcon.END)


def at(here: int, count: int, unit: Callable[[int], str] = people) -> Phrase:
    """``3人中 1人目``."""
    return POSITION.filled(all=number_phrase(unit(count)), here=number_phrase(unit(here)))


def kiosk_named(kiosk: str, desk: Around) -> Page:
    """Which kiosk it is; nothing where there is one alone. A name that cannot be read gives way to its place."""
    kiosks = sorted({kiosk, *(one.kiosk for one in desk.day().methods)})
    if len(kiosks) == 1:
        return ()
    name = read_with(desk.reader, Field(FieldKind.TERM, kiosk))
    if name.source is ReadingSource.UNREADABLE:
        return (NTH_KIOSK.filled(what=number_phrase(str(kiosks.index(kiosk) + 1))),)
    return (name,)


class Patients:
    """Patients one by one: of today, always as they are now, or those that a search found."""

    def __init__(self, found: Sequence[DeskPatient] | None = None) -> None:
        self._found = None if found is None else tuple(found)
        self._cursor: str | None = None
        self._row = 0
        self.item: Item | None = None
        self._pages: tuple[Key, str, int] | None = None

    @property
    def place(self) -> Place:
        return Place.TODAY if self._found is None else Place.FOUND

    def all(self, desk: Around) -> tuple[DeskPatient, ...]:
        return desk.day().patients if self._found is None else self._found

    def here(self, desk: Around) -> DeskPatient | None:
        """The patient under the cursor; somebody who is gone gives way to the neighbour."""
        patients = self.all(desk)
        if not patients:
            return None
        place = next((row for row, one in enumerate(patients) if one.check_id == self._cursor), None)
        self._row = min(self._row, len(patients) - 1) if place is None else place
        self._cursor = patients[self._row].check_id
        return patients[self._row]

    def go_to_newest(self, desk: Around) -> Utterance:
        self._cursor, self._row, self.item, self._pages = None, 0, None, None
        return self.open(desk)

    def open(self, desk: Around) -> Utterance:
        patient = self.here(desk)
        if patient is None:
            return Utterance(Earcon.END, (PLACES[self.place].phrase, NOBODY.phrase), braille=NOBODY.braille)
        return self._summary(patient, desk, is_whole=False)

    def position(self, desk: Around) -> Page:
        patient = self.here(desk)
        if patient is None:
            return (NOBODY.phrase,)
        label = SUMMARY if self.item is None else FIELDS[self.item]
        return at(self._row + 1, len(self.all(desk))), label.phrase

    def select(self, check_id: str) -> None:
        """Go to that check, once it is there."""
        self._cursor, self.item, self._pages = check_id, None, None

    def go_to(self, check_id: str, desk: Around) -> None:
        """Go to that check. Raises ``RecordMissing``: nobody is taken for one that is gone."""
        if all(one.check_id != check_id for one in self.all(desk)):
            raise RecordMissing()
        self.select(check_id)

    def question(self, desk: Around) -> Question | None:
        patient = self.here(desk)
        if patient is None or not patient.is_waiting:
            return None
        # News may have come in between: nobody decides on the wrong one.
        of = whom(patient.number, patient.name_kana, patient.name)
        request = next((one for one in desk.day().requests if one.check_id == patient.check_id), None)
        if request is not None:
            return Question(Asked.CONFIRM_VISUAL, DeskAct(DeskActKind.CONFIRM_VISUAL, request.request_id), whom=of)
        if event_of(patient) in ASKED_AGAIN:
            return Question(Asked.TRY_SERVICE, DeskAct(DeskActKind.TRY_SERVICE))
        handled = DeskAct(DeskActKind.MARK_HANDLED, patient.check_id, patient.version)
        return Question(Asked.MARK_HANDLED, handled, whom=of)

    def take_back(self, desk: Around) -> Utterance | None:
        if self.item is None and self._pages is None:
            return None
        self.item, self._pages = None, None
        return self.open(desk)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key not in (Key.N1, Key.N2, Key.N3, Key.N4, Key.N6, Key.N8, Key.STAR):
            return None
        patient = self.here(desk)
        if patient is None:
            return Utterance(Earcon.END, (NOBODY.phrase,), braille=NOBODY.braille)
        match key:
            case Key.N4 | Key.N6:
                return self._walk(-1 if key is Key.N4 else 1, desk)
            case Key.N8 | Key.N2:
                return self._turn(-1 if key is Key.N8 else 1, patient, desk)
            case Key.N3 | Key.STAR:
                return self._page(key, patient, desk)
        self.item, self._pages = None, None
        return self._summary(patient, desk, is_whole=True)

    def _summary(self, patient: DeskPatient, desk: Around, *, is_whole: bool) -> Utterance:
        today = desk.source.now().astimezone(TOKYO).date()
        return summary(patient, desk.settings.privacy, desk.reader, today, is_whole=is_whole)

    def _walk(self, step: int, desk: Around) -> Utterance:
        patients = self.all(desk)
        row = self._row + step
        if not 0 <= row < len(patients):
            return edge()
        self._row, self._cursor, self._pages = row, patients[row].check_id, None
        if self.item is None:
            return self.open(desk)
        return self._say_item(patients[row], desk)

    def _turn(self, step: int, patient: DeskPatient, desk: Around) -> Utterance:
        place = -1 if self.item is None else ITEMS.index(self.item)
        if not 0 <= place + step < len(ITEMS):
            return edge()
        self.item, self._pages = ITEMS[place + step], None
        return self._say_item(patient, desk)

    def _say_item(self, patient: DeskPatient, desk: Around) -> Utterance:
        assert self.item is not None  # noqa: S101 - only called with one
        sheet = desk.source.sheet(patient.check_id)
        return say_item(self.item, patient, sheet, desk.settings.privacy, desk.reader)

    def _page(self, key: Key, patient: DeskPatient, desk: Around) -> Utterance:
        sheet = desk.source.sheet(patient.check_id)
        viewed = (patient.check_id,)
        braille = number_braille(sheet) if key is Key.N3 else braille_of(patient)
        if not may_be_said(None, desk.settings.privacy):
            return kept_silent(NUMBERS["number"] if key is Key.N3 else READING, braille, viewed)
        if key is Key.N3:
            pages = number_pages(patient, sheet, desk.reader)
        else:
            pages = detail_pages(self.item, patient, sheet, desk.source.now().date(), desk.reader)
        place = 0
        if self._pages is not None and self._pages[:2] == (key, patient.check_id):
            place = (self._pages[2] + 1) % len(pages)
        self._pages = (key, patient.check_id, place)
        return say_page(pages, place, key, braille, viewed)


def nothing_here(place: Place) -> Utterance:
    return Utterance(Earcon.END, (PLACES[place].phrase, NOTHING_HERE.phrase), braille=NOTHING_HERE.braille)


def nothing_typed() -> Utterance:
    return Utterance(Earcon.END, (NOTHING_TYPED.phrase,), braille=NOTHING_TYPED.braille)
