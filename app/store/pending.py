"""「あとで確認」 on disk: visits that nobody confirmed yet, and the three ways in which one is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.eligibility.folding import fold
from app.eligibility.model import Validity
from app.eligibility.pending import CloseReason, PendingKind
from app.eligibility.ports import Method
from app.errors import AlreadyHandled, RecordMissing
from app.store.audit import actor_name, add_audit
from app.store.board import ASKING_LIMIT
from app.store.database import Store
from app.store.events import BOARD_PANEL, PENDING_PANEL, Wake, add_event, wake_quietly
from app.store.keeping import reading_time
from app.store.values import from_text, to_text
from app.store.visual_proofs import forget_evidence

CANDIDATES = 30
"""More are found by typing a name."""
_LOOKED_THROUGH = 2000


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A visit that is not confirmed. Names are there only where staff entered them."""

    check_id: str
    reception_number: int | None
    at: datetime
    kind: PendingKind
    reason: str | None
    name: str | None
    name_kana: str | None
    version: int
    can_ask_again: bool = False
    """The service can be asked again without the card, on what staff confirmed (目視確認)."""

    @property
    def needs_card(self) -> bool:
        return self.kind.is_unanswered and not self.can_ask_again

    def days_open(self, now: datetime) -> int:
        """Midnights (Asia/Tokyo) since the visit."""
        return (now.astimezone(TOKYO).date() - self.at.astimezone(TOKYO).date()).days


@dataclass(frozen=True, slots=True)
class Candidate:
    """A check that may be the confirmation of an open visit."""

    check_id: str
    reception_number: int | None
    at: datetime
    validity: Validity | None
    method: Method
    name: str | None
    name_kana: str | None
    birthdate: str | None


# ``result_source IS NULL`` stands first and alone, so that the partial index checks_unanswered is used.
_HAS_EVIDENCE = "EXISTS (SELECT 1 FROM visual_proofs AS v WHERE v.check_id = c.check_id)"
_OPEN = """
    FROM checks AS c
    LEFT JOIN counter_proofs AS p ON p.check_id = c.check_id
    LEFT JOIN qualifications AS q ON q.check_id = c.check_id AND q.position = 0
    WHERE c.result_source IS NULL AND c.visible_until >= :now
      AND (
        c.method IN ('statement', 'emergency') OR p.numbers_later = 1 OR c.outcome = 'unknown'
        OR (c.outcome IN ('counter', 'visual')
            AND (c.reason LIKE 'gateway.%' OR c.reason LIKE 'store.%'
                 OR c.reason IN ('check.interrupted', 'check.bug')))
        OR (c.outcome = 'asking' AND c.opened_at < :asking_before)
      )
      AND c.outcome <> 'withdrawn'
      AND NOT EXISTS (SELECT 1 FROM settlements AS s WHERE s.check_id = c.check_id)
"""


def pending_rows(store: Store, now: datetime) -> list[PendingRow]:
    """Return all open visits, oldest first. Raises ``StoreError``."""
    with store.reading() as db:
        found = db.execute(
            "SELECT c.check_id, c.reception_number, coalesce(c.decided_at, c.opened_at) AS at, c.method, c.reason,"
            f" q.name, q.name_kana, c.version, {_HAS_EVIDENCE} {_OPEN} ORDER BY at, c.reception_number",
            _bound(db, now),
        ).fetchall()
    return [
        PendingRow(
            check_id, number, from_text(at), _kind(Method(method), reason), reason, name, kana, version, bool(can_ask)
        )
        for check_id, number, at, method, reason, name, kana, version, can_ask in found
    ]


def count_pending(store: Store, now: datetime) -> tuple[int, datetime | None]:
    """Return how many visits are open and since when the oldest is. Raises ``StoreError``."""
    with store.reading() as db:
        count, oldest = db.execute(
            f"SELECT count(*), min(coalesce(c.decided_at, c.opened_at)) {_OPEN}",
            _bound(db, now),
        ).fetchone()
    return int(count), None if oldest is None else from_text(oldest)


def askable_visits(db: Database, now: datetime, kiosk: str | None = None) -> list[str]:
    """Name the open visits that can be asked about without their card, oldest first; of one kiosk, or of all."""
    bound = {**_bound(db, now), "kiosk": kiosk}
    rows = db.execute(
        f"SELECT c.check_id {_OPEN} AND {_HAS_EVIDENCE} AND (:kiosk IS NULL OR c.kiosk = :kiosk)"
        " ORDER BY coalesce(c.decided_at, c.opened_at), c.reception_number",
        bound,
    ).fetchall()
    return [str(row[0]) for row in rows]


def is_pending(db: Database, check_id: str, now: datetime) -> bool:
    """True for an open visit, inside the caller's transaction."""
    bound = {**_bound(db, now), "check_id": check_id}
    return db.execute(f"SELECT 1 {_OPEN} AND c.check_id = :check_id", bound).fetchone() is not None


def candidates(store: Store, check_id: str, now: datetime, words: str = "") -> tuple[list[Candidate], bool]:
    """Return later checks that confirm somebody, newest first, and whether there are more.

    Args:
        words: parts of a name, kana or number; every one must be found. Empty for the newest.

    Raises:
        RecordMissing: the visit is not open.
        StoreError.
    """
    wanted = [fold(word) for word in words.split() if fold(word)]
    with store.reading() as db:
        begun = db.execute(
            f"SELECT coalesce(c.decided_at, c.opened_at) {_OPEN} AND c.check_id = :check_id",
            {**_bound(db, now), "check_id": check_id},
        ).fetchone()
        if begun is None:
            raise RecordMissing()
        rows = db.execute(
            f"SELECT c.check_id, c.reception_number, c.decided_at, c.result_validity, c.method, q.name, q.name_kana,"
            f" q.birthdate, q.number {_CONFIRMING} AND c.decided_at >= :begun AND c.check_id <> :open"
            " ORDER BY c.decided_at DESC, c.reception_number DESC LIMIT :most",
            {"now": reading_time(db, now), "begun": begun[0], "open": check_id, "most": _LOOKED_THROUGH},
        ).fetchall()
    found = [
        Candidate(
            row[0], row[1], from_text(row[2]), None if row[3] is None else Validity(row[3]), Method(row[4]), *row[5:8]
        )
        for row in rows
        if all(any(word in fold(text) for text in row[5:9] if text) for word in wanted)
    ]
    return found[:CANDIDATES], len(found) > CANDIDATES


_CONFIRMING = """
    FROM checks AS c
    LEFT JOIN counter_proofs AS p ON p.check_id = c.check_id
    LEFT JOIN qualifications AS q ON q.check_id = c.check_id AND q.position = 0
    WHERE c.visible_until >= :now AND c.outcome IN ('accepted', 'counter')
      AND (c.result_validity IN ('1', '6')
           OR (c.method IN ('certificate', 'card_and_notice', 'card_and_portal') AND p.numbers_later = 0))
"""


def settle_by_check(
    store: Store, wake: Wake, check_id: str, version: int, by_check: str, staff_id: int, at: datetime
) -> None:
    """Confirm an open visit by a later check that staff say is of the same person.

    Raises:
        AlreadyHandled: the visit is not open any more, or changed since ``version``.
        RecordMissing: ``by_check`` confirms nobody, is older, or may not be seen.
        StoreError: nothing was written.
    """
    with store.writing() as db:
        begun = _demand_open(db, check_id, version, at)
        found = db.execute(
            f"SELECT 1 {_CONFIRMING} AND c.check_id = :by AND c.decided_at >= :begun AND c.check_id <> :open",
            {"now": reading_time(db, at), "by": by_check, "begun": begun, "open": check_id},
        ).fetchone()
        if found is None:
            raise RecordMissing()
        _settle(db, check_id, ("check", by_check, None, None), staff_id, at)
        add_audit(db, at, actor_name(db, staff_id), AuditAction.PENDING_CONFIRMED, check_id, detail=f"by={by_check}")
    wake_quietly(wake)


def close_pending(
    store: Store,
    wake: Wake,
    check_id: str,
    version: int,
    reason: CloseReason,
    note: str | None,
    staff_id: int,
    at: datetime,
) -> None:
    """Close an open visit that will not be confirmed by a check.

    Raises:
        AlreadyHandled, StoreError: nothing was written.
    """
    with store.writing() as db:
        _demand_open(db, check_id, version, at)
        _settle(db, check_id, ("closed", None, reason.value, note), staff_id, at)
        add_audit(db, at, actor_name(db, staff_id), AuditAction.PENDING_CLOSED, check_id, detail=reason.value)
    wake_quietly(wake)


def _demand_open(db: Database, check_id: str, version: int, at: datetime) -> str:
    row = db.execute(
        f"SELECT coalesce(c.decided_at, c.opened_at), c.version {_OPEN} AND c.check_id = :check_id",
        {**_bound(db, at), "check_id": check_id},
    ).fetchone()
    if row is None or int(row[1]) != version:
        raise AlreadyHandled()
    return str(row[0])


def _settle(
    db: Database, check_id: str, how: tuple[str, str | None, str | None, str | None], staff_id: int, at: datetime
) -> None:
    db.execute(
        "INSERT INTO settlements (check_id, kind, by_check, reason, note, settled_at, settled_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [check_id, *how, to_text(at), staff_id],
    )
    forget_evidence(db, check_id)
    # A row that still waited on the board is taken care of with this.
    db.execute(
        "UPDATE checks SET version = version + 1, handled_at = coalesce(handled_at, ?),"
        " handled_by = coalesce(handled_by, ?) WHERE check_id = ?",
        [to_text(at), staff_id, check_id],
    )
    add_event(db, BOARD_PANEL, check_id, at)
    add_event(db, PENDING_PANEL, check_id, at)


def _bound(db: Database, now: datetime) -> dict[str, object]:
    return {"now": reading_time(db, now), "asking_before": to_text(now - ASKING_LIMIT)}


def _kind(method: Method, reason: str | None) -> PendingKind:
    if method is Method.STATEMENT:
        return PendingKind.STATEMENT
    if method is Method.EMERGENCY:
        return PendingKind.EMERGENCY
    if reason == "counter.numbers_later":
        return PendingKind.NUMBERS_LATER
    return PendingKind.OUTAGE if (reason or "").startswith("gateway.") else PendingKind.UNKNOWN
