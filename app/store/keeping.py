"""What the box remembers about keeping its records: named notes, and the clock's memory among them."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum

from sqlite_utils import Database

from app.eligibility.clock_trust import ClockMemory, Mark
from app.eligibility.retention import visible_until
from app.store.values import from_text, to_text

KEEPING_PANEL = "keeping-panel"
WRITTEN_LATE = timedelta(days=1)
"""A check may reach the store later than it was made, also past a month's end; its own time counts all the same."""


class Note(StrEnum):
    """Names in the table ``keeping``."""

    TRUSTED = "clock_trusted"
    """The last trusted moment, a ``Mark`` as JSON."""
    FIRST_LOOK = "clock_first_look"
    DOUBT = "clock_doubt"
    """A ``ClockDoubt``; absent while the clock is trusted."""
    LAST_PURGE = "last_purge"
    LAST_VACUUM = "last_vacuum"
    LAST_BACKUP = "last_backup"
    BACKUP_FAILED = "backup_failed"
    """When the newest attempt failed; absent after one that succeeded."""
    OTHER_FOLDERS = "backup_folders"
    """JSON list of further folders that ever took a backup."""
    MOVED_ASIDE = "moved_aside"
    """When a damaged database was moved aside; absent once a backup from before was restored or staff put the notice
    away. After a second damage meanwhile it stays the first one's time."""
    DAMAGE_BACKUPS = "damage_backups"
    """Times of the backups that bring back what was lost with that, the oldest first; absent where none reads."""
    NUMBER_FLOOR = "number_floor"
    """``yyyy-mm-dd N``: on that day reception numbers begin above N, since an earlier database gave those."""


def noted(db: Database, name: Note) -> str | None:
    """Return a note's text, ``None`` when there is none."""
    row = db.execute("SELECT value FROM keeping WHERE name = ?", [name.value]).fetchone()
    return None if row is None else str(row[0])


def note(db: Database, name: Note, value: str | None) -> None:
    """Write or, with ``None``, remove a note inside the caller's write transaction."""
    if value is None:
        db.execute("DELETE FROM keeping WHERE name = ?", [name.value])
    else:
        db.execute(
            "INSERT INTO keeping (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
            [name.value, value],
        )


def noted_time(db: Database, name: Note) -> datetime | None:
    """Return a note that holds a time."""
    text = noted(db, name)
    return None if text is None else from_text(text)


def wanted_backups(db: Database) -> list[datetime]:
    """When the backups were made that wait for a restore after a damage, the oldest first."""
    return [from_text(text) for text in (noted(db, Note.DAMAGE_BACKUPS) or "").split()]


def forget_damage(db: Database) -> None:
    """What was lost is back, or nobody wants it. Inside the caller's write transaction."""
    note(db, Note.MOVED_ASIDE, None)
    note(db, Note.DAMAGE_BACKUPS, None)


def clock_memory(db: Database) -> ClockMemory:
    """Return what the clock's earlier looks left."""
    return ClockMemory(_mark(noted(db, Note.TRUSTED)), _mark(noted(db, Note.FIRST_LOOK)))


def keep_clock_memory(db: Database, memory: ClockMemory) -> None:
    """Keep a look's outcome inside the caller's write transaction."""
    note(db, Note.TRUSTED, _mark_text(memory.trusted))
    note(db, Note.FIRST_LOOK, _mark_text(memory.first_look))


def reading_time(db: Database, now: datetime) -> str:
    """Return the time that decides what a read hides, as stored text.

    It never falls behind the last trusted moment: setting the clock back shows nothing again that was over.
    """
    trusted = clock_memory(db).trusted
    return to_text(now if trusted is None else max(now, trusted.at))


def kept_until(db: Database, at: datetime) -> datetime:
    """Return until when a check made ``at`` may be seen, for the row that is written.

    Reads go by the last trusted moment, so a clock that was set back must not date a row's end behind it: the visit
    would be seen by nobody, and destroyed with records of long ago.
    """
    trusted = clock_memory(db).trusted
    is_behind = trusted is not None and trusted.at - at > WRITTEN_LATE
    return visible_until(trusted.at if trusted is not None and is_behind else at)


def number_floor(db: Database, day: str) -> int:
    """Return the highest reception number of ``day`` that an earlier database may have given, else 0."""
    floor_day, _, number = (noted(db, Note.NUMBER_FLOOR) or "").partition(" ")
    return int(number) if floor_day == day else 0


def _mark(text: str | None) -> Mark | None:
    if text is None:
        return None
    values = json.loads(text)
    return Mark(datetime.fromisoformat(values["at"]), values["boot_id"], values["boot_s"])


def _mark_text(mark: Mark | None) -> str | None:
    return None if mark is None else json.dumps({**asdict(mark), "at": mark.at.isoformat()})
