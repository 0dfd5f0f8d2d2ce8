"""窓口での確認 and 「あとで確認」: what staff confirmed on paper, how open visits were settled, how the service is."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0011_create_fallback(db: Database) -> None:
    """A counter's check has a proof beside it; its qualification lies where every other one lies. ``settles`` names the
    visit that it took over, ``settlements`` say how a visit left 「あとで確認」: what they name may be purged first, so
    these are no foreign keys. Health and trials hold nothing personal.
    """
    db.execute(
        """
        CREATE TABLE counter_proofs (
            check_id TEXT NOT NULL PRIMARY KEY REFERENCES checks(check_id) ON DELETE CASCADE,
            looked_by INTEGER NOT NULL REFERENCES staff(id),
            entered_by INTEGER NOT NULL REFERENCES staff(id),
            seen TEXT NOT NULL DEFAULT '',
            numbers_later INTEGER NOT NULL DEFAULT 0 CHECK (numbers_later IN (0, 1)),
            received_on TEXT,
            reason_text TEXT,
            settles TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX counter_proofs_settles ON counter_proofs(settles) WHERE settles IS NOT NULL")
    db.execute(
        """
        CREATE TABLE settlements (
            check_id TEXT NOT NULL PRIMARY KEY REFERENCES checks(check_id) ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('check', 'counter', 'closed')),
            by_check TEXT,
            reason TEXT,
            note TEXT,
            settled_at TEXT NOT NULL,
            settled_by INTEGER NOT NULL REFERENCES staff(id),
            CHECK ((kind = 'closed') = (by_check IS NULL)),
            CHECK ((kind = 'closed') = (reason IS NOT NULL))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX checks_unanswered ON checks(decided_at) WHERE result_source IS NULL")
    db.execute(
        """
        CREATE TABLE service_health (
            kiosk TEXT NOT NULL PRIMARY KEY,
            is_up INTEGER NOT NULL CHECK (is_up IN (0, 1)),
            code TEXT,
            since TEXT NOT NULL,
            looked_at TEXT NOT NULL,
            answered INTEGER NOT NULL DEFAULT 0,
            CHECK ((is_up = 1) = (code IS NULL))
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE service_trials (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            asked INTEGER NOT NULL,
            asked_at TEXT NOT NULL
        ) STRICT
        """
    )
