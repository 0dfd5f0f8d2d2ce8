"""Roles, second factors, locked sessions, the first owner's code, and 操作記録."""

from __future__ import annotations

from sqlite_utils import Database

from migrations.steps import kiosk


@kiosk()
def m0006_create_audit(db: Database) -> None:
    """Append-only: numbers without a gap, nothing changed, nothing removed (REPLACE would skip the DELETE trigger,
    but never passes the first one).
    """
    db.execute(
        """
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            actor TEXT,
            action TEXT NOT NULL,
            subject TEXT,
            outcome TEXT NOT NULL,
            detail TEXT,
            source TEXT,
            seal BLOB NOT NULL CHECK (length(seal) = 32)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX audit_at ON audit(at)")
    db.execute(
        """
        CREATE TRIGGER audit_grows_at_its_end BEFORE INSERT ON audit
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
        BEGIN SELECT raise(ABORT, 'audit entries have numbers without a gap'); END
        """
    )
    for what in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_refuses_{what.lower()} BEFORE {what} ON audit"
            " BEGIN SELECT raise(ABORT, 'audit entries stay as they are'); END"
        )


@kiosk()
def m0007_give_staff_roles(db: Database) -> None:
    """The oldest account that may log in becomes the owner, all others staff; a new row without a role may least."""
    db.execute(
        "ALTER TABLE staff ADD COLUMN role TEXT NOT NULL DEFAULT 'viewer' CHECK (role IN ('owner', 'staff', 'viewer'))"
    )
    db.execute("ALTER TABLE staff ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1))")
    db.execute("ALTER TABLE staff ADD COLUMN revision INTEGER NOT NULL DEFAULT 1")
    db.execute("ALTER TABLE staff ADD COLUMN totp_secret TEXT")
    db.execute("ALTER TABLE staff ADD COLUMN totp_step INTEGER")
    db.execute("UPDATE staff SET role = 'staff'")
    db.execute("UPDATE staff SET role = 'owner' WHERE id = (SELECT min(id) FROM staff WHERE disabled_at IS NULL)")
    db.execute(
        """
        CREATE TABLE recovery_codes (
            staff_id INTEGER NOT NULL REFERENCES staff(id) ON DELETE CASCADE,
            code_hash BLOB NOT NULL,
            used_at TEXT,
            PRIMARY KEY (staff_id, code_hash)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE owner_code (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            code_hash BLOB NOT NULL,
            ends_at TEXT NOT NULL
        ) STRICT
        """
    )


@kiosk()
def m0008_give_sessions_a_lock(db: Database) -> None:
    """``public_id`` names a session on pages without opening it; ``acted_at`` is the last thing a person did."""
    db.execute("ALTER TABLE staff_sessions ADD COLUMN public_id TEXT")
    db.execute("ALTER TABLE staff_sessions ADD COLUMN acted_at TEXT")
    db.execute("ALTER TABLE staff_sessions ADD COLUMN locked_at TEXT")
    db.execute("ALTER TABLE staff_sessions ADD COLUMN awaits_code INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE staff_sessions ADD COLUMN source TEXT")
    db.execute("ALTER TABLE staff_sessions ADD COLUMN device TEXT")
    db.execute("UPDATE staff_sessions SET public_id = lower(hex(randomblob(16))), acted_at = last_seen_at")
    db.execute("CREATE UNIQUE INDEX staff_sessions_public_id ON staff_sessions(public_id)")
