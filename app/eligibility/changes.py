"""What changed between two checks that belong to one person, as far as anybody can tell.

Nothing kept of a check names a person for certain: the card's certificate is not stored. Two links are honest.
The same insurer, symbol, number and branch with the same birth date is one insured person, where the numbers tell
one person from another at all (a branch number, or the late elderly's own numbers). The same name, kana, birth date
and sex may still be two people, so what that link finds is shown with the request to look.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.eligibility.contribution import Contribution, RatioReason, contribution_of
from app.eligibility.model import Qualification, Validity
from app.eligibility.wareki import day_words

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－ー"), "-")


class Link(StrEnum):
    """By what two checks were taken for one person's."""

    NUMBERS = "numbers"
    PERSON = "person"


class ChangeKind(StrEnum):
    VALIDITY = "validity"
    INSURER = "insurer"
    NUMBERS = "numbers"
    RATIO = "ratio"
    TERM = "term"


CHANGE_WORDS: dict[ChangeKind, str] = {
    ChangeKind.VALIDITY: "資格",
    ChangeKind.INSURER: "保険者",
    ChangeKind.NUMBERS: "記号・番号",
    ChangeKind.RATIO: "負担割合",
    ChangeKind.TERM: "期限",
}
ABSENT = "なし"
LOOK_AGAIN = "同姓同名の別人でないか確かめてください"


@dataclass(frozen=True, slots=True)
class Answered:
    """The part of a check that is compared: its first qualification and what was said of it."""

    validity: Validity
    confirmed_on: date
    qualification: Qualification

    @property
    def contribution(self) -> Contribution:
        return contribution_of(self.qualification, self.validity.is_valid, self.confirmed_on)


@dataclass(frozen=True, slots=True)
class Change:
    """``old`` and ``new`` as people read them. A verdict's own words are not known here: its texts are the codes."""

    kind: ChangeKind
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a check differs from the newest one before it; ``changes`` is empty when nothing did."""

    link: Link
    earlier_id: str
    earlier_at: datetime
    changes: tuple[Change, ...]


def numbers_tell_people_apart(one: Qualification) -> bool:
    """True when insurer, symbol, number and branch belong to one person and not to a family."""
    if not (one.insurer_number and one.number and one.birthdate):
        return False
    return bool(one.branch_number) or (len(one.insurer_number) == 8 and one.insurer_number.startswith("39"))


def is_named_fully(one: Qualification) -> bool:
    """True when all four of name, kana, birth date and sex are there to be compared."""
    return bool(one.name and one.name_kana and one.birthdate and one.sex1)


def link_between(earlier: Qualification, later: Qualification) -> Link | None:
    """Return the stronger link that holds; texts are compared as received."""
    if earlier.birthdate != later.birthdate:
        return None
    if numbers_tell_people_apart(earlier) and numbers_tell_people_apart(later) and _keys(earlier) == _keys(later):
        return Link.NUMBERS
    same = all(getattr(earlier, name) == getattr(later, name) for name in ("name", "name_kana", "sex1"))
    return Link.PERSON if same and is_named_fully(earlier) and is_named_fully(later) else None


def changes_between(earlier: Answered, later: Answered) -> tuple[Change, ...]:
    """Compare field by field; two spellings of one value (width, dashes, padding) are no change."""
    before, after = earlier.qualification, later.qualification
    shares = (earlier.contribution, later.contribution)
    # Where a right is not valid nothing is derived: that its share is unknown is no news of its own.
    shares_differ = shares[0].ratio != shares[1].ratio and all(s.reason is not RatioReason.NOT_VALID for s in shares)
    found = [
        (ChangeKind.VALIDITY, earlier.validity.value, later.validity.value, earlier.validity != later.validity),
        (ChangeKind.INSURER, _insurer(before), _insurer(after), _plain_insurer(before) != _plain_insurer(after)),
        (ChangeKind.NUMBERS, _numbers(before), _numbers(after), _plain_numbers(before) != _plain_numbers(after)),
        (ChangeKind.RATIO, shares[0].words, shares[1].words, shares_differ),
        (ChangeKind.TERM, _term(before), _term(after), _terms(before) != _terms(after)),
    ]
    return tuple(Change(kind, old, new) for kind, old, new, differs in found if differs)


def _keys(one: Qualification) -> tuple[str | None, ...]:
    return one.insurer_number, one.symbol or None, one.number, one.branch_number or None


def _plain(text: str | None) -> str:
    """One form of all spellings of a number; leading zeros stay."""
    signs = unicodedata.normalize("NFKC", text or "").translate(_DASHES).upper()
    return "".join(sign for sign in signs if not sign.isspace() and sign not in "・･·")


def _plain_insurer(one: Qualification) -> str:
    """``00481234`` and ``481234`` are one 国保."""
    number = _plain(one.insurer_number)
    return number[2:] if len(number) == 8 and number.startswith("00") else number


def _plain_numbers(one: Qualification) -> tuple[str, str, str]:
    return _plain(one.symbol), _plain(one.number), _plain(one.branch_number)


def _insurer(one: Qualification) -> str:
    return " ".join(part for part in (one.insurer_number, one.insurer_name) if part) or ABSENT


def _numbers(one: Qualification) -> str:
    parts = (("記号", one.symbol), ("番号", one.number), ("枝番", one.branch_number))
    return " ".join(f"{label} {text}" for label, text in parts if text) or ABSENT


def _terms(one: Qualification) -> tuple[str, str]:
    elderly = one.elderly_recipient
    return one.card_valid_to or "", (elderly.valid_to if elderly else None) or ""


def _term(one: Qualification) -> str:
    card, elderly = _terms(one)
    parts = (("", card), ("高齢受給者証 ", elderly))
    return "、".join(label + day_words(text) for label, text in parts if text) or ABSENT
