"""Places where digits choose or type: 設定, and search by kana, by a day or by a number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace

from app.eligibility.search_query import QueryRefused
from app.eligibility.voice_desk import DeskFound
from app.speech.braille_cells import braille_kana
from app.speech.desk_entry import LONGEST, DayEntry, KanaEntry, NumberEntry
from app.speech.desk_fields import Page
from app.speech.desk_model import MAX_CORE_MORAE, Key, Utterance, morae_of
from app.speech.desk_places import Around, Patients, Question, edge, nothing_typed
from app.speech.desk_say import number_phrase, sentences, spoken_within
from app.speech.earcons import Earcon
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import (
    DAY_SAYS,
    FOUND,
    FOUND_MORE,
    FOUND_NOTHING,
    HALF_TYPED,
    KANA_SAYS,
    KEPT_SILENT,
    NO_SUCH_DAY,
    NO_SUCH_KEY,
    NOT_SEARCHABLE,
    NUMBER_SAYS,
    ONLY_EARPHONE,
    PLACES,
    PRIVACY,
    ROW,
    SETTINGS_SAYS,
    SMALL,
    TAKEN_BACK,
    TOO_LONG,
    Asked,
    Place,
    Privacy,
)
from app.speech.phrases.desk_words import CHANGE_AT_ENTER, Words, braille_line
from app.speech.phrases.kana_rows import LONG_SIGN, LONG_SIGN_KANA, ROWS
from app.speech.phrases.kana_rows import SMALL as SMALL_KANA
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase


def refuse(words: Words) -> Utterance:
    """A knock and why."""
    return Utterance(Earcon.END, (words.phrase,), braille=words.braille)


class SettingsMenu:
    """声のひろさ: a digit chooses, Enter asks, Enter changes. The rate has keys of its own, 7 and 9."""

    place = Place.SETTINGS

    def __init__(self) -> None:
        self._choice: Privacy | None = None

    def open(self, desk: Around) -> Utterance:
        core, *detail = _listed(SETTINGS_SAYS)
        return Utterance(core=(PLACES[self.place].phrase, core), detail=tuple(detail), braille=SETTINGS_SAYS.braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        levels = tuple(Privacy)
        if not key.is_digit or key in (Key.N5, Key.N7, Key.N9, Key.N0):
            return None
        item = int(key.value) - 1
        if not 0 <= item < len(levels):
            return refuse(NO_SUCH_KEY)
        self._choice = levels[item]
        words = PRIVACY[self._choice]
        return spoken_within(None, (words.phrase,), (), CHANGE_AT_ENTER, words.braille)

    def position(self, desk: Around) -> Page:
        return (PRIVACY[desk.settings.privacy].phrase,)

    def question(self, desk: Around) -> Question | None:
        return None if self._choice is None else Question(Asked(self._choice.value))

    def take_back(self, desk: Around) -> Utterance | None:
        return None


class Typing(ABC):
    """What all kinds of typing share: a search and its results as a new place, and what is said of what was typed.

    It is part of a name, a day or a number, so that it is said by earphone alone; elsewhere a key that was taken ticks.
    """

    place: Place

    def __init__(self) -> None:
        self.results: Patients | None = None
        self._was_refused = False
        self._has_explained = False

    @abstractmethod
    def spelt(self) -> Page:
        """All that was typed, as it is read back."""
        ...

    @abstractmethod
    def line(self) -> str:
        """The same in braille."""
        ...

    def read_back(self, desk: Around) -> Utterance:
        """The whole entry."""
        spelt = self.spelt()
        if not spelt:
            return nothing_typed()
        return self.echo(spelt, desk)

    def again(self, desk: Around) -> Utterance | None:
        """The same while there is one."""
        return self.read_back(desk) if self.spelt() else None

    def echo(self, said: Page, desk: Around, before: Page = ()) -> Utterance:
        """Say what was typed behind our own words, or only those, with the sound of a key that was taken."""
        if desk.settings.privacy is Privacy.EARPHONE:
            label = before or (() if morae_of(said) <= MAX_CORE_MORAE else (PLACES[self.place].phrase,))
            return Utterance(core=label or said, detail=said if label else (), braille=self.line())
        why, self._has_explained = not self._has_explained, True
        if before or not why:
            return Utterance(Earcon.KEY, before, braille=self.line())
        return Utterance(Earcon.KEY, (KEPT_SILENT.phrase,), (ONLY_EARPHONE.phrase,), braille=self.line())

    def question(self, desk: Around) -> Question | None:
        return None

    def _search(self, text: str, desk: Around) -> Utterance:
        try:
            found = desk.source.search(text)
        except QueryRefused:
            return self._refuse(NOT_SEARCHABLE)
        if not found.patients:
            return self._not_found(desk)
        self.results = Patients(found.patients)
        count = _count(found)
        first = self.results.open(desk)
        return spoken_within(first.earcon, (count,), (*first.core, *first.detail), None, first.braille)

    def _refuse(self, words: Words) -> Utterance:
        """What was typed stays to be mended with `.`; whoever types on means something new."""
        self._was_refused = True
        return refuse(words)

    def _not_found(self, desk: Around) -> Utterance:
        """Nothing was found, and what was looked for: it may have been a slip."""
        said, line = self._refuse(FOUND_NOTHING), braille_line(FOUND_NOTHING.braille, self.line())
        detail = self.spelt() if desk.settings.privacy is Privacy.EARPHONE else ()
        return replace(said, detail=detail, braille=line)

    def _is_new(self) -> bool:
        """True once after a refusal, at the first key that types."""
        was_refused, self._was_refused = self._was_refused, False
        return was_refused


class KanaSearch(Typing):
    """A name in kana, two digits a sign."""

    place = Place.KANA

    def __init__(self) -> None:
        super().__init__()
        self._entry = KanaEntry()

    def open(self, desk: Around) -> Utterance:
        core, *detail = sentences(KANA_SAYS)
        return Utterance(core=(PLACES[self.place].phrase, core), detail=tuple(detail), braille=KANA_SAYS.braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.ENTER and self._entry.row is not None:
            return refuse(HALF_TYPED)
        if key is Key.ENTER:
            return self._search(self._entry.text, desk) if self._entry.text else nothing_typed()
        if key is Key.STAR:
            turned = self._entry.turn()
            return edge() if turned is None else self.echo((_sign(turned),), desk)
        if not key.is_digit:
            return None
        if self._is_new():
            self._entry = KanaEntry()
        if len(self._entry.text) >= LONGEST:
            return refuse(TOO_LONG)
        typed = self._entry.press(key.value)
        if typed is not None:
            return self.echo((_sign(typed),), desk)
        return edge() if self._entry.row is None else self.echo((_row(self._entry.row),), desk)

    def take_back(self, desk: Around) -> Utterance | None:
        self._was_refused = False
        if not self._entry.take_back():
            return None
        left = self._entry.text
        return self.echo((_word(left),) if left else (), desk, before=(TAKEN_BACK.phrase,))

    def position(self, desk: Around) -> Page:
        return ()

    def spelt(self) -> Page:
        word = (_word(self._entry.text),) if self._entry.text else ()
        return word if self._entry.row is None else (*word, _row(self._entry.row))

    def line(self) -> str:
        return braille_line(braille_kana(self._entry.text) or PLACES[self.place].braille)


class DaySearch(Typing):
    """A day in digits."""

    place = Place.DAY
    says = DAY_SAYS

    def __init__(self) -> None:
        super().__init__()
        self._entry: DayEntry | NumberEntry = DayEntry()

    def open(self, desk: Around) -> Utterance:
        core, *detail = _listed(self.says)
        return Utterance(core=(PLACES[self.place].phrase, core), detail=tuple(detail), braille=self.says.braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.ENTER:
            if not self._entry.text:
                return nothing_typed()
            query = self._entry.query()
            return self._refuse(NO_SUCH_DAY) if query is None else self._search(query, desk)
        if key is Key.STAR:
            return self.read_back(desk)
        if not key.is_digit:
            return None
        if self._is_new():
            self._entry = type(self._entry)()
        if not self._entry.press(key.value):
            return refuse(TOO_LONG)
        return self.echo((read_field(Field(FieldKind.DIGITS, key.value)),), desk)

    def take_back(self, desk: Around) -> Utterance | None:
        self._was_refused = False
        if not self._entry.take_back():
            return None
        return self.echo(self.spelt(), desk, before=(TAKEN_BACK.phrase,))

    def position(self, desk: Around) -> Page:
        return ()

    def spelt(self) -> Page:
        text = self._entry.text
        return (read_field(Field(FieldKind.DIGITS, text)),) if text else ()

    def line(self) -> str:
        return braille_line(self._entry.text or PLACES[self.place].braille)


class NumberSearch(DaySearch):
    """A number on the certificate, in digits; what else may be read in them is found too, as on the page."""

    place = Place.NUMBER
    says = NUMBER_SAYS

    def __init__(self) -> None:
        super().__init__()
        self._entry = NumberEntry()


def _sign(sign: str) -> Phrase:
    small = SMALL_KANA.get(sign)
    return _word(sign) if small is None else SMALL.filled(kana=Phrase(sign, small))


def _word(text: str) -> Phrase:
    return Phrase(text, text.replace(LONG_SIGN, LONG_SIGN_KANA))


def _row(row: str) -> Phrase:
    first = ROWS[row][0]
    return ROW.filled(kana=Phrase(first, first))


def _count(found: DeskFound) -> Phrase:
    words = FOUND_MORE if found.is_more else FOUND
    return words.filled(count=number_phrase(things(found.count)))


def _listed(words: Words) -> tuple[Phrase, ...]:
    """Cut words at 、 and 。 into phrases."""
    texts, kana = (part.replace("。", "、").split("、") for part in (words.text, words.kana))
    return tuple(Phrase(text, said) for text, said in zip(texts, kana, strict=True))
