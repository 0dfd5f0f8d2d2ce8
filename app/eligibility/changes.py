"""What changed between two checks that belong to one person, as far as anybody can tell.

Nothing kept of a check names a person for certain: the card's certificate is not stored. Two links are honest.
The same insurer, symbol, number and branch with the same birth date is one insured person, where the numbers tell
one person from another at all (a branch number, or the late elderly's own numbers). The same name, kana, birth date
and sex may still be two people, so what that link finds is shown with the request to look.

What staff entered at the counter is compared too, though it holds less: no verdict, no sex, a name as somebody typed
it. There both links look at folded texts, and a field that was left empty is not known and so no change.

All qualifications of a check count. The first is compared field by field with the earlier one of its kind (insurance
or 医療扶助, whatever the order of arrival); the others as a whole, since only their coming and going can be told.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from app.eligibility.contribution import WELFARE, Contribution, RatioReason, contribution_of
from app.eligibility.folding import fold
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
    OTHERS = "others"


CHANGE_WORDS: dict[ChangeKind, str] = {
    ChangeKind.VALIDITY: "資格",
    ChangeKind.INSURER: "保険者",
    ChangeKind.NUMBERS: "記号・番号",
    ChangeKind.RATIO: "負担割合",
    ChangeKind.TERM: "期限",
    ChangeKind.OTHERS: "ほかの資格",
}
ABSENT = "なし"
LOOK_AGAIN = "同姓同名の別人でないか確かめてください"


@dataclass(frozen=True, slots=True)
class Answered:
    """The part of a check that is compared: its qualifications, the first apart, and what was said of them.

    ``validity`` is ``None`` for what staff saw on paper or a screen: no service was asked.
    """

    validity: Validity | None
    confirmed_on: date
    qualification: Qualification
    others: tuple[Qualification, ...] = ()

    @property
    def is_entered(self) -> bool:
        return self.validity is None

    @property
    def contribution(self) -> Contribution:
        is_valid = self.validity is None or self.validity.is_valid
        return contribution_of(self.qualification, is_valid, self.confirmed_on)


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


def may_be_compared(entered: Qualification) -> bool:
    """True for an entry of the counter that has its numbers; where they come later nothing can be told."""
    return bool(entered.insurer_number and entered.number and entered.birthdate)


def link_at_counter(earlier: Qualification, later: Qualification) -> Link | None:
    """Return the stronger link that holds where staff typed one of the two; what a form does not ask is not missed."""
    if not earlier.birthdate or earlier.birthdate != later.birthdate:
        return None
    plain = [(_plain_insurer(one), *_plain_numbers(one)) for one in (earlier, later)]
    if numbers_tell_people_apart(earlier) and numbers_tell_people_apart(later) and plain[0] == plain[1]:
        return Link.NUMBERS
    pairs = [(earlier.name, later.name), (earlier.name_kana, later.name_kana)]
    told = [fold(one) == fold(other) for one, other in pairs if one and other]
    is_other_sex = earlier.sex1 and later.sex1 and earlier.sex1 != later.sex1
    return Link.PERSON if told and all(told) and not is_other_sex else None


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
    earlier = _with_same_kind_first(earlier, later)
    before, after = earlier.qualification, later.qualification
    shares = (earlier.contribution, later.contribution)
    if earlier.is_entered or later.is_entered:
        differs = _entered_differences(earlier, later)
    else:
        differs = {
            ChangeKind.VALIDITY: earlier.validity != later.validity,
            ChangeKind.INSURER: _plain_insurer(before) != _plain_insurer(after),
            ChangeKind.NUMBERS: _plain_numbers(before) != _plain_numbers(after),
            # Where a right is not valid nothing is derived: that its share is unknown is no news of its own.
            ChangeKind.RATIO: shares[0].ratio != shares[1].ratio
            and all(one.reason is not RatioReason.NOT_VALID for one in shares),
            ChangeKind.TERM: _terms(before) != _terms(after),
            ChangeKind.OTHERS: _plain_others(earlier) != _plain_others(later),
        }
    words = {
        ChangeKind.VALIDITY: (earlier.validity or "", later.validity or ""),
        ChangeKind.INSURER: (_insurer(before), _insurer(after)),
        ChangeKind.NUMBERS: (_numbers(before), _numbers(after)),
        ChangeKind.RATIO: (shares[0].words, shares[1].words),
        ChangeKind.TERM: (_term(before), _term(after)),
        ChangeKind.OTHERS: (_others(earlier), _others(later)),
    }
    return tuple(Change(kind, *map(str, words[kind])) for kind in ChangeKind if differs.get(kind))


def _entered_differences(earlier: Answered, later: Answered) -> dict[ChangeKind, bool]:
    """What differs for certain where staff typed at least one side: of two fields both must be there."""
    before, after = earlier.qualification, later.qualification
    numbers = [_plain_numbers(one) for one in (before, after)]
    branches = [branch for *_, branch in numbers if branch]
    shares = (earlier.contribution, later.contribution)
    are_known = all(one.ratio is not None for one in shares)
    typed = [share for side, share in ((earlier, shares[0]), (later, shares[1])) if side.is_entered]
    terms = [one.card_valid_to for one in (before, after) if one.card_valid_to]
    return {
        ChangeKind.INSURER: _plain_insurer(before) != _plain_insurer(after),
        ChangeKind.NUMBERS: numbers[0][:2] != numbers[1][:2] or len(set(branches)) == 2,
        ChangeKind.RATIO: are_known and all(s.is_received for s in typed) and shares[0].ratio != shares[1].ratio,
        ChangeKind.TERM: len(set(terms)) == 2,
    }


def _with_same_kind_first(earlier: Answered, later: Answered) -> Answered:
    """Of several earlier qualifications the one that is of the later one's kind is its counterpart."""
    whole = (earlier.qualification, *earlier.others)
    first = next((one for one in whole if _is_welfare(one) == _is_welfare(later.qualification)), whole[0])
    return replace(earlier, qualification=first, others=tuple(one for one in whole if one is not first))


def _is_welfare(one: Qualification) -> bool:
    return one.card_classification == WELFARE


def _plain_others(answered: Answered) -> set[tuple[str, ...]]:
    return {(_plain_insurer(one), *_plain_numbers(one), *_terms(one)) for one in answered.others}


def _others(answered: Answered) -> str:
    told = []
    for one in answered.others:
        kind = "医療扶助" if _is_welfare(one) else "保険者"
        told.append(f"{kind} {_insurer(one)} {_numbers(one)}" + (f" {_term(one)}" if any(_terms(one)) else ""))
    return "、".join(told) or ABSENT


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
