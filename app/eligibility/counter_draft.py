"""窓口での確認 that is typed by ear: what a form of the page holds, judged by the same rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from app.eligibility.counter import Field, FormReading
from app.eligibility.counter_form import read_form
from app.eligibility.model import Qualification
from app.eligibility.ports import Method
from app.eligibility.wareki import parse_day, wareki


@dataclass(frozen=True, slots=True)
class CounterDraft:
    """``entry_id`` is made once for each form, so that it is kept once. What is typed stands in no ``repr``."""

    method: Method
    entry_id: str
    typed: tuple[tuple[Field, str], ...] = field(default=(), repr=False)
    ticked: frozenset[str] = frozenset()

    def read(self, own_id: int, staff_ids: Iterable[int], today: date) -> FormReading:
        """Judge it; nobody named means that whoever enters it looked."""
        typed = dict(self.typed)
        typed[Field.LOOKED_BY] = typed.get(Field.LOOKED_BY) or str(own_id)
        return read_form(self.method, typed, self.ticked, frozenset(staff_ids), today)


def known_fields(one: Qualification) -> dict[Field, str]:
    """What staff entered before for a visit, as the fields of another form take it."""
    return {
        Field.NAME: one.name or "",
        Field.KANA: one.name_kana or "",
        Field.BORN: _written(one.birthdate),
        Field.INSURER: one.insurer_number or "",
        Field.SYMBOL: one.symbol or "",
        Field.NUMBER: one.number or "",
        Field.BRANCH: one.branch_number or "",
        Field.VALID_FROM: _written(one.card_valid_from),
        Field.VALID_TO: _written(one.card_valid_to),
        Field.RATIO: one.contribution_ratio or "",
    }


def _written(kept: str | None) -> str:
    """A kept day as people write it; empty where there is none."""
    day = parse_day(kept)
    return "" if day is None else wareki(day) or f"{day:%Y/%m/%d}"
