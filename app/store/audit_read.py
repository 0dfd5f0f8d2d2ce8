"""操作記録 for reading: pages of it, and the evidence of checks for an inspection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

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
    """One check as the record proves it, also after its result had to be destroyed. Nothing of a person.

    The visit belongs to the day and time of its first entry; ``seq``, ``outcome`` and ``seal`` are those of its newest.
    """

    seq: int
    at: str
    check_id: str
    outcome: str
    facts: dict[str, str]
    """``method``, ``validity``, ``number`` of the day, ``processed`` (the service's own time), where they are known.

    ``confirmed`` (yes, no) and ``settles`` (a check's id) stand where staff entered the check at the counter.
    """
    seal: str
    settled: Settling | None = None
    """How this visit was settled by another check; ``None`` when it stands for itself."""
    is_late: bool = False
    """The answer came after the visit, without its card."""
    closed: str | None = None
    """Why staff closed the visit without a check, a ``CloseReason``."""


@dataclass(frozen=True, slots=True)
class Settling:
    """An unconfirmed visit found its confirmation, or was taken over by another unconfirmed entry."""

    by_check: str
    day: str
    """The day of that check, ``2026-11-24``."""
    is_confirmed: bool
    """At the end of the chain: what took over may have been settled itself."""


_REACH_DAYS = 62
"""A visit may be answered as long as it can be seen: to the end of the next month."""
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
    """Return the checks that were begun on the days ``first`` to ``last`` (both included), each once.

    An entry that says less than an earlier one of the same check takes nothing away: facts add up. What became of a
    visit after ``last`` is known too: a late answer, what settled it, why it was closed.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        rows = db.execute(
            "SELECT seq, at, subject, outcome, detail, lower(hex(seal)), action FROM audit"
            " WHERE at >= ? AND action IN (?, ?, ?, ?, ?, ?) AND subject IS NOT NULL ORDER BY seq",
            [
                # A visit of a day before may have its newest entry in the period: its first one must be known.
                _begin(date.fromordinal(max(1, first.toordinal() - _REACH_DAYS))),
                AuditAction.CHECKED.value,
                AuditAction.FALLBACK_ENTERED.value,
                AuditAction.WITHDRAWN.value,
                AuditAction.ASKED_WITHOUT_CARD.value,
                AuditAction.PENDING_CONFIRMED.value,
                AuditAction.PENDING_CLOSED.value,
            ],
        ).fetchall()
    found: dict[str, CheckEvidence] = {}
    settled: dict[str, Settling] = {}
    for seq, at, check_id, outcome, detail, own, action in rows:
        facts, known = facts_of(detail), found.get(check_id)
        if action == AuditAction.PENDING_CONFIRMED:
            by = facts.get("by", "")
            settled[check_id] = Settling(by, found[by].at[:10] if by in found else at[:10], is_confirmed=True)
        elif action == AuditAction.PENDING_CLOSED:
            if known is not None:
                found[check_id] = replace(known, closed=detail)
        elif action == AuditAction.WITHDRAWN:
            if known is not None:
                found[check_id] = replace(known, seq=seq, outcome=action, seal=own)
        elif action == AuditAction.ASKED_WITHOUT_CARD:
            if known is not None and outcome == "ok":
                found[check_id] = replace(known, is_late=True)
        else:
            if known is None:
                found[check_id] = CheckEvidence(seq, at, check_id, outcome, facts, own)
            else:
                found[check_id] = replace(known, seq=seq, outcome=outcome, facts=known.facts | facts, seal=own)
            if "settles" in facts:
                is_confirmed = facts.get("confirmed") == "yes"
                settled[facts["settles"]] = Settling(check_id, found[check_id].at[:10], is_confirmed)
    return [
        replace(one, settled=_followed(settled, one.check_id))
        for one in found.values()
        if first.isoformat() <= one.at[:10] <= last.isoformat()
    ]


def _followed(settled: dict[str, Settling], check_id: str) -> Settling | None:
    """Return how a visit was settled; whether it is confirmed says the end of its chain."""
    first = last = settled.get(check_id)
    for _ in range(len(settled)):  # a chain has no longer way, whatever stands in the record
        if last is None or last.is_confirmed or last.by_check not in settled:
            break
        last = settled[last.by_check]
    return None if first is None or last is None else replace(first, is_confirmed=last.is_confirmed)


def newest_head(store: Store) -> str | None:
    """Return number and seal of the newest entry as ``12-0a1b…``, for paper. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute("SELECT seq, lower(hex(seal)) FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return None if row is None else f"{row[0]}-{row[1]}"


def facts_of(detail: str | None) -> dict[str, str]:
    """Take ``method=pin;number=12`` apart."""
    return dict(part.split("=", 1) for part in (detail or "").split(";") if "=" in part)


def _begin(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+09:00"
