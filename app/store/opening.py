"""How a process comes to its store: made where missing, mended where damaged, and known to be in use."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from app.clock import Clock
from app.errors import StoreDamaged, StoreOutdated
from app.store.copies import own_folder
from app.store.damage import handle_damage, replace_if_damaged
from app.store.database import Store
from app.store.files import make_private_folder
from app.store.locks import SharedLock
from app.store.migrate import migrate

logger = logging.getLogger(__name__)


def prepare_store(database: Path, key: bytes, clock: Clock) -> list[str]:
    """Bring the database to the newest schema; a damaged one is moved aside first.

    Returns:
        The names of the applied steps.

    Raises:
        StoreError: it cannot be used; a wrong key is one reason.
    """
    make_private_folder(database.parent)
    with contextlib.suppress(FileNotFoundError):
        if database.stat().st_size == 0:
            replace_if_damaged(database, key, [own_folder(database)], clock)
    try:
        steps = migrate(database, key, clock)
    except StoreDamaged:
        if replace_if_damaged(database, key, [own_folder(database)], clock) is None:
            raise
        steps = migrate(database, key, clock)
    return steps


class ServingStore(Store):
    """The store of a process that serves: holds off restores for its life, and mends damage it meets."""

    def __init__(self, database: Path, key: bytes, clock: Clock) -> None:
        """Open nothing but the lock.

        Raises:
            StoreOutdated: there is no folder yet.
            StoreError: it cannot be written.
        """
        super().__init__(database, key, on_damage=self._mend)
        self._clock = clock
        if not database.parent.exists():
            raise StoreOutdated("no database yet")
        self._in_use = SharedLock(database, "running")
        self._in_use.take()

    def start(self) -> None:
        """Look at the database once, mending it where it does not open.

        Raises:
            StoreError: it cannot be used.
        """
        try:
            self.database()
        except StoreDamaged:
            self._mend()
            self.database()

    def stop(self) -> None:
        """Close this thread's connection and let restores in again."""
        self.close()
        self._in_use.close()

    def _mend(self) -> None:
        handle_damage(self.path, self.key, self._clock)
