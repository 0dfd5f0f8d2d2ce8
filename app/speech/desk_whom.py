"""Whom something is about: what may be said of it at each level, and what always stands on the braille line."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.voice_desk import DeskDay
from app.speech.braille_cells import braille_kana
from app.speech.desk_say import reception_phrase
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.desk_words import braille_line
from app.speech.utterance import Phrase


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom something is about: ``said`` is silent at 音だけ, the rest always stands on the braille line."""

    said: tuple[Phrase, ...] = ()
    number: str = ""
    name: str = ""

    def aloud(self, privacy: Privacy) -> tuple[Phrase, ...]:
        return () if privacy is Privacy.SOUND else self.said

    def line(self, *words: str) -> str:
        """The number first, then what it is, then as much of the name as still fits."""
        return braille_line(self.number, *words, self.name)


def whom(number: int | None, name_kana: str = "") -> Whom:
    """Name a check by its reception number, which is said without a name."""
    return Whom((reception_phrase(number),), "" if number is None else str(number), braille_kana(name_kana))


def of_check(check_id: str, day: DeskDay) -> Whom:
    """The same of a check by its id; nobody while it stands on no board."""
    found = (whom(one.number, one.name_kana) for one in day.patients if one.check_id == check_id)
    return next(found, Whom())
