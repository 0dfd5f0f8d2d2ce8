"""Which kiosks cannot take cards, as they noted it themselves. Nothing personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.store.database import Store
from app.store.events import Wake, add_event, wake_quietly
from app.store.keeping import KEEPING_PANEL
from app.store.values import from_text, to_text


@dataclass(frozen=True, slots=True)
class KioskOut:
    """A kiosk that does not work. ``code`` says why, ``since`` is when it stopped."""

    kiosk: str
    code: str
    since: datetime


class StoreKioskBook:
    """``KioskBook`` on the store."""

    def __init__(self, store: Store, wake: Wake) -> None:
        self._store = store
        self._wake = wake

    def note(self, kiosk: str, code: str | None, at: datetime) -> None:
        """Keep what is wrong with a kiosk (``None``: nothing) and have the board look. Raises ``StoreError``."""
        with self._store.writing() as db:
            done = db.execute(
                "INSERT INTO kiosk_states (kiosk, code, since) VALUES (?, ?, ?)"
                " ON CONFLICT (kiosk) DO UPDATE SET"
                " since = CASE WHEN (code IS NULL) = (excluded.code IS NULL) THEN since ELSE excluded.since END,"
                " code = excluded.code WHERE code IS NOT excluded.code",
                [kiosk, code, to_text(at)],
            )
            if done.rowcount != 1:
                return
            add_event(db, KEEPING_PANEL, "kiosk", at)
        wake_quietly(self._wake)


def kiosks_out(store: Store) -> list[KioskOut]:
    """Return the kiosks that do not work, the one that stopped first on top. Raises ``StoreError``."""
    with store.reading() as db:
        rows = db.execute(
            "SELECT kiosk, code, since FROM kiosk_states WHERE code IS NOT NULL ORDER BY since, kiosk"
        ).fetchall()
    return [KioskOut(kiosk, code, from_text(since)) for kiosk, code, since in rows]
