"""Bring a backup back: checked, purged before anything is served, joined with what was written since."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite3
from sqlite_utils import Database

from app.clock import TOKYO, Clock
from app.eligibility.audit import AuditAction
from app.errors import BackupUnusable, StoreBusy, StoreDamaged, StoreError, StoreInUse
from app.store.audit import record_audit
from app.store.audit_check import anchor_file, write_restored_anchor
from app.store.carry import DifferentLineage, merge
from app.store.copies import STAMP, destroy, draft_name, opened_copy, reads_back, sync_file
from app.store.damage import is_damaged, lift_events
from app.store.database import Store, open_database, write_transaction
from app.store.faults import translated
from app.store.files import make_private_folder, note_key, sync_folder
from app.store.keeping import Note, clock_memory, forget_damage, note, noted
from app.store.locks import alone, gate_closed
from app.store.migrate import migrate
from app.store.purge import newest_moment, purge_copy
from app.store.search_keys import fill_missing


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore did.

    ``merged`` counts checks that the present database and the later backups had beyond the backup; ``None`` when the
    present one could not be joined (damaged, another key, or no kin): it then lies at ``aside`` with all it holds.
    """

    purged: int
    merged: int | None
    aside: Path | None


def restore(
    database: Path, key: bytes, backup: Path, clock: Clock, *, is_clock_trusted: bool, later: Sequence[Path] = ()
) -> RestoreReport:
    """Put ``backup`` in the place of the database. The present file is kept beside it until its time is over.

    Args:
        later: further backups to merge, from old to new (``restore_chain``); one that cannot be joined is left out.

    On a clock that is not trusted, only what was over at the newest moment that the backup knows is destroyed now:
    reads hide the rest, and the first purge on a good clock takes it.

    Raises:
        StoreInUse: a process serves from the store.
        BackupUnusable: missing, damaged or of another key. The present database is untouched, as for every error.
        StoreError.
    """
    now = clock.now()
    make_private_folder(database.parent)
    try:
        with alone(database, "running"), alone(database, "tidying", wait_s=10):
            with gate_closed(database, wait_s=10):
                report = _restore(database, key, [backup, *later], now, clock, is_clock_trusted)
            store = Store(database, key)
            try:
                write_restored_anchor(store, anchor_file(database.parent.parent), now)
                detail = f"purged={report.purged}"
                record_audit(store, now, None, AuditAction.BACKUP_RESTORED, backup.name, detail=detail)
            finally:
                store.close()
            return report
    except StoreBusy as error:
        raise StoreInUse(str(error)) from None


def _restore(
    database: Path, key: bytes, chain: Sequence[Path], now: datetime, clock: Clock, is_clock_trusted: bool
) -> RestoreReport:
    backup, *later = chain
    draft = database.with_name(draft_name(database))
    with translated():
        destroy(draft)
    try:
        try:
            shutil.copyfile(backup, draft)
            draft.chmod(0o600)
        except OSError:
            raise BackupUnusable("it cannot be read") from None
        if not reads_back(draft, key):
            raise BackupUnusable("it is damaged or of another key")
        migrate(draft, key, clock)
        with contextlib.closing(open_database(draft, key)) as db:
            db.execute("PRAGMA foreign_keys=OFF")
            is_from_before = noted(db, Note.MOVED_ASIDE) is None
            merged = _merge_all(db, later, database, key)
            db.execute("PRAGMA foreign_keys=ON")
            purged = purge_copy(db, now if is_clock_trusted else _surely_passed(db, now))
            with write_transaction(db):
                if is_from_before:
                    _settle_damage(db)
                lift_events(db, now)
        with translated():
            sync_file(draft)
            aside = _move_aside(database, key, now)
            draft.replace(database)
            sync_folder(database.parent)
        note_key(database, key)
        return RestoreReport(purged, merged, aside)
    finally:
        with translated():
            for left in draft.parent.glob(draft.name + "*"):
                left.unlink()


def _merge_all(db: Database, later: Sequence[Path], database: Path, key: bytes) -> int | None:
    """Join what later backups and then the present database have beyond the backup; ``None`` when the latter fails."""
    merged = 0
    for path in later:
        merged += _merge_one(db, path, key) or 0
    if not database.exists():
        return merged
    of_present = _merge_one(db, database, key)
    return None if of_present is None else merged + of_present


def _merge_one(db: Database, path: Path, key: bytes) -> int | None:
    """Join what one file has beyond ``db``; ``None`` when it cannot be, and ``db`` is as it was."""
    try:
        with opened_copy(path, key) as other, write_transaction(db):
            if other.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreDamaged(path.name)
            merged = merge(db, other)
            fill_missing(db)
            return merged
    except (StoreError, DifferentLineage, sqlite3.Error):
        return None


def _settle_damage(db: Database) -> None:
    """A backup from before an open damage settles it; one made since brings nothing of what was lost."""
    if noted(db, Note.MOVED_ASIDE) is not None:
        forget_damage(db)
        note(db, Note.LAST_BACKUP, None)  # none holds what is joined now: the next round makes one


def _surely_passed(db: Database, now: datetime) -> datetime:
    trusted = clock_memory(db).trusted
    known = [moment for moment in (trusted.at if trusted else None, newest_moment(db)) if moment is not None]
    return min(now, max(known)) if known else now.replace(year=2000)


def _move_aside(database: Path, key: bytes, now: datetime) -> Path | None:
    if not database.exists():
        return None
    kind = "damaged" if is_damaged(database, key) else "replaced"
    aside = database.with_name(f"{database.name}.{kind}-{now.astimezone(TOKYO):{STAMP}}")
    old = database.resolve()
    if kind == "replaced":  # its log goes into the file, so that one file holds all
        with contextlib.suppress(StoreError), contextlib.closing(open_database(old, key)) as db, translated():
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    old.rename(aside)
    for side in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            old.with_name(old.name + side).rename(aside.with_name(aside.name + side))
    database.unlink(missing_ok=True)
    return aside
