"""操作記録 for reading: pages of it, and the evidence of checks for an inspection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.eligibility.audit import AuditAction, AuditEntry
from app.store.database import Store


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to show; everything that is ``None`` does not matter. Days are days in Asia/Tokyo."""

    day: date | None = None
    actor: str | None = None
    action: AuditAction | None = None


@dataclass(frozen=True, slots=True)
class CheckEvidence:
    """One check as the record proves it, also after its result had to be destroyed. Nothing of a person."""

    seq: int
    at: str
    check_id: str
    outcome: str
    facts: dict[str, str]
    """``method``, ``validity``, ``number`` of the day, ``processed`` (the service's own time), where they are known."""
    seal: str


_CELLS = "seq, at, actor, action, subject, outcome, detail, source"


def read_audit(store: Store, wanted: AuditFilter, before: int | None, limit: int) -> list[AuditEntry]:
    """Return up to ``limit`` entries, newest first, older than entry ``before``. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            f"SELECT {_CELLS} FROM audit WHERE (? IS NULL OR seq < ?)"  # noqa: S608 our own names
            " AND (? IS NULL OR at >= ?) AND (? IS NULL OR at < ?)"
            " AND (? IS NULL OR actor = ?) AND (? IS NULL OR action = ?) ORDER BY seq DESC LIMIT ?",
            [
                *[before] * 2,
                *[None if wanted.day is None else _begin(wanted.day)] * 2,
                *[None if wanted.day is None else _begin(wanted.day + timedelta(days=1))] * 2,
                *[wanted.actor] * 2,
                *[wanted.action] * 2,
                limit,
            ],
        ).fetchall()
    return [AuditEntry(*row) for row in rows]


def check_evidence(store: Store, first: date, last: date) -> list[CheckEvidence]:
    """Return the checks of the days ``first`` to ``last`` (both included), each once with its newest state.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        rows = db.execute(
            "SELECT seq, at, subject, outcome, detail, lower(hex(seal)) FROM audit"
            " WHERE at >= ? AND at < ? AND action IN (?, ?) AND subject IS NOT NULL ORDER BY seq",
            [
                _begin(first),
                _begin(last + timedelta(days=1)),
                AuditAction.CHECKED.value,
                AuditAction.FALLBACK_ENTERED.value,
            ],
        ).fetchall()
    newest = {str(row[2]): CheckEvidence(row[0], row[1], row[2], row[3], facts_of(row[4]), row[5]) for row in rows}
    return sorted(newest.values(), key=lambda one: one.seq)


def actors(store: Store) -> Sequence[str]:
    """Everybody who is or was staff, by name. Raises ``StoreError``."""
    with store.reading() as db:
        return [str(row[0]) for row in db.execute("SELECT name FROM staff ORDER BY name").fetchall()]


def last_head(store: Store) -> tuple[int, datetime | None]:
    """Number and time of the newest entry, ``(0, None)`` before the first. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute("SELECT seq, at FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, None) if row is None else (int(row[0]), datetime.fromisoformat(row[1]))


def facts_of(detail: str | None) -> dict[str, str]:
    """Take ``method=pin;number=12`` apart."""
    return dict(part.split("=", 1) for part in (detail or "").split(";") if "=" in part)


def _begin(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+09:00"
