"""Staff accounts and their sessions. Passphrases are kept as argon2id, session tokens as SHA-256 only."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import sqlcipher3.dbapi2 as sqlite3

from app.eligibility.people import Role
from app.errors import StoreError
from app.store.database import Store
from app.store.values import from_text, to_text

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSPHRASE = 15
MAX_PASSPHRASE = 256
SESSION_LENGTH = timedelta(hours=12)
SEEN_STEP = timedelta(minutes=1)
"""``last_seen_at`` is that coarse, so that reading a page does not cost a disk write each time."""

_MEMORY_KIB = 19 * 1024  # OWASP's smallest set for argon2id: 19 MiB, two passes, one lane
_PASSES = 2
_one_hash_at_a_time = threading.Lock()  # a burst of log-ins may not take 19 MiB each


class NameTaken(Exception):
    """There is an account of this name."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who may log in."""

    staff_id: int
    name: str
    role: Role = Role.STAFF


def add_staff(store: Store, name: str, passphrase: str, at: datetime, role: Role = Role.STAFF) -> StaffMember:
    """Create an account.

    Args:
        name: 1 to 64 characters; kept in Unicode form NFKC without outer blanks.
        passphrase: 15 to 256 characters, any script.

    Raises:
        ValueError: name or passphrase of another length.
        NameTaken.
        StoreError: nothing was written.
    """
    name, passphrase = _plain(name).strip(), _plain(passphrase)
    if not 1 <= len(name) <= 64:
        raise ValueError("a staff name has 1 to 64 characters")
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise ValueError(f"a passphrase has {MIN_PASSPHRASE} to {MAX_PASSPHRASE} characters")
    with _one_hash_at_a_time:
        hashed = _hasher().hash(passphrase)
    try:
        with store.writing() as db:
            done = db.execute(
                "INSERT INTO staff (name, passphrase_hash, created_at, role) VALUES (?, ?, ?, ?)",
                [name, hashed, to_text(at), role.value],
            )
            return StaffMember(int(done.lastrowid or 0), name, role)
    except sqlite3.IntegrityError:
        raise NameTaken(name) from None


def verify_staff(store: Store, name: str, passphrase: str) -> StaffMember | None:
    """Return the account when the passphrase is right. Costs the same (about 40 ms) for a name nobody has.

    A hash made with older parameters is replaced after a successful log-in.

    Raises:
        StoreError.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    name, passphrase = _plain(name).strip(), _plain(passphrase)[: MAX_PASSPHRASE + 1]
    with store.reading() as db:
        row = db.execute(
            "SELECT id, passphrase_hash, role FROM staff WHERE name = ? AND disabled_at IS NULL", [name]
        ).fetchone()
    hashed = _nobodys_hash() if row is None else str(row[1])
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
    return StaffMember(int(row[0]), name, Role(row[2]))


def start_session(store: Store, staff_id: int, now: datetime) -> str:
    """Open a session that ends after 12 h at the latest; returns its token (256 bits, URL-safe text).

    Raises:
        StoreError: nothing was written.
    """
    token = secrets.token_urlsafe(32)
    with store.writing() as db:
        db.execute("DELETE FROM staff_sessions WHERE ends_at < ?", [to_text(now - timedelta(days=7))])
        db.execute(
            "INSERT INTO staff_sessions (token_hash, staff_id, created_at, last_seen_at, ends_at)"
            " VALUES (?, ?, ?, ?, ?)",
            [_digest(token), staff_id, to_text(now), to_text(now), to_text(now + SESSION_LENGTH)],
        )
    return token


def session_staff(store: Store, token: str, now: datetime) -> StaffMember | None:
    """Return whose session this is; ``None`` when it is unknown, over, ended or its account disabled.

    Raises:
        StoreError: reading failed.
    """
    with store.reading() as db:
        row = db.execute(
            "SELECT staff.id, staff.name, last_seen_at, role FROM staff_sessions JOIN staff ON staff.id = staff_id"
            " WHERE token_hash = ? AND ended_at IS NULL AND ends_at > ? AND disabled_at IS NULL",
            [_digest(token), to_text(now)],
        ).fetchone()
    if row is None:
        return None
    if now - from_text(row[2]) >= SEEN_STEP:
        with contextlib.suppress(StoreError), store.writing(wait_s=0) as db:  # nice to have: never wait for it
            db.execute(
                "UPDATE staff_sessions SET last_seen_at = max(last_seen_at, ?) WHERE token_hash = ?",
                [to_text(now), _digest(token)],
            )
    return StaffMember(int(row[0]), str(row[1]), Role(row[3]))


def end_session(store: Store, token: str, now: datetime) -> None:
    """Log out; an unknown or ended token is fine. Raises ``StoreError``."""
    with store.writing() as db:
        db.execute(
            "UPDATE staff_sessions SET ended_at = ? WHERE token_hash = ? AND ended_at IS NULL",
            [to_text(now), _digest(token)],
        )


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # 15 ms of import that the kiosk process never needs

    return PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)


@cache
def _nobodys_hash() -> str:
    """A well-formed hash of today's cost that no passphrase has."""
    salt, digest = (base64.b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (16, 32))
    return f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p=1${salt}${digest}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _plain(text: str) -> str:
    """One form for what keyboards type differently (full width, composed kana)."""
    return unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
