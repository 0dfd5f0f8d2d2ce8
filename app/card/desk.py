"""The state of the reader and the card on it, and what the kiosk may ask of them.

Three threads meet here: the main loop brings reader events and enforces limits, server threads bring requests, the
worker does what touches the card. ``_changed`` guards everything but ``_held``, which belongs to the worker alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.card.connection import CardReader, PinBuffer
from app.card.held import HeldSession
from app.card.jpki import CardReading
from app.card.keypad import KeypadDesk
from app.card.watcher import Presence, ReaderEvent
from app.card.worker import CardWorker, Job
from app.clock import Clock
from app.eligibility.ports import DeskState, DeskStatus, Keypad, SignedNonce
from app.errors import CardError, CardRemoved, PinIncorrect, PinLocked, PinMissing, ReaderLost, StaleEpoch

REMOVAL_CONFIRM_S: Final = 0.6
"""A lost card that the reader still calls present after this long was put back between two looks of pcscd."""
MAX_TEARS: Final = 2
"""So often a card that tears off is taken up again by itself; then the patient is asked to lay it better."""
STUCK_GRACE_S: Final = 5.0
"""A call that still hangs this long after its card or reader is gone will not come back."""


class Desk:
    """One reader. Requests block at most ``deadline_s``; ``wake`` asks the main loop to look at the limits again."""

    def __init__(
        self,
        reader: CardReader,
        worker: CardWorker,
        clock: Clock,
        deadline_s: float,
        first_epoch: int,
        wake: Callable[[], None],
    ) -> None:
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
        self._job: Job[CardReading] | Job[SignedNonce] | None = None
        self._read_until_s: float | None = None
        self._stuck: Job[CardReading] | Job[SignedNonce] | None = None
        self._stuck_until_s: float | None = None
        self._removal_until_s: float | None = None
        self._tears = 0
        self.is_beyond_repair = False

    # What the server asks

    def status(self) -> DeskStatus:
        with self._changed:
            return self._status

    def wait(self, seen: DeskStatus | None, timeout_s: float) -> DeskStatus:
        """Return the status as soon as it differs from ``seen``, at the latest after ``timeout_s``."""
        with self._changed:
            self._changed.wait_for(lambda: self._status != seen, timeout_s)
            return self._status

    def read_again(self, epoch: int) -> None:
        """Start a new read of the card that lies there. Raises ``StaleEpoch``."""
        with self._changed:
            lies_there = (DeskState.READING, DeskState.READY, DeskState.UNREADABLE)
            if epoch != self._status.epoch or self._status.state not in lies_there:
                raise StaleEpoch()
            if self._status.state is not DeskState.READING:
                self._start_read(epoch)

    def open_keypad(self, epoch: int) -> Keypad:
        """Make a keypad for this insertion. Raises ``StaleEpoch``."""
        with self._changed:
            self._require_ready(epoch)
            return self._keypads.open(epoch)

    def sign(self, epoch: int, keypad_id: str, tokens: tuple[str, ...], nonce: bytes) -> SignedNonce:
        """Spend the keypad, verify once, sign. Errors: see ``CardDesk.sign``."""
        with self._changed:
            reading = self._require_ready(epoch)
            pin = self._keypads.spend(epoch, keypad_id, tokens)
            if not reading.report.has_pin:
                pin.wipe()
                raise PinMissing()
            job = self._worker.submit(lambda job: self._sign(job, epoch, reading, pin, nonce))
            self._job = job
        try:
            return job.result(self._deadline_s)
        except ReaderLost:
            with self._changed:
                if not job.is_done:
                    self._give_up(job, epoch)
            raise
        finally:
            pin.wipe()

    def release(self, epoch: int) -> None:
        """End the session: forget the keypad and power the card off."""
        with self._changed:
            if epoch == self._status.epoch:
                self._keypads.wipe()
                self._worker.submit(lambda _: self._held.close())

    # What the main loop brings

    def take(self, event: ReaderEvent) -> None:
        """A card or reader came or went: whatever ran for the card before it is over."""
        with self._changed:
            self._presence, self._reader_name = event.presence, event.reader
            self._tears = 0
            self._end_insertion()
            if self._stuck is not None and not self._stuck.is_done:
                self._stuck_until_s = self._clock.monotonic_s() + STUCK_GRACE_S
            if event.presence is Presence.INSERTED:
                self._begin_insertion()
            else:
                self._worker.submit(lambda _: self._held.close())
                state = DeskState.NO_CARD if event.presence is Presence.EMPTY else DeskState.NO_READER
                self._publish(DeskStatus(state, self._status.epoch))

    def seconds_to_next_limit(self) -> float | None:
        """How long the main loop may sleep; ``None`` for as long as nothing happens."""
        with self._changed:
            limits = [
                limit for limit in (self._read_until_s, self._stuck_until_s, self._removal_until_s) if limit is not None
            ]
            return max(0.0, min(limits) - self._clock.monotonic_s()) if limits else None

    def enforce_limits(self) -> None:
        """Give up what took too long, and take up a card that was never really gone."""
        with self._changed:
            now = self._clock.monotonic_s()
            if self._read_until_s is not None and now >= self._read_until_s and self._job is not None:
                self._give_up(self._job, self._status.epoch)
            if self._stuck is not None and self._stuck.is_done:
                self._stuck = self._stuck_until_s = None
            if self._stuck_until_s is not None and now >= self._stuck_until_s:
                self.is_beyond_repair = True
            if self._removal_until_s is not None and now >= self._removal_until_s:
                self._removal_until_s = None
                self._take_up_torn_card()

    def stop(self) -> None:
        """Close the session if the worker is free to; forget the keypad."""
        with self._changed:
            self._end_insertion()
            self._worker.submit(lambda _: self._held.close())
        self._worker.stop(timeout_s=1.0)

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
        self._job = self._worker.submit(lambda job: self._read(job, epoch, reader))
        self._wake()

    def _give_up(self, job: Job[CardReading] | Job[SignedNonce], epoch: int) -> None:
        job.abandon(ReaderLost())
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

    def _lose(self, job: Job[CardReading] | Job[SignedNonce], epoch: int, error: CardError) -> None:
        if isinstance(error, CardRemoved):
            self._held.set_aside()
        else:
            self._held.close()
        with self._changed:
            is_latest = self._job is job or (self._job is None and self._stuck is job)
            if is_latest and epoch == self._status.epoch:
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
