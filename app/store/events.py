"""The event table as the queue for push, and the nudge that says "look at it".

An event names a panel and a row, never anything of a person.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from app.store.faults import translated
from app.store.values import to_text

logger = logging.getLogger(__name__)

BOARD_PANEL = "board-panel"
CALLS_PANEL = "calls-panel"
PENDING_PANEL = "pending-panel"

Wake = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Event:
    """``kind`` is the panel's name, ``subject_id`` the check or call that changed."""

    event_id: int
    kind: str
    subject_id: str


def add_event(db: Database, kind: str, subject_id: str, at: datetime) -> None:
    """Queue a nudge; belongs into the transaction of the change it tells of."""
    db.execute("INSERT INTO event (kind, subject_id, at) VALUES (?, ?, ?)", [kind, subject_id, to_text(at)])


def events_after(db: Database, cursor: int, limit: int) -> list[Event]:
    """Return up to ``limit`` events younger than ``cursor``, oldest first. Raises ``StoreError``."""
    with translated():
        rows = db.execute(
            "SELECT id, kind, subject_id FROM event WHERE id > ? ORDER BY id LIMIT ?", [cursor, limit]
        ).fetchall()
    return [Event(*row) for row in rows]


def newest_after(db: Database, cursor: int, limit: int) -> list[Event]:
    """Return the ``limit`` youngest events beyond ``cursor``, youngest first. Raises ``StoreError``."""
    with translated():
        rows = db.execute(
            "SELECT id, kind, subject_id FROM event WHERE id > ? ORDER BY id DESC LIMIT ?", [cursor, limit]
        ).fetchall()
    return [Event(*row) for row in rows]


def latest_event_id(db: Database) -> int:
    """Return the youngest event's id, 0 when there is none. Raises ``StoreError``."""
    with translated():
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
    return int(row[0]) if row else 0


def data_version(db: Database) -> int:
    """Return a number that changes when another connection committed. About 10 us; raises ``StoreError``."""
    with translated():
        return int(db.execute("PRAGMA data_version").fetchone()[0])


class Waker:
    """Tells the staff process over a unix datagram that something was committed.

    ``wake`` never blocks and never raises: nobody listening, a full queue or a bad path all mean that the staff
    process finds the event by itself within its next look at ``data_version``.
    """

    def __init__(self, socket_path: Path) -> None:
        self._address = str(socket_path)

    def wake(self) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(b"\x01", self._address)

    __call__ = wake


def wake_quietly(wake: Wake) -> None:
    """Call ``wake`` after a commit; its failure must not make a durable change look failed."""
    try:
        wake()
    except Exception as error:  # noqa: BLE001 - whatever it is, the commit stands
        logger.warning("store.wake_failed %s", type(error).__name__)
