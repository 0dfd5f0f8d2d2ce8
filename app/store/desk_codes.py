"""Numbers by which people open the spoken desk at the box's own tenkey.

The box makes them: eight random digits, told apart from everybody else's, so that nobody has to type a name and nobody
chooses a birthday. Kept as argon2id and shown once. A number opens nothing for people who may not work at the desk: who
only looks, whose account is shut, or who still has a passphrase that somebody else made.
Source: NIST SP 800-63B 3.1.2 (look-up secrets: random, stored salted and hashed, throttled).
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.desk_door import CODE_DIGITS, DeskLiking
from app.errors import StoreError
from app.store.audit import add_audit
from app.store.database import Store
from app.store.hashing import hasher, nobodys_hash, one_hash_at_a_time
from app.store.people import MEMBER_COLUMNS, StaffMember, member_of
from app.store.values import from_text, to_text

SOURCE = "tenkey"
"""Where a session at the tenkey and its entries of 操作記録 come from, in place of a network address."""
MOST = 20
"""People with a number: each costs one hash (about 40 ms) when somebody opens the desk."""

_HOLDERS = f"""
    SELECT {MEMBER_COLUMNS}, code_hash FROM desk_codes JOIN staff ON staff.id = desk_codes.staff_id
"""  # noqa: S608 our own names
_MAY_OPEN = "code_hash IS NOT NULL AND disabled_at IS NULL AND must_change = 0 AND role IN ('owner', 'staff')"


class TooManyDeskCodes(StoreError):
    """More people than one tenkey serves have a number. Nothing was written."""

    code = "people.too_many_desk_codes"
    http_status = 409


def make_desk_code(store: Store, member: StaffMember, at: datetime) -> str:
    """Make a new number in place of an old one; returns its digits, which are told this once.

    What the old one opened ends with it: whoever makes a new one may do so because somebody else knows the old.

    Raises:
        TooManyDeskCodes, StoreError: nothing was written.
    """
    with store.reading() as db:
        taken = [
            str(row[0]) for row in db.execute("SELECT code_hash FROM desk_codes WHERE code_hash IS NOT NULL").fetchall()
        ]
        has_one = db.execute(
            "SELECT 1 FROM desk_codes WHERE staff_id = ? AND code_hash IS NOT NULL", [member.staff_id]
        ).fetchone()
    if len(taken) >= MOST and has_one is None:
        raise TooManyDeskCodes()
    digits = _random_digits()
    while any(_matches(hashed, digits) for hashed in taken):
        digits = _random_digits()
    with one_hash_at_a_time:
        hashed = hasher().hash(digits)
    with store.writing() as db:
        db.execute(
            "INSERT INTO desk_codes (staff_id, code_hash, made_at) VALUES (?, ?, ?)"
            " ON CONFLICT (staff_id) DO UPDATE SET code_hash = excluded.code_hash, made_at = excluded.made_at",
            [member.staff_id, hashed, to_text(at)],
        )
        add_audit(db, at, member.name, AuditAction.DESK_CODE_MADE, f"staff-{member.staff_id}")
        _end_at_tenkey(db, member, at)
    return digits


def remove_desk_code(store: Store, member: StaffMember, at: datetime) -> bool:
    """Forget somebody's number and end what it opened; False when there was none. Raises ``StoreError``."""
    with store.writing() as db:
        done = db.execute(
            "UPDATE desk_codes SET code_hash = NULL WHERE staff_id = ? AND code_hash IS NOT NULL", [member.staff_id]
        )
        if done.rowcount != 1:
            return False
        add_audit(db, at, member.name, AuditAction.DESK_CODE_REMOVED, f"staff-{member.staff_id}")
        _end_at_tenkey(db, member, at)
    return True


def desk_code_made_at(store: Store, staff_id: int) -> datetime | None:
    """Since when somebody has a number. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute(
            "SELECT made_at FROM desk_codes WHERE staff_id = ? AND code_hash IS NOT NULL", [staff_id]
        ).fetchone()
    return None if row is None else from_text(row[0])


def count_desk_codes(store: Store) -> int:
    """How many people may open the desk. Raises ``StoreError``."""
    with store.reading() as db:
        return len(db.execute(f"{_HOLDERS} WHERE {_MAY_OPEN}").fetchall())


def find_desk_code(store: Store, digits: str) -> StaffMember | None:
    """Return whose number this is; every holder's is compared, and somebody's even when there is none.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        rows = db.execute(f"{_HOLDERS} WHERE {_MAY_OPEN} LIMIT {MOST}").fetchall()
    is_whole = len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit()
    found = None
    for row in rows:
        if _matches(str(row[5]), digits) and is_whole:
            found = member_of(row[:5])
    if not rows:
        _matches(nobodys_hash(), digits)
    return found


def desk_liking(store: Store, staff_id: int) -> DeskLiking:
    """Return how somebody listens at the tenkey. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute("SELECT rate_step, privacy FROM desk_codes WHERE staff_id = ?", [staff_id]).fetchone()
    return DeskLiking() if row is None else DeskLiking(row[0], row[1])


def keep_desk_liking(store: Store, staff_id: int, liking: DeskLiking) -> None:
    """Keep it with the number. Raises ``StoreError``: nothing was written."""
    with store.writing(wait_s=0) as db:  # nice to have: never wait for it
        db.execute(
            "UPDATE desk_codes SET rate_step = ?, privacy = ? WHERE staff_id = ?",
            [liking.rate_step, liking.privacy, staff_id],
        )


def end_lost_sessions(store: Store, at: datetime) -> int:
    """End what a desk process that was killed had opened: its token died with it. Returns how many there were.

    Raises:
        StoreError: nothing was written.
    """
    with store.writing() as db:
        rows = db.execute(
            "SELECT staff_id FROM staff_sessions WHERE source = ? AND ended_at IS NULL AND ends_at > ?",
            [SOURCE, to_text(at)],
        ).fetchall()
        db.execute(
            "UPDATE staff_sessions SET ended_at = ? WHERE source = ? AND ended_at IS NULL AND ends_at > ?",
            [to_text(at), SOURCE, to_text(at)],
        )
        for (staff_id,) in rows:
            add_audit(db, at, None, AuditAction.SESSION_ENDED, f"staff-{staff_id}", source=SOURCE)
    return len(rows)


def _end_at_tenkey(db: Database, member: StaffMember, at: datetime) -> None:
    done = db.execute(
        "UPDATE staff_sessions SET ended_at = ? WHERE staff_id = ? AND source = ? AND ended_at IS NULL AND ends_at > ?",
        [to_text(at), member.staff_id, SOURCE, to_text(at)],
    )
    if done.rowcount:
        add_audit(db, at, member.name, AuditAction.SESSION_ENDED, f"staff-{member.staff_id}")


def _random_digits() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def _matches(hashed: str, digits: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    with one_hash_at_a_time:
        try:
            return hasher().verify(hashed, digits)
        except (VerificationError, InvalidHashError):
            return False
