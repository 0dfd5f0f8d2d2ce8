"""Whether the kiosk can take cards, told once for each change: one log line with a code, one note for staff."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from app.eligibility.ports import DeskState, DeskStatus
from app.errors import CardProcessDown, ReaderLost

logger = logging.getLogger(__name__)

LOST: Final = {DeskState.DOWN: CardProcessDown.code, DeskState.NO_READER: ReaderLost.code}
"""States in which no card can be taken, and the code that says why unless the card process knows better."""


def lost_code(status: DeskStatus) -> str | None:
    """Why no card can be taken: what the card process found, else what its state means; ``None``: one can."""
    usual = LOST.get(status.state)
    return usual and (status.error_code or usual)


class KioskBook(Protocol):
    """Where a kiosk's state is noted for staff."""

    def note(self, kiosk: str, code: str | None, at: datetime) -> None:
        """Keep what is wrong with a kiosk since ``at``; ``None``: it works. Raises ``StoreError``."""
        ...


class Outage:
    """Follows the states of the card desk. Not thread-safe: ``Reception`` holds the lock.

    A process that has just started has not heard of its reader yet: nothing is told until it has, or until
    somebody says that this has taken too long.
    """

    def __init__(self, note: Callable[[str | None], None]) -> None:
        """Args: ``note`` gets the code, ``None`` once the kiosk works; it must return at once."""
        self._note = note
        self._is_known = False
        self._code: str | None = None

    def look(self, status: DeskStatus, *, has_waited: bool = False) -> None:
        """Take a status. ``has_waited``: it has stood for a while, so a start is over too."""
        code = lost_code(status)
        if code is not None and not (self._is_known or has_waited):
            return
        if self._is_known and code == self._code:
            return
        if code is None:
            logger.info("kiosk.working")
        elif self._code is None:
            # A finding of the card process stands in its log with this code: it is the reason here, and told once.
            logger.warning("kiosk.not_working %s=%s", "code" if status.error_code is None else "reason", code)
        else:
            # Still the same outage: a card process that starts anew names its reader a moment later.
            logger.info("kiosk.not_working now=%s", code)
        self._is_known, self._code = True, code
        self._note(code)
