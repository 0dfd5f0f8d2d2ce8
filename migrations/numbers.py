"""統計: when a card was met, and counts of days whose checks are gone. Counts hold nothing of a person."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0013_create_numbers(db: Database) -> None:
    """``daily_counts.label`` is one of our own codes, never a text from outside."""
    db.execute(
        """
        CREATE TABLE check_times (
            check_id TEXT NOT NULL PRIMARY KEY REFERENCES checks(check_id) ON DELETE CASCADE,
            card_at TEXT NOT NULL,
            told_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE daily_counts (
            day TEXT NOT NULL,
            measure TEXT NOT NULL,
            label TEXT NOT NULL,
            count INTEGER NOT NULL CHECK (count >= 0),
            PRIMARY KEY (day, measure, label)
        ) STRICT, WITHOUT ROWID
        """
    )
