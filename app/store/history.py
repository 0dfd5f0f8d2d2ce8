"""The newest earlier check of the same person, among those that may still be seen."""

from __future__ import annotations

from datetime import date, datetime

from sqlite_utils import Database

from app.eligibility.changes import (
    Answered,
    Comparison,
    changes_between,
    is_named_fully,
    link_between,
    numbers_tell_people_apart,
)
from app.eligibility.model import Qualification, Validity
from app.store.values import QUALIFICATION_COLUMNS, build_qualification, from_text, to_text

_COLUMNS = ", ".join(f"q.{name}" for name in QUALIFICATION_COLUMNS)
_EARLIER = """
    SELECT q.rowid, c.check_id, c.decided_at, c.result_validity, c.result_confirmed_on, {columns}
    FROM qualifications AS q INDEXED BY {index} CROSS JOIN checks AS c ON c.check_id = q.check_id
    WHERE q.position = 0 AND q.birthdate = :birthdate AND {same} AND q.rowid < :place
      AND c.check_id <> :check_id AND c.decided_at <= :decided_at AND c.visible_until >= :now
      AND c.outcome NOT IN ('asking', 'withdrawn') AND c.result_validity IS NOT NULL
    ORDER BY q.rowid DESC LIMIT 1
"""
_BY_NUMBERS = _EARLIER.format(
    columns=_COLUMNS,
    index="qualifications_by_number",
    same="q.number = :number AND q.insurer_number = :insurer_number"
    " AND coalesce(q.symbol, '') = :symbol AND coalesce(q.branch_number, '') = :branch_number",
)
_BY_NAME = _EARLIER.format(
    columns=_COLUMNS,
    index="qualifications_by_name",
    same="q.name_kana = :name_kana AND q.name = :name AND q.sex1 = :sex1",
)


def compare_with_earlier(
    db: Database, check_id: str, decided_at: datetime, place: int, answered: Answered, now: str
) -> Comparison | None:
    """Return how a check's first qualification differs from the person's newest one before it; about 60 us.

    Args:
        place: rowid of that qualification; those with a smaller one were written earlier.
        now: the time up to which records may be seen, as stored (see ``keeping``).

    Returns:
        ``None`` when no earlier check is linked to this one. Call it inside a read transaction.
    """
    one = answered.qualification
    bound = {
        "check_id": check_id,
        "decided_at": to_text(decided_at),
        "place": place,
        "now": now,
        "birthdate": one.birthdate,
        "number": one.number,
        "insurer_number": one.insurer_number,
        "symbol": one.symbol or "",
        "branch_number": one.branch_number or "",
        "name_kana": one.name_kana,
        "name": one.name,
        "sex1": one.sex1,
    }
    found = [
        row
        for query, may_link in ((_BY_NUMBERS, numbers_tell_people_apart(one)), (_BY_NAME, is_named_fully(one)))
        if may_link and (row := db.execute(query, bound).fetchone()) is not None
    ]
    if not found:
        return None
    _, earlier_id, earlier_at, validity, confirmed_on, *cells = max(found, key=lambda row: int(row[0]))
    earlier = Answered(Validity(validity), date.fromisoformat(confirmed_on), build_qualification(cells))
    link = link_between(earlier.qualification, one)
    if link is None:
        return None
    return Comparison(link, str(earlier_id), from_text(earlier_at), changes_between(earlier, answered))


def compare_detail(db: Database, check_id: str, at: datetime, answered: Answered, now: str) -> Comparison | None:
    """``compare_with_earlier`` for one check whose first qualification's place is not known yet."""
    row = db.execute("SELECT rowid FROM qualifications WHERE check_id = ? AND position = 0", [check_id]).fetchone()
    return None if row is None else compare_with_earlier(db, check_id, at, int(row[0]), answered, now)


def first_answer(validity: Validity, confirmed_on: date, qualifications: tuple[Qualification, ...]) -> Answered | None:
    return Answered(validity, confirmed_on, qualifications[0]) if qualifications else None
