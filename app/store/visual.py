"""Requests for 目視確認: a kiosk opens and closes them, one member of staff answers, the kiosk looks for the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.eligibility.visual import Preference, VisualDecision, VisualRequest
from app.errors import AlreadyHandled, VisualEnded
from app.store.audit import actor_name, add_audit
from app.store.database import Store
from app.store.events import Wake, add_event, wake_quietly
from app.store.preferences import use_preference
from app.store.values import from_text, to_exact_text, to_text

VISUAL_PANEL = "visual-panel"
METHOD_WAIT_S = 0.5
"""So long a card waits for other writers when a choice for one patient is to be used up."""
_CONFIRMED, _REFUSED = "confirmed", "refused"


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Somebody waits at ``kiosk`` to be looked at. ``reason`` is a code of phrases.py."""

    request_id: str
    check_id: str
    kiosk: str
    reason: str | None
    opened_at: datetime


class StoreVisualDesk:
    """Implements ``app.eligibility.visual.VisualDesk``. Safe to call from any thread."""

    def __init__(self, store: Store, wake: Wake) -> None:
        self._store = store
        self._wake = wake

    def choose_method(self, kiosk: str, at: datetime) -> Preference:
        return use_preference(self._store, self._wake, kiosk, at, wait_s=METHOD_WAIT_S)

    def open_request(self, request: VisualRequest) -> None:
        at = request.opened_at
        with self._store.writing() as db:
            _close(db, "kiosk = ?", [request.kiosk], at)
            db.execute(
                "INSERT INTO visual_requests (id, check_id, kiosk, card_epoch, opened_at) VALUES (?, ?, ?, ?, ?)",
                [request.request_id, request.check_id, request.kiosk, request.card_epoch, to_exact_text(at)],
            )
            add_event(db, VISUAL_PANEL, request.check_id, at)
        wake_quietly(self._wake)

    def close_request(self, request_id: str, at: datetime) -> None:
        self._close("id = ?", [request_id], at)

    def decision_on(self, request_id: str) -> VisualDecision | None:
        with self._store.reading() as db:
            row = db.execute(
                "SELECT r.decision, s.name, r.decided_at FROM visual_requests AS r"
                " JOIN staff AS s ON s.id = r.decided_by WHERE r.id = ? AND r.decision IS NOT NULL",
                [request_id],
            ).fetchone()
        return None if row is None else VisualDecision(row[0] == _CONFIRMED, row[1], from_text(row[2]))

    def close_left_open(self, kiosk: str, at: datetime) -> None:
        self._close("kiosk = ? AND opened_at < ?", [kiosk, to_exact_text(at)], at)

    def _close(self, which: str, cells: list[str], at: datetime) -> None:
        with self._store.writing() as db:
            if not _close(db, which, cells, at):
                return
        wake_quietly(self._wake)


def _close(db: Database, which: str, cells: list[str], at: datetime) -> bool:
    """Close the open requests that ``which`` names; each tells the panel. True if there was one."""
    closed = db.execute(
        f"UPDATE visual_requests SET closed_at = ? WHERE closed_at IS NULL AND {which} RETURNING check_id",  # noqa: S608
        [to_text(at), *cells],
    ).fetchall()
    for (check_id,) in closed:
        add_event(db, VISUAL_PANEL, check_id, at)
    return bool(closed)


def open_requests(store: Store) -> list[OpenRequest]:
    """Return who waits to be looked at, longest first. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT r.id, r.check_id, r.kiosk, c.reason, r.opened_at FROM visual_requests AS r"
            " JOIN checks AS c ON c.check_id = r.check_id WHERE r.closed_at IS NULL ORDER BY r.opened_at, r.id"
        ).fetchall()
    return [
        OpenRequest(request_id, check_id, kiosk, reason, from_text(opened_at))
        for request_id, check_id, kiosk, reason, opened_at in rows
    ]


def decide_request(
    store: Store, wake: Wake, request_id: str, staff_id: int, at: datetime, *, is_confirmed: bool
) -> None:
    """Answer a request, once and for good; noted in 操作記録 under the check's id.

    Raises:
        AlreadyHandled: somebody answered before.
        VisualEnded: the card left, the patient went back, or there is no such request.
        StoreBusy, StoreUnwritable.
    """
    decision = _CONFIRMED if is_confirmed else _REFUSED
    with store.writing() as db:
        row = db.execute(
            "UPDATE visual_requests SET decision = ?, decided_at = ?, decided_by = ?, closed_at = ?"
            " WHERE id = ? AND closed_at IS NULL RETURNING check_id",
            [decision, to_text(at), staff_id, to_text(at), request_id],
        ).fetchone()
        if row is None:
            kept = db.execute("SELECT decision FROM visual_requests WHERE id = ?", [request_id]).fetchone()
            raise AlreadyHandled() if kept is not None and kept[0] is not None else VisualEnded()
        add_event(db, VISUAL_PANEL, row[0], at)
        action = AuditAction.CONFIRMED_VISUAL if is_confirmed else AuditAction.REFUSED_VISUAL
        add_audit(db, at, actor_name(db, staff_id), action, row[0])
    wake_quietly(wake)
