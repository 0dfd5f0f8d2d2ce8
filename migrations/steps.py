"""The steps, oldest first. Each runs inside one transaction that ``migrate`` opened, with foreign keys unchecked
until its end; a step that cannot run inside a transaction (VACUUM) does not belong here.

Text columns that hold a time are ISO 8601 with ``+09:00`` and whole seconds, so that they sort as text;
``checks.opened_at`` keeps its fraction, which sorts among them.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

kiosk = Migrations("kiosk")


@kiosk()
def m0001_create_staff(db: Database) -> None:
    """Accounts and sessions. Only the SHA-256 of a session's token is kept."""
    db.execute(
        """
        CREATE TABLE staff (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            passphrase_hash TEXT NOT NULL,
            created_at TEXT NOT NULL,
            disabled_at TEXT
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE staff_sessions (
            token_hash BLOB NOT NULL PRIMARY KEY,
            staff_id INTEGER NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
            created_at TEXT NOT NULL,
            last_seen_at TEXT NOT NULL,
            ends_at TEXT NOT NULL,
            ended_at TEXT
        ) STRICT
        """
    )
    db.execute("CREATE INDEX staff_sessions_staff ON staff_sessions(staff_id)")


@kiosk()
def m0002_create_checks(db: Database) -> None:
    """One row a visit; the answer's head stands in the ``result_`` columns, its qualifications in their table."""
    db.execute(
        """
        CREATE TABLE checks (
            check_id TEXT NOT NULL PRIMARY KEY,
            kiosk TEXT NOT NULL,
            card_epoch INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            method TEXT NOT NULL,
            reason TEXT,
            service_code TEXT,
            service_message TEXT,
            opened_at TEXT NOT NULL,
            decided_at TEXT,
            reception_day TEXT,
            reception_number INTEGER CHECK (reception_number > 0),
            visible_until TEXT NOT NULL,
            version INTEGER NOT NULL DEFAULT 1,
            handled_at TEXT,
            handled_by INTEGER REFERENCES staff(id),
            result_source TEXT,
            result_processed_at TEXT,
            result_confirmed_on TEXT,
            result_validity TEXT,
            result_reference_classification TEXT,
            result_institution_code TEXT,
            result_notice_code TEXT,
            result_notice_text TEXT,
            result_prescription_issue TEXT,
            UNIQUE (reception_day, reception_number),
            CHECK ((reception_day IS NULL) = (reception_number IS NULL)),
            CHECK ((handled_at IS NULL) = (handled_by IS NULL)),
            CHECK ((result_source IS NULL) = (result_validity IS NULL))
        ) STRICT
        """
    )
    db.execute("CREATE INDEX checks_asking ON checks(opened_at) WHERE outcome = 'asking'")
    db.execute("CREATE INDEX checks_visible_until ON checks(visible_until)")


@kiosk()
def m0003_create_qualifications(db: Database) -> None:
    """One row a qualification of an answer, every field in its own column; nested ones are JSON text."""
    db.execute(
        """
        CREATE TABLE qualifications (
            check_id TEXT NOT NULL REFERENCES checks(check_id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            card_classification TEXT,
            insurer_number TEXT,
            symbol TEXT,
            number TEXT,
            branch_number TEXT,
            personal_family TEXT,
            insured_name TEXT,
            name TEXT,
            name_of_other TEXT,
            name_kana TEXT,
            name_of_other_kana TEXT,
            sex1 TEXT,
            sex2 TEXT,
            birthdate TEXT,
            address TEXT,
            post_number TEXT,
            qualified_on TEXT,
            disqualified_on TEXT,
            certificate_issued_on TEXT,
            card_valid_from TEXT,
            card_valid_to TEXT,
            contribution_ratio TEXT,
            preschool TEXT,
            reason_of_loss TEXT,
            insurer_name TEXT,
            elderly_recipient TEXT,
            limit_consent TEXT,
            limit_consent_time TEXT,
            limit_certificate TEXT,
            diseases_consent TEXT,
            diseases_consent_time TEXT,
            specific_diseases TEXT NOT NULL DEFAULT '[]',
            medical_tickets TEXT NOT NULL DEFAULT '[]',
            reference_number TEXT,
            extras TEXT NOT NULL DEFAULT '[]',
            PRIMARY KEY (check_id, position)
        ) STRICT
        """
    )


@kiosk()
def m0004_create_calls(db: Database) -> None:
    """Calls for help. A kiosk has at most one that nobody answered."""
    db.execute(
        """
        CREATE TABLE calls (
            id TEXT NOT NULL PRIMARY KEY,
            kiosk TEXT NOT NULL,
            screen TEXT NOT NULL,
            called_at TEXT NOT NULL,
            answered_at TEXT,
            answered_by INTEGER REFERENCES staff(id),
            CHECK ((answered_at IS NULL) = (answered_by IS NULL))
        ) STRICT
        """
    )
    db.execute("CREATE UNIQUE INDEX calls_open ON calls(kiosk) WHERE answered_at IS NULL")


@kiosk()
def m0005_create_event(db: Database) -> None:
    """The queue for push: written in the transaction of the change it tells of, never holding anything personal."""
    db.execute(
        """
        CREATE TABLE event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT
        """
    )
