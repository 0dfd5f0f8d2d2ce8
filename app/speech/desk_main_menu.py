"""The spoken menu behind ``/``: what is used most at once, or everything one by one."""

from __future__ import annotations

from app.speech.desk_fields import Page
from app.speech.desk_lists import STEPS
from app.speech.desk_menus import refuse
from app.speech.desk_model import Key, Utterance
from app.speech.desk_places import Around, Question, at, edge
from app.speech.desk_say import ended, spoken_within
from app.speech.phrases.counted import things
from app.speech.phrases.desk_captions import NO_SUCH_KEY, PLACES, PLUS_KEY, STAR_KEY, Place
from app.speech.phrases.desk_words import braille_line
from app.speech.phrases.menu_words import MENU_AT_ONCE, MENU_ITEMS, NEXT_OR_OPEN, ONE_BY_ONE
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase


class Menu:
    """The menu: ``/`` reads what is used most, a second ``/`` leads through all items one by one, and back.

    The key of an item chooses it at once; one by one 4, 6, 8 and 2 step and Enter chooses. ``chosen`` is where that
    leads, for the desk to go to.
    """

    place = Place.MENU

    def __init__(self) -> None:
        self.chosen: Place | None = None
        self._row: int | None = None

    def open(self, desk: Around) -> Utterance:
        self._row = None
        groups = [[item.short(_key_phrase(item.key)) for item in group] for group in MENU_AT_ONCE]
        detail = tuple(phrase for group in groups for phrase in (*group[:-1], ended(group[-1])))
        braille = braille_line(*(item.line for group in MENU_AT_ONCE for item in group))
        return Utterance(None, (PLACES[self.place].phrase,), detail, (ONE_BY_ONE.phrase,), braille)

    def turn(self, desk: Around) -> Utterance:
        """Another press of ``/``."""
        if self._row is not None:
            return self.open(desk)
        self._row = 0
        return self._say(self._row)

    def press(self, key: Key, desk: Around) -> Utterance | None:
        if self._row is not None and key in STEPS:
            row = self._row + STEPS[key]
            if not 0 <= row < len(MENU_ITEMS):
                return edge()
            self._row = row
            return self._say(row)
        if key is Key.ENTER and self._row is not None:
            self.chosen = MENU_ITEMS[self._row].place
        elif key is Key.ENTER:
            return self.open(desk)
        else:
            self.chosen = next((item.place for item in MENU_ITEMS if item.key == key.value), None)
        if self.chosen is None:
            return refuse(NO_SUCH_KEY) if key.is_digit and key is not Key.N5 else None
        return Utterance(is_quiet=True)

    def position(self, desk: Around) -> Page:
        return ()

    def question(self, desk: Around) -> Question | None:
        return None

    def take_back(self, desk: Around) -> Utterance | None:
        return None

    def _say(self, row: int) -> Utterance:
        item = MENU_ITEMS[row]
        is_step = Key(item.key) in STEPS  # here that key goes on to a neighbour
        name = item.whole(None if is_step else _key_phrase(item.key))
        place = at(row + 1, len(MENU_ITEMS), things)
        hint = NEXT_OR_OPEN if row == 0 else None
        return spoken_within(None, (name, place), (), hint, item.name if is_step else item.line)


def _key_phrase(key: str) -> Phrase:
    signs = {Key.STAR: STAR_KEY, Key.PLUS: PLUS_KEY}
    return signs[Key(key)].phrase if key in signs else read_field(Field(FieldKind.DIGITS, key))
