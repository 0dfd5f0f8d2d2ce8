"""What happened while no desk of 音声端末モード was there: the page says up to which event it was told."""

from __future__ import annotations

import re

from app.speech.desk_news import NOTHING_MISSED, Missed
from app.store.database import Store
from app.store.events import PENDING_PANEL, newest_after

CURSOR = re.compile("[0-9]{1,15}")
MOST = 500
"""Events; who missed more than that finds the older ones on the day's list alone."""


def missed_since(store: Store, cursor: str | None) -> Missed:
    """Read it; nothing where the page cannot say what it was told. Raises ``StoreError``."""
    if cursor is None or not CURSOR.fullmatch(cursor):
        return NOTHING_MISSED
    events = newest_after(store.database(), int(cursor), MOST)
    return Missed(
        frozenset(event.subject_id for event in events),
        frozenset(event.subject_id for event in events if event.kind == PENDING_PANEL),
    )
