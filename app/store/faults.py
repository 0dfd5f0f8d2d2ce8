"""SQLite's and the disk's errors in the words of this project."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import sqlcipher3.dbapi2 as sqlite3

from app.errors import StoreBusy, StoreDamaged, StoreError, StoreUnwritable

_BUSY_CODES = frozenset({5, 6, 15})  # BUSY, LOCKED, PROTOCOL (lost a race for the WAL lock)
_UNWRITABLE_CODES = frozenset({3, 7, 8, 10, 13, 14, 22, 23})
# PERM, NOMEM, READONLY, IOERR, FULL, CANTOPEN, NOLFS, AUTH
_DAMAGED_CODES = frozenset({11, 26})
# CORRUPT, NOTADB: also what a wrong key looks like


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors of place (busy, full, read-only, damaged, wrong key) into ours.

    Errors of our own making (bad SQL, a broken constraint) pass: they are bugs. Only the name of the result code
    travels on: no statement, no parameter.

    Raises:
        StoreBusy, StoreUnwritable, StoreDamaged.
    """
    failure: StoreError
    try:
        yield
        return
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = -1 if code is None else code & 0xFF
        name = getattr(error, "sqlite_errorname", None) or "unnamed"
        if primary in _BUSY_CODES:
            failure = StoreBusy(name)
        elif primary in _DAMAGED_CODES:
            failure = StoreDamaged(name)
        elif primary in _UNWRITABLE_CODES:
            failure = StoreUnwritable(name)
        else:
            raise
    except OSError as error:
        failure = StoreUnwritable(os.strerror(error.errno or 0))
    raise failure from None
