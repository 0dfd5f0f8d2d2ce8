"""Finding kept checks: newest first, by pages, and only what may still be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlite_utils import Database

from app.clock import TOKYO
from app.eligibility.model import Qualification, Validity
from app.eligibility.ports import Method, Outcome
from app.eligibility.search_query import (
    BornIn,
    CheckedBetween,
    CheckedIn,
    Named,
    Numbered,
    Reading,
    SearchQuery,
    Term,
)
from app.store.board import ratio_of
from app.store.database import Store
from app.store.detail import ASKED_AGAIN
from app.store.keeping import reading_time
from app.store.search_keys import START, entry_id, part_tokens
from app.store.values import QUALIFICATION_COLUMNS, build_qualification, elderly_from_json, from_text

PAGE = 50
COUNTED = 500
"""How far results are counted; nobody reads more, and "500 and more" says to type another word."""

_ENDLESS = 2**62


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One line of the results. Names come from the first qualification; all texts are as received."""

    check_id: str
    reception_number: int | None
    at: datetime
    """When it was decided, or begun if its answer came late: the moment that goes with the number."""
    visible_until: datetime
    outcome: Outcome
    reason: str | None
    method: Method
    validity: Validity | None
    name: str | None
    name_kana: str | None
    birthdate: str | None
    contribution_ratio: str | None
    """Three digits of per cent (``030``); ``None`` when the message holds none or two that differ."""
    insurer_number: str | None
    insurer_name: str | None
    has_notice: bool


@dataclass(frozen=True, slots=True)
class FoundPage:
    """At most ``PAGE`` lines, newest first. ``count`` is exact up to ``COUNTED``; more are ``is_more_than_counted``."""

    rows: tuple[FoundRow, ...]
    count: int
    is_more_than_counted: bool
    next_before: int | None
    """Pass as ``before`` for the page after this one; ``None`` on the last."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One qualification of a found check, or a check that has none."""

    at: datetime
    reception_number: int | None
    outcome: Outcome
    method: Method
    validity: Validity | None
    qualification: Qualification | None


_SEEN = "c.visible_until >= :now AND c.outcome NOT IN ('asking', 'withdrawn')"
_FROM_INDEX = (
    "(SELECT rowid AS id FROM search_index WHERE search_index MATCH :match AND rowid >= :low AND rowid < :high"
    " ORDER BY rowid DESC) AS f CROSS JOIN search_entries AS e ON e.id = f.id"
    " CROSS JOIN checks AS c ON c.check_id = e.check_id"
)
_FROM_DAYS = "search_entries AS e CROSS JOIN checks AS c ON c.check_id = e.check_id"
_AT = f"iif(c.reason = '{ASKED_AGAIN}', c.opened_at, coalesce(c.decided_at, c.opened_at))"
_ROWS = """
    SELECT c.check_id, c.reception_number, {at}, c.visible_until, c.outcome, c.reason, c.method,
           c.result_validity, q.name, q.name_kana, q.birthdate, q.contribution_ratio, q.elderly_recipient,
           c.result_confirmed_on, q.insurer_number, q.insurer_name,
           c.result_notice_code IS NOT NULL OR c.result_notice_text IS NOT NULL
    FROM search_entries AS e
    JOIN checks AS c ON c.check_id = e.check_id
    LEFT JOIN qualifications AS q ON q.check_id = c.check_id AND q.position = 0
    WHERE e.id IN ({marks})
    ORDER BY e.id DESC
"""


def find_checks(store: Store, query: SearchQuery, now: datetime, before: int | None = None) -> FoundPage:
    """Return a page of what ``query`` finds and may be seen at ``now``; the count is of all pages.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        counted = _ids(db, query, now, None, COUNTED + 1)
        ids = counted[: PAGE + 1] if before is None else _ids(db, query, now, before, PAGE + 1)
        rows = _rows(db, ids[:PAGE])
    return FoundPage(
        rows=rows,
        count=min(len(counted), COUNTED),
        is_more_than_counted=len(counted) > COUNTED,
        next_before=ids[PAGE - 1] if len(ids) > PAGE else None,
    )


def export_checks(store: Store, query: SearchQuery, now: datetime, limit: int) -> tuple[list[ExportRow], bool]:
    """Return every qualification of up to ``limit`` found checks, newest first, and whether there are more checks.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        ids = _ids(db, query, now, None, limit + 1)
        rows: list[ExportRow] = []
        for number in ids[:limit]:
            rows += _export_rows(db, number)
    return rows, len(ids) > limit


def _ids(db: Database, query: SearchQuery, now: datetime, before: int | None, limit: int) -> list[int]:
    """Walk the index backwards in time; stops after ``limit`` entries that may be seen."""
    low, high = _bounds(query.terms)
    bound: dict[str, object] = {
        "low": low,
        "high": high if before is None else min(high, before),
        "now": reading_time(db, now),
        "limit": limit,
    }
    match = " AND ".join(_expression(term) for term in query.terms if not isinstance(term, CheckedBetween))
    if match:
        bound["match"] = match
        source, narrowed, order = _FROM_INDEX, "", "f.id"
    else:
        source, narrowed, order = _FROM_DAYS, "e.id >= :low AND e.id < :high AND ", "e.id"
    found = db.execute(
        f"SELECT e.id FROM {source} WHERE {narrowed}{_SEEN} ORDER BY {order} DESC LIMIT :limit",  # noqa: S608 our own words
        bound,
    )
    return [int(row[0]) for row in found.fetchall()]


def _bounds(terms: Sequence[Term]) -> tuple[int, int]:
    low, high = 0, _ENDLESS
    for term in terms:
        if isinstance(term, CheckedBetween):
            if term.first is not None:
                low = max(low, entry_id(datetime.combine(term.first, time.min, TOKYO)))
            if term.last is not None:
                high = min(high, entry_id(datetime.combine(term.last + timedelta(days=1), time.min, TOKYO)))
    return low, high


def _expression(term: tuple[Reading, ...]) -> str:
    """Return the term in FTS5's language. Every word stands in quotes and comes out of folding, which leaves letters,
    digits and nothing that has a meaning there.
    """
    return "(" + " OR ".join(_words(reading) for reading in term) + ")"


def _words(reading: Reading) -> str:
    match reading:
        case Named(key):
            return f'{{name}} : "{" ".join(part_tokens(key)) if len(key) > 1 else START + key}"'
        case Numbered(key):
            return f'{{number}} : "{key}"'
        case BornIn(digits):
            return f'{{born}} : "{digits}"'
        case CheckedIn(digits):
            return f'{{day}} : "{digits}"'


def _rows(db: Database, ids: Sequence[int]) -> tuple[FoundRow, ...]:
    if not ids:
        return ()
    marks = ", ".join("?" * len(ids))
    found = db.execute(_ROWS.format(at=_AT, marks=marks), list(ids)).fetchall()
    rows = []
    for check_id, number, at, until, outcome, reason, method, validity, name, kana, birthdate, *rest in found:
        ratio, elderly, confirmed_on, insurer_number, insurer_name, has_notice = rest
        rows.append(
            FoundRow(
                check_id=check_id,
                reception_number=number,
                at=from_text(at),
                visible_until=from_text(until),
                outcome=Outcome(outcome),
                reason=reason,
                method=Method(method),
                validity=None if validity is None else Validity(validity),
                name=name,
                name_kana=kana,
                birthdate=birthdate,
                contribution_ratio=ratio_of(ratio, elderly_from_json(elderly), confirmed_on),
                insurer_number=insurer_number,
                insurer_name=insurer_name,
                has_notice=bool(has_notice),
            )
        )
    return tuple(rows)


def _export_rows(db: Database, number: int) -> list[ExportRow]:
    [(check_id, at, reception_number, outcome, method, validity)] = db.execute(
        f"SELECT c.check_id, {_AT}, c.reception_number, c.outcome, c.method,"  # noqa: S608 our own words
        " c.result_validity FROM search_entries AS e JOIN checks AS c ON c.check_id = e.check_id WHERE e.id = ?",
        [number],
    ).fetchall()
    found = db.execute(
        f"SELECT {', '.join(QUALIFICATION_COLUMNS)} FROM qualifications"  # noqa: S608 our own names
        " WHERE check_id = ? ORDER BY position",
        [check_id],
    ).fetchall()
    head = (
        from_text(at),
        reception_number,
        Outcome(outcome),
        Method(method),
        None if validity is None else Validity(validity),
    )
    return [ExportRow(*head, build_qualification(cells)) for cells in found] or [ExportRow(*head, None)]
