"""The card that lies there: its read, its powered session, and how it is lost.

``_changed`` guards everything but ``_held``, which belongs to the worker's thread alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from app.card.connection import CardReader, PinBuffer
from app.card.held import HeldSession
from app.card.jpki import CardReading
from app.card.keypad import KeypadDesk
from app.card.watcher import Presence
from app.card.worker import CardWorker, Job
from app.clock import Clock
from app.eligibility.ports import DeskState, DeskStatus, SignedNonce
from app.errors import (
    CardError,
    CardRemoved,
    PinIncorrect,
    PinLocked,
    PinMissing,
    ReaderLost,
    StaleEpoch,
)

AnyJob = Job[Any]

REMOVAL_CONFIRM_S: Final = 0.6
"""A lost card that the reader still calls present after this long was put back between two looks of pcscd."""
MAX_TEARS: Final = 2
"""So often a card that tears off is taken up again by itself; then the patient is asked to lay it better."""


class Insertion:
    """What ``Desk`` holds of the present insertion, and the work on its card."""

    def __init__(
        self,
        reader: CardReader,
        worker: CardWorker,
        clock: Clock,
        deadline_s: float,
        first_epoch: int,
        wake: Callable[[], None],
        watched_at_s: Callable[[], float] | None = None,
    ) -> None:
        """``watched_at_s`` tells when PC/SC last answered the watcher; without it silence is not noticed."""
        self._worker = worker
        self._clock = clock
        self._deadline_s = deadline_s
        self._next_epoch = first_epoch
        self._wake = wake
        self._keypads = KeypadDesk(clock)
        self._changed = threading.Condition()
        self._status = DeskStatus(DeskState.NO_READER)
        self._presence = Presence.NO_READER
        self._reader_name = ""
        self._reading: CardReading | None = None
        self._held = HeldSession(reader, worker)
        self._job: AnyJob | None = None
        self._read_until_s: float | None = None
        self._stuck: AnyJob | None = None
        self._stuck_until_s: float | None = None
        self._removal_until_s: float | None = None
        self._tears = 0
        self._watched_at_s = watched_at_s
        self._is_silent = False
        self.is_beyond_repair = False

    # Under the lock

    def _require_ready(self, epoch: int) -> CardReading:
        if epoch != self._status.epoch or self._status.state is not DeskState.READY or self._reading is None:
            raise StaleEpoch()
        return self._reading

    def _publish(self, status: DeskStatus) -> None:
        if replace(status, serial=self._status.serial) != self._status:
            self._status = replace(status, serial=self._status.serial + 1)
            self._changed.notify_all()

    def _begin_insertion(self) -> None:
        epoch = max(self._next_epoch, self._status.epoch + 1)
        self._next_epoch = epoch + 1
        self._start_read(epoch)

    def _end_insertion(self) -> None:
        self._keypads.wipe()
        self._reading = None
        self._read_until_s = self._removal_until_s = None
        if self._job is not None:
            self._job.abandon(CardRemoved())
            if self._stuck is None or self._stuck.is_done:
                self._stuck = self._job
            self._job = None

    def _start_read(self, epoch: int) -> None:
        self._keypads.wipe()
        self._reading = None
        reader = self._reader_name
        self._read_until_s = self._clock.monotonic_s() + self._deadline_s
        self._publish(DeskStatus(DeskState.READING, epoch))
        failure = None if self._tears else "card.read_failed"  # a torn card that is taken up again was told already
        self._job = self._worker.submit(lambda job: self._read(job, epoch, reader), failure)
        self._wake()

    def _give_up(self, job: AnyJob, epoch: int) -> None:
        job.abandon(ReaderLost())
        job.tell(ReaderLost())  # a call that hangs may end with its card only, or never
        if self._stuck is None or self._stuck.is_done:
            self._stuck = job
        if epoch == self._status.epoch and self._job is job:
            self._fail(ReaderLost())

    def _fail(self, error: CardError) -> None:
        self._keypads.wipe()
        self._reading = self._job = self._read_until_s = None
        epoch = self._status.epoch
        if isinstance(error, CardRemoved) and self._tears < MAX_TEARS:
            self._removal_until_s = self._clock.monotonic_s() + REMOVAL_CONFIRM_S
            self._publish(DeskStatus(DeskState.NO_CARD, epoch))
            self._wake()
        else:
            self._publish(DeskStatus(DeskState.UNREADABLE, epoch, error_code=error.code))

    def _take_up_torn_card(self) -> None:
        """The card was lost in a command, and the reader saw none leave: what lies there now is a new insertion."""
        if self._presence is Presence.INSERTED:
            self._tears += 1
            self._begin_insertion()

    # On the worker

    def _read(self, job: Job[CardReading], epoch: int, reader: str) -> CardReading:
        self._held.close()
        try:
            job.require_wanted()
            reading = self._held.open(reader).read()
        except CardError as error:
            self._lose(job, epoch, error)
            raise
        if not reading.report.has_pin:
            self._held.close()
        with self._changed:
            if self._job is job:
                self._reading, self._read_until_s = reading, None
                self._publish(DeskStatus(DeskState.READY, epoch, reading.report))
                return reading
        self._held.close()
        return reading

    def _sign(
        self, job: Job[SignedNonce], epoch: int, reading: CardReading, pin: PinBuffer, nonce: bytes
    ) -> SignedNonce:
        is_over = True
        try:
            job.require_wanted()
            session = self._held.current or self._held.open(self._reader_name)
            proof = session.sign(reading, pin, nonce)
            # Power off before anybody is told: from here on nobody signs without the PIN.
            self._held.close()
            self._update_attempts(job, reading, reading.profile.max_attempts)
            return proof
        except (PinIncorrect, PinLocked, StaleEpoch) as error:
            attempts = getattr(error, "attempts_remaining", 0 if isinstance(error, PinLocked) else None)
            is_over = not self._refresh_attempts(job, epoch, reading, attempts)
            raise
        except PinMissing:
            raise
        except CardError as error:
            self._lose(job, epoch, error)
            raise
        finally:
            pin.wipe()
            if is_over and self._held.current is not None:
                self._held.close()

    def _show(self, job: Job[bytes], epoch: int, reading: CardReading) -> bytes:
        try:
            job.require_wanted()
            return self._held.open(self._reader_name).certificate_of(reading)
        except CardError as error:
            self._lose(job, epoch, error)
            raise
        finally:
            if self._held.current is not None:
                self._held.close()

    def _refresh_attempts(self, job: Job[SignedNonce], epoch: int, reading: CardReading, attempts: int | None) -> bool:
        """Ask the card for the tries left after a refusal; ``attempts`` is what the refusal said. True: card holds."""
        try:
            if self._held.current is not None and attempts != 0:
                asked = self._held.current.attempts_remaining(reading.profile)
                attempts = attempts if asked is None else asked
        except CardError as error:
            self._lose(job, epoch, error)
            return False
        return self._update_attempts(job, reading, attempts)

    def _lose(self, job: AnyJob, epoch: int, error: CardError) -> None:
        if isinstance(error, CardRemoved):
            self._held.set_aside()
        else:
            self._held.close()
        with self._changed:
            is_latest = self._job is job or (self._job is None and self._stuck is job)
            # What hung may end after its card, its reader or pcscd went: the watcher's word stands then.
            is_there = self._presence is Presence.INSERTED and not self._is_silent
            if is_latest and is_there and epoch == self._status.epoch:
                self._fail(error)

    def _update_attempts(self, job: Job[SignedNonce], reading: CardReading, attempts: int | None) -> bool:
        """Publish the tries left; returns whether this is still the card that lies there."""
        with self._changed:
            if self._job is not job:
                return False
            report = replace(reading.report, attempts_remaining=attempts)
            self._reading = replace(reading, report=report)
            self._publish(DeskStatus(DeskState.READY, self._status.epoch, report))
            return True
