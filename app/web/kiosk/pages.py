"""Which open page is the kiosk. The newest one wins; an older one says so and offers to take over."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

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
        self._waiting: Counter[str] = Counter()

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

    @contextmanager
    def waiting(self, page: str) -> Iterator[None]:
        """While this lasts, the page waits for its next screen."""
        with self._lock:
            self._waiting[page] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting[page] -= 1
                if not self._waiting[page]:
                    del self._waiting[page]

    def is_waiting(self, page: str) -> bool:
        with self._lock:
            return page in self._waiting

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
