"""The typed fields of 窓口で確認: what keys do in each, what stands there, and how that is read back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from app.eligibility.counter import Field as FormField
from app.eligibility.wareki import NoSuchDay, wareki
from app.eligibility.written_day import NotADay, read_day
from app.speech.braille_cells import braille_kana
from app.speech.desk_counter_entry import (
    LONGEST_DIGITS,
    LONGEST_NUMBER,
    DigitText,
    Echo,
    Entry,
    KanaText,
    SymbolKana,
    kana_phrase,
    written_day,
)
from app.speech.desk_model import Key, morae_of
from app.speech.phrases.desk_counter_words import EMPTY, HOW, KANA_OFF, KANA_ON, LABELS, MENDING
from app.speech.phrases.desk_words import Words, braille_value
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind, Phrase

MAX_VALUE_MORAE = 40
"""What is read back leaves room for the field's name and the next one's."""


class Step(ABC):
    """One field. ``is_personal``: what stands there is for an earphone alone."""

    def __init__(self, field: FormField, label: Words, how: Words | None) -> None:
        self.field = field
        self.label = label
        self.how = how
        self.how_else: Words | None = None  # how, where something stands already

    @property
    def is_personal(self) -> bool:
        return True

    @property
    @abstractmethod
    def value(self) -> str:
        """What the form takes."""

    @property
    def has_value(self) -> bool:
        return bool(self.value)

    @property
    def typed(self) -> str:
        """What is being typed, as it is; empty where nothing is."""
        return ""

    @property
    def half(self) -> Phrase | None:
        """A sign that is begun: Enter would lose it."""
        return None

    def whole(self) -> tuple[Phrase, ...]:
        """All that was typed or stands here, a half-typed sign too; nothing where a key would choose."""
        return ()

    @property
    @abstractmethod
    def is_changed(self) -> bool:
        """True where keys made it another value than it began with."""

    @property
    def is_as_hinted(self) -> bool:
        """True where what stands is what ``how`` says of Enter."""
        return False

    @abstractmethod
    def press(self, key: Key) -> Echo | None:
        """``None`` for a key that does nothing here."""

    @abstractmethod
    def spoken(self) -> Phrase: ...

    @abstractmethod
    def cells(self) -> str:
        """The value as a braille line writes it."""

    def take_back(self) -> bool:
        """Forget the last sign that was typed; False where nothing is being typed."""
        return False

    @abstractmethod
    def settle(self) -> None:
        """What was typed is what stands here."""

    @abstractmethod
    def refuse(self) -> None:
        """What was typed cannot be: it may be mended, and whoever types on means something new."""


class TextStep(Step):
    """A field that is typed. What stood there stays until something else was decided."""

    def __init__(self, field: FormField, make: Callable[[str], Entry], kept: str = "") -> None:
        super().__init__(field, LABELS[field], HOW.get(field))
        self._make = make
        self._kept = self._first = kept
        self._entry: Entry | None = None
        self._is_mending = False
        self._was_refused = False

    @property
    def value(self) -> str:
        """An entry without a whole sign is nothing: what stood before it stays."""
        return self.written(self.typed) if self.typed else self._kept

    @property
    def half(self) -> Phrase | None:
        return None if self._entry is None else self._entry.half

    def whole(self) -> tuple[Phrase, ...]:
        if self.half is None:
            return (self.spoken(),) if self.value else ()
        return (self.spoken(), self.half) if self.typed else (self.half,)

    @property
    def is_changed(self) -> bool:
        return self.value != self._first

    @property
    def typed(self) -> str:
        return "" if self._entry is None else self._entry.text

    def written(self, text: str) -> str:
        return text

    def press(self, key: Key) -> Echo | None:
        if key is Key.STAR:
            return self._star()
        if not key.is_digit:
            return None
        if self._entry is None or self._was_refused:
            self._entry, self._is_mending = self._make(""), False
        self._was_refused = False
        return self._entry.press(key.value)

    def take_back(self) -> bool:
        self._was_refused = False
        if self._entry is None:
            return False
        self._entry.take_back()
        if not self._entry.text:
            if self._is_mending:
                self._kept = ""
            self._entry = None
        return True

    def settle(self) -> None:
        self._kept, self._entry = self.value, None
        self._is_mending = self._was_refused = False

    def refuse(self) -> None:
        self._was_refused = self._entry is not None

    def spoken(self) -> Phrase:
        text = self.value
        if not text:
            return EMPTY.phrase
        return next((one for one in self.ways_to_say(text) if morae_of([one]) <= MAX_VALUE_MORAE), self.cut(text))

    def ways_to_say(self, text: str) -> Sequence[Phrase]:
        return (kana_phrase(text),)

    def cut(self, text: str) -> Phrase:
        """The end of what is too long to be read in one breath; the page has longer ones."""
        return kana_phrase(text[-10:])

    def cells(self) -> str:
        return braille_kana(self.value)

    def _star(self) -> Echo | None:
        """Turn or add a sign; where nothing is being typed, take up what stands there to mend it."""
        if self._entry is not None:
            self._was_refused = False
            return self._entry.star() or self.star_when_typed()
        if not self._kept:
            return self.star_when_empty()
        self._entry, self._is_mending = self._make(self.to_mend(self._kept)), True
        return Echo(MENDING.phrase, is_plain=True)

    def to_mend(self, text: str) -> str:
        return text

    def star_when_empty(self) -> Echo | None:
        return None

    def star_when_typed(self) -> Echo | None:
        return None


class KanaStep(TextStep):
    def __init__(self, field: FormField, kept: str = "") -> None:
        super().__init__(field, KanaText, kept)


class DigitStep(TextStep):
    """保険者番号 and 枝番."""

    def __init__(self, field: FormField, kept: str = "") -> None:
        super().__init__(field, lambda text: DigitText(LONGEST_DIGITS, text), kept)

    def ways_to_say(self, text: str) -> Sequence[Phrase]:
        return (read_field(Field(FieldKind.DIGITS, text)),)

    def cut(self, text: str) -> Phrase:
        return read_field(Field(FieldKind.DIGITS, text[-LONGEST_NUMBER:]))

    def star_when_typed(self) -> Echo | None:
        return Echo(self.spoken())

    def cells(self) -> str:
        return braille_value(self.value)


class SymbolStep(DigitStep):
    """記号 and 番号: digits and hyphens, or kana after ``*``."""

    def __init__(self, field: FormField, kept: str = "") -> None:
        super().__init__(field, kept)
        self._has_kana = False
        self._make = self._made

    def ways_to_say(self, text: str) -> Sequence[Phrase]:
        return (read_field(Field(FieldKind.SYMBOL, text)), kana_phrase(text))

    def star_when_empty(self) -> Echo | None:
        self._has_kana = not self._has_kana
        return Echo((KANA_ON if self._has_kana else KANA_OFF).phrase, is_plain=True)

    def _made(self, text: str) -> Entry:
        if self._has_kana or not text.isascii():
            return SymbolKana(text)
        return DigitText(LONGEST_NUMBER, text, has_hyphens=True)


class DayStep(DigitStep):
    def written(self, text: str) -> str:
        return written_day(text)

    def ways_to_say(self, text: str) -> Sequence[Phrase]:
        shown = self._shown()
        if shown is None:
            return (read_field(Field(FieldKind.DIGITS, self.typed or self.to_mend(text))),)
        said = read_field(Field(FieldKind.DAY, self.to_mend(text)))
        return (Phrase(shown, said.kana, said.source),)

    def cells(self) -> str:
        return braille_value(self.typed or self.to_mend(self.value))

    def to_mend(self, text: str) -> str:
        """The eight digits of a day, or the digits that are none."""
        try:
            return read_day(text).isoformat().replace("-", "")
        except (NotADay, NoSuchDay):
            return "".join(sign for sign in text if sign.isascii() and sign.isdigit())

    def _shown(self) -> str | None:
        try:
            return wareki(read_day(self.value))
        except (NotADay, NoSuchDay):
            return None


class TodayStep(DayStep):
    """A day that is today until somebody decides: ``today`` is how a form writes it."""

    def __init__(self, field: FormField, today: str) -> None:
        super().__init__(field, today)
        self._today = today
        self._is_decided = False

    @property
    def is_as_hinted(self) -> bool:
        return self.value == self._today

    def is_moved_by(self, today: str) -> bool:
        """Take a new day over; True where that changed what stands here under whoever heard the day before."""
        is_moved = today != self._today and not self._is_decided and not self.typed
        self._today = today
        if is_moved:
            self._kept = self._first = today
        return is_moved

    def settle(self) -> None:
        super().settle()
        self._is_decided = True
