"""Which open page is the kiosk. The newest one wins; an older one says so and offers to take over."""

from __future__ import annotations

import threading

from app.eligibility.reception import random_letters


class PageOwner:
    """Names each loaded page and remembers the newest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = ""

    def take_over(self) -> str:
        """Return the name of a page that is being loaded; every other page is out from now on."""
        with self._lock:
            self._newest = random_letters()
            return self._newest

    def is_owner(self, page: str) -> bool:
        with self._lock:
            return page == self._newest
