"""Visits that can be asked about again without their card, and the answers that come late: ``OpenQuestions``."""

from __future__ import annotations

from datetime import datetime

from app.eligibility.ask_again import OpenQuestion
from app.eligibility.audit import AuditAction
from app.eligibility.model import EligibilityResult
from app.eligibility.ports import CheckRecord, Method, Outcome
from app.store.audit import add_audit
from app.store.checks import write_decision
from app.store.database import Store
from app.store.detail import load_detail
from app.store.events import BOARD_PANEL, PENDING_PANEL, Wake, add_event, wake_quietly
from app.store.pending import askable_visits, is_pending
from app.store.visual_proofs import load_evidence

ASKED_AGAIN = "check.asked_again"


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

    def keep_failure(self, check_id: str, code: str, at: datetime) -> None:
        """Note the try in 操作記録; the visit stays as it is. Raises ``StoreError``."""
        with self._store.writing() as db:
            add_audit(db, at, None, AuditAction.ASKED_WITHOUT_CARD, check_id, code)
