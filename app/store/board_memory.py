"""The board read again and again: what the last reading found out about a row is kept while nothing can change it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.store.board import BoardRow, KnownRow, read_board
from app.store.database import Store
from app.store.events import BOARD_PANEL, events_after, latest_event_id
from app.store.keeping import reading_time
from app.store.values import from_text

FEW = 50
"""Events between two readings; after more it reads all anew."""


@dataclass(frozen=True, slots=True)
class _Reading:
    cursor: int
    day: date
    rows: Mapping[str, KnownRow]


class BoardMemory:
    """Reads the board. Thread-safe.

    To compare a row with the person's check before takes most of the time that the board takes, and its outcome can
    only change when an older check does, or at midnight. As long as each event since the last reading is of a check
    that the board did not show then and now shows as younger than all the others, their comparisons are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._last: _Reading | None = None

    def read(self, now: datetime) -> tuple[int, list[BoardRow]]:
        """Return the youngest event and what ``board_rows`` returns, of one moment.

        A row that did not change is the same object as in the reading before.

        Raises:
            StoreError.
        """
        with self._store.reading() as db:
            cursor = latest_event_id(db)
            day = from_text(reading_time(db, now)).date()
            with self._lock:
                last = self._last
            if last is None or last.day != day or last.cursor > cursor:
                last = _Reading(cursor, day, {})
            events = events_after(db, last.cursor, FEW + 1)
            changed = {event.subject_id for event in events if event.kind == BOARD_PANEL}
            known = last.rows if len(events) <= FEW and changed.isdisjoint(last.rows) else {}
            read = read_board(self._store, now, known)
            if known and not _are_new(changed, read, known):
                read = read_board(self._store, now)
        with self._lock:
            self._last = _Reading(cursor, day, {one.row.check_id: one for one in read})
        return cursor, [one.row for one in read]


def _are_new(changed: Collection[str], read: Sequence[KnownRow], known: Mapping[str, KnownRow]) -> bool:
    """True when all that changed stands on the board, and is younger than what stood there before.

    A visit that is asked again leaves the board and comes back with its old place in the person's history.
    """
    ages = [one.row.at for one in read if one.row.check_id in changed]
    return len(ages) == len(changed) and (not ages or min(ages) > max(one.row.at for one in known.values()))
