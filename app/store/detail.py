"""One kept check, read whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from app.eligibility.ports import CheckRecord, Method, Outcome
from app.store.counter_proofs import CounterProof, Settlement, load_proof, load_settlement
from app.store.values import QUALIFICATION_COLUMNS, RESULT_COLUMNS, build_result, from_text

ASKED_AGAIN = "check.asked_again"
"""The reason of a visit whose answer came late, without its card."""


@dataclass(frozen=True, slots=True)
class CheckDetail:
    """A record with its whole result, its place of the day and what staff did with it.

    ``record.at`` is ``decided_at`` or, before a decision, ``opened_at``. ``version`` grows with every change.
    """

    record: CheckRecord
    opened_at: datetime
    decided_at: datetime | None
    visible_until: datetime
    reception_number: int | None
    version: int
    handled_at: datetime | None
    handled_by: str | None
    """The name of the member of staff."""
    counter: CounterProof | None = None
    """What staff entered at the counter; such a record has no result."""
    settlement: Settlement | None = None

    @property
    def visit_at(self) -> datetime:
        """The moment that goes with the reception number: a late answer takes no visit to another day."""
        return self.opened_at if self.record.reason == ASKED_AGAIN else self.record.at

    @property
    def is_waiting(self) -> bool:
        return self.record.outcome.needs_staff and self.handled_at is None

    @property
    def lacks_name(self) -> bool:
        """True for an entry of the counter that has its kana alone, until another one takes its place."""
        if self.counter is None or self.settlement is not None:
            return False
        return not self.counter.qualification.name and bool(self.counter.qualification.name_kana)


_HEAD = f"""
    SELECT kiosk, card_epoch, outcome, method, reason, service_code, service_message, opened_at, decided_at,
           visible_until, reception_number, version, handled_at, staff.name, {", ".join(RESULT_COLUMNS)}
    FROM checks LEFT JOIN staff ON staff.id = handled_by WHERE check_id = ?
"""  # noqa: S608 our own names
_QUALIFICATIONS = (
    f"SELECT {', '.join(QUALIFICATION_COLUMNS)} FROM qualifications"  # noqa: S608 our own names
    " WHERE check_id = ? ORDER BY position"
)


def load_detail(db: Database, check_id: str) -> CheckDetail | None:
    """Read a check and its result inside the caller's transaction, whatever its age or outcome."""
    head = db.execute(_HEAD, [check_id]).fetchone()
    if head is None:
        return None
    kiosk, card_epoch, outcome, method, reason, service_code, service_message, opened_at, decided_at = head[:9]
    visible_until, reception_number, version, handled_at, handled_by = head[9:14]
    record = CheckRecord(
        check_id=check_id,
        kiosk=kiosk,
        card_epoch=card_epoch,
        outcome=Outcome(outcome),
        at=from_text(decided_at or opened_at),
        method=Method(method),
        reason=reason,
        service_code=service_code,
        service_message=service_message,
        result=build_result(head[14:], db.execute(_QUALIFICATIONS, [check_id]).fetchall()),
    )
    return CheckDetail(
        record=record,
        opened_at=from_text(opened_at),
        decided_at=None if decided_at is None else from_text(decided_at),
        visible_until=from_text(visible_until),
        reception_number=reception_number,
        version=version,
        handled_at=None if handled_at is None else from_text(handled_at),
        handled_by=handled_by,
        counter=load_proof(db, check_id) if record.method.is_at_counter else None,
        settlement=load_settlement(db, check_id),
    )
