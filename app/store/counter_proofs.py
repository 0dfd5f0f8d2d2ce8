"""What stands beside a check that staff entered at the counter, read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from app.eligibility.counter import Seen
from app.eligibility.model import Qualification
from app.store.values import QUALIFICATION_COLUMNS, build_qualification, from_text


@dataclass(frozen=True, slots=True)
class CounterProof:
    """Who saw what. Names are those of members of staff; ``settles`` is the id of the visit that was taken over."""

    qualification: Qualification
    looked_by: str
    entered_by: str
    seen: tuple[Seen, ...]
    numbers_later: bool
    received_on: date | None
    reason_text: str | None
    settles: str | None
    settles_number: int | None
    """That visit's reception number, while it is kept."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an unconfirmed visit was settled: by a check (its id), or closed for a reason (a code)."""

    by_check: str | None
    by_number: int | None
    reason: str | None
    note: str | None
    settled_at: datetime
    settled_by: str


def load_proof(db: Database, check_id: str) -> CounterProof | None:
    """Read inside the caller's transaction; ``None`` for a check that a kiosk made."""
    row = db.execute(
        "SELECT l.name, e.name, p.seen, p.numbers_later, p.received_on, p.reason_text, p.settles,"
        " (SELECT reception_number FROM checks WHERE check_id = p.settles)"
        " FROM counter_proofs AS p JOIN staff AS l ON l.id = p.looked_by JOIN staff AS e ON e.id = p.entered_by"
        " WHERE p.check_id = ?",
        [check_id],
    ).fetchone()
    if row is None:
        return None
    looked_by, entered_by, seen, numbers_later, received_on, reason_text, settles, settles_number = row
    cells = db.execute(
        f"SELECT {', '.join(QUALIFICATION_COLUMNS)} FROM qualifications"  # noqa: S608 our own names
        " WHERE check_id = ? AND position = 0",
        [check_id],
    ).fetchone()
    return CounterProof(
        qualification=build_qualification(cells),
        looked_by=looked_by,
        entered_by=entered_by,
        seen=tuple(Seen(one) for one in seen.split()),
        numbers_later=bool(numbers_later),
        received_on=None if received_on is None else date.fromisoformat(received_on),
        reason_text=reason_text,
        settles=settles,
        settles_number=settles_number,
    )


def load_settlement(db: Database, check_id: str) -> Settlement | None:
    """Read how a visit was settled, inside the caller's transaction."""
    row = db.execute(
        "SELECT by_check, (SELECT reception_number FROM checks WHERE check_id = by_check), reason, note, settled_at,"
        " staff.name FROM settlements JOIN staff ON staff.id = settled_by WHERE check_id = ?",
        [check_id],
    ).fetchone()
    if row is None:
        return None
    by_check, by_number, reason, note, settled_at, settled_by = row
    return Settlement(by_check, by_number, reason, note, from_text(settled_at), settled_by)
