"""The one thread that may touch the reader, and deadlines for those who wait on it.

A PC/SC call cannot be interrupted. So a caller whose deadline passes leaves its job behind: the job is *abandoned*, may
send nothing more, and ends at its next command or when the reader lets go of it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from app.card.connection import ApduResponse, CardConnection, PinBuffer
from app.errors import CardError, KioskError, ReaderLost

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Job(Generic[T]):
    """One piece of work on the card. Runs at most once.

    ``failure`` names the log event of its error, for work whose result nobody waits for.
    """

    def __init__(self, work: Callable[[Job[T]], T], failure: str | None = None) -> None:
        self._work = work
        self._failure = failure
        self._done = threading.Event()
        self._abandoned_for: CardError | None = None
        self._value: list[T] = []
        self._error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self._done.is_set()

    def abandon(self, reason: CardError) -> None:
        """Nobody waits any more: the job may not send another command; where it wants to, it gets ``reason``."""
        if self._abandoned_for is None:
            self._abandoned_for = reason

    def tell(self, error: KioskError) -> None:
        """Log the failure of work whose result nobody waits for, once."""
        failure, self._failure = self._failure, None
        if failure is not None:
            logger.warning("%s code=%s", failure, error.code)

    def require_wanted(self) -> None:
        """Raise the reason for which the job was abandoned, if it was."""
        if self._abandoned_for is not None:
            raise self._abandoned_for

    def result(self, timeout_s: float) -> T:
        """Wait for the outcome. Raises what the job raised, or ``ReaderLost`` after ``timeout_s`` (abandoned)."""
        if not self._done.wait(timeout_s):
            self.abandon(ReaderLost())
            raise ReaderLost()
        if self._error is not None:
            raise self._error
        return self._value[0]

    def run(self) -> None:
        """Do the work; for the worker thread."""
        try:
            self._value.append(self._work(self))
        except KioskError as error:
            self._error = error
            self.tell(error)
        except Exception as error:  # noqa: BLE001 - the reader's thread must outlive any bug in a job
            logger.error("card.job_failed type=%s", type(error).__name__)
            self._error = CardError()
        finally:
            self._done.set()


class CardWorker:
    """Runs jobs one after the other on its own daemon thread."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job[object] | None] = queue.SimpleQueue()
        self._current: Job[object] | None = None
        self._thread = threading.Thread(target=self._run, name="card", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Let the queued jobs end; a stuck one is left behind with the thread."""
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def submit(self, work: Callable[[Job[T]], T], failure: str | None = None) -> Job[T]:
        job = Job(work, failure)
        self._jobs.put(job)  # type: ignore[arg-type]
        return job

    def bound(self, card: CardConnection) -> CardConnection:
        """Return ``card`` behind a check that refuses every command of an abandoned job."""
        return _BoundedConnection(card, self._require_wanted)

    def _require_wanted(self) -> None:
        if self._current is not None:
            self._current.require_wanted()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._current = job
            job.run()
            self._current = None


class _BoundedConnection:
    def __init__(self, card: CardConnection, require_wanted: Callable[[], None]) -> None:
        self._card = card
        self._require_wanted = require_wanted

    def transmit(self, apdu: bytes) -> ApduResponse:
        self._require_wanted()
        return self._card.transmit(apdu)

    def transmit_secret(self, header: bytes, secret: PinBuffer) -> ApduResponse:
        self._require_wanted()
        return self._card.transmit_secret(header, secret)

    def close(self) -> None:
        self._card.close()
