"""本日の受付: who takes care of a row, and the way to a person's earlier checks."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0016_create_takings(db: Database) -> None:
    """A check in somebody's hands. It leaves them when it is done, asked again or decided anew."""
    db.execute(
        """
        CREATE TABLE takings (
            check_id TEXT NOT NULL PRIMARY KEY REFERENCES checks(check_id) ON DELETE CASCADE,
            taken_at TEXT NOT NULL,
            taken_by INTEGER NOT NULL REFERENCES staff(id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TRIGGER takings_end AFTER UPDATE OF outcome, handled_at ON checks
        WHEN NEW.outcome <> OLD.outcome OR NEW.handled_at IS NOT NULL
        BEGIN DELETE FROM takings WHERE check_id = NEW.check_id; END
        """
    )


@kiosk()
def m0017_index_people(db: Database) -> None:
    """By what two checks are taken for one person's; within equal keys an index runs in the order of arrival."""
    db.execute("CREATE INDEX qualifications_by_number ON qualifications(birthdate, number) WHERE position = 0")
    db.execute("CREATE INDEX qualifications_by_name ON qualifications(birthdate, name_kana, name) WHERE position = 0")
