"""Sessions of staff: who is logged in where, since when, and whether the screen is locked.

Only the SHA-256 of a token is kept. What a person does keeps a session open; what pages ask by themselves does not.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.eligibility.audit import AuditAction
from app.errors import RecordMissing, StoreError
from app.store.audit import actor_name, add_audit
from app.store.database import Store
from app.store.people import MEMBER_COLUMNS, StaffMember, member_of
from app.store.values import from_text, to_text

SESSION_LENGTH = timedelta(hours=12)
CODE_LENGTH = timedelta(minutes=10)
"""How long a log-in may wait for its second factor."""
IDLE = timedelta(minutes=10)
SEEN_STEP = timedelta(minutes=1)
"""``last_seen_at`` is that coarse, so that reading a page does not cost a disk write each time."""
CLOCK_SLACK = timedelta(minutes=1)
"""A clock that was set back by more locks every screen: nobody knows how long it was left alone."""
ACT_STEP = timedelta(seconds=20)
"""``acted_at`` is that coarse: a screen locks at most that much early."""


class SessionState(StrEnum):
    OPEN = "open"
    LOCKED = "locked"
    AWAITS_CODE = "awaits_code"


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in. ``public_id`` names it on pages and opens nothing; it locks at ``locks_at`` if nobody acts."""

    public_id: str
    member: StaffMember
    state: SessionState
    started_at: datetime
    seen_at: datetime
    ends_at: datetime
    source: str | None
    device: str | None
    locks_at: datetime


_SESSION = f"""
    SELECT {MEMBER_COLUMNS}, public_id, staff_sessions.created_at, last_seen_at, ends_at, source, device, locked_at,
           awaits_code, acted_at, token_hash
    FROM staff_sessions JOIN staff ON staff.id = staff_id
    WHERE ended_at IS NULL AND ends_at > ? AND disabled_at IS NULL
"""  # noqa: S608 our own names


def start_session(
    store: Store,
    staff_id: int,
    now: datetime,
    *,
    source: str | None = None,
    device: str | None = None,
    awaits_code: bool = False,
) -> str:
    """Open a session that ends after 12 h at the latest; returns its token (256 bits, URL-safe text).

    With ``awaits_code`` it opens nothing but the second step of the log-in, for ten minutes.

    Raises:
        StoreError: nothing was written.
    """
    token = secrets.token_urlsafe(32)
    length = CODE_LENGTH if awaits_code else SESSION_LENGTH
    with store.writing() as db:
        db.execute("DELETE FROM staff_sessions WHERE ends_at < ?", [to_text(now - timedelta(days=7))])
        db.execute(
            "INSERT INTO staff_sessions (token_hash, staff_id, created_at, last_seen_at, acted_at, ends_at, public_id,"
            " source, device, awaits_code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                token_digest(token),
                staff_id,
                *[to_text(now)] * 3,
                to_text(now + length),
                secrets.token_hex(16),
                source,
                device,
                int(awaits_code),
            ],
        )
        if not awaits_code:
            add_audit(db, now, actor_name(db, staff_id), AuditAction.LOGIN, source=source)
    return token


def find_session(
    store: Store, token: str, now: datetime, *, idle: timedelta = IDLE, by_person: bool = False
) -> Session | None:
    """Return the session of a token; ``None`` when it is unknown, over, ended or its account disabled.

    Args:
        by_person: somebody does something: an open session's idle time starts anew.

    Raises:
        StoreError: reading failed.
    """
    with store.reading() as db:
        row = db.execute(f"{_SESSION} AND token_hash = ?", [to_text(now), token_digest(token)]).fetchone()
    if row is None:
        return None
    session = _session(row, now, idle)
    if session.state is SessionState.LOCKED and row[11] is None:
        _lock_idle(store, row[14], now)
    elif session.state is SessionState.OPEN:
        acted = by_person and now - from_text(row[13]) >= ACT_STEP
        if acted or now - session.seen_at >= SEEN_STEP:
            _touch(store, row[14], now, acted=acted)
        if acted:
            return replace(session, locks_at=now + idle)
    return session


def session_staff(store: Store, token: str, now: datetime, idle: timedelta = IDLE) -> StaffMember | None:
    """Return whose open session this is; ``None`` also while it is locked or waits for its second factor."""
    session = find_session(store, token, now, idle=idle)
    return session.member if session is not None and session.state is SessionState.OPEN else None


def list_sessions(store: Store, now: datetime, staff_id: int | None = None, idle: timedelta = IDLE) -> list[Session]:
    """Sessions that are not over, newest first; of one person or of all. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            f"{_SESSION} AND (? IS NULL OR staff_id = ?) ORDER BY staff_sessions.created_at DESC, public_id",
            [to_text(now), staff_id, staff_id],
        ).fetchall()
    return [_session(row, now, idle) for row in rows]


def lasting_sessions(store: Store, now: datetime) -> frozenset[bytes]:
    """Digests of the tokens of all sessions that are not over, locked or not. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT token_hash FROM staff_sessions JOIN staff ON staff.id = staff_id"
            " WHERE ended_at IS NULL AND ends_at > ? AND disabled_at IS NULL",
            [to_text(now)],
        ).fetchall()
    return frozenset(bytes(digest) for (digest,) in rows)


def end_session(store: Store, token: str, now: datetime) -> None:
    """Log out; an unknown or ended token is fine. Raises ``StoreError``."""
    with store.writing() as db:
        row = db.execute(
            "SELECT staff_id, source, awaits_code FROM staff_sessions"
            " WHERE token_hash = ? AND ended_at IS NULL AND ends_at > ?",
            [token_digest(token), to_text(now)],
        ).fetchone()
        if row is None:
            return
        db.execute("UPDATE staff_sessions SET ended_at = ? WHERE token_hash = ?", [to_text(now), token_digest(token)])
        if not row[2]:
            add_audit(db, now, actor_name(db, row[0]), AuditAction.LOGOUT, source=row[1])


def end_public_session(store: Store, public_id: str, now: datetime, actor: StaffMember, of: int | None) -> None:
    """End somebody's session by its public id.

    Args:
        of: only a session of this account; ``None``: of anybody.

    Raises:
        RecordMissing: there is none (any more), or it is somebody else's.
        StoreError: nothing was written.
    """
    with store.writing() as db:
        done = db.execute(
            "UPDATE staff_sessions SET ended_at = ? WHERE public_id = ? AND ended_at IS NULL AND ends_at > ?"
            " AND (? IS NULL OR staff_id = ?)",
            [to_text(now), public_id, to_text(now), of, of],
        )
        if done.rowcount != 1:
            raise RecordMissing()
        (staff_id,) = db.execute("SELECT staff_id FROM staff_sessions WHERE public_id = ?", [public_id]).fetchone()
        add_audit(db, now, actor.name, AuditAction.SESSION_ENDED, f"staff-{staff_id}")


def lock_session(store: Store, token: str, now: datetime) -> None:
    """Lock a screen because its person said so. Raises ``StoreError``."""
    _lock(store, token_digest(token), now, "by hand", wait_s=None)


def unlock_session(store: Store, token: str, now: datetime) -> None:
    """Open a locked session again, after its passphrase was right. Raises ``StoreError``."""
    with store.writing() as db:
        done = db.execute(
            "UPDATE staff_sessions SET locked_at = NULL, acted_at = ?, last_seen_at = ?"
            " WHERE token_hash = ? AND ended_at IS NULL",
            [to_text(now), to_text(now), token_digest(token)],
        )
        if done.rowcount == 1:
            (staff_id, source) = db.execute(
                "SELECT staff_id, source FROM staff_sessions WHERE token_hash = ?", [token_digest(token)]
            ).fetchone()
            add_audit(db, now, actor_name(db, staff_id), AuditAction.UNLOCKED, source=source)


def token_digest(token: str) -> bytes:
    """What the store keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _session(row: tuple[str, ...], now: datetime, idle: timedelta) -> Session:
    public_id, created_at, seen_at, ends_at, source, device, locked_at, awaits_code, acted_at = row[5:14]
    if awaits_code:
        state = SessionState.AWAITS_CODE
    elif locked_at is not None or not -CLOCK_SLACK <= now - from_text(acted_at) < idle:
        state = SessionState.LOCKED
    else:
        state = SessionState.OPEN
    return Session(
        public_id=public_id,
        member=member_of(row[:5]),
        state=state,
        started_at=from_text(created_at),
        seen_at=from_text(seen_at),
        ends_at=from_text(ends_at),
        source=source,
        device=device,
        locks_at=from_text(acted_at) + idle,
    )


def _touch(store: Store, digest: bytes | str, now: datetime, *, acted: bool) -> None:
    with contextlib.suppress(StoreError), store.writing(wait_s=0) as db:  # nice to have: never wait for it
        db.execute(
            "UPDATE staff_sessions SET last_seen_at = max(last_seen_at, ?),"
            " acted_at = CASE WHEN ? THEN max(acted_at, ?) ELSE acted_at END WHERE token_hash = ?",
            [to_text(now), int(acted), to_text(now), digest],
        )


def _lock_idle(store: Store, digest: bytes | str, now: datetime) -> None:
    """Note the lock; the session counts as locked by its times alone, so a busy store may wait for the next look."""
    with contextlib.suppress(StoreError):
        _lock(store, digest, now, "idle", wait_s=0)


def _lock(store: Store, digest: bytes | str, now: datetime, why: str, wait_s: float | None) -> None:
    with store.writing(wait_s) as db:
        done = db.execute(
            "UPDATE staff_sessions SET locked_at = ? WHERE token_hash = ? AND locked_at IS NULL AND ended_at IS NULL"
            " AND awaits_code = 0",
            [to_text(now), digest],
        )
        if done.rowcount == 1:
            (staff_id, source) = db.execute(
                "SELECT staff_id, source FROM staff_sessions WHERE token_hash = ?", [digest]
            ).fetchone()
            add_audit(db, now, actor_name(db, staff_id), AuditAction.LOCKED, detail=why, source=source)
