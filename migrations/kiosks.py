"""What is wrong with a kiosk, for the notice on the board."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0021_create_kiosk_states(db: Database) -> None:
    """One row a kiosk; ``code`` is empty while it works, ``since`` the time of the last change between the two."""
    db.execute(
        """
        CREATE TABLE kiosk_states (
            kiosk TEXT NOT NULL PRIMARY KEY,
            code TEXT,
            since TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )
