"""Whom something is about: what may be said of it at each level, and what always stands on the braille line."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.voice_desk import DeskDay
from app.speech.braille_cells import braille_kana
from app.speech.desk_model import FieldReader
from app.speech.desk_say import names, reception_phrase
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.desk_words import braille_line
from app.speech.utterance import Phrase


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom something is about: ``said`` may be heard by anybody, ``full`` is the name and its kana, for the earphone
    alone. What is not said still stands on the braille line.
    """

    said: tuple[Phrase, ...] = ()
    number: str = ""
    name: str = ""
    full: tuple[str, str] = ("", "")

    def ways(self, privacy: Privacy, reader: FieldReader) -> list[tuple[Phrase, ...]]:
        """Ways to say it before something changes, the fullest first; at 音だけ too, lest it be the wrong one."""
        named = names(*self.full, reader) if privacy is Privacy.EARPHONE else []
        return [*((*self.said, one) for one in named), self.said]

    def line(self, *words: str) -> str:
        """The number first, then what it is, then as much of the name as still fits."""
        return braille_line(self.number, *words, self.name)


def whom(number: int | None, name_kana: str = "", name: str = "") -> Whom:
    """Name a check by its reception number, and by a name as received."""
    shown = "" if number is None else str(number)
    return Whom((reception_phrase(number),), shown, braille_kana(name_kana), (name, name_kana))


def of_check(check_id: str, day: DeskDay) -> Whom:
    """The same of a check by its id; nobody while it stands on no board."""
    found = (whom(one.number, one.name_kana, one.name) for one in day.patients if one.check_id == check_id)
    return next(found, Whom())
