"""Copies of the database: backups, what stood before a migration or a restore, what was moved aside as damaged.

All hold records, so all end with them: nothing is older than seven days, a copy that can be read is purged like the
database itself, and one that cannot be read is destroyed before the next month begins to expire.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite3
from sqlite_utils import Database

from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.errors import StoreError, StoreUnwritable
from app.store.audit import add_audit
from app.store.database import Store, open_database
from app.store.events import add_event
from app.store.faults import translated
from app.store.files import make_private_folder, sync_folder
from app.store.keeping import KEEPING_PANEL, Note, note, noted
from app.store.migrate import copy_database
from app.store.purge import count_due, purge_copy
from app.store.values import to_text

logger = logging.getLogger(__name__)

KEEP_DAYS = 7
STAMP = "%Y%m%dT%H%M%S"
SPARE_BYTES = 64_000_000
"""What a backup leaves free on the disk: a visit's record is worth more."""

_BACKUP = re.compile(r"uketsuke-(\d{8}T\d{6})\.db")
_ASIDE = re.compile(r".*\.(?:before-.*-|replaced-|damaged-)(\d{8}T\d{6})")
_SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup on disk."""

    path: Path
    made_at: datetime
    size_bytes: int


def own_folder(database: Path) -> Path:
    """Where the timer puts backups: beside the store's folder."""
    return database.parent.parent / "backup"


def folders_of(db: Database, database: Path) -> list[Path]:
    """Return all folders that ever took a backup, our own first; some may not be reachable now."""
    others = json.loads(noted(db, Note.OTHER_FOLDERS) or "[]")
    return [own_folder(database), *(Path(text) for text in others)]


def list_backups(folders: Sequence[Path]) -> list[Backup]:
    """Return what lies in the folders, newest first; folders that are not there hold nothing."""
    found = []
    for folder in folders:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                match = _BACKUP.fullmatch(path.name)
                if match and path.is_file():
                    found.append(Backup(path, _stamped(match[1]), path.stat().st_size))
    return sorted(found, key=lambda backup: (backup.made_at, str(backup.path)), reverse=True)


def make_backup(store: Store, folder: Path, now: datetime, *, actor: str | None = None) -> Backup:
    """Write a compact, encrypted, checked copy into ``folder``; it appears whole or not at all. Notes either outcome.

    Raises:
        StoreDamaged: the database does not read; nothing was noted.
        StoreError: no room, no rights, no lock.
    """
    target = folder / f"uketsuke-{now.astimezone(TOKYO):{STAMP}}.db"
    draft = folder / f".{target.name}.new"
    try:
        if folder == own_folder(store.path):
            make_private_folder(folder)
        with translated():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in folder.glob(".uketsuke-*.db.new*"):
                left.unlink()
            needed = store.path.stat().st_size + SPARE_BYTES
            if shutil.disk_usage(folder).free < needed:
                raise StoreUnwritable("no room for a backup")
        copy_database(store.database(), draft, store.key)
        with translated():
            draft.replace(target)
            sync_folder(folder)
            size = target.stat().st_size
    except StoreUnwritable as error:
        _note_failure(store, now, actor, error)
        raise
    with store.writing() as db:
        note(db, Note.LAST_BACKUP, to_text(now))
        note(db, Note.BACKUP_FAILED, None)
        if folder not in folders_of(db, store.path):
            others = [str(path) for path in folders_of(db, store.path)[1:]]
            note(db, Note.OTHER_FOLDERS, json.dumps([*others, str(folder)]))
        add_audit(db, now, actor, AuditAction.BACKUP_MADE, target.name, detail=f"bytes={size}")
        add_event(db, KEEPING_PANEL, "backup", now)
    return Backup(target, _stamped(f"{now.astimezone(TOKYO):{STAMP}}"), size)


def expire_copies(database: Path, folders: Sequence[Path], key: bytes, now: datetime) -> int:
    """Destroy or purge every copy whose time is over; ``now`` is a time that was judged trustworthy.

    Returns:
        How many copies were destroyed or changed.
    """
    changed = 0
    for path, made_at in _all_copies(database, folders):
        try:
            if now - made_at > timedelta(days=KEEP_DAYS) or (
                not _purge_in_place(path, key, now) and made_at < _month_of(now)
            ):
                destroy(path)
                changed += 1
        except (OSError, StoreError) as error:
            logger.warning("store.copy_not_expired %s", type(error).__name__)
    return changed


def destroy(path: Path) -> None:
    """Remove a database file and what SQLite left beside it. Raises ``OSError``."""
    for side in ("", *_SIDES):
        path.with_name(path.name + side).unlink(missing_ok=True)


def reads_back(path: Path, key: bytes) -> bool:
    """True when the whole file reads with this key and fits together."""
    try:
        with opened_copy(path, key) as db, translated():
            return bool(db.execute("PRAGMA integrity_check").fetchone()[0] == "ok") and bool(
                db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'checks'").fetchone()[0]
            )
    except StoreError:
        return False


@contextlib.contextmanager
def opened_copy(path: Path, key: bytes) -> Iterator[Database]:
    """Open a copy that nobody else uses; leaves no log beside it. Raises ``StoreError``."""
    with translated():
        if not path.is_file():
            raise StoreUnwritable("no such copy")
    with contextlib.closing(open_database(path, key)) as db:
        yield db


def _purge_in_place(path: Path, key: bytes, now: datetime) -> bool:
    """Purge a copy; False when it cannot be read."""
    try:
        with opened_copy(path, key) as db:
            if count_due(db, now).any:
                purge_copy(db, now)
    except (StoreError, sqlite3.Error):
        return False
    return True


def _all_copies(database: Path, folders: Sequence[Path]) -> list[tuple[Path, datetime]]:
    found = [(backup.path, backup.made_at) for backup in list_backups(folders)]
    with contextlib.suppress(OSError):
        for path in database.parent.iterdir():
            match = _ASIDE.fullmatch(path.name)
            if match:
                found.append((path, _stamped(match[1])))
    return found


def _month_of(now: datetime) -> datetime:
    """The first instant of this month: what is older may hold records whose time ended with the last one."""
    return now.astimezone(TOKYO).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _stamped(text: str) -> datetime:
    return datetime.strptime(text, STAMP).replace(tzinfo=TOKYO)


def _note_failure(store: Store, now: datetime, actor: str | None, error: StoreError) -> None:
    """Say that a backup failed, where the store still takes it."""
    logger.error("store.backup_failed code=%s", error.code)
    with contextlib.suppress(StoreError), store.writing() as db:
        if noted(db, Note.BACKUP_FAILED) is None or actor is not None:
            add_audit(db, now, actor, AuditAction.BACKUP_FAILED, outcome=error.code)
            note(db, Note.BACKUP_FAILED, to_text(now))
            add_event(db, KEEPING_PANEL, "backup", now)


def sync_file(path: Path) -> None:
    """Make a file's content durable. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
