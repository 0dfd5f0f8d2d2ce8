"""How the eligibility service is, as the kiosks noted it, and the tries that staff ask for. Nothing personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.eligibility.audit import AuditAction
from app.eligibility.service_watch import Health
from app.store.audit import actor_name, add_audit
from app.store.database import Store
from app.store.events import PENDING_PANEL, Wake, add_event, wake_quietly
from app.store.pending import askable_visits
from app.store.values import from_text, to_text


@dataclass(frozen=True, slots=True)
class ServiceState:
    """``is_up`` is ``None`` before any kiosk spoke; ``is_tried`` while a press of staff waits for an answer."""

    is_up: bool | None
    code: str | None
    since: datetime | None
    looked_at: datetime | None
    is_tried: bool
    tried_at: datetime | None


class StoreHealthBook:
    """``HealthBook`` on the store."""

    def __init__(self, store: Store, wake: Wake) -> None:
        self._store = store
        self._wake = wake

    def note(self, kiosk: str, health: Health, answered: int) -> None:
        """Keep a kiosk's newest health; ``since`` is when the service came or went. Raises ``StoreError``."""
        at = to_text(health.at)
        with self._store.writing() as db:
            db.execute(
                "INSERT INTO service_health (kiosk, is_up, code, since, looked_at, answered) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (kiosk) DO UPDATE SET"
                " since = CASE WHEN is_up = excluded.is_up THEN since ELSE excluded.since END,"
                " is_up = excluded.is_up, code = excluded.code, looked_at = excluded.looked_at,"
                " answered = excluded.answered",
                [kiosk, int(health.is_up), health.code, at, at, answered],
            )
            add_event(db, PENDING_PANEL, "service", health.at)
        wake_quietly(self._wake)

    def asked(self) -> int:
        """Raises ``StoreError``."""
        with self._store.reading() as db:
            row = db.execute("SELECT asked FROM service_trials WHERE id = 1").fetchone()
        return 0 if row is None else int(row[0])


def ask_for_trial(store: Store, wake: Wake, staff_id: int, at: datetime) -> None:
    """Wish that the kiosks try the service now and ask again what needs no card. Raises ``StoreError``."""
    with store.writing() as db:
        db.execute(
            "INSERT INTO service_trials (id, asked, asked_at) VALUES (1, 1, ?)"
            " ON CONFLICT (id) DO UPDATE SET asked = asked + 1, asked_at = excluded.asked_at",
            [to_text(at)],
        )
        count = len(askable_visits(db, at))
        add_event(db, PENDING_PANEL, "service", at)
        add_audit(db, at, actor_name(db, staff_id), AuditAction.ASKED_AGAIN, detail=f"service visits={count}")
    wake_quietly(wake)


def service_state(store: Store) -> ServiceState:
    """Return what the kiosk that looked last met. Raises ``StoreError``."""
    with store.reading() as db:
        row = db.execute(
            "SELECT is_up, code, since, looked_at FROM service_health ORDER BY looked_at DESC, kiosk LIMIT 1"
        ).fetchone()
        answered = db.execute("SELECT max(answered) FROM service_health").fetchone()[0]
        trial = db.execute("SELECT asked, asked_at FROM service_trials WHERE id = 1").fetchone()
    is_tried = trial is not None and int(trial[0]) > int(answered or 0)
    tried_at = None if trial is None else from_text(trial[1])
    if row is None:
        return ServiceState(None, None, None, None, is_tried, tried_at)
    return ServiceState(bool(row[0]), row[1], from_text(row[2]), from_text(row[3]), is_tried, tried_at)
