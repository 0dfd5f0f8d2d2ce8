"""窓口での確認 as values: the ways, their fields, what may be found wrong with them, and what is kept. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.eligibility.model import Qualification
from app.eligibility.ports import Method

WAYS = (
    Method.CERTIFICATE,
    Method.CARD_AND_NOTICE,
    Method.CARD_AND_PORTAL,
    Method.STATEMENT,
    Method.EMERGENCY,
)
"""In the official order: one is only tried when the one before is not there."""

RATIOS = ("010", "020", "030")
OLDEST_YEARS = 115


class Field(StrEnum):
    """Names of the form's fields."""

    INSURER = "insurer"
    SYMBOL = "symbol"
    NUMBER = "number"
    BRANCH = "branch"
    NAME = "name"
    KANA = "kana"
    BORN = "born"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    RATIO = "ratio"
    LATER = "later"
    """「後で入力」: the numbers follow."""
    NAME_LATER = "name_later"
    """「漢字は後で入力する」: the kana stand for the name until somebody writes it."""
    SEEN = "seen"
    LOOKED_BY = "looked_by"
    RECEIVED_ON = "received_on"
    REASON = "reason"


class Seen(StrEnum):
    """What staff looked at, for the two ways with a card."""

    FACE = "face"
    NAMES = "names"
    CARD_IN_DATE = "card_in_date"
    SCREEN = "screen"
    PDF = "pdf"


class Finding(StrEnum):
    """What is wrong or odd about a field. Words: ``app/speech/phrases/counter_words.py``."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CONTROL = "control"
    UNKNOWN_CHOICE = "unknown_choice"
    INSURER_SHAPE = "insurer_shape"
    NOT_A_DAY = "not_a_day"
    NO_SUCH_DAY = "no_such_day"
    IN_FUTURE = "in_future"
    ENDS_BEFORE_START = "ends_before_start"
    INSURER_CHECK_DIGIT = "insurer_check_digit"
    INSURER_LAW = "insurer_law"
    INSURER_PREFECTURE = "insurer_prefecture"
    BRANCH_SHAPE = "branch_shape"
    NUMBER_SIGNS = "number_signs"
    HYPHEN_LAST = "hyphen_last"
    ELDERLY_SYMBOL = "elderly_symbol"
    ELDERLY_NUMBER = "elderly_number"
    KANA_MISSING = "kana_missing"
    KANA_SIGNS = "kana_signs"
    HIDDEN_SIGNS = "hidden_signs"
    BORN_MISSING = "born_missing"
    VERY_OLD = "very_old"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    END_MISSING = "end_missing"
    RATIO_MISSING = "ratio_missing"
    NAME_MISSING = "name_missing"
    NAME_LATER = "name_later"


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and a word for its sentence: a length, a day that was meant."""

    finding: Finding
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CounterEntry:
    """What staff confirmed or noted. ``looked_by`` is a member of staff's id."""

    method: Method
    qualification: Qualification
    looked_by: int
    seen: tuple[Seen, ...] = ()
    numbers_later: bool = False
    received_on: date | None = None
    reason_text: str | None = None

    @property
    def is_confirmed(self) -> bool:
        """True when nothing of it is left for 「あとで確認」."""
        return self.method.is_seen_at_counter and not self.numbers_later


@dataclass(frozen=True, slots=True)
class FormReading:
    """``entry`` is there exactly when ``errors`` is empty. Several findings of a field stay in their order."""

    entry: CounterEntry | None
    errors: dict[Field, tuple[Found, ...]]
    warnings: dict[Field, tuple[Found, ...]]


_NUMBERS = (Field.INSURER, Field.SYMBOL, Field.NUMBER, Field.BRANCH, Field.VALID_FROM, Field.VALID_TO, Field.RATIO)
_PERSON = (Field.NAME, Field.KANA, Field.NAME_LATER, Field.BORN)
_FIELDS = {
    Method.CERTIFICATE: (*_NUMBERS, *_PERSON, Field.LOOKED_BY),
    Method.CARD_AND_NOTICE: (*_NUMBERS, *_PERSON, Field.LATER, Field.SEEN, Field.LOOKED_BY),
    Method.CARD_AND_PORTAL: (*_NUMBERS, *_PERSON, Field.LATER, Field.SEEN, Field.LOOKED_BY),
    Method.STATEMENT: (*_PERSON, Field.RECEIVED_ON, Field.LOOKED_BY),
    Method.EMERGENCY: (*_PERSON, Field.REASON, Field.LOOKED_BY),
}
TICKED = (Field.LATER, Field.NAME_LATER)
"""Fields that are ticked and not typed."""
LOOKED_AT = {
    Method.CARD_AND_NOTICE: ((Seen.FACE, Seen.NAMES), (Seen.CARD_IN_DATE,)),
    Method.CARD_AND_PORTAL: ((Seen.FACE, Seen.NAMES), (Seen.CARD_IN_DATE, Seen.SCREEN, Seen.PDF)),
}
"""What must be looked at, and what may be noted besides."""


def fields_of(method: Method) -> tuple[Field, ...]:
    """Return the fields of a way's form; what else is posted is not read."""
    return _FIELDS[method]


def seen_choices(method: Method) -> tuple[Seen, ...]:
    """Return what may be ticked for a way."""
    must, may = LOOKED_AT.get(method, ((), ()))
    return must + may
