"""One row, one pair of hands: taking a check, giving it back, and how it stands beside the earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.changes import Comparison
from app.errors import AlreadyHandled, RecordMissing
from app.store.audit import actor_name, add_audit
from app.store.board import check_detail, may_be_seen
from app.store.database import Store
from app.store.detail import CheckDetail, load_detail
from app.store.events import BOARD_PANEL, Wake, add_event, wake_quietly
from app.store.history import answered_of, compare_detail
from app.store.keeping import reading_time
from app.store.values import from_text, to_text


@dataclass(frozen=True, slots=True)
class Taking:
    """Since when and in whose hands; ``taken_by`` is the name of the member of staff."""

    taken_at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True)
class CheckSheet:
    """All that 資格情報 shows of one check, read in one moment."""

    kept: CheckDetail
    taking: Taking | None
    comparison: Comparison | None


def check_sheet(store: Store, check_id: str, now: datetime) -> CheckSheet:
    """Return a check with its taker and what changed since the person's last check. Raises as ``check_detail``."""
    with store.reading() as db:
        kept = check_detail(store, check_id, now)
        result = kept.record.result
        if result is not None:
            first = result.qualifications[0] if result.qualifications else None
            answered = answered_of(first, result.validity, result.confirmed_on, kept.record.method)
        else:
            entered = kept.counter.qualification if kept.counter else None
            answered = answered_of(entered, None, kept.record.at.date(), kept.record.method)
        comparison = (
            None if answered is None else compare_detail(db, check_id, kept.record.at, answered, reading_time(db, now))
        )
        return CheckSheet(kept, taking_of(db, check_id) if kept.is_waiting else None, comparison)


def take_check(store: Store, wake: Wake, check_id: str, version: int, staff_id: int, at: datetime) -> None:
    """Take a waiting check into one's hands, as seen in ``version``.

    Raises:
        AlreadyHandled: somebody was faster, it waits no longer, or it changed since that version.
        RecordMissing: no such check, withdrawn, or its time is over.
        StoreBusy, StoreUnwritable.
    """
    with store.writing() as db:
        _demand_waiting(db, check_id, version, at)
        if taking_of(db, check_id) is not None:
            raise AlreadyHandled()
        db.execute(
            "INSERT INTO takings (check_id, taken_at, taken_by) VALUES (?, ?, ?)", [check_id, to_text(at), staff_id]
        )
        _note_change(db, check_id, staff_id, AuditAction.TAKEN, at)
    wake_quietly(wake)


def release_check(store: Store, wake: Wake, check_id: str, version: int, staff_id: int, at: datetime) -> None:
    """Take a check out of anybody's hands, also another's who went home; who did it is noted. Raises as ``take_check``.

    Raises:
        AlreadyHandled: also when nobody has it.
    """
    with store.writing() as db:
        _demand_waiting(db, check_id, version, at)
        if db.execute("DELETE FROM takings WHERE check_id = ?", [check_id]).rowcount != 1:
            raise AlreadyHandled()
        _note_change(db, check_id, staff_id, AuditAction.RELEASED, at)
    wake_quietly(wake)


def taking_of(db: Database, check_id: str) -> Taking | None:
    """Read who has a check, inside the caller's transaction."""
    row = db.execute(
        "SELECT t.taken_at, s.name FROM takings AS t JOIN staff AS s ON s.id = t.taken_by WHERE t.check_id = ?",
        [check_id],
    ).fetchone()
    return None if row is None else Taking(from_text(row[0]), str(row[1]))


def _demand_waiting(db: Database, check_id: str, version: int, at: datetime) -> None:
    kept = load_detail(db, check_id)
    if kept is None or not may_be_seen(kept, reading_time(db, at)):
        raise RecordMissing()
    if not kept.is_waiting or kept.version != version:
        raise AlreadyHandled()


def _note_change(db: Database, check_id: str, staff_id: int, action: AuditAction, at: datetime) -> None:
    db.execute("UPDATE checks SET version = version + 1 WHERE check_id = ?", [check_id])
    add_event(db, BOARD_PANEL, check_id, at)
    add_audit(db, at, actor_name(db, staff_id), action, check_id)
