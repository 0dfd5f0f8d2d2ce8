"""Numbers that open the spoken desk at the box's own tenkey, and how each of their people likes to listen."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0022_create_desk_codes(db: Database) -> None:
    """At most one for each person, as argon2id. One that was given up is NULL: a restored backup finds it closed."""
    db.execute(
        """
        CREATE TABLE desk_codes (
            staff_id INTEGER NOT NULL PRIMARY KEY REFERENCES staff(id) ON DELETE CASCADE,
            code_hash TEXT,
            made_at TEXT NOT NULL,
            rate_step INTEGER CHECK (rate_step BETWEEN 1 AND 9),
            privacy TEXT CHECK (privacy IN ('earphone', 'speaker', 'sound'))
        ) STRICT
        """
    )
