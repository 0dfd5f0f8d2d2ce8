"""Destroy what is over: every check with all that hangs on it, old calls, sessions and events.

Rows go in small batches, each a transaction of its own, so that a kill loses at most one batch of work and writers
wait for a few milliseconds. ``secure_delete`` overwrites the pages, a truncated write-ahead log drops their old
versions, and a VACUUM now and then gives back what is free.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.retention import first_kept, visible_until
from app.errors import StoreBusy, StoreError
from app.store.audit import add_audit
from app.store.database import Store
from app.store.events import BOARD_PANEL, CALLS_PANEL, add_event
from app.store.faults import translated
from app.store.keeping import KEEPING_PANEL, Note, note, noted_time
from app.store.numbers import keep_daily_counts
from app.store.values import from_text, to_text

logger = logging.getLogger(__name__)

BATCH = 25
"""Each check costs 1 to 2 ms here, because its places in the search index are overwritten too (measured 2026-11)."""
EVENT_DAYS = 7
"""A page that slept for longer draws itself anew instead of catching up."""
TRUNCATE_TRIES = 20
TRUNCATE_PAUSE_S = 0.1
VACUUM_DAYS = 28
VACUUM_FREE_PAGES = 256
"""1 MiB: below, the work is not worth it."""


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How much is over. Counts only: nothing of a person."""

    checks: int
    calls: int
    sessions: int

    @property
    def any(self) -> bool:
        return bool(self.checks or self.calls or self.sessions)


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge did. ``is_log_empty`` is False when a reader held the write-ahead log back to the end."""

    checks: int
    calls: int
    sessions: int
    is_log_empty: bool
    vacuumed: bool


def count_due(db: Database, now: datetime) -> DueCounts:
    """Count what a purge at ``now`` would destroy, inside the caller's transaction. Raises ``StoreError``."""
    with translated():
        cells = [
            db.execute(f"SELECT count(*) FROM {table} WHERE {over}", [limit]).fetchone()[0]  # noqa: S608 our own names
            for table, over, limit in _dues(now)
        ]
    return DueCounts(*cells)


def purge(store: Store, now: datetime, *, actor: str | None = None, batch: int = BATCH) -> PurgeReport:
    """Destroy all that is over at ``now``, which the caller has judged to be trustworthy; may be called again.

    Args:
        actor: name of the owner who asked; ``None`` for the timer.

    Raises:
        StoreError: as far as it came, it is done; the next call goes on.
    """
    with store.writing() as db:
        keep_daily_counts(db, now)
    counts = []
    for table, over, limit in _dues(now):
        statement = f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {over} LIMIT ?)"  # noqa: S608
        gone = 0
        while True:
            with store.writing() as db:
                done = db.execute(statement, [limit, batch]).rowcount
            gone += done
            if done < batch:
                break
        counts.append(gone)
    checks, calls, sessions = counts
    with store.writing() as db:
        db.execute("DELETE FROM event WHERE at < ?", [to_text(now - timedelta(days=EVENT_DAYS))])
        note(db, Note.LAST_PURGE, to_text(now))
        if checks or calls or actor:
            add_audit(db, now, actor, AuditAction.PURGED, detail=f"checks={checks} calls={calls}")
            for kind in (BOARD_PANEL, CALLS_PANEL, KEEPING_PANEL):
                add_event(db, kind, "purge", now)
    vacuumed = _vacuum_when_worth_it(store, now)
    is_log_empty = truncate_log(store.database())
    if checks or not is_log_empty:
        logger.info("store.purged checks=%d calls=%d log_empty=%s", checks, calls, is_log_empty)
    return PurgeReport(checks, calls, sessions, is_log_empty, vacuumed)


def purge_copy(db: Database, now: datetime) -> int:
    """Destroy in a copy what is over, on a connection of its own, and leave no trace in its log.

    Returns:
        How many checks went.

    Raises:
        StoreError, sqlite3.Error: the copy is not of a schema that this release knows; it is worth nothing.
    """
    gone = 0
    with translated():
        db.execute("BEGIN IMMEDIATE")
        try:
            keep_daily_counts(db, now)
            for table, over, limit in _dues(now):
                done = db.execute(f"DELETE FROM {table} WHERE {over}", [limit]).rowcount  # noqa: S608 our own names
                gone = max(gone, done) if table == "checks" else gone
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise
        if not truncate_log(db):
            raise StoreBusy("the copy's log is in use")
    return gone


def truncate_log(db: Database) -> bool:
    """Empty the write-ahead log, trying again while a reader holds it back; False when it stayed."""
    for _ in range(TRUNCATE_TRIES):
        with translated():
            busy, in_log, copied = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy and in_log == copied:
            return True
        time.sleep(TRUNCATE_PAUSE_S)
    logger.warning("store.log_not_truncated")
    return False


def newest_moment(db: Database) -> datetime | None:
    """Return when the newest check was opened or decided.

    Rows that a wrong clock dated later than their own end (see ``mend_future_rows``) do not count.
    """
    row = db.execute(
        "SELECT max(max(opened_at, coalesce(decided_at, opened_at))) FROM checks"
        " WHERE coalesce(decided_at, opened_at) <= visible_until"
    ).fetchone()
    return None if row[0] is None else from_text(row[0])


def mend_future_rows(db: Database, now: datetime) -> int:
    """Give checks that a wrong clock dated into the future the end that one made now would have.

    Else they would stay for as long as that clock was wrong; so would those whose end was reckoned from it later
    (``kept_until``). Only for a clock that is proven right.
    """
    end, tomorrow = to_text(visible_until(now)), now + timedelta(days=1)
    return db.execute(
        "UPDATE checks SET visible_until = ? WHERE visible_until > ?"
        " AND (coalesce(decided_at, opened_at) > ? OR visible_until > ?)",
        [end, end, to_text(tomorrow), to_text(visible_until(tomorrow))],
    ).rowcount


def _dues(now: datetime) -> tuple[tuple[str, str, str], ...]:
    """Table, what makes a row over, and the limit, in the order of ``DueCounts``."""
    over = to_text(first_kept(now))
    return (
        ("checks", "visible_until < ?", to_text(now)),
        ("calls", "called_at < ?", over),
        ("staff_sessions", "ends_at < ?", over),
    )


def _vacuum_when_worth_it(store: Store, now: datetime) -> bool:
    db = store.database()
    with translated():
        last = noted_time(db, Note.LAST_VACUUM)
        free = db.execute("PRAGMA freelist_count").fetchone()[0]
    if free < VACUUM_FREE_PAGES or (last is not None and timedelta(0) <= now - last < timedelta(days=VACUUM_DAYS)):
        return False
    try:
        with translated():
            db.execute("VACUUM")
        with store.writing() as writing:
            note(writing, Note.LAST_VACUUM, to_text(now))
    except StoreError as error:  # busy or no room: nothing is lost, the next purge tries again
        logger.warning("store.not_vacuumed code=%s", error.code)
        return False
    return True
