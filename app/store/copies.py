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
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite3
from sqlite_utils import Database

from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.eligibility.retention import visible_until
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
_DRAFTS = ".uketsuke-*.db.new*"
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


def backup_time(path: Path) -> datetime | None:
    """Return when a backup was made, by its name; ``None`` when it is not called like one."""
    match = _BACKUP.fullmatch(path.name)
    return None if match is None else _stamped(match[1])


def restore_chain(folders: Sequence[Path], key: bytes) -> list[Path]:
    """Return the backups that together bring back all there is: first the one to restore, then what to merge.

    A backup made while a damage was open says so in its notes and holds only what came since, so the first is the
    newest good one without that note. The others follow from old to new: after a second damage they may be all
    that is left of the time between. Without one from before, the oldest with the note is the first.
    """
    chain: list[Path] = []
    for backup in list_backups(folders):
        if reads_back(backup.path, key):
            chain.insert(0, backup.path)
            if not _was_made_in_need(backup.path, key):
                break
    return chain


def _free_name(folder: Path, now: datetime) -> Path:
    """Where a backup of this second goes: one that stands there already, made before a damage perhaps, stays."""
    while True:
        target = folder / f"uketsuke-{now.astimezone(TOKYO):{STAMP}}.db"
        if not target.exists():
            return target
        now += timedelta(seconds=1)


def make_backup(store: Store, folder: Path, now: datetime, *, actor: str | None = None) -> Backup:
    """Write a compact, encrypted, checked copy into ``folder``; it appears whole or not at all. Notes either outcome.

    Raises:
        StoreDamaged: the database does not read; nothing was noted.
        StoreError: no room, no rights, no lock.
    """
    target = _free_name(folder, now)
    draft = folder / f".{target.name}.new"
    try:
        if folder == own_folder(store.path):
            make_private_folder(folder)
        with translated():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remember_folder(store, folder)  # before there is anything in it: a draft may outlive this process
        with translated():
            for left in folder.glob(_DRAFTS):
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
        add_audit(db, now, actor, AuditAction.BACKUP_MADE, target.name, detail=f"bytes={size}")
        add_event(db, KEEPING_PANEL, "backup", now)
    return Backup(target, _stamped(target.stem.removeprefix("uketsuke-")), size)


def expire_copies(
    database: Path, folders: Sequence[Path], key: bytes, now: datetime, wanted: Collection[datetime] = ()
) -> int:
    """Destroy or purge every copy whose time is over, and every draft that a killed process left.

    Needs the lock ``tidying``, under which all drafts are written: one that lies there is in nobody's hands.

    Args:
        now: a time that was judged trustworthy.
        wanted: times of backups that wait for a restore (``Note.DAMAGE_BACKUPS``): purged like the others, but
            kept for as long as a record in them may be seen.

    Returns:
        How many copies were destroyed or changed; drafts do not count.
    """
    for draft in _drafts(database, folders):
        try:
            destroy(draft)
        except OSError as error:
            logger.warning("store.draft_not_destroyed %s", type(error).__name__)
    changed = 0
    for path, made_at in _all_copies(database, folders):
        is_wanted = made_at in wanted and backup_time(path) is not None
        ends_at = visible_until(made_at) if is_wanted else made_at + timedelta(days=KEEP_DAYS)
        try:
            if now > ends_at or (not _purge_in_place(path, key, now) and made_at < _month_of(now)):
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


def _was_made_in_need(path: Path, key: bytes) -> bool:
    """True for a backup of a fresh database whose damaged forerunner was not restored yet."""
    try:
        with opened_copy(path, key) as db:
            return noted(db, Note.MOVED_ASIDE) is not None
    except (StoreError, sqlite3.Error):  # a schema from before such notes
        return False


def _remember_folder(store: Store, folder: Path) -> None:
    with store.reading() as db:
        if folder in folders_of(db, store.path):
            return
    with store.writing() as db:
        others = [str(path) for path in folders_of(db, store.path)[1:]]
        note(db, Note.OTHER_FOLDERS, json.dumps([*others, str(folder)]))


def _drafts(database: Path, folders: Sequence[Path]) -> list[Path]:
    """What a backup or a restore that was killed left: whole databases, as long as nobody destroys them."""
    found: list[Path] = []
    for folder, pattern in [(database.parent, draft_name(database) + "*"), *((one, _DRAFTS) for one in folders)]:
        with contextlib.suppress(OSError):
            found += folder.glob(pattern)
    return found


def draft_name(database: Path) -> str:
    """Name of the file beside the database in which a restore is made ready."""
    return f".{database.name}.restoring"


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
