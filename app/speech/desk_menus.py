"""Places where digits choose or type: the menu, 設定, and search by kana or by a day."""

from __future__ import annotations

from app.eligibility.search_query import QueryRefused
from app.eligibility.voice_desk import DeskFound
from app.speech.braille_cells import braille_kana
from app.speech.desk_entry import LONGEST, ROWS, DayEntry, KanaEntry, NumberEntry
from app.speech.desk_entry import SMALL as SMALL_KANA
from app.speech.desk_fields import Page
from app.speech.desk_model import Key, Utterance
from app.speech.desk_places import Around, Patients, Question, edge, nothing_typed
from app.speech.desk_say import number_phrase, sentences, spoken_within
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import (
    DAY_SAYS,
    FOUND,
    FOUND_MORE,
    FOUND_NOTHING,
    KANA_SAYS,
    MENU_ITEMS,
    MENU_SAYS,
    NO_SUCH_DAY,
    NO_SUCH_KEY,
    NOT_SEARCHABLE,
    NUMBER_SAYS,
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
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase


def refuse(words: Words) -> Utterance:
    """A knock and why."""
    return Utterance(Earcon.END, (words.phrase,), braille=words.braille)


class Menu:
    """The numbered menu. ``chosen`` is where the digit leads, for the desk to go to."""

    place = Place.MENU

    def __init__(self) -> None:
        self.chosen: Place | None = None

    def open(self, desk: Around) -> Utterance:
        return Utterance(core=(PLACES[self.place].phrase,), detail=_listed(MENU_SAYS), braille=MENU_SAYS.braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.STAR:
            self.chosen = Place.COUNTER
            return Utterance(is_quiet=True)
        if not key.is_digit:
            return self.open(desk) if key is Key.ENTER else None
        item = (int(key.value) or 10) - 1
        if not 0 <= item < len(MENU_ITEMS):
            return refuse(NO_SUCH_KEY)
        self.chosen = MENU_ITEMS[item]
        return Utterance(is_quiet=True)

    def position(self, desk: Around) -> Page:
        return ()

    def question(self, desk: Around) -> Question | None:
        return None

    def take_back(self, desk: Around) -> Utterance | None:
        return None


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


class _Typing:
    """What both kinds of typing share: a search and its results as a new place."""

    place: Place

    def __init__(self) -> None:
        self.results: Patients | None = None
        self._was_refused = False

    def question(self, desk: Around) -> Question | None:
        return None

    def _search(self, text: str, desk: Around) -> Utterance:
        try:
            found = desk.source.search(text)
        except QueryRefused:
            return self._refuse(NOT_SEARCHABLE)
        if not found.patients:
            return self._refuse(FOUND_NOTHING)
        self.results = Patients(found.patients)
        count = _count(found)
        first = self.results.open(desk)
        return spoken_within(first.earcon, (count,), (*first.core, *first.detail), None, first.braille)

    def _refuse(self, words: Words) -> Utterance:
        """What was typed stays to be mended with `.`; whoever types on means something new."""
        self._was_refused = True
        return refuse(words)

    def _is_new(self) -> bool:
        """True once after a refusal, at the first key that types."""
        was_refused, self._was_refused = self._was_refused, False
        return was_refused


class KanaSearch(_Typing):
    """A name in kana, two digits a sign."""

    place = Place.KANA

    def __init__(self) -> None:
        super().__init__()
        self._entry = KanaEntry()

    def open(self, desk: Around) -> Utterance:
        core, *detail = sentences(KANA_SAYS)
        return Utterance(core=(PLACES[self.place].phrase, core), detail=tuple(detail), braille=KANA_SAYS.braille)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if key is Key.ENTER:
            return self._search(self._entry.text, desk) if self._entry.text else nothing_typed()
        if key is Key.STAR:
            turned = self._entry.turn()
            return edge() if turned is None else self._say(turned)
        if not key.is_digit:
            return None
        if self._is_new():
            self._entry = KanaEntry()
        if len(self._entry.text) >= LONGEST:
            return refuse(TOO_LONG)
        typed = self._entry.press(key.value)
        if typed is not None:
            return self._say(typed)
        if self._entry.row is None:
            return edge()
        first = ROWS[self._entry.row][0]
        return Utterance(core=(ROW.filled(kana=Phrase(first, first)),), braille=self._braille())

    def take_back(self, desk: Around) -> Utterance | None:
        self._was_refused = False
        if not self._entry.take_back():
            return None
        left = self._entry.text
        detail = (Phrase(left, left.replace("ー", "ノバス")),) if left else ()
        return Utterance(core=(TAKEN_BACK.phrase,), detail=detail, braille=self._braille())

    def position(self, desk: Around) -> Page:
        return ()

    def _say(self, sign: str) -> Utterance:
        if sign in SMALL_KANA:
            said = SMALL.filled(kana=Phrase(sign, SMALL_KANA[sign]))
        else:
            said = Phrase(sign, "ノバス" if sign == "ー" else sign)
        return Utterance(core=(said,), braille=self._braille())

    def _braille(self) -> str:
        return braille_line(braille_kana(self._entry.text) or PLACES[self.place].braille)


class DaySearch(_Typing):
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
            text = self._entry.text
            return Utterance(core=self.position(desk), braille=text) if text else nothing_typed()
        if not key.is_digit:
            return None
        if self._is_new():
            self._entry = type(self._entry)()
        if not self._entry.press(key.value):
            return refuse(TOO_LONG)
        said = read_field(Field(FieldKind.DIGITS, key.value))
        return Utterance(core=(said,), braille=self._entry.text)

    def take_back(self, desk: Around) -> Utterance | None:
        self._was_refused = False
        if not self._entry.take_back():
            return None
        left = self._entry.text
        detail = (read_field(Field(FieldKind.DIGITS, left)),) if left else ()
        return Utterance(core=(TAKEN_BACK.phrase,), detail=detail, braille=left or PLACES[self.place].braille)

    def position(self, desk: Around) -> Page:
        text = self._entry.text
        return (read_field(Field(FieldKind.DIGITS, text)),) if text else ()


class NumberSearch(DaySearch):
    """A number on the certificate, in digits; what else may be read in them is found too, as on the page."""

    place = Place.NUMBER
    says = NUMBER_SAYS

    def __init__(self) -> None:
        super().__init__()
        self._entry = NumberEntry()


def _count(found: DeskFound) -> Phrase:
    words = FOUND_MORE if found.is_more else FOUND
    return words.filled(count=number_phrase(f"{found.count}件"))


def _listed(words: Words) -> tuple[Phrase, ...]:
    """Cut words at 、 and 。 into phrases."""
    texts, kana = (part.replace("。", "、").split("、") for part in (words.text, words.kana))
    return tuple(Phrase(text, said) for text, said in zip(texts, kana, strict=True))
