"""What checks have under way: the jobs of one check in order, one at a time, those of several beside each other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial

Job = Callable[[], None]


class Jobs:
    """Has jobs run elsewhere. ``lock`` guards what waits; it is never held while a job runs."""

    def __init__(self, lock: threading.Condition, spawn: Callable[[Job], object], guard: Callable[[Job], None]) -> None:
        """Args: ``spawn`` runs one job elsewhere; ``guard`` runs one where it stands and bears its bugs."""
        self._lock = lock
        self._spawn = spawn
        self._guard = guard
        self._waiting: dict[str, deque[Job]] = {}

    def beside(self, job: Job) -> None:
        """Have a job run that waits for no other, and that no other waits for."""
        self._spawn(partial(self._guard, job))

    def after_others(self, check_id: str, job: Job) -> None:
        """Have a job run once those of this check that came before are done. The caller holds the lock."""
        queue = self._waiting.setdefault(check_id, deque())
        queue.append(job)
        if len(queue) == 1:
            self._spawn_first(check_id)

    def _spawn_first(self, check_id: str) -> None:
        self.beside(partial(self._do_first, check_id))

    def _do_first(self, check_id: str) -> None:
        """Do the first waiting job of a check, then have the next one done."""
        self._waiting[check_id][0]()
        with self._lock:
            queue = self._waiting[check_id]
            queue.popleft()
            if queue:
                self._spawn_first(check_id)
            else:
                del self._waiting[check_id]


def spawn_thread(job: Job) -> None:
    """Run a job in a thread of its own."""
    threading.Thread(target=job, name="check", daemon=True).start()
