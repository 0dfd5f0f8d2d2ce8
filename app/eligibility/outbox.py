"""Writes that the store could not take at once: kept in order and tried until it does."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from app.errors import StoreError
from app.logs import log_bug

logger = logging.getLogger(__name__)

Write = Callable[[], object]

LIMIT = 200
"""More visits than a day has: beyond it the oldest is dropped, loudly."""


class Outbox:
    """Retries writes in one thread of its own. Writes under one key keep their order; keys do not wait for others."""

    def __init__(self, retry_s: float = 1.0) -> None:
        self._retry_s = retry_s
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Write]] = {}
        self._closed = False
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

    def holds(self, key: str) -> bool:
        """True while an earlier write of this key waits or is under way: a later one must not pass it."""
        with self._changed:
            return key in self._waiting

    def write(self, key: str, write: Write) -> bool:
        """Write now if nothing of this key waits; what cannot be written now is kept. True when it is durable."""
        if not self.holds(key):
            try:
                write()
            except StoreError as error:
                logger.warning("outbox.kept code=%s", error.code)
            else:
                return True
        self.put(key, write)
        return False

    def put(self, key: str, write: Write) -> None:
        """Keep a write behind the earlier ones of its key."""
        with self._changed:
            self._waiting.setdefault(key, deque()).append(write)
            if len(self._waiting) > LIMIT:
                self._waiting.pop(next(iter(self._waiting)))
                logger.error("outbox.overflow")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Stop retrying; each write that still waits is tried once more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(6)
        for key in list(self._waiting):
            while key in self._waiting and self._try_first(key):
                pass
        if self._waiting:
            logger.error("outbox.lost count=%d", len(self._waiting))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting)
                if self._closed:
                    return
                key = next(iter(self._waiting))
            if self._try_first(key):
                continue
            with self._changed:
                # Behind the others: what can never be written must not hold them up.
                if key in self._waiting:
                    self._waiting[key] = self._waiting.pop(key)
                self._changed.wait_for(lambda: self._closed, self._retry_s)

    def _try_first(self, key: str) -> bool:
        """Try a key's first write; True when it is done with, written or hopeless."""
        with self._changed:
            queue = self._waiting.get(key)
            if not queue:
                return True
            write = queue[0]
        try:
            write()
        except StoreError as error:
            logger.warning("outbox.retry again=%s", error.code)
            return False
        except Exception as error:  # noqa: BLE001 - a bug in one write must not end the thread that serves all
            log_bug(logger, "outbox.bug", error)
        with self._changed:
            queue.popleft()
            if not queue and self._waiting.get(key) is queue:
                del self._waiting[key]
        return True
