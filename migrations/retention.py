"""What the store remembers about keeping itself: the last time that could be trusted, purges, copies, damage."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0009_create_keeping(db: Database) -> None:
    """Named notes of the box about itself. Nothing personal; a missing name means "never"."""
    db.execute(
        """
        CREATE TABLE keeping (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
