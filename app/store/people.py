"""Staff accounts. Passphrases are kept as argon2id; every change is noted in the transaction that makes it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

import sqlcipher3.dbapi2 as sqlite3
from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.passphrase import MAX_PASSPHRASE, MIN_PASSPHRASE, Weakness, plain_form, weakness_of
from app.eligibility.people import Role, checked_name
from app.errors import LastOwner, PersonChanged, RecordMissing, StoreError
from app.store.audit import add_audit
from app.store.database import Store
from app.store.hashing import hasher as _hasher
from app.store.hashing import nobodys_hash as _nobodys_hash
from app.store.hashing import one_hash_at_a_time as _one_hash_at_a_time
from app.store.passphrases import common_passphrases
from app.store.values import from_text, to_text


class NameTaken(Exception):
    """There is an account of this name."""


class PassphraseRefused(ValueError):
    """The passphrase is too short, too long or easily guessed."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(f"{weakness.value}: {MIN_PASSPHRASE} to {MAX_PASSPHRASE} characters, not easily guessed")
        self.weakness = weakness


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may log in."""

    staff_id: int
    name: str
    role: Role = Role.STAFF
    must_change: bool = False
    """The passphrase was made by somebody else."""
    has_code: bool = False
    """A second factor is asked at log-in."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account as the owner's list shows it; ``revision`` grows with every change."""

    member: StaffMember
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None
    revision: int


MEMBER_COLUMNS = "staff.id, staff.name, staff.role, staff.must_change, staff.totp_step IS NOT NULL"


def member_of(cells: tuple[object, ...]) -> StaffMember:
    """Build an account from the columns ``MEMBER_COLUMNS``."""
    staff_id, name, role, must_change, has_code = cells
    return StaffMember(int(str(staff_id)), str(name), Role(str(role)), bool(must_change), bool(has_code))


def has_staff(store: Store) -> bool:
    """True once there is an account, whatever its state. Raises ``StoreError``."""
    with store.reading() as db:
        return db.execute("SELECT 1 FROM staff LIMIT 1").fetchone() is not None


def list_people(store: Store) -> list[Person]:
    """All accounts, those that may log in first, then by name. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            f"SELECT {MEMBER_COLUMNS}, created_at, disabled_at, revision,"  # noqa: S608 our own names
            " (SELECT max(last_seen_at) FROM staff_sessions WHERE staff_id = staff.id)"
            " FROM staff ORDER BY disabled_at IS NOT NULL, name"
        ).fetchall()
    return [
        Person(member_of(row[:5]), from_text(row[5]), _moment(row[6]), _moment(row[8]), int(row[7])) for row in rows
    ]


def hash_passphrase(passphrase: str, name: str) -> str:
    """Judge and hash a passphrase; about 40 ms.

    Raises:
        PassphraseRefused.
    """
    weakness = weakness_of(passphrase, common_passphrases(), [name])
    if weakness is not None:
        raise PassphraseRefused(weakness)
    with _one_hash_at_a_time:
        return _hasher().hash(plain_form(passphrase))


def add_staff(
    store: Store,
    name: str,
    passphrase: str,
    at: datetime,
    role: Role = Role.STAFF,
    *,
    actor: str | None = None,
    must_change: bool = False,
) -> StaffMember:
    """Create an account.

    Args:
        name: 1 to 64 characters; kept in Unicode form NFKC without outer blanks.
        passphrase: 15 to 256 characters, any script.
        actor: who does it; ``None`` for the box itself.
        must_change: the person is asked for a passphrase of their own at the first log-in.

    Raises:
        ValueError: a name of another length, or (``NameSigns``) with signs that cannot be read.
        PassphraseRefused.
        NameTaken.
        StoreError: nothing was written.
    """
    name = checked_name(name)
    hashed = hash_passphrase(passphrase, name)
    with store.writing() as db:
        return insert_staff(db, name, hashed, at, role, actor=actor, must_change=must_change)


def insert_staff(
    db: Database,
    name: str,
    passphrase_hash: str,
    at: datetime,
    role: Role,
    *,
    actor: str | None = None,
    must_change: bool = False,
) -> StaffMember:
    """``add_staff`` inside the caller's write transaction, with checked name and hash. Raises ``NameTaken``."""
    try:
        done = db.execute(
            "INSERT INTO staff (name, passphrase_hash, created_at, role, must_change) VALUES (?, ?, ?, ?, ?)",
            [name, passphrase_hash, to_text(at), role.value, int(must_change)],
        )
    except sqlite3.IntegrityError:
        raise NameTaken(name) from None
    member = StaffMember(int(done.lastrowid or 0), name, role, must_change)
    add_audit(db, at, actor, AuditAction.PERSON_ADDED, _subject(member.staff_id), detail=role.value)
    return member


def verify_staff(store: Store, name: str, passphrase: str) -> StaffMember | None:
    """Return the account when the passphrase is right. Costs the same (about 40 ms) for a name nobody has.

    A hash made with older parameters is replaced after a successful log-in.

    Raises:
        StoreError.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    name, passphrase = plain_form(name).strip(), plain_form(passphrase)[: MAX_PASSPHRASE + 1]
    with store.reading() as db:
        row = db.execute(
            f"SELECT {MEMBER_COLUMNS}, passphrase_hash FROM staff WHERE name = ? AND disabled_at IS NULL",  # noqa: S608
            [name],
        ).fetchone()
    hashed = _nobodys_hash() if row is None else str(row[5])
    with _one_hash_at_a_time:
        try:
            _hasher().verify(hashed, passphrase)
        except (VerificationError, InvalidHashError):
            return None
        if row is None:
            return None
        newer = _hasher().hash(passphrase) if _hasher().check_needs_rehash(hashed) else None
    if newer is not None:
        with contextlib.suppress(StoreError), store.writing() as db:  # a full disk does not keep staff out
            db.execute(
                "UPDATE staff SET passphrase_hash = ? WHERE id = ? AND passphrase_hash = ?", [newer, row[0], hashed]
            )
    return member_of(row[:5])


def known_name(store: Store, name: str) -> str | None:
    """Return the kept form of a name that somebody has, so that the record never holds what was mistyped."""
    with store.reading() as db:
        row = db.execute("SELECT name FROM staff WHERE name = ?", [plain_form(name).strip()]).fetchone()
    return None if row is None else str(row[0])


def change_role(store: Store, staff_id: int, revision: int, role: Role, at: datetime, actor: str) -> None:
    """Give another role and end all sessions of the account: the next log-in has the new one.

    Raises:
        LastOwner, PersonChanged, RecordMissing, StoreError: nothing was written.
    """
    with store.writing() as db:
        _take(db, staff_id, revision)
        done = db.execute("UPDATE staff SET role = ? WHERE id = ? AND role <> ?", [role.value, staff_id, role.value])
        _demand_an_owner(db)
        if done.rowcount == 1:  # whoever gets the role that they had is not thrown out
            end_all_sessions(db, staff_id, at)
        add_audit(db, at, actor, AuditAction.PERSON_CHANGED, _subject(staff_id), detail=role.value)


def disable_staff(store: Store, staff_id: int, revision: int, at: datetime, actor: str) -> None:
    """Shut an account and end all its sessions. Raises as ``change_role``."""
    with store.writing() as db:
        _take(db, staff_id, revision)
        db.execute("UPDATE staff SET disabled_at = coalesce(disabled_at, ?) WHERE id = ?", [to_text(at), staff_id])
        _demand_an_owner(db)
        end_all_sessions(db, staff_id, at)
        add_audit(db, at, actor, AuditAction.PERSON_DISABLED, _subject(staff_id))


def enable_staff(store: Store, staff_id: int, revision: int, at: datetime, actor: str) -> None:
    """Open a shut account again. Raises as ``change_role``."""
    with store.writing() as db:
        _take(db, staff_id, revision)
        db.execute("UPDATE staff SET disabled_at = NULL WHERE id = ?", [staff_id])
        add_audit(db, at, actor, AuditAction.PERSON_ENABLED, _subject(staff_id))


def reset_passphrase(store: Store, staff_id: int, revision: int, passphrase: str, at: datetime, actor: str) -> None:
    """Give somebody else a new passphrase, to be changed at their next log-in; ends all their sessions.

    A number of theirs for the tenkey goes too: whatever opened something in their name is made anew by themselves.

    Raises:
        PassphraseRefused; else as ``change_role``.
    """
    hashed = hash_passphrase(passphrase, "")
    with store.writing() as db:
        _take(db, staff_id, revision)
        db.execute("UPDATE staff SET passphrase_hash = ?, must_change = 1 WHERE id = ?", [hashed, staff_id])
        db.execute("UPDATE desk_codes SET code_hash = NULL WHERE staff_id = ?", [staff_id])
        end_all_sessions(db, staff_id, at)
        add_audit(db, at, actor, AuditAction.PASSPHRASE_RESET, _subject(staff_id))


def change_passphrase(store: Store, member: StaffMember, passphrase: str, at: datetime, keep_token: bytes) -> None:
    """Give oneself a new passphrase; ends all own sessions but the one with the digest ``keep_token``.

    Raises:
        PassphraseRefused, StoreError: nothing was written.
    """
    hashed = hash_passphrase(passphrase, member.name)
    with store.writing() as db:
        db.execute(
            "UPDATE staff SET passphrase_hash = ?, must_change = 0, revision = revision + 1 WHERE id = ?",
            [hashed, member.staff_id],
        )
        end_all_sessions(db, member.staff_id, at, keep_token)
        add_audit(db, at, member.name, AuditAction.PASSPHRASE_CHANGED, _subject(member.staff_id))


def end_all_sessions(db: Database, staff_id: int, at: datetime, keep_token: bytes = b"") -> None:
    """End somebody's sessions inside the caller's write transaction, but for the one of this token digest."""
    db.execute(
        "UPDATE staff_sessions SET ended_at = ? WHERE staff_id = ? AND ended_at IS NULL AND token_hash <> ?",
        [to_text(at), staff_id, keep_token],
    )


def _take(db: Database, staff_id: int, revision: int) -> None:
    """Count up the revision that the caller saw. Raises ``PersonChanged``, ``RecordMissing``."""
    done = db.execute("UPDATE staff SET revision = revision + 1 WHERE id = ? AND revision = ?", [staff_id, revision])
    if done.rowcount != 1:
        if db.execute("SELECT 1 FROM staff WHERE id = ?", [staff_id]).fetchone() is None:
            raise RecordMissing()
        raise PersonChanged()


def _demand_an_owner(db: Database) -> None:
    if db.execute("SELECT 1 FROM staff WHERE role = 'owner' AND disabled_at IS NULL").fetchone() is None:
        raise LastOwner()


def _subject(staff_id: int) -> str:
    return f"staff-{staff_id}"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
