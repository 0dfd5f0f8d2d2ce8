"""Values of 音声端末モード: keys, what is said, what is to be done, and how one device likes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from app.eligibility.voice_desk import DeskAct
from app.speech.earcons import Earcon
from app.speech.mora import DEFAULT_RATE, RATES, count_morae
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.desk_words import Words
from app.speech.utterance import Field, Phrase

MAX_CORE_MORAE = 30
MAX_MORAE = 60
BOUNCE = timedelta(milliseconds=400)
"""An Enter that was pressed sooner after a question, a warning or news was no answer: nobody had heard them."""


class Key(StrEnum):
    """The keys of a USB numpad; its seventeenth is NumLock, which must be on."""

    N0 = "0"
    N1 = "1"
    N2 = "2"
    N3 = "3"
    N4 = "4"
    N5 = "5"
    N6 = "6"
    N7 = "7"
    N8 = "8"
    N9 = "9"
    PLUS = "+"
    MINUS = "-"
    STAR = "*"
    SLASH = "/"
    ENTER = "Enter"
    POINT = "."

    @property
    def is_digit(self) -> bool:
        return self.value.isdigit()


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """What is kept for one device. ``rate_step`` is 1 to 9."""

    rate_step: int = RATES.index(DEFAULT_RATE) + 1
    privacy: Privacy = Privacy.SPEAKER

    @property
    def rate(self) -> float:
        return RATES[self.rate_step - 1]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said next: earcon, core (at most 30 morae), detail and at most one hint (60 in all), in this order.

    ``act`` is to be done first; ``Desk.done`` or ``Desk.failed`` then gives the words. ``viewed`` are checks whose
    fields are told: note that before anything is given away. An utterance without phrases is its earcon alone.
    """

    earcon: Earcon | None = None
    core: tuple[Phrase, ...] = ()
    detail: tuple[Phrase, ...] = ()
    hint: tuple[Phrase, ...] = ()
    braille: str = ""
    act: DeskAct | None = None
    viewed: tuple[str, ...] = ()
    is_quiet: bool = field(default=False, compare=False)
    """Nothing new: whoever speaks goes on with what it was saying."""

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """All of it in order; the kana of each ends with the pause that follows it."""
        parts = (self.core, self.detail, self.hint)
        return tuple(
            replace(one, kana=_ended(one.kana, "。" if place == len(part) - 1 else "、"))
            for part in parts
            for place, one in enumerate(part)
        )

    @property
    def is_worth_repeating(self) -> bool:
        """A knock or a tick says nothing by itself: 5 repeats what was heard before it."""
        return bool(self.core) or self.earcon not in (Earcon.END, Earcon.KEY)

    @property
    def text(self) -> str:
        """The same words as a screen shows them."""
        parts = (self.core, self.detail, self.hint)
        return "".join(
            _ended(one.text, "。" if place == len(part) - 1 else "、")
            for part in parts
            for place, one in enumerate(part)
        )

    @property
    def morae(self) -> int:
        return morae_of(self.core, self.detail, self.hint)


def _ended(text: str, mark: str) -> str:
    """A phrase that brings its full stop along (注意。) keeps it."""
    return text if text.endswith("。") else text + mark


class FieldReader(Protocol):
    """Reads what only a dictionary can read; the voice process' client is one."""

    def read(self, fields: Sequence[Field]) -> tuple[Phrase, ...]:
        """Raises ``VoiceError``."""
        ...


def morae_of(*parts: Sequence[Phrase]) -> int:
    return sum(count_morae(phrase.kana) for part in parts for phrase in part)


def say(*words: Words, earcon: Earcon | None = None) -> Utterance:
    """An utterance of fixed words alone; braille is that of the first."""
    return Utterance(earcon, tuple(one.phrase for one in words), braille=words[0].braille if words else "")
