"""What a question on the word of staff (目視確認) rests on, so that it can be asked again without the card."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0020_create_visual_proofs(db: Database) -> None:
    """There from the question to its answer; goes with the visit's settlement, withdrawal or purge."""
    db.execute(
        """
        CREATE TABLE visual_proofs (
            check_id TEXT NOT NULL PRIMARY KEY REFERENCES checks(check_id) ON DELETE CASCADE,
            certificate BLOB NOT NULL,
            confirmed_by TEXT NOT NULL,
            confirmed_at TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX checks_asked_again ON checks(decided_at) WHERE reason = 'check.asked_again'")
