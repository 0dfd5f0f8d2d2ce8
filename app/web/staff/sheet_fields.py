"""The lines of 資格情報: how each kind of value becomes one, with its words, its hint and its 「コピー」."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from app.eligibility import oqs_words as words
from app.eligibility.oqs_words import code_words, ratio_words
from app.eligibility.wareki import day_words, moment_words, parse_day, wareki
from app.web.staff.lines import HIDDEN_SIGNS
from app.web.staff.text import shown, shown_kana

ABSENT = "なし"
REFERENCE_MARK = "（参考）"


@dataclass(frozen=True, slots=True)
class Field:
    """One line. ``key`` names it on its sheet and, with the sheet's place before it, on the page; nothing personal."""

    key: str
    label: str
    text: str
    is_number: bool = False
    """Drawn in digits of one width."""
    is_reference: bool = False
    """Of a qualification that is not valid: marked 「参考」, also where it is copied."""
    hint: str | None = None
    """What to look at."""
    note: str | None = None
    """Where the value comes from."""
    mark: str | None = None
    """A word behind the value that says that nobody sent it."""
    copied: str | None = None
    """What 「コピー」 gives, where it is not ``text``; empty where there is nothing to copy."""

    @property
    def copy_text(self) -> str:
        text = self.text if self.copied is None else self.copied
        return text + REFERENCE_MARK if self.is_reference and text else text


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]


def given(fields: list[Field | None] | list[Field]) -> tuple[Field, ...]:
    return tuple(field for field in fields if field is not None)


def keyed(prefix: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(replace(field, key=f"{prefix}.{field.key}") for field in fields)


def plain(key: str, label: str, text: str | None, *, is_number: bool = False) -> Field | None:
    return Field(key, label, shown(text), is_number=is_number) if text else None


def named(key: str, label: str, text: str | None, *, always: bool = False, kana: bool = False) -> Field | None:
    if not text:
        return Field(key, label, ABSENT, copied="") if always else None
    hint = HIDDEN_SIGNS if words.has_hidden_signs(text) else None
    return Field(key, label, shown_kana(text) if kana else shown(text), hint=hint)


def coded(key: str, label: str, table: dict[str, str], code: str | None, *, always: bool = False) -> Field | None:
    if not code:
        return Field(key, label, ABSENT, copied="") if always else None
    return Field(key, label, shown(code_words(table, code)))


def dated(key: str, label: str, text: str | None, *, always: bool = False) -> Field | None:
    if not text:
        return Field(key, label, ABSENT, copied="") if always else None
    day = parse_day(text)
    return Field(key, label, shown(day_words(text)), copied=None if day is None else one_calendar(day))


def one_calendar(day: date) -> str:
    """One calendar, as forms ask for it."""
    return wareki(day) or f"{day.year}年{day.month}月{day.day}日"


def moment(key: str, label: str, text: str | None) -> Field | None:
    return Field(key, label, shown(moment_words(text))) if text else None


def ratio(key: str, label: str, text: str | None) -> Field | None:
    return Field(key, label, shown(ratio_words(text))) if text else None
