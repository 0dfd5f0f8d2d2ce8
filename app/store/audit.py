"""操作記録 on disk: append-only, each entry sealed to the one before it.

The seal is computed by the connection's own function ``audit_seal`` (see ``open_database``), so that whoever holds a
write transaction can add an entry without holding a key.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import FIRST_SEAL, AuditAction, AuditEntry, body_of
from app.store.database import Store
from app.store.values import to_text

MAX_TEXT = 200
"""Longest actor, subject, detail or source; what is longer is cut, so that nobody can flood the record."""


def add_audit(
    db: Database,
    at: datetime,
    actor: str | None,
    action: AuditAction,
    subject: str | None = None,
    outcome: str = "ok",
    detail: str | None = None,
    *,
    source: str | None = None,
) -> int:
    """Note what was done, inside the caller's write transaction: both happen or neither.

    Args:
        actor: name of a member of staff, ``None`` for the box itself.
        subject: a check's id or another non-personal id; never a patient's name or number.
        outcome: ``ok`` or a dotted code.
        detail: a short code or count, nothing personal.
        source: the network address it came from.

    Returns:
        The entry's number: 1, 2, 3 … without a gap.

    Raises:
        RuntimeError: not inside a transaction.
        StoreError: by way of the transaction.
    """
    if not db.conn.in_transaction:
        raise RuntimeError("an audit entry belongs into a write transaction")
    last = db.execute("SELECT seq, seal FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    entry = AuditEntry(
        seq=1 if last is None else int(last[0]) + 1,
        at=to_text(at),
        actor=_short(actor),
        action=action.value,
        subject=_short(subject),
        outcome=_short(outcome) or "",
        detail=_short(detail),
        source=_short(source),
    )
    db.execute(
        "INSERT INTO audit (seq, at, actor, action, subject, outcome, detail, source, seal)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, audit_seal(?, ?))",
        [
            entry.seq,
            entry.at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.outcome,
            entry.detail,
            entry.source,
            FIRST_SEAL if last is None else last[1],
            body_of(entry),
        ],
    )
    return entry.seq


def record_audit(
    store: Store,
    at: datetime,
    actor: str | None,
    action: AuditAction,
    subject: str | None = None,
    outcome: str = "ok",
    detail: str | None = None,
    *,
    source: str | None = None,
) -> int:
    """``add_audit`` in a transaction of its own. Raises ``StoreError``: nothing was noted."""
    with store.writing() as db:
        return add_audit(db, at, actor, action, subject, outcome, detail, source=source)


def actor_name(db: Database, staff_id: int) -> str | None:
    """Return the name that a member of staff has now, as entries keep it."""
    row = db.execute("SELECT name FROM staff WHERE id = ?", [staff_id]).fetchone()
    return None if row is None else str(row[0])


def _short(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "replace").decode()[:MAX_TEXT]
