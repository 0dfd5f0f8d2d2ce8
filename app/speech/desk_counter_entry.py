"""What digits type into one field of 窓口で確認: kana in pairs, digits, days, and 記号 and 番号 that may hold both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.speech.desk_entry import DayEntry, KanaEntry
from app.speech.mora import is_speakable
from app.speech.phrases.desk_captions import ROW
from app.speech.phrases.desk_captions import SMALL as SMALL_SIGN
from app.speech.phrases.desk_counter_words import HYPHEN, LONG_SIGN, NAME_SPACE, PAUSE, SPACE
from app.speech.phrases.kana_rows import ROWS, SMALL
from app.speech.reading import read_field
from app.speech.reading_sounds import pronounced
from app.speech.utterance import Field, FieldKind, Phrase

LONGEST_KANA = 40
"""More could not be read back in one breath."""
LONGEST_NUMBER = 20
LONGEST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Echo:
    """What a key did: the phrase for it, or nothing where it is no key here or there is no room."""

    phrase: Phrase | None = None
    is_full: bool = False
    is_plain: bool = False
    """It tells nothing of what was typed."""


class Entry(Protocol):
    """Text that grows by digits. ``star`` returns ``None`` where the key has nothing to turn or add."""

    @property
    def text(self) -> str: ...

    @property
    def half(self) -> Phrase | None:
        """What is begun and no sign yet."""
        ...

    def press(self, digit: str) -> Echo: ...

    def star(self) -> Echo | None: ...

    def take_back(self) -> bool: ...


class KanaText:
    """A name: pairs as in a search, and 05 for the space between surname and given name."""

    def __init__(self, text: str = "") -> None:
        self._entry = KanaEntry()
        self._entry.text = text

    @property
    def text(self) -> str:
        return self._entry.text

    @property
    def half(self) -> Phrase | None:
        if self._entry.row is None:
            return None
        first = ROWS[self._entry.row][0]
        return ROW.filled(kana=Phrase(first, first))

    def press(self, digit: str) -> Echo:
        if len(self.text) >= LONGEST_KANA:
            return Echo(is_full=True)
        more = None if self._entry.row is None else self._more(self._entry.row, digit)
        if more is not None:
            self._entry.row = None
            self._entry.text += more
            return Echo(sign_phrase(more))
        sign = self._entry.press(digit)
        if sign is not None:
            return Echo(sign_phrase(sign))
        return Echo(self.half)

    def star(self) -> Echo | None:
        turned = self._entry.turn()
        return None if turned is None else Echo(sign_phrase(turned))

    def take_back(self) -> bool:
        return self._entry.take_back()

    def _more(self, row: str, digit: str) -> str | None:
        """Signs that pairs of a search do not have."""
        return NAME_SPACE if row + digit == "05" else None


class SymbolKana(KanaText):
    """記号 in kana: a digit twice over ten (30 is 3), and 06 for a hyphen."""

    def _more(self, row: str, digit: str) -> str | None:
        if digit == "0":
            return row
        return "-" if row + digit == "06" else None


class DigitText:
    """Digits as they stand on paper; ``*`` adds a hyphen where one may be."""

    def __init__(self, longest: int, text: str = "", *, has_hyphens: bool = False) -> None:
        self._longest = longest
        self._has_hyphens = has_hyphens
        self.text = text

    @property
    def half(self) -> Phrase | None:
        return None

    def press(self, digit: str) -> Echo:
        return self._add(digit)

    def star(self) -> Echo | None:
        return self._add("-") if self._has_hyphens and self.text else None

    def take_back(self) -> bool:
        had_any = bool(self.text)
        self.text = self.text[:-1]
        return had_any

    def _add(self, sign: str) -> Echo:
        if len(self.text) >= self._longest:
            return Echo(is_full=True)
        self.text += sign
        return Echo(sign_phrase(sign))


def written_day(digits: str) -> str:
    """Write typed digits as a form takes a day: seven with the era's number first become 昭和320412."""
    era = DayEntry.era_of(digits)
    return digits if era is None else f"{era}{digits[1:]}"


def sign_phrase(sign: str) -> Phrase:
    """One sign by itself."""
    if sign == NAME_SPACE:
        return SPACE.phrase
    if sign == "-":
        return HYPHEN.phrase
    if sign.isdigit():
        return read_field(Field(FieldKind.DIGITS, sign))
    if sign in SMALL:
        return SMALL_SIGN.filled(kana=Phrase(sign, SMALL[sign]))
    return LONG_SIGN.phrase if sign == LONG_SIGN.text else Phrase(sign, sign)


def kana_phrase(text: str) -> Phrase:
    """Kana as they sound together; signs that cannot be said so are named."""
    said = read_field(Field(FieldKind.NAME, "", text)).kana
    if not is_speakable(pronounced(said)):
        said = PAUSE.join(sign_phrase(sign).kana for sign in text)
    return Phrase(text, said)
