"""The kiosk's eye on the service: every question's outcome is noted, and while the service is away, or staff ask, a
connection is tried that says nothing of anybody. When staff asked and the service answers, what can be asked again
without a card is (``ask_again.py``).

Only the kiosk process may reach the service; staff read what it noted. Nothing here holds up a patient: notes are
written by a thread of their own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.clock import Clock
from app.errors import EligibilityError, StoreError
from app.logs import log_bug

logger = logging.getLogger(__name__)

LOOK_S = 2.0
"""How soon a press of staff is seen; one statement of about 50 us each time."""
RETRY_S = 30.0
"""Between two tries while the service is away."""
FRESH_S = 300.0
"""An unchanged "it works" is written at most so often."""

NOT_ABOUT_SERVICE = frozenset({"gateway.refused", "gateway.reply_mismatched"})
"""Outcomes that show a service which answers."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a kiosk met at the service. ``code`` says what stood in the way; ``None`` when it answered."""

    code: str | None
    at: datetime

    @property
    def is_up(self) -> bool:
        return self.code is None


class HealthBook(Protocol):
    """Where health is noted and asked for. Every call may raise ``StoreError``."""

    def note(self, kiosk: str, health: Health, answered: int) -> None:
        """Keep the newest health of a kiosk; ``answered`` is the last try of staff that it follows."""
        ...

    def asked(self) -> int:
        """How many tries staff asked for; 0 for none."""
        ...


class Again(Protocol):
    """Asks again what needs no card."""

    def run(self) -> EligibilityError | None:
        """Ask all; returns what ended that early. May raise ``StoreError``."""
        ...

    def close(self) -> None:
        """Ask nothing more."""
        ...


class ServiceWatch:
    """Runs in the kiosk process. ``heard`` is called by whoever asked the service; ``probe`` raises what is wrong."""

    def __init__(
        self,
        probe: Callable[[], None],
        book: HealthBook,
        clock: Clock,
        kiosk: str,
        again: Again | None = None,
    ) -> None:
        self._probe = probe
        self._book = book
        self._clock = clock
        self._kiosk = kiosk
        self._again = again
        self._changed = threading.Condition()
        self._heard: Health | None = None
        self._written: Health | None = None
        self._answered: int | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="service-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._again is not None:
            self._again.close()
        if self._thread is not None:
            self._thread.join(5)

    def heard(self, error: EligibilityError | None) -> None:
        """Take one outcome; returns at once."""
        is_up = error is None or error.code in NOT_ABOUT_SERVICE
        with self._changed:
            self._heard = Health(None if is_up or error is None else error.code, self._clock.now())
            self._changed.notify_all()

    def look(self) -> None:
        """One look: answer a press of staff, try an absent service again, write what is new. Never raises."""
        try:
            self._look()
        except StoreError as error:
            logger.warning("service_watch.not_noted outcome=%s", error.code)
        except Exception as error:  # noqa: BLE001 - the thread must outlive a bug
            log_bug(logger, "service_watch.bug", error)

    def _look(self) -> None:
        asked = self._book.asked()
        if self._answered is None:
            self._answered = asked  # presses of before this process began are nobody's wish now
        is_wished = asked > self._answered
        if is_wished or self._is_due():
            self._try()
        with self._changed:
            health = self._heard
        if health is None or not (is_wished or self._is_news(health)):
            return
        self._book.note(self._kiosk, health, asked)
        self._written, self._answered = health, asked
        if is_wished and health.is_up and self._again is not None:
            error = self._again.run()
            if error is not None:
                self.heard(error)

    def _is_due(self) -> bool:
        """True while the service is away and the last look at it is a while ago."""
        with self._changed:
            health = self._heard
        if health is None or health.is_up:
            return False
        return (self._clock.now() - health.at).total_seconds() >= RETRY_S

    def _is_news(self, health: Health) -> bool:
        old = self._written
        if old is None or old.code != health.code:
            return True
        return health.at != old.at and (health.at - old.at).total_seconds() >= FRESH_S

    def _try(self) -> None:
        try:
            self._probe()
        except EligibilityError as error:
            logger.info("service_watch.tried outcome=%s", error.code)
            self.heard(error)
        else:
            self.heard(None)

    def _run(self) -> None:
        while True:
            with self._changed:
                before = self._heard
            self.look()
            with self._changed:
                if not self._closed and self._heard is before:
                    self._changed.wait(LOOK_S)
                if self._closed:
                    return
