"""Which open page is the kiosk. The newest one wins; an older one says so and offers to take over."""

from __future__ import annotations

import logging
import threading
from collections import deque

from app.eligibility.reception import random_letters

logger = logging.getLogger(__name__)

CODE = "kiosk.other_page"
REMEMBERED = 16
"""Pages that are out and did not ask again yet. A reloaded page never does."""


class PageOwner:
    """Names each loaded page and remembers the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = ""
        self._out: deque[str] = deque(maxlen=REMEMBERED)

    def take_over(self) -> str:
        """Return the name of a page that is being loaded; every other page is out from now on."""
        with self._lock:
            if self._newest:
                self._out.append(self._newest)
            self._newest = random_letters()
            return self._newest

    def is_owner(self, page: str) -> bool:
        with self._lock:
            return page == self._newest

    def asks(self, page: str) -> bool:
        """Take a new request of a page; True for the owner. One that lives on after it was taken over is told once."""
        with self._lock:
            if page == self._newest:
                return True
            lives_on = page in self._out
            if lives_on:
                self._out.remove(page)
        if lives_on:
            logger.warning("kiosk.taken_over code=%s", CODE)
        return False
