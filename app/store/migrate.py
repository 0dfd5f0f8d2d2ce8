"""Bring a database to the newest schema: one process, at start, after a copy of what could be lost."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlite_utils import Database

from app.clock import Clock, SystemClock
from app.errors import StoreUnwritable
from app.store.database import open_database, write_transaction
from app.store.faults import translated
from app.store.files import create_private_file, make_private_folder, note_key
from app.store.search_keys import fill_missing
from migrations.steps import kiosk

COPY_DAYS = 7
"""A copy holds records; it may not outlive the days that backups may."""


def pending(path: Path, key: bytes) -> list[str]:
    """Name the steps that are not applied yet, oldest first; all of them when there is no file. Writes nothing.

    Raises:
        StoreBusy, StoreUnwritable.
    """
    if not path.exists():
        return step_names()
    with contextlib.closing(open_database(path, key)) as db, translated():
        return [step.name for step in kiosk.pending(db)]


def migrate(path: Path, key: bytes, clock: Clock | None = None) -> list[str]:
    """Make folder and file where missing and apply what is pending: all of it or, on any error, none.

    A second starter waits for the first and then finds nothing to do. A database that was in use is copied first
    (``VACUUM INTO``: encrypted with the same key) to ``<name>.before-<step>-<time>`` beside it; copies older than
    seven days are removed.

    Returns:
        The names of the applied steps.

    Raises:
        StoreBusy, StoreUnwritable: the schema is as it was before.
    """
    now = (clock or SystemClock()).now()
    make_private_folder(path.parent)
    with _one_at_a_time(path):
        create_private_file(path)
        with contextlib.closing(open_database(path, key)) as db:
            note_key(path, key)
            with translated():
                steps = [step.name for step in kiosk.pending(db)]
                had_any = bool(kiosk.applied(db))
            if steps:
                if had_any:
                    copy_database(db, path.with_name(f"{path.name}.before-{steps[0]}-{now:%Y%m%dT%H%M%S}"), key)
                _apply(db)
        with translated():
            for copy in path.parent.glob(f"{path.name}.before-*"):
                if copy.stat().st_mtime < (now - timedelta(days=COPY_DAYS)).timestamp():
                    copy.unlink()
    return steps


def step_names() -> list[str]:
    """All steps of this release, oldest first."""
    return [step.name for step in kiosk._migrations]


def copy_database(db: Database, target: Path, key: bytes) -> None:
    """Write a compact, encrypted, checked copy (mode 0600) to ``target``; leaves nothing there on failure.

    Raises:
        FileExistsError: something stands there; it stays as it is.
        StoreUnwritable: no room, or the copy does not read back.
        StoreBusy.
    """
    if not create_private_file(target):
        raise FileExistsError(f"{target.name} exists")
    try:
        with translated():
            db.execute("VACUUM INTO ?", [str(target)])
        with contextlib.closing(open_database(target, key)) as copy, translated():
            if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise StoreUnwritable("the copy is damaged")
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        for name in (target.name, f"{target.name}-wal", f"{target.name}-shm"):
            target.with_name(name).unlink(missing_ok=True)
        raise


def _apply(db: Database) -> None:
    """Apply all pending steps as SQLite advises for schema changes: foreign keys off, checked before the commit."""
    db.execute("PRAGMA foreign_keys=OFF")
    try:
        with write_transaction(db):
            kiosk.apply(db)  # its own transactions become savepoints of ours
            fill_missing(db)
            if db.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise StoreUnwritable("a step left rows that point nowhere")
    finally:
        db.execute("PRAGMA foreign_keys=ON")


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a file lock; the kernel frees it when its holder dies."""
    with translated():
        descriptor = os.open(path.with_name(f"{path.name}.migrating"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with translated():
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
