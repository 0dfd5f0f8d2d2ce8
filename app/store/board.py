"""What staff see: today's list, one check in full, and "I take care of it"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.changes import Comparison
from app.eligibility.contribution import Contribution, received_ratio
from app.eligibility.model import ElderlyRecipient, Validity
from app.eligibility.ports import Method, Outcome
from app.errors import AlreadyHandled, RecordMissing
from app.store.audit import actor_name, add_audit
from app.store.checks import INTERRUPTED
from app.store.database import Store
from app.store.detail import CheckDetail, load_detail
from app.store.events import BOARD_PANEL, Wake, add_event, wake_quietly
from app.store.history import answered_of, compare_with_earlier
from app.store.keeping import reading_time
from app.store.values import QUALIFICATION_COLUMNS, build_qualification, from_text, to_text, tokyo_day

ASKING_LIMIT = timedelta(seconds=60)
"""Longer than any check asks: an older ASKING row belongs to a process that died or hangs."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One line of 本日の受付. Names come from the first qualification; all texts are as received."""

    check_id: str
    reception_number: int | None
    at: datetime
    kiosk: str
    outcome: Outcome
    reason: str | None
    method: Method
    validity: Validity | None
    name: str | None
    name_kana: str | None
    contribution: Contribution | None
    """``None`` without a qualification."""
    comparison: Comparison | None
    """With the same person's check before; ``None`` when none is linked to it."""
    has_notice: bool
    is_waiting: bool
    version: int
    handled_at: datetime | None
    handled_by: str | None
    """The name of the member of staff."""
    taken_at: datetime | None
    taken_by: str | None
    """In whose hands a waiting check is."""


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row and the values that it was read from: with the same values and the same history it is the same row."""

    row: BoardRow
    cells: tuple[Any, ...]


_NOTHING_KNOWN: Mapping[str, KnownRow] = {}

_BOARD = f"""
    SELECT c.check_id, c.reception_number, coalesce(c.decided_at, c.opened_at) AS at, c.kiosk, c.outcome, c.reason,
           c.method, c.result_validity, c.result_confirmed_on,
           c.result_notice_code IS NOT NULL OR c.result_notice_text IS NOT NULL,
           c.version, c.handled_at, s.name, t.taken_at, taker.name, q.rowid,
           {", ".join(f"q.{name}" for name in QUALIFICATION_COLUMNS)}
    FROM (
        SELECT rowid FROM checks WHERE reception_day = :today AND outcome NOT IN ('asking', 'withdrawn')
        UNION ALL
        SELECT rowid FROM checks WHERE outcome = 'asking' AND opened_at >= :today AND opened_at < :asking_before
    ) AS shown
    JOIN checks AS c ON c.rowid = shown.rowid
    LEFT JOIN qualifications AS q ON q.check_id = c.check_id AND q.position = 0
    LEFT JOIN staff AS s ON s.id = c.handled_by
    LEFT JOIN takings AS t ON t.check_id = c.check_id
    LEFT JOIN staff AS taker ON taker.id = t.taken_by
    WHERE c.visible_until >= :now
    ORDER BY at DESC, c.reception_number DESC
"""  # noqa: S608 our own names


def board_rows(store: Store, now: datetime) -> list[BoardRow]:
    """Return today's checks (Asia/Tokyo), newest first, without withdrawn ones.

    A check that is being asked is not shown for 60 s; one that still is after that appears as UNKNOWN
    (``check.interrupted``) and waits for staff, though its row has not been closed yet.

    Raises:
        StoreError.
    """
    return [known.row for known in read_board(store, now)]


def read_board(store: Store, now: datetime, known: Mapping[str, KnownRow] = _NOTHING_KNOWN) -> list[KnownRow]:
    """Return what ``board_rows`` returns, with what to give here the next time.

    Args:
        known: rows whose comparison still holds, by check id; see ``BoardMemory``. Those that did not change are
            returned as the same objects.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        visible_from = reading_time(db, now)
        found = db.execute(
            _BOARD, {"today": tokyo_day(now), "asking_before": to_text(now - ASKING_LIMIT), "now": visible_from}
        ).fetchall()
        return [_known_row(db, cells, visible_from, known.get(cells[0])) for cells in found]


def _known_row(db: Database, cells: tuple[Any, ...], visible_from: str, known: KnownRow | None) -> KnownRow:
    if known is not None and known.cells == cells:
        return known
    return KnownRow(_board_row(db, cells, visible_from, None if known is None else known.row), cells)


def _board_row(db: Database, cells: tuple[Any, ...], visible_from: str, known: BoardRow | None) -> BoardRow:
    check_id, number, at, kiosk, outcome, reason, method, validity, confirmed_on, has_notice, version = cells[:11]
    handled_at, handled_by, taken_at, taken_by, place, *columns = cells[11:]
    shown = Outcome(outcome)
    if shown is Outcome.ASKING:
        shown, reason = Outcome.UNKNOWN, INTERRUPTED
    one = None if place is None else build_qualification(columns)
    day = from_text(at).date() if confirmed_on is None else date.fromisoformat(confirmed_on)
    answered = answered_of(one, None if validity is None else Validity(validity), day, Method(method))
    is_waiting = shown.needs_staff and handled_at is None
    comparison = None
    if known is not None and known.version == version:
        comparison = known.comparison
    elif answered is not None:
        comparison = compare_with_earlier(db, check_id, from_text(at), place, answered, visible_from)
    return BoardRow(
        check_id=check_id,
        reception_number=number,
        at=from_text(at),
        kiosk=kiosk,
        outcome=shown,
        reason=reason,
        method=Method(method),
        validity=None if validity is None else Validity(validity),
        name=one.name if one else None,
        name_kana=one.name_kana if one else None,
        contribution=answered.contribution if answered and not answered.is_entered else None,
        comparison=comparison,
        has_notice=bool(has_notice),
        is_waiting=is_waiting,
        version=version,
        handled_at=None if handled_at is None else from_text(handled_at),
        handled_by=handled_by,
        taken_at=from_text(taken_at) if taken_at and is_waiting else None,
        taken_by=taken_by if is_waiting else None,
    )


def check_detail(store: Store, check_id: str, now: datetime) -> CheckDetail:
    """Return one check with its full result; an overdue ASKING row as UNKNOWN, as on the board.

    Raises:
        RecordMissing: no such check, withdrawn, or its time is over; they look the same.
        StoreBusy, StoreUnwritable.
    """
    with store.reading() as db:
        kept = load_detail(db, check_id)
        seen_at = reading_time(db, now)
    if kept is None or not may_be_seen(kept, seen_at):
        raise RecordMissing()
    if kept.record.outcome is Outcome.ASKING and to_text(kept.opened_at) < to_text(now - ASKING_LIMIT):
        return replace(kept, record=replace(kept.record, outcome=Outcome.UNKNOWN, reason=INTERRUPTED))
    return kept


def mark_handled(store: Store, wake: Wake, check_id: str, version: int, staff_id: int, at: datetime) -> None:
    """Note that a member of staff took care of a check, as seen in ``version``.

    Raises:
        AlreadyHandled: somebody was faster, or the check changed since that version.
        RecordMissing: as for ``check_detail``.
        StoreBusy, StoreUnwritable.
    """
    with store.writing() as db:
        kept = load_detail(db, check_id)
        if kept is None or not may_be_seen(kept, reading_time(db, at)):
            raise RecordMissing()
        if kept.handled_at is not None or kept.version != version:
            raise AlreadyHandled()
        db.execute(
            "UPDATE checks SET handled_at = ?, handled_by = ?, version = version + 1 WHERE check_id = ?",
            [to_text(at), staff_id, check_id],
        )
        add_event(db, BOARD_PANEL, check_id, at)
        add_audit(db, at, actor_name(db, staff_id), AuditAction.HANDLED, check_id)
    wake_quietly(wake)


def may_be_seen(kept: CheckDetail, reading_time: str) -> bool:
    """True unless the check was withdrawn or its time is over at ``reading_time`` (see ``keeping``)."""
    return kept.record.outcome is not Outcome.WITHDRAWN and reading_time <= to_text(kept.visible_until)


def ratio_of(insured: str | None, elderly: ElderlyRecipient | None, confirmed_on: str | None) -> str | None:
    """Return the share that was received and counts on that day (ISO): three digits, ``None`` when there is none."""
    if confirmed_on is None:
        return None
    received = received_ratio(insured, elderly, date.fromisoformat(confirmed_on))
    return None if received is None else received.ratio
