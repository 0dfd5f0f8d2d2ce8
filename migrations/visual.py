"""目視確認: the clinic's method, the choice for the next patient, and the requests that kiosks make to staff."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0015_create_visual(db: Database) -> None:
    """A request is open while ``closed_at`` is empty; a kiosk has at most one. A decision closes it."""
    db.execute(
        """
        CREATE TABLE preferences (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            changed_by INTEGER REFERENCES staff(id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE next_choices (
            kiosk TEXT NOT NULL PRIMARY KEY,
            preference TEXT NOT NULL,
            chosen_at TEXT NOT NULL,
            chosen_by INTEGER NOT NULL REFERENCES staff(id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE visual_requests (
            id TEXT NOT NULL PRIMARY KEY,
            check_id TEXT NOT NULL REFERENCES checks(check_id) ON DELETE CASCADE,
            kiosk TEXT NOT NULL,
            card_epoch INTEGER NOT NULL,
            opened_at TEXT NOT NULL,
            closed_at TEXT,
            decision TEXT CHECK (decision IN ('confirmed', 'refused')),
            decided_at TEXT,
            decided_by INTEGER REFERENCES staff(id),
            CHECK ((decision IS NULL) = (decided_at IS NULL)),
            CHECK ((decision IS NULL) = (decided_by IS NULL)),
            CHECK (decision IS NULL OR closed_at IS NOT NULL)
        ) STRICT
        """
    )
    db.execute("CREATE UNIQUE INDEX visual_requests_open ON visual_requests(kiosk) WHERE closed_at IS NULL")
    db.execute("CREATE INDEX visual_requests_check ON visual_requests(check_id)")
