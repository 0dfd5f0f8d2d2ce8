"""Heads of 操作記録 are written down while the product works: ``verify_audit`` misses what was cut off."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import sqlcipher3.dbapi2 as sqlite3

from app.errors import StoreError
from app.store.audit_check import write_anchor, write_head
from app.store.database import Store
from app.store.values import to_text

logger = logging.getLogger(__name__)

LOOK_S = 5.0
MOST_UNANCHORED = 50
"""The entry with which so many are not covered is not answered for before a head is written down."""
LONGEST_UNANCHORED_S = 280.0
"""With a look more it stays below five minutes."""


@contextlib.contextmanager
def covered(store: Store, path: Path, now: Callable[[], datetime]) -> Iterator[None]:
    """For a command: what it noted has a head at its end, whatever runs besides."""
    before: int | None = None
    with contextlib.suppress(StoreError):
        before = newest_entry(store)
    try:
        yield
    finally:
        with guarded():
            if before is not None and newest_entry(store) != before:
                write_anchor(store, path, now())


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """A head that cannot be written stops nobody's work; the next commit or look tries again."""
    try:
        yield
    except (StoreError, sqlite3.Error, OSError) as error:
        logger.warning("audit.not_anchored %s", getattr(error, "code", type(error).__name__))


def newest_entry(store: Store) -> int:
    """Return the number of the newest entry, 0 before the first. Raises ``StoreError``."""
    with store.reading() as db:
        return int(db.execute("SELECT coalesce(max(seq), 0) FROM audit").fetchone()[0])


class AnchorKeeper:
    """Writes heads down while a process works: at start and stop, at a record's first entry, at the 50th entry
    without one, and in time.

    Runs in every process that serves, each beside the others. What a command noted (``covered``) counts too.
    """

    def __init__(self, store: Store, path: Path, now: Callable[[], datetime], monotonic_s: Callable[[], float]) -> None:
        self._store = store
        self._path = path
        self._now = now
        self._monotonic_s = monotonic_s
        self._anchored = -1
        self._anchored_s = 0.0
        self._told_day = ""
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="anchor", daemon=True)

    def start(self) -> None:
        """Write the head; from now on look after every commit and every few seconds."""
        self.write()
        self._store.after_commit = self.noted
        self._thread.start()

    def stop(self) -> None:
        """Write the last head; no look after that."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_S)
        self._store.after_commit = None
        self.write()
        self._store.close()

    def noted(self) -> None:
        """Write the head when too many entries are not covered. Cheap (about 20 us) when there is nothing to do."""
        with guarded():
            if self._is_much(newest_entry(self._store)):
                with self._lock:
                    if self._is_much(newest_entry(self._store)):  # another thread may have been faster
                        self.write()

    def look(self) -> None:
        """Write the head when many entries, or old ones, are not covered by one. Raises ``StoreError``."""
        newest = newest_entry(self._store)
        waited_s = self._monotonic_s() - self._anchored_s
        if self._is_much(newest) or (newest != self._anchored and waited_s >= LONGEST_UNANCHORED_S):
            self.write()

    def write(self) -> None:
        """Write the head now, unless it is the one that was written last; the day's first goes to the log too."""
        with guarded(), self._lock:
            if newest_entry(self._store) != self._anchored:
                now = self._now()
                self._anchored, own = write_head(self._store, self._path, now)
                if self._anchored and self._told_day != to_text(now)[:10]:
                    self._told_day = to_text(now)[:10]
                    logger.info("audit.head %d-%s", self._anchored, own)
            self._anchored_s = self._monotonic_s()

    def _is_much(self, newest: int) -> bool:
        is_first = newest > 0 and self._anchored == 0  # entries without any head are taken for a head that was removed
        return is_first or newest - self._anchored >= MOST_UNANCHORED or newest < self._anchored

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            with guarded():
                self.look()
        self._store.close()
