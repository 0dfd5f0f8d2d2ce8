"""File locks between the processes of one box. The kernel frees each when its holder dies.

Each beside the database, named after it:

- ``.gate``: shared by whoever writes or opens a connection, for that moment; alone by whoever replaces the file.
- ``.knock``: passed on the way to the gate; who replaces the file holds it, so that busy writers cannot keep him out.
- ``.running``: shared by every serving process for its life; alone by a restore.
- ``.tidying``: alone by the one process that purges and copies.
- ``.migrating``: alone by a migration.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from app.errors import StoreBusy
from app.store.faults import translated


def lock_file(database: Path, name: str) -> Path:
    """Where the lock ``name`` of a database lies."""
    return database.with_name(f"{database.name}.{name}")


@contextlib.contextmanager
def alone(database: Path, name: str, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a lock alone.

    Raises:
        StoreBusy: somebody else holds it, and still did after ``wait_s``.
        StoreUnwritable: the lock file cannot be made.
    """
    with translated():
        descriptor = os.open(lock_file(database, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise StoreBusy(f"{name} is held by another process") from None
                time.sleep(0.002)  # flock has no deadline of its own
        yield
    finally:
        os.close(descriptor)


class SharedLock:
    """One process's or thread's share of a lock; closed with the object."""

    def __init__(self, database: Path, name: str) -> None:
        self._descriptor = -1
        with translated():
            self._descriptor = os.open(lock_file(database, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self) -> None:
        """Wait for the lock and share it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


class Gate:
    """The ``.gate`` lock, shared by any thread of this process, each on its own descriptor; nests."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._mine = threading.local()

    @contextlib.contextmanager
    def passing(self) -> Iterator[None]:
        """Keep the file from being replaced. About 2 us; waits while somebody replaces it."""
        depth = self.depth
        if depth == 0:
            lock: SharedLock | None = getattr(self._mine, "lock", None)
            if lock is None:
                knock, lock = SharedLock(self._database, "knock"), SharedLock(self._database, "gate")
                self._mine.knock, self._mine.lock = knock, lock
            self._mine.knock.take()
            try:
                lock.take()
            finally:
                self._mine.knock.leave()
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if depth == 0:
                self._mine.lock.leave()

    @property
    def depth(self) -> int:
        """How often this thread stands in the gate; who replaces the file must not."""
        return getattr(self._mine, "depth", 0)

    def close(self) -> None:
        """Give this thread's descriptor back."""
        lock: SharedLock | None = getattr(self._mine, "lock", None)
        if lock is not None and self.depth == 0:
            self._mine.lock = None
            lock.close()
            self._mine.knock.close()


@contextlib.contextmanager
def gate_closed(database: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the gate alone, once everybody inside has left. Not for threads that stand in it.

    Raises:
        StoreBusy, StoreUnwritable.
    """
    with alone(database, "knock", wait_s=wait_s), alone(database, "gate", wait_s=wait_s):
        yield
