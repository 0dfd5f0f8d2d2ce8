"""Makes a check's record durable, or sees to it that it becomes so later and that nobody was told before."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

from app.clock import Clock
from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.outbox import Outbox
from app.eligibility.ports import CheckRecord, Outcome, RecordKeeper
from app.eligibility.visit_log import VisitLog
from app.errors import StoreBusy, StoreError

STORE_PATIENCE_S = 10.0
"""How long a patient is kept at 「確認しています」 while the store cannot take the record."""


class Recorder:
    """Writes the records of one kiosk's checks."""

    def __init__(self, keeper: RecordKeeper, outbox: Outbox, clock: Clock, kiosk: str, log: VisitLog) -> None:
        self._keeper = keeper
        self._outbox = outbox
        self._clock = clock
        self._kiosk = kiosk
        self._log = log
        self._closed = threading.Event()

    def close(self) -> None:
        """Whoever waits for the store waits no longer."""
        self._closed.set()

    def keep(self, check: Check, keep: steps.Keep, card_at: datetime | None) -> steps.Event | None:
        """Write the record that ``keep`` asks for; ``card_at`` is when the kiosk met the card."""
        record = CheckRecord(
            check_id=check.check_id,
            kiosk=self._kiosk,
            card_epoch=check.epoch,
            outcome=keep.outcome,
            at=self._clock.now(),
            method=keep.method,
            reason=keep.reason,
            service_code=keep.service_code,
            service_message=keep.service_message,
            result=keep.result,
            card_at=card_at,
        )
        self._log.kept(check.check_id, keep.outcome, keep.reason)
        if not keep.answer:
            self._outbox.write(check.check_id, lambda: self._keeper.record(record))
            return None
        give_up_s = self._clock.monotonic_s() + STORE_PATIENCE_S
        while True:
            try:
                if self._outbox.holds(check.check_id):
                    raise StoreBusy()
                with self._log.timed(check.check_id, "record"):
                    number = self._keeper.record(record)
            except StoreError as error:
                self._log.fault(check.check_id, "check.not_recorded", error.code)
                if self._clock.monotonic_s() >= give_up_s or self._closed.wait(0.25):
                    return self._give_up(check, record, error)
            else:
                self._log.stages(check.check_id)
                return steps.Recorded(check.check_id, check.epoch, number)

    def _give_up(self, check: Check, record: CheckRecord, error: StoreError) -> steps.Event:
        """The patient goes to the counter untold; the record that follows later must say so to staff."""
        if record.outcome is Outcome.ACCEPTED:
            record = replace(record, outcome=Outcome.COUNTER, reason="check.not_told")
        self._outbox.put(check.check_id, lambda: self._keeper.record(record))
        return steps.NotRecorded(check.check_id, check.epoch, error.code)
