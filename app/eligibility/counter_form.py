"""窓口での確認: what staff type from paper or a screen becomes an entry, or a finding at its field. Pure.

Only what cannot be is refused; what is merely odd is a warning, since paper and insurers are odd. What is typed is
kept as typed, but for the insurer's number and days, which have one form.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

from app.eligibility.counter import (
    LOOKED_AT,
    OLDEST_YEARS,
    RATIOS,
    CounterEntry,
    Field,
    Finding,
    FormReading,
    Found,
    Seen,
    fields_of,
    seen_choices,
)
from app.eligibility.insurer import LATER_ELDERLY, InsurerDoubt, insurer_digits, insurer_doubts
from app.eligibility.model import Qualification
from app.eligibility.oqs_words import has_hidden_signs
from app.eligibility.ports import Method
from app.eligibility.wareki import NoSuchDay, both_calendars
from app.eligibility.written_day import NotADay, read_day

LIMITS = {
    Field.INSURER: 40,
    Field.SYMBOL: 60,
    Field.NUMBER: 60,
    Field.BRANCH: 20,
    Field.NAME: 120,
    Field.KANA: 120,
    Field.BORN: 40,
    Field.VALID_FROM: 40,
    Field.VALID_TO: 40,
    Field.RECEIVED_ON: 40,
    Field.REASON: 300,
}
"""In characters: no paper holds more."""

_STEERING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_HYPHENS = tuple("-‐‑‒–—―−－─")


def read_form(
    method: Method, typed: Mapping[Field, str], ticked: frozenset[str], staff_ids: frozenset[int], today: date
) -> FormReading:
    """Judge a whole form.

    Args:
        typed: what stands in each field, untouched.
        ticked: values of the ticked boxes of ``Field.SEEN``, ``later`` and ``name_later``.
        staff_ids: who may have looked.
        today: Asia/Tokyo.
    """
    return _Reader(method, typed, ticked, staff_ids, today).read()


class _Reader:
    def __init__(
        self, method: Method, typed: Mapping[Field, str], ticked: frozenset[str], staff_ids: frozenset[int], today: date
    ) -> None:
        self._method = method
        self._typed = {name: typed.get(name, "") for name in fields_of(method)}
        self._ticked = ticked
        self._staff_ids = staff_ids
        self._today = today
        self._errors: dict[Field, tuple[Found, ...]] = {}
        self._warnings: dict[Field, tuple[Found, ...]] = {}
        self._later = Field.LATER in self._typed and Field.LATER.value in ticked

    def read(self) -> FormReading:
        for name, limit in LIMITS.items():
            self._demand_readable(name, limit)
        insurer = self._insurer()
        valid_from, valid_to = self._validity_days()
        qualification = Qualification(
            insurer_number=insurer,
            symbol=self._symbol(),
            number=self._number(insurer),
            branch_number=self._branch(),
            name=self._name(),
            name_kana=self._kana(),
            birthdate=self._born(),
            contribution_ratio=self._ratio(),
            card_valid_from=valid_from,
            card_valid_to=valid_to,
        )
        looked_by = self._looked_by()
        entry = CounterEntry(
            method=self._method,
            qualification=qualification,
            looked_by=looked_by,
            seen=self._seen(),
            numbers_later=self._later and not (insurer and qualification.number),
            received_on=self._received_on(),
            reason_text=self._reason(),
        )
        return FormReading(None if self._errors else entry, self._errors, self._warnings)

    # One field each

    def _insurer(self) -> str | None:
        text = self._text(Field.INSURER)
        if text is None:
            self._missing(Field.INSURER)
            return None
        digits = insurer_digits(text)
        if digits is None:
            if Field.INSURER not in self._errors:
                self._error(Field.INSURER, Finding.INSURER_SHAPE)
            return None
        for doubt in insurer_doubts(digits):
            self._warn(Field.INSURER, _DOUBTS[doubt])
        if digits.startswith(LATER_ELDERLY) and len(digits) == 8 and self._text(Field.SYMBOL):
            self._warn(Field.SYMBOL, Finding.ELDERLY_SYMBOL)
        return digits

    def _symbol(self) -> str | None:
        text = self._text(Field.SYMBOL)
        if text is not None and text.endswith(_HYPHENS):
            self._warn(Field.SYMBOL, Finding.HYPHEN_LAST)
        return text

    def _number(self, insurer: str | None) -> str | None:
        text = self._text(Field.NUMBER)
        if text is None:
            self._missing(Field.NUMBER)
            return None
        plain = unicodedata.normalize("NFKC", text)
        if insurer and len(insurer) == 8 and insurer.startswith(LATER_ELDERLY):
            if not (plain.isascii() and plain.isdigit() and len(plain) == 8):
                self._warn(Field.NUMBER, Finding.ELDERLY_NUMBER)
        elif not any(sign.isdigit() for sign in plain):
            self._warn(Field.NUMBER, Finding.NUMBER_SIGNS)
        elif text.endswith(_HYPHENS):
            self._warn(Field.NUMBER, Finding.HYPHEN_LAST)
        return text

    def _branch(self) -> str | None:
        text = self._text(Field.BRANCH)
        if text is not None:
            plain = unicodedata.normalize("NFKC", text)
            if not (plain.isascii() and plain.isdigit() and len(plain) == 2):
                self._warn(Field.BRANCH, Finding.BRANCH_SHAPE)
        return text

    def _name(self) -> str | None:
        text = self._text(Field.NAME)
        if text is None:
            if Field.NAME_LATER.value in self._ticked and self._text(Field.KANA) is not None:
                self._warn(Field.NAME, Finding.NAME_LATER)
            elif self._method is Method.EMERGENCY:
                self._warn(Field.NAME, Finding.NAME_MISSING)
            else:
                self._error(Field.NAME, Finding.MISSING)
        elif has_hidden_signs(text):
            self._warn(Field.NAME, Finding.HIDDEN_SIGNS)
        return text

    def _kana(self) -> str | None:
        text = self._text(Field.KANA)
        if text is None:
            if self._text(Field.NAME) is not None:
                self._warn(Field.KANA, Finding.KANA_MISSING)
        elif not all(_is_kana(sign) for sign in unicodedata.normalize("NFKC", text)):
            self._warn(Field.KANA, Finding.KANA_SIGNS)
        return text

    def _born(self) -> str | None:
        day = self._day(Field.BORN)
        if day is None:
            if self._text(Field.BORN) is None:
                if self._method.is_seen_at_counter:
                    self._error(Field.BORN, Finding.MISSING)
                else:
                    self._warn(Field.BORN, Finding.BORN_MISSING)
            return None
        if day > self._today:
            self._error(Field.BORN, Finding.IN_FUTURE)
        elif self._today.year - day.year > OLDEST_YEARS:
            self._warn(Field.BORN, Finding.VERY_OLD, f"{self._today.year - day.year}")
        return f"{day:%Y%m%d}"

    def _validity_days(self) -> tuple[str | None, str | None]:
        start, end = self._day(Field.VALID_FROM), self._day(Field.VALID_TO)
        if start is not None and end is not None and end < start:
            self._error(Field.VALID_TO, Finding.ENDS_BEFORE_START)
        elif end is not None and end < self._today:
            self._warn(Field.VALID_TO, Finding.EXPIRED, both_calendars(end))
        elif start is not None and start > self._today:
            self._warn(Field.VALID_FROM, Finding.NOT_YET, both_calendars(start))
        if self._method is Method.CERTIFICATE and self._text(Field.VALID_TO) is None:
            self._warn(Field.VALID_TO, Finding.END_MISSING)
        return None if start is None else f"{start:%Y%m%d}", None if end is None else f"{end:%Y%m%d}"

    def _ratio(self) -> str | None:
        text = self._text(Field.RATIO)
        if text is None:
            if Field.RATIO in self._typed and not self._later:
                self._warn(Field.RATIO, Finding.RATIO_MISSING)
            return None
        if text not in RATIOS:
            self._error(Field.RATIO, Finding.UNKNOWN_CHOICE)
        return text

    def _seen(self) -> tuple[Seen, ...]:
        if Field.SEEN not in self._typed:
            return ()
        must, _may = LOOKED_AT[self._method]
        found = tuple(one for one in seen_choices(self._method) if one.value in self._ticked)
        if not set(must) <= set(found):
            self._error(Field.SEEN, Finding.MISSING)
        return found

    def _looked_by(self) -> int:
        text = self._typed[Field.LOOKED_BY]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        if number not in self._staff_ids:
            self._error(Field.LOOKED_BY, Finding.UNKNOWN_CHOICE)
        return number

    def _received_on(self) -> date | None:
        if Field.RECEIVED_ON not in self._typed:
            return None
        day = self._day(Field.RECEIVED_ON)
        if self._text(Field.RECEIVED_ON) is None:
            self._error(Field.RECEIVED_ON, Finding.MISSING)
        elif day is not None and day > self._today:
            self._error(Field.RECEIVED_ON, Finding.IN_FUTURE)
        return day

    def _reason(self) -> str | None:
        text = self._text(Field.REASON)
        if Field.REASON in self._typed and text is None:
            self._error(Field.REASON, Finding.MISSING)
        return text

    # What they share

    def _demand_readable(self, name: Field, limit: int) -> None:
        text = self._typed.get(name, "")
        if name is Field.REASON:
            text = text.replace("\r", "").replace("\n", "")
        if any(unicodedata.category(sign) in ("Cc", "Cs") or sign in _STEERING for sign in text):
            self._error(name, Finding.CONTROL)
        if len(text) > limit:
            self._error(name, Finding.TOO_LONG, f"{limit} {len(text)}")

    def _text(self, name: Field) -> str | None:
        """As typed, without outer blanks; ``None`` when nothing is there."""
        return self._typed.get(name, "").strip() or None

    def _day(self, name: Field) -> date | None:
        text = self._text(name)
        if text is None or name in self._errors:
            return None
        try:
            return read_day(text)
        except NoSuchDay as error:
            self._error(name, Finding.NO_SUCH_DAY, both_calendars(error.meant) if error.meant else "")
        except NotADay:
            self._error(name, Finding.NOT_A_DAY)
        return None

    def _missing(self, name: Field) -> None:
        """Numbers may follow later where the form says so."""
        if name in self._typed and not self._later:
            self._error(name, Finding.MISSING)

    def _error(self, name: Field, finding: Finding, detail: str = "") -> None:
        self._errors[name] = (*self._errors.get(name, ()), Found(finding, detail))

    def _warn(self, name: Field, finding: Finding, detail: str = "") -> None:
        self._warnings[name] = (*self._warnings.get(name, ()), Found(finding, detail))


_DOUBTS = {
    InsurerDoubt.CHECK_DIGIT: Finding.INSURER_CHECK_DIGIT,
    InsurerDoubt.LAW: Finding.INSURER_LAW,
    InsurerDoubt.PREFECTURE: Finding.INSURER_PREFECTURE,
}


def _is_kana(sign: str) -> bool:
    return "\u3041" <= sign <= "\u30ff" or sign in " 　・－-．."
