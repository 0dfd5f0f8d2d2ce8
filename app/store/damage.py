"""A database that is damaged is moved aside, and checks go on in a fresh one. Never silently, never by mistake.

What looks like damage may be a wrong key or a file that somebody else just replaced, so everything is looked at again
with the gate closed, when nobody writes. The fresh file gets a path of its own and the store's path becomes a link
to it: SQLite deletes a log by name when its last connection closes, and one that still holds the old file must not
delete the new one's.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite3
from sqlite_utils import Database

from app.clock import TOKYO, Clock
from app.eligibility.audit import AuditAction
from app.errors import StoreDamaged, StoreError
from app.store.audit import record_audit
from app.store.audit_check import anchor_file, write_restored_anchor
from app.store.carry import carry_lasting
from app.store.copies import STAMP, backup_time, destroy, folders_of, own_folder, restore_chain, sync_file
from app.store.database import Store, open_database, write_transaction
from app.store.events import BOARD_PANEL, CALLS_PANEL, add_event
from app.store.faults import translated
from app.store.files import has_this_key, key_mark_file, sync_folder
from app.store.keeping import KEEPING_PANEL, Note, note, noted
from app.store.locks import gate_closed, lock_file
from app.store.migrate import migrate
from app.store.values import to_text, tokyo_day

logger = logging.getLogger(__name__)

GATE_WAIT_S = 30.0
LOOK_WAIT_S = 1.0
"""A busy file is no damage; nobody waits long to learn that."""
UNKNOWN_FLOOR = 500
"""Where reception numbers go on when nobody can say how far they had come: no clinic sees that many in a day."""


def is_damaged(database: Path, key: bytes) -> bool:
    """True when the file is surely damaged and the key surely right. Reads all of it.

    A busy, missing or unreadable file, a failing disk and a key that was never seen to fit are no damage.
    """
    if not _key_fits(database, key):
        return False
    try:
        if database.stat().st_size == 0:
            return True
        with contextlib.closing(open_database(database, key, wait_s=LOOK_WAIT_S)) as db, translated():
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return True
            if db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'checks'").fetchone()[0] == 0:
                return True
            return db.execute("PRAGMA cipher_integrity_check").fetchone() is not None
    except StoreDamaged:
        return True
    except (StoreError, OSError):
        return False


def replace_if_damaged(database: Path, key: bytes, folders: Sequence[Path], clock: Clock) -> Path | None:
    """Move a damaged database aside as ``<name>.damaged-<time>`` and put a fresh one in its place.

    People, settings and 操作記録 are carried over as far as they can be read, else from the newest good backup;
    patients' records are not: a restore brings back what the backup has.

    Returns:
        Where the damaged file lies now; ``None`` when it is not damaged (any more).

    Raises:
        StoreError: nothing was replaced.
    """
    with gate_closed(database, wait_s=GATE_WAIT_S):
        if not is_damaged(database, key):
            return None
        now = clock.now()
        stamp = f"{now.astimezone(TOKYO):{STAMP}}"
        old = database.resolve()
        with translated():
            for left in database.parent.glob(f"{database.stem}-*{database.suffix}"):
                if left != old:
                    destroy(left)
        fresh = database.with_name(f"{database.stem}-{stamp}{database.suffix}")
        aside = database.with_name(f"{database.name}.damaged-{stamp}")
        _make_fresh(fresh, database, aside.name, key, folders, clock)
        with translated():
            _swap(database, old, fresh, aside)
    logger.critical("store.moved_aside file=%s", aside.name)
    return aside


def handle_damage(database: Path, key: bytes, clock: Clock) -> None:
    """``replace_if_damaged`` for ``Store``: never raises."""
    try:
        replace_if_damaged(database, key, [own_folder(database)], clock)
    except (StoreError, sqlite3.Error, OSError) as error:
        logger.critical("store.damage_not_handled %s", getattr(error, "code", type(error).__name__))


def newest_good(folders: Sequence[Path], key: bytes) -> Path | None:
    """Return the backup that brings back most: the newest that reads back and was made before any open damage.

    What was made between a damage and its restore holds next to nothing of what was there before, and the present
    database has it all; see ``restore_chain``.
    """
    return next(iter(restore_chain(folders, key)), None)


def _make_fresh(fresh: Path, database: Path, aside: str, key: bytes, folders: Sequence[Path], clock: Clock) -> None:
    now, old = clock.now(), database.resolve()
    migrate(fresh, key, clock)
    with contextlib.ExitStack() as stack:
        damaged = _opened(old, key, stack)
        chain = restore_chain(folders, key)
        backup = _opened(chain[-1], key, stack) if chain else None
        db = stack.enter_context(contextlib.closing(open_database(fresh, key)))
        db.execute("PRAGMA foreign_keys=OFF")
        with write_transaction(db):
            carry_lasting(db, [source for source in (damaged, backup) if source is not None])
            day = tokyo_day(now)
            note(db, Note.NUMBER_FLOOR, f"{day} {_highest_number(damaged, day)}")
            # Another folder may be known to the carried notes alone.
            _note_damage(db, chain or restore_chain(folders_of(db, database), key), now)
            lift_events(db, now)
    store = Store(fresh, key)
    try:
        write_restored_anchor(store, anchor_file(old.parent.parent), now)
        record_audit(store, now, None, AuditAction.STORE_MOVED_ASIDE, aside, outcome=StoreDamaged.code)
    finally:
        store.close()
    with translated():
        sync_file(fresh)
        for name in ("migrating", "gate", "knock"):
            lock_file(fresh, name).unlink(missing_ok=True)
        key_mark_file(fresh).unlink(missing_ok=True)


def _note_damage(db: Database, chain: Sequence[Path], now: datetime) -> None:
    """Note when it was and which backups bring back what is lost; what an earlier open damage noted stays."""
    times = [to_text(made_at) for made_at in map(backup_time, chain) if made_at is not None]
    wanted = (noted(db, Note.DAMAGE_BACKUPS) or "").split()
    if noted(db, Note.MOVED_ASIDE) is None:
        note(db, Note.MOVED_ASIDE, to_text(now))
        wanted = times[:1]
    wanted += [time for time in times[-1:] if time not in wanted]
    note(db, Note.DAMAGE_BACKUPS, " ".join(wanted) or None)


def lift_events(db: Database, now: datetime) -> None:
    """Begin the queue of nudges above whatever open pages have seen of an earlier file, and nudge every panel."""
    db.execute(
        "INSERT INTO event (id, kind, subject_id, at) VALUES (?, ?, ?, ?)",
        [int(now.timestamp() * 1000), BOARD_PANEL, "store", to_text(now)],
    )
    for kind in (BOARD_PANEL, CALLS_PANEL, KEEPING_PANEL):
        add_event(db, kind, "store", now)


def _swap(database: Path, old: Path, fresh: Path, aside: Path) -> None:
    """Give the path to the fresh file in one step; the old one keeps its content under its new name."""
    os.link(old, aside)
    for side in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.link(old.with_name(old.name + side), aside.with_name(aside.name + side))
    link = database.with_name(f".{database.name}.link")
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    link.replace(database)
    for side in ("", "-wal", "-shm"):
        if old != database or side:
            old.with_name(old.name + side).unlink(missing_ok=True)
    sync_folder(database.parent)


def _opened(path: Path, key: bytes, stack: contextlib.ExitStack) -> Database | None:
    try:
        if path.stat().st_size == 0:  # SQLite would begin a new database in it
            return None
        return stack.enter_context(contextlib.closing(open_database(path, key)))
    except (StoreError, OSError):
        return None


def _highest_number(damaged: Database | None, day: str) -> int:
    with contextlib.suppress(sqlite3.Error):
        if damaged is not None:
            row = damaged.execute("SELECT max(reception_number) FROM checks WHERE reception_day = ?", [day]).fetchone()
            return int(row[0] or 0)
    return UNKNOWN_FLOOR


def _key_fits(database: Path, key: bytes) -> bool:
    """A backup that reads with the key is a sign too, for stores from before the mark."""
    return has_this_key(database, key) or (
        not key_mark_file(database).exists() and newest_good([own_folder(database)], key) is not None
    )
