"""Writes that the store could not take at once: kept in order of arrival and tried until it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.errors import StoreError

logger = logging.getLogger(__name__)

LIMIT = 200
"""More than a day's visits: beyond it the oldest is dropped, loudly."""


class Outbox:
    """Retries writes in one thread of its own. A later write under the same key replaces an earlier one."""

    def __init__(self, retry_s: float = 1.0) -> None:
        self._retry_s = retry_s
        self._changed = threading.Condition()
        self._waiting: dict[str, Callable[[], object]] = {}
        self._closed = False
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

    def put(self, key: str, write: Callable[[], object]) -> None:
        with self._changed:
            self._waiting.pop(key, None)
            self._waiting[key] = write
            if len(self._waiting) > LIMIT:
                self._waiting.pop(next(iter(self._waiting)))
                logger.error("outbox.overflow")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drop(self, key: str) -> None:
        """A newer write under this key succeeded: the waiting one is out of date."""
        with self._changed:
            self._waiting.pop(key, None)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(2)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting)
                if self._closed:
                    return
                key, write = next(iter(self._waiting.items()))
            try:
                write()
            except StoreError as error:
                logger.warning("outbox.retry code=%s", error.code)
                with self._changed:
                    if self._waiting.get(key) is write:
                        # Behind the others: what can never be written must not hold them up.
                        self._waiting[key] = self._waiting.pop(key)
                    self._changed.wait_for(lambda: self._closed, self._retry_s)
                continue
            except Exception:
                logger.exception("outbox.bug")
            with self._changed:
                if self._waiting.get(key) is write:
                    del self._waiting[key]
