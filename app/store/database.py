"""The one place that knows how the database is opened and locked, and how its errors are told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import sqlcipher3
import sqlcipher3.dbapi2 as sqlite3
import sqlite_utils.utils
from sqlite_utils import Database

from app.eligibility.audit import derive_key, seal
from app.errors import StoreBusy, StoreDamaged, StoreKeyUnusable, StoreOutdated, StoreUnwritable
from app.store.faults import translated
from app.store.files import KEY_BYTES, create_key, has_other_key, read_key
from app.store.locks import Gate
from migrations.steps import kiosk

if vars(sqlite_utils.utils)["sqlite3"] is not sqlcipher3:
    raise ImportError("sqlite_utils was imported before app.store.database and took another SQLite")

__all__ = ["WAIT_S", "Store", "create_key", "open_database", "read_key", "read_transaction", "write_transaction"]

WAIT_S = 5.0
_RECIPE = (
    "PRAGMA synchronous=FULL",  # NORMAL loses the last commits at power loss
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=200",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
)
_writer = threading.Lock()


def open_database(path: Path, key: bytes, *, wait_s: float = WAIT_S) -> Database:
    """Open an existing file for the calling thread alone. About 0.5 ms.

    Args:
        key: 32 raw bytes; a passphrase would cost 150 ms of key derivation at every opening.
        wait_s: how long a statement waits for another process's lock.

    Raises:
        ValueError: the key has another length.
        StoreBusy, StoreUnwritable: also when the file is missing.
        StoreKeyUnusable: the store is known to have another key.
        StoreDamaged: damage, or a wrong key where no mark tells (``files.note_key``).
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"the store's key has {KEY_BYTES} bytes")
    try:
        return _connect(path, key, wait_s)
    except StoreDamaged:
        if has_other_key(path, key):
            raise StoreKeyUnusable("not the key of this store") from None
        raise


def _connect(path: Path, key: bytes, wait_s: float) -> Database:
    with translated():
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=rw", timeout=wait_s, isolation_level=None, uri=True
        )
        try:
            connection.execute("PRAGMA cipher_log_level=NONE")  # else SQLCipher writes its own lines to stderr
            connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
            connection.execute(f"PRAGMA busy_timeout={round(wait_s * 1000)}")
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                raise StoreUnwritable("no write-ahead log here")
            for pragma in _RECIPE:
                connection.execute(pragma)
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # a wrong key shows here
            connection.create_function("audit_seal", 2, partial(seal, derive_key(key)), deterministic=True)
            return Database(connection, execute_plugins=False)
        except BaseException:
            connection.close()
            raise


@contextlib.contextmanager
def write_transaction(db: Database, wait_s: float = WAIT_S) -> Iterator[None]:
    """Take the write lock first, so that writers queue instead of failing; commit, or roll back on any error.

    Writers of this process queue on a lock of our own, which wakes the next one at once where SQLite polls.

    Raises:
        RuntimeError: this connection is inside a transaction already.
        StoreBusy: no lock within ``wait_s`` (own process) plus the connection's busy timeout (others).
        StoreUnwritable.
    """
    if db.conn.in_transaction:
        raise RuntimeError("write transactions do not nest")
    with translated():
        if not _writer.acquire(timeout=wait_s):
            raise StoreBusy("another thread writes")
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise
        finally:
            _writer.release()


@contextlib.contextmanager
def read_transaction(db: Database) -> Iterator[None]:
    """See one moment of the database through several statements; nests. Writers are not held back.

    Raises:
        StoreBusy, StoreUnwritable.
    """
    if db.conn.in_transaction:
        yield
        return
    with translated():
        db.execute("BEGIN")
        try:
            yield
        finally:
            db.rollback()


class Store:
    """One database file; every thread gets a connection of its own on first use.

    A connection ends with ``close()`` in its thread or with the thread itself. Constructing opens nothing.

    The file may be replaced while processes use it (``damage.py``). Nobody writes to a file that is no longer the
    store's: every write holds the gate, and a connection whose file was replaced is given up before its next use.

    Args:
        on_damage: called once a use has met damage and let go of everything; may replace the file. Never raises.
    """

    def __init__(
        self, path: Path, key: bytes, *, wait_s: float = WAIT_S, on_damage: Callable[[], None] | None = None
    ) -> None:
        self.path = path
        self.key = key
        self._wait_s = wait_s
        self._on_damage = on_damage
        self._mine = threading.local()
        self._gate = Gate(path)
        self._is_current = False
        self.after_commit: Callable[[], None] | None = None
        """Called in the writer's thread after each commit, before whoever asked hears of it. Never raises."""

    def database(self) -> Database:
        """Return this thread's connection.

        Raises:
            StoreOutdated: migrations are pending, or there is no database yet.
            StoreBusy, StoreUnwritable.
        """
        db: Database | None = getattr(self._mine, "db", None)
        if db is not None:
            if db.conn.in_transaction or self._mine.file == self._file():
                return db
            self.close()
        if not self.path.parent.exists():
            raise StoreOutdated("no database yet")
        with self._gate.passing():
            file = self._file()
            if file is None:
                raise StoreOutdated("no database yet")
            db = open_database(self.path, self.key, wait_s=self._wait_s)
            try:
                if not self._is_current:
                    with translated():
                        if kiosk.pending(db):
                            raise StoreOutdated("migrations are pending")
                    self._is_current = True
            except BaseException:
                db.close()
                raise
            self._mine.db, self._mine.file = db, file
        return db

    @contextlib.contextmanager
    def reading(self) -> Iterator[Database]:
        """A read transaction on this thread's connection. Raises ``StoreError``."""
        with self._fresh_after_damage():
            db = self.database()
            with read_transaction(db):
                yield db

    @contextlib.contextmanager
    def writing(self, wait_s: float | None = None) -> Iterator[Database]:
        """A write transaction on this thread's connection. Raises ``StoreError``: nothing was written."""
        with self._fresh_after_damage(), self._gate.passing():
            db = self.database()
            waits = self._wait_s if wait_s is None else wait_s
            if waits != self._wait_s:
                db.execute(f"PRAGMA busy_timeout={round(waits * 1000)}")
            try:
                with write_transaction(db, waits):
                    yield db
            finally:
                if waits != self._wait_s:
                    db.execute(f"PRAGMA busy_timeout={round(self._wait_s * 1000)}")
        if self.after_commit is not None:
            self.after_commit()

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Keep the file from being replaced meanwhile; others read and write. Raises ``StoreError``."""
        self.database()
        with self._gate.passing():
            yield

    def close(self) -> None:
        """Close this thread's connection, if any; the next use opens a new one."""
        db: Database | None = getattr(self._mine, "db", None)
        if db is not None:
            self._mine.db = None
            db.close()
        self._gate.close()

    def _file(self) -> tuple[int, int] | None:
        """Which file stands at the path now; about 2 us."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    @contextlib.contextmanager
    def _fresh_after_damage(self) -> Iterator[None]:
        """Drop a connection that met a damaged, full or replaced file: the next use looks at the file anew."""
        try:
            yield
        except StoreUnwritable as error:
            db: Database | None = getattr(self._mine, "db", None)
            if db is None or not db.conn.in_transaction:  # else the outer use does it
                self.close()
                if isinstance(error, StoreDamaged) and self._on_damage is not None and self._gate.depth == 0:
                    self._on_damage()
            raise
