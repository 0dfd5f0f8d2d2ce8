"""Visits that can be asked about again without their card, and the answers that come late: ``OpenQuestions``."""

from __future__ import annotations

from datetime import datetime

from app.eligibility.ask_again import OpenQuestion
from app.eligibility.audit import AuditAction
from app.eligibility.model import EligibilityResult, Validity
from app.eligibility.ports import CheckRecord, Method, Outcome
from app.errors import EligibilityError, GatewayRefused
from app.store.audit import add_audit
from app.store.checks import write_decision
from app.store.database import Store
from app.store.detail import ASKED_AGAIN, load_detail
from app.store.events import BOARD_PANEL, PENDING_PANEL, Wake, add_event, wake_quietly
from app.store.keeping import reading_time
from app.store.pending import Candidate, askable_visits, is_pending
from app.store.values import from_text, tokyo_day
from app.store.visual_proofs import load_evidence


class StoreQuestions:
    """``app.eligibility.ask_again.OpenQuestions`` on the store. Safe to call from any thread."""

    def __init__(self, store: Store, wake: Wake) -> None:
        self._store = store
        self._wake = wake

    def list_open(self, kiosk: str, now: datetime) -> list[OpenQuestion]:
        """Raises ``StoreError``."""
        with self._store.reading() as db:
            found = [(check_id, load_evidence(db, check_id)) for check_id in askable_visits(db, now, kiosk)]
        return [OpenQuestion(check_id, evidence) for check_id, evidence in found if evidence is not None]

    def keep_answer(self, check_id: str, result: EligibilityResult, at: datetime) -> bool:
        """Make the answer the result of that visit, under its number, if it is still open and nobody settled it.

        The patient was told to wait at the counter: a valid answer needs nobody any more, any other one waits for
        staff anew. The evidence goes with it.

        Raises:
            StoreError: nothing was written.
        """
        with self._store.writing() as db:
            kept = load_detail(db, check_id)
            if kept is None or load_evidence(db, check_id) is None or not is_pending(db, check_id, at):
                return False
            record = CheckRecord(
                check_id=check_id,
                kiosk=kept.record.kiosk,
                card_epoch=kept.record.card_epoch,
                outcome=Outcome.ACCEPTED if result.validity.is_valid else Outcome.COUNTER,
                at=at,
                method=Method.VISUAL,
                reason=ASKED_AGAIN,
                result=result,
            )
            write_decision(db, record, kept)
            add_audit(db, at, None, AuditAction.ASKED_WITHOUT_CARD, check_id)
            add_event(db, BOARD_PANEL, check_id, at)
            add_event(db, PENDING_PANEL, check_id, at)
        wake_quietly(self._wake)
        return True

    def keep_failure(self, check_id: str, error: EligibilityError, at: datetime) -> None:
        """Note the try in 操作記録; the visit stays open. What the service says against it becomes its reason.

        Raises:
            StoreError: nothing was written.
        """
        with self._store.writing() as db:
            add_audit(db, at, None, AuditAction.ASKED_WITHOUT_CARD, check_id, error.code)
            if not isinstance(error, GatewayRefused) or not is_pending(db, check_id, at):
                return
            db.execute(
                "UPDATE checks SET reason = ?, service_code = ?, service_message = ?, version = version + 1,"
                " handled_at = NULL, handled_by = NULL WHERE check_id = ?",
                [error.code, error.service_code, error.service_message, check_id],
            )
            add_event(db, BOARD_PANEL, check_id, at)
            add_event(db, PENDING_PANEL, check_id, at)
        wake_quietly(self._wake)


def answered_again(store: Store, now: datetime) -> list[tuple[Candidate, bool]]:
    """Return the visits whose answer came late, newest answer first, and whether each waits for staff.

    Those of today, and whatever still waits: a visit of another day stands on no board. ``at`` is when it was begun.

    Raises:
        StoreError.
    """
    with store.reading() as db:
        rows = db.execute(
            "SELECT c.check_id, c.reception_number, c.opened_at, c.result_validity, c.method, q.name, q.name_kana,"
            " q.birthdate, c.outcome = 'counter' AND c.handled_at IS NULL AS waits FROM checks AS c"
            " LEFT JOIN qualifications AS q ON q.check_id = c.check_id AND q.position = 0"
            " WHERE c.reason = 'check.asked_again' AND c.visible_until >= ? AND (waits OR c.decided_at >= ?)"
            " ORDER BY c.decided_at DESC, c.reception_number DESC",
            [reading_time(db, now), tokyo_day(now)],
        ).fetchall()
    return [
        (Candidate(row[0], row[1], from_text(row[2]), Validity(row[3]), Method(row[4]), *row[5:8]), bool(row[8]))
        for row in rows
    ]
