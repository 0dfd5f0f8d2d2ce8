"""The durable memory of checks: ``RecordKeeper`` on the store.

Every method is one ``BEGIN IMMEDIATE`` transaction that holds the change, its reception number and its event.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from app.clock import Clock, SystemClock
from app.eligibility.audit import AuditAction
from app.eligibility.model import EligibilityResult
from app.eligibility.ports import CheckRecord, Method, Outcome, VisualEvidence
from app.store.audit import add_audit
from app.store.calls import add_call
from app.store.database import Store
from app.store.detail import ASKED_AGAIN, CheckDetail, load_detail
from app.store.events import BOARD_PANEL, Wake, add_event, wake_quietly
from app.store.keeping import kept_until, number_floor
from app.store.qualifications import write_qualifications
from app.store.search_keys import keep_keys
from app.store.values import (
    RESULT_COLUMNS,
    Cell,
    result_cells,
    to_exact_text,
    to_text,
    tokyo_day,
)
from app.store.visual_proofs import forget_evidence, keep_evidence

logger = logging.getLogger(__name__)

INTERRUPTED = "check.interrupted"
NOT_TOLD = frozenset({"check.card_removed_early", "check.not_told"})
"""Reasons that say: the result is kept, and the patient did not see it."""


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_DECIDED = (
    "outcome",
    "method",
    "reason",
    "service_code",
    "service_message",
    "decided_at",
    "reception_day",
    "reception_number",
    "visible_until",
    *RESULT_COLUMNS,
)
_INSERT_DECIDED = (
    f"INSERT INTO checks (check_id, kiosk, card_epoch, opened_at, {', '.join(_DECIDED)})"  # noqa: S608 our own names
    f" VALUES ({_marks(4 + len(_DECIDED))})"
)
_UPDATE_DECIDED = f"UPDATE checks SET version = version + 1, {' = ?, '.join(_DECIDED)} = ? WHERE check_id = ?"  # noqa: S608 our own names


class CheckKeeper:
    """Implements ``app.eligibility.ports.RecordKeeper``. Safe to call from any thread and from several processes.

    A row that is ACCEPTED with a result is final: whatever comes later for the same check is ignored (and logged
    when it differs), because a patient and staff were told that result. The one exception is the news that the
    patient was not told (``NOT_TOLD``): then the same result waits for staff. A result once kept is never erased
    by a later record without one.
    """

    def __init__(self, store: Store, wake: Wake, clock: Clock | None = None) -> None:
        self._store = store
        self._wake = wake
        self._clock = clock or SystemClock()

    def open_check(
        self,
        check_id: str,
        kiosk: str,
        card_epoch: int,
        at: datetime,
        method: Method = Method.PIN,
        evidence: VisualEvidence | None = None,
    ) -> None:
        """Write the row that says "we are about to ask", and by which method.

        Whatever is known of this check but an acceptance becomes ASKING again, under its old number and in nobody's
        hands: when this process dies now, ``close_interrupted`` finds it and it waits for staff. An event is
        written only for a row that staff saw waiting, which leaves the board. ``evidence`` lies beside the row from
        now on, so that the question can be asked again without the card.

        Raises:
            ValueError: another visit bears this id.
            StoreError: nothing was written.
        """
        with self._store.writing() as db:
            kept = load_detail(db, check_id)
            if kept is None:
                db.execute(
                    "INSERT INTO checks (check_id, kiosk, card_epoch, outcome, method, opened_at, visible_until)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [
                        check_id,
                        kiosk,
                        card_epoch,
                        Outcome.ASKING.value,
                        method.value,
                        to_exact_text(at),
                        to_text(kept_until(db, at)),
                    ],
                )
                keep_evidence(db, check_id, evidence)
                return
            _demand_same_visit(kept, kiosk, card_epoch)
            if kept.record.outcome is Outcome.ACCEPTED:
                return
            db.execute(
                "UPDATE checks SET outcome = ?, method = ?, reason = NULL, service_code = NULL, service_message = NULL,"
                " opened_at = ?, decided_at = NULL, visible_until = ?, handled_at = NULL, handled_by = NULL,"
                " version = version + 1 WHERE check_id = ?",
                [Outcome.ASKING.value, method.value, to_exact_text(at), to_text(kept_until(db, at)), check_id],
            )
            keep_evidence(db, check_id, evidence)
            if not kept.record.outcome.needs_staff:
                return
            add_event(db, BOARD_PANEL, check_id, at)
        wake_quietly(self._wake)

    def record(self, record: CheckRecord) -> int:
        """Write or complete the row of ``record.check_id``; see the port.

        Raises:
            ValueError: another visit bears this id; ASKING and WITHDRAWN have methods of their own.
            StoreError: nothing was written.
        """
        if record.outcome in (Outcome.ASKING, Outcome.WITHDRAWN):
            raise ValueError(f"record() does not take {record.outcome}")
        with self._store.writing() as db:
            kept = load_detail(db, record.check_id)
            if kept is not None:
                _demand_same_visit(kept, record.kiosk, record.card_epoch)
                number = kept.reception_number
                if number is not None and _is_settled(kept, record):
                    return number
            number = write_decision(db, record, kept)
            add_event(db, BOARD_PANEL, record.check_id, record.at)
        wake_quietly(self._wake)
        return number

    def withdraw(self, check_id: str) -> None:
        """Hide a check from staff because the patient went back, and note it. No number is given or taken away.

        Nothing happens to a check that is unknown, accepted, already withdrawn or in the hands of staff.

        Raises:
            StoreError: nothing was written.
        """
        now = self._clock.now()
        with self._store.writing() as db:
            done = db.execute(
                "UPDATE checks SET outcome = ?, decided_at = coalesce(decided_at, ?), version = version + 1"
                " WHERE check_id = ? AND outcome NOT IN (?, ?) AND handled_at IS NULL",
                [Outcome.WITHDRAWN.value, to_text(now), check_id, Outcome.ACCEPTED.value, Outcome.WITHDRAWN.value],
            )
            if done.rowcount != 1:
                return
            forget_evidence(db, check_id)
            add_audit(db, now, None, AuditAction.WITHDRAWN, check_id)
            add_event(db, BOARD_PANEL, check_id, now)
        wake_quietly(self._wake)

    def call_staff(self, kiosk: str, screen: str, at: datetime) -> None:
        """Record a call for help; an open one of this kiosk is kept. Raises ``StoreError``."""
        with self._store.writing() as db:
            if not add_call(db, kiosk, screen, at):
                return
        wake_quietly(self._wake)

    def close_interrupted(self, kiosk: str, at: datetime) -> int:
        """Turn what this kiosk opened before ``at`` and left ASKING into UNKNOWN, with a number each, oldest first.

        Args:
            at: when the process after the dead one started. However late this call comes, visits of the new
                process are not touched.

        Raises:
            StoreError: nothing was written.
        """
        with self._store.writing() as db:
            left = db.execute(
                "SELECT check_id FROM checks WHERE outcome = ? AND kiosk = ? AND opened_at < ?"
                " ORDER BY opened_at, rowid",
                [Outcome.ASKING.value, kiosk, to_exact_text(at)],
            ).fetchall()
            for (check_id,) in left:
                kept = load_detail(db, check_id)
                assert kept is not None  # noqa: S101 read in this very transaction
                write_decision(db, replace(kept.record, outcome=Outcome.UNKNOWN, reason=INTERRUPTED, at=at), kept)
                add_event(db, BOARD_PANEL, check_id, at)
        if left:
            wake_quietly(self._wake)
        return len(left)


def _demand_same_visit(kept: CheckDetail, kiosk: str, card_epoch: int) -> None:
    """Refuse to mix two visits under one id: that could show one patient's result for another.

    A bug of the caller and no ``StoreError``, because trying again can never help.
    """
    if (kept.record.kiosk, kept.record.card_epoch) != (kiosk, card_epoch):
        raise ValueError("this check id belongs to another visit")


def _is_settled(kept: CheckDetail, record: CheckRecord) -> bool:
    """True when ``record`` changes nothing: it is the same again, or the row is final."""
    if replace(kept.record, at=record.at) == replace(record, result=record.result or kept.record.result):
        return True
    if kept.record.outcome is Outcome.ACCEPTED and kept.record.result is not None:
        if record.outcome is Outcome.COUNTER and record.reason in NOT_TOLD and record.result == kept.record.result:
            return False
        logger.warning("store.accepted_is_final check_id=%s later=%s", record.check_id, record.outcome.value)
        return True
    return False


def write_decision(db: Database, record: CheckRecord, kept: CheckDetail | None) -> int:
    """Insert or update the row of ``record``; returns its reception number, a new one if it had none.

    Needs the write lock and notes the check in 操作記録; events are the caller's.
    """
    result = record.result or (kept.record.result if kept else None)
    day, number = _place_of_the_day(db, record)
    cells: list[Cell] = [
        record.outcome.value,
        record.method.value,
        record.reason,
        record.service_code,
        record.service_message,
        to_text(record.at),
        day,
        number,
        to_text(kept_until(db, record.at)),
        *result_cells(result),
    ]
    if kept is None:
        head: list[Cell] = [record.check_id, record.kiosk, record.card_epoch, to_text(record.at)]
        db.execute(_INSERT_DECIDED, head + cells)
    else:
        db.execute(_UPDATE_DECIDED, [*cells, record.check_id])
        if record.outcome.needs_staff and kept.record.outcome is not Outcome.ASKING:
            # News after somebody took care of the old state: it waits for staff anew.
            db.execute("UPDATE checks SET handled_at = NULL, handled_by = NULL WHERE check_id = ?", [record.check_id])
    if result is not None:
        forget_evidence(db, record.check_id)
    if record.result is not None:
        write_qualifications(db, record.check_id, record.result.qualifications)
    visit_at = kept.opened_at if kept is not None and record.reason == ASKED_AGAIN else record.at
    keep_keys(db, record.check_id, visit_at, result.qualifications if result else ())
    if record.card_at is not None:
        db.execute(
            "INSERT INTO check_times (check_id, card_at, told_at) VALUES (?, ?, ?)"
            " ON CONFLICT (check_id) DO UPDATE SET told_at = excluded.told_at",
            [record.check_id, to_exact_text(record.card_at), to_exact_text(record.at)],
        )
    add_audit(
        db,
        record.at,
        None,
        AuditAction.CHECKED,
        record.check_id,
        record.outcome.value,
        _evidence(record, result, number),
    )
    return number


def _evidence(record: CheckRecord, result: EligibilityResult | None, number: int) -> str:
    """What stays provable of a check after its result is destroyed; nothing of a person."""
    facts = {"method": record.method.value, "number": str(number)}
    if result is not None:
        facts |= {"validity": result.validity.value, "processed": to_text(result.processed_at)}
    return ";".join(f"{name}={text}" for name, text in facts.items())


def _place_of_the_day(db: Database, record: CheckRecord) -> tuple[str, int]:
    """Return the check's day and number: the ones it has, or the next of the day. Needs the write lock."""
    held = db.execute(
        "SELECT reception_day, reception_number FROM checks WHERE check_id = ? AND reception_number IS NOT NULL",
        [record.check_id],
    ).fetchone()
    if held is not None:
        return str(held[0]), int(held[1])
    day = tokyo_day(record.at)
    last = db.execute("SELECT max(reception_number) FROM checks WHERE reception_day = ?", [day]).fetchone()[0]
    return day, max(last or 0, number_floor(db, day)) + 1
