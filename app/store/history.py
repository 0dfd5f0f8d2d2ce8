"""The newest earlier check of the same person, among those that may still be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from app.eligibility.changes import (
    Answered,
    Comparison,
    Link,
    changes_between,
    is_named_fully,
    link_at_counter,
    link_between,
    may_be_compared,
    numbers_tell_people_apart,
)
from app.eligibility.model import Qualification, Validity
from app.eligibility.ports import Method
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


_SEEN = ", ".join(f"'{one.value}'" for one in Method if one.is_seen_at_counter)
_BY_BIRTH = f"""
    SELECT q.rowid, c.check_id, c.decided_at, c.result_validity, c.result_confirmed_on, {_COLUMNS}
    FROM qualifications AS q INDEXED BY qualifications_by_number CROSS JOIN checks AS c ON c.check_id = q.check_id
    WHERE q.position = 0 AND q.birthdate = :birthdate AND q.rowid < :place
      AND c.check_id <> :check_id AND c.decided_at <= :decided_at AND c.visible_until >= :now
      AND c.outcome NOT IN ('asking', 'withdrawn')
      AND CASE WHEN c.result_validity IS NULL THEN c.method IN ({_SEEN}) ELSE :is_entered END
    ORDER BY q.rowid DESC
"""  # noqa: S608 our own names
_OTHERS = (
    f"SELECT {', '.join(QUALIFICATION_COLUMNS)} FROM qualifications"  # noqa: S608 our own names
    " WHERE check_id = ? AND position > 0 ORDER BY position"
)


@dataclass(frozen=True, slots=True)
class _Earlier:
    place: int
    check_id: str
    at: datetime
    answered: Answered
    link: Link | None = None


def compare_with_earlier(
    db: Database, check_id: str, decided_at: datetime, place: int, answered: Answered, now: str
) -> Comparison | None:
    """Return how a check differs from the person's newest one before it; about 100 us.

    The first qualifications decide whose check it is; all of both checks are compared. What staff entered is looked
    for by the birth date, which few people of a clinic share, and told apart by ``link_at_counter``.

    Args:
        place: rowid of that first qualification; those with a smaller one were written earlier.
        answered: its ``others`` are read here.
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
        "is_entered": int(answered.is_entered),
        "birthdate": one.birthdate,
        "number": one.number,
        "insurer_number": one.insurer_number,
        "symbol": one.symbol or "",
        "branch_number": one.branch_number or "",
        "name_kana": one.name_kana,
        "name": one.name,
        "sex1": one.sex1,
    }
    found = list(_by_birth(db, bound, one))
    if not answered.is_entered:
        found += _asked(db, bound, one)
    if not found:
        return None
    earlier = max(found, key=lambda one: one.place)
    if earlier.link is None:
        return None
    before = replace(earlier.answered, others=_others_of(db, earlier.check_id))
    after = replace(answered, others=_others_of(db, check_id))
    return Comparison(earlier.link, earlier.check_id, earlier.at, changes_between(before, after))


def compare_detail(db: Database, check_id: str, at: datetime, answered: Answered, now: str) -> Comparison | None:
    """``compare_with_earlier`` for one check whose first qualification's place is not known yet."""
    row = db.execute("SELECT rowid FROM qualifications WHERE check_id = ? AND position = 0", [check_id]).fetchone()
    return None if row is None else compare_with_earlier(db, check_id, at, int(row[0]), answered, now)


def answered_of(
    first: Qualification | None, validity: Validity | None, confirmed_on: date, method: Method
) -> Answered | None:
    """Return what of a check is compared; ``None`` without a qualification that an answer or a document showed."""
    if first is None:
        return None
    if validity is None and not (method.is_seen_at_counter and may_be_compared(first)):
        return None
    return Answered(validity, confirmed_on, first)


def _asked(db: Database, bound: dict[str, Any], one: Qualification) -> Iterator[_Earlier]:
    """The newest answers that either link leads to."""
    for query, may_link in ((_BY_NUMBERS, numbers_tell_people_apart(one)), (_BY_NAME, is_named_fully(one))):
        if may_link and (row := db.execute(query, bound).fetchone()) is not None:
            earlier = _read(row)
            yield replace(earlier, link=link_between(earlier.answered.qualification, one))


def _by_birth(db: Database, bound: dict[str, Any], one: Qualification) -> Iterator[_Earlier]:
    """The newest entry of the counter or, for such an entry, the newest check at all."""
    for row in db.execute(_BY_BIRTH, bound).fetchall():
        earlier = _read(row)
        entered = earlier.answered
        link = link_at_counter(entered.qualification, one)
        if link is not None and (not entered.is_entered or may_be_compared(entered.qualification)):
            yield replace(earlier, link=link)
            return


def _read(row: Sequence[Any]) -> _Earlier:
    place, check_id, decided_at, validity, confirmed_on, *cells = row
    at = from_text(decided_at)
    answered = Answered(
        None if validity is None else Validity(validity),
        at.date() if confirmed_on is None else date.fromisoformat(confirmed_on),
        build_qualification(cells),
    )
    return _Earlier(int(place), str(check_id), at, answered)


def _others_of(db: Database, check_id: str) -> tuple[Qualification, ...]:
    return tuple(build_qualification(cells) for cells in db.execute(_OTHERS, [check_id]).fetchall())
