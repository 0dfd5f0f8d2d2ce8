"""The port behind which the spoken desk at the box lies: who works there, what they may, and what is noted. No I/O.

The box itself has no session. Somebody opens the desk with a number of their own and gets a session like a browser's:
noted as theirs, listed on 「ログイン中の画面」, ended there, locked when nobody presses a key, over after twelve hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from app.eligibility.voice_desk import DeskAct, DeskSource

CODE_DIGITS = 8
"""Of the number that opens the desk."""


class DoorState(Enum):
    """Whether keys reach the desk."""

    OPEN = "open"
    LOCKED = "locked"
    """Somebody's session waits for their number."""
    SHUT = "shut"
    """Nobody is at the desk."""


@dataclass(frozen=True, slots=True)
class DeskLiking:
    """How somebody listens at the tenkey: a rate from 1 to 9, a privacy level; ``None`` is the product's own choice."""

    rate_step: int | None = None
    privacy: str | None = None


@dataclass(frozen=True, slots=True)
class DeskTrouble:
    """What keeps patients from being checked, as codes of phrases.py; ``None`` where nothing does."""

    kiosk: str | None = None
    service: str | None = None


class DeskDoor(Protocol):
    """Used by one thread. Every call may raise ``StoreError``."""

    def enter(self, digits: str) -> bool:
        """Open the desk by a number.

        Returns:
            True for a new session; False when the person who was there is back.

        Raises:
            DeskCodeRefused: it is nobody's number. The try is noted.
            NoDeskCode: nobody has a number.
        """
        ...

    def look(self, *, by_person: bool = False) -> DoorState:
        """Say whether the desk is open; ``by_person``: somebody does something, so it stays open for longer."""
        ...

    def lock(self) -> None:
        """Close the desk because its person said so."""
        ...

    def leave(self) -> None:
        """End the session, if any."""
        ...

    def liking(self) -> DeskLiking: ...

    def keep_liking(self, liking: DeskLiking) -> None: ...

    def source(self) -> DeskSource:
        """The clinic's day; what is searched there is noted as done by whoever is at the desk."""
        ...

    def perform(self, act: DeskAct) -> int | None:
        """Do it; returns the reception number of what was recorded at the counter.

        Raises ``AlreadyHandled``, ``VisualEnded``, ``RecordMissing``.
        """
        ...

    def note_viewed(self, check_id: str) -> None:
        """Note that a check is told; what cannot be noted must not be told."""
        ...

    def version(self) -> int:
        """A number that changes when somebody else wrote; some 10 us."""
        ...

    def trouble(self) -> DeskTrouble: ...
