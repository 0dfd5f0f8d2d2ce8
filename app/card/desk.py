"""The state of the reader and the card on it, and what the kiosk may ask of them.

Three threads meet here: the main loop brings reader events and enforces limits, server threads bring requests, the
worker does what touches the card. ``_changed`` guards everything but ``_held``, which belongs to the worker alone.
"""

from __future__ import annotations

import logging
from typing import Final, TypeVar

from app.card.insertion import Insertion
from app.card.watcher import TURN_S, Presence, ReaderEvent
from app.card.worker import Job
from app.eligibility.ports import DeskState, DeskStatus, Keypad, SignedNonce
from app.errors import (
    CardUnreadable,
    CertificateLocked,
    PinMissing,
    ReaderLost,
    ReaderSilent,
    StaleEpoch,
)

logger = logging.getLogger(__name__)
T = TypeVar("T")

STUCK_GRACE_S: Final = 5.0
"""A call that still hangs this long after its card or reader is gone will not come back."""
SILENT_LOOK_S: Final = 0.25
"""How often a silent pcscd is looked at until it answers."""


class Desk(Insertion):
    """One reader. Requests block at most ``deadline_s``; ``wake`` asks the main loop to look at the limits again."""

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
            return self._outcome(job, epoch)
        finally:
            pin.wipe()

    def certificate(self, epoch: int) -> bytes:
        """Read the certificate once more without a PIN, then cut the power. Errors: see ``CardDesk.certificate``."""
        with self._changed:
            reading = self._require_ready(epoch)
            if not reading.profile.is_usable:
                raise CardUnreadable()
            if reading.profile.certificate_needs_pin:
                raise CertificateLocked()
            job = self._worker.submit(lambda job: self._show(job, epoch, reading))
            self._job = job
        return self._outcome(job, epoch)

    def _outcome(self, job: Job[T], epoch: int) -> T:
        """Wait for a job within the deadline; one that is late is given up."""
        try:
            return job.result(self._deadline_s)
        except ReaderLost:
            with self._changed:
                if not job.is_done:
                    self._give_up(job, epoch)
            raise

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
            self._tears, self._is_silent = 0, False
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
            limits = (self._read_until_s, self._stuck_until_s, self._removal_until_s, self._silent_at_s())
            known = [limit for limit in limits if limit is not None]
            return max(0.0, min(known) - self._clock.monotonic_s()) if known else None

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
            self._heed_silence(now)

    def _silent_at_s(self) -> float | None:
        """When a watcher that hears nothing more is given up; while it is, when to look again."""
        if self._watched_at_s is None:
            return None
        if self._is_silent:
            return self._clock.monotonic_s() + SILENT_LOOK_S
        return self._watched_at_s() + TURN_S + self._deadline_s

    def _heed_silence(self, now_s: float) -> None:
        """A pcscd that answers nothing is as good as no reader; what lies there when it wakes is read anew."""
        if self._watched_at_s is None:
            return
        was_silent = self._is_silent
        self._is_silent = now_s - self._watched_at_s() >= TURN_S + self._deadline_s
        if self._is_silent and not was_silent:
            logger.warning("reader.silent code=%s", ReaderSilent.code)
            self._end_insertion()
            self._worker.submit(lambda _: self._held.close())
            self._publish(DeskStatus(DeskState.NO_READER, self._status.epoch, error_code=ReaderSilent.code))
        elif was_silent and not self._is_silent:
            logger.info("reader.answers_again")
            self.take(ReaderEvent(self._presence, self._reader_name))

    def stop(self) -> None:
        """Close the session if the worker is free to; forget the keypad."""
        with self._changed:
            self._end_insertion()
            self._worker.submit(lambda _: self._held.close())
        self._worker.stop(timeout_s=1.0)
