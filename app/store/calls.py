"""Calls for help from a kiosk."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.audit import AuditAction
from app.errors import AlreadyHandled, RecordMissing
from app.store.audit import actor_name, add_audit
from app.store.database import Store
from app.store.events import CALLS_PANEL, Wake, add_event, wake_quietly
from app.store.values import from_text, to_text


@dataclass(frozen=True, slots=True)
class OpenCall:
    """Somebody at ``kiosk`` pressed 係員を呼ぶ on ``screen`` and nobody answered yet."""

    call_id: str
    kiosk: str
    screen: str
    called_at: datetime


def add_call(db: Database, kiosk: str, screen: str, at: datetime) -> bool:
    """Write a call and its event inside the caller's write transaction.

    Returns:
        False when this kiosk's earlier call is still open; that one stays as it is.
    """
    call_id = secrets.token_hex(16)
    done = db.execute(
        "INSERT INTO calls (id, kiosk, screen, called_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [call_id, kiosk, screen, to_text(at)],
    )
    if done.rowcount != 1:
        return False
    add_event(db, CALLS_PANEL, call_id, at)
    return True


def open_calls(store: Store) -> list[OpenCall]:
    """Return the calls nobody answered, oldest first. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT id, kiosk, screen, called_at FROM calls WHERE answered_at IS NULL ORDER BY called_at, id"
        ).fetchall()
    return [OpenCall(call_id, kiosk, screen, from_text(at)) for call_id, kiosk, screen, at in rows]


def answer_call(store: Store, wake: Wake, call_id: str, staff_id: int, at: datetime) -> None:
    """Note who goes.

    Raises:
        AlreadyHandled: somebody answered before.
        RecordMissing: no such call.
        StoreBusy, StoreUnwritable.
    """
    with store.writing() as db:
        done = db.execute(
            "UPDATE calls SET answered_at = ?, answered_by = ? WHERE id = ? AND answered_at IS NULL",
            [to_text(at), staff_id, call_id],
        )
        if done.rowcount != 1:
            if db.execute("SELECT 1 FROM calls WHERE id = ?", [call_id]).fetchone() is None:
                raise RecordMissing()
            raise AlreadyHandled()
        add_event(db, CALLS_PANEL, call_id, at)
        add_audit(db, at, actor_name(db, staff_id), AuditAction.ANSWERED, call_id)
    wake_quietly(wake)
