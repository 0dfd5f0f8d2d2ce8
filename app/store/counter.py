"""窓口での確認 on disk: a check of its own, and the visit that it settles, in one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.eligibility.counter import CounterEntry
from app.eligibility.counter_draft import CounterDraft
from app.eligibility.people import Role
from app.eligibility.ports import CheckRecord, Method, Outcome
from app.errors import AlreadyHandled, EntryFaulty, RecordMissing
from app.store.audit import actor_name, add_audit
from app.store.board import may_be_seen
from app.store.checks import write_decision
from app.store.database import Store
from app.store.detail import load_detail
from app.store.events import BOARD_PANEL, PENDING_PANEL, Wake, add_event, wake_quietly
from app.store.keeping import reading_time
from app.store.pending import is_pending
from app.store.people import StaffMember, list_people
from app.store.qualifications import write_qualifications
from app.store.search_keys import keep_keys
from app.store.values import to_text
from app.store.visual_proofs import forget_evidence

COUNTER = "窓口"
"""Stands where other checks name their kiosk."""


def reason_of(entry: CounterEntry) -> str:
    """Return the code of phrases.py that says what the entry is worth."""
    if entry.method is Method.STATEMENT:
        return "counter.statement"
    if entry.method is Method.EMERGENCY:
        return "counter.emergency"
    return "counter.numbers_later" if entry.numbers_later else "counter.seen"


def lookers(store: Store) -> list[StaffMember]:
    """Return who may have looked at a document. Raises ``StoreError``."""
    return [one.member for one in list_people(store) if one.disabled_at is None and one.member.role.covers(Role.STAFF)]


def keep_draft(
    store: Store,
    wake: Wake,
    draft: CounterDraft,
    staff_id: int,
    at: datetime,
    settles: tuple[str, int] | None = None,
) -> int:
    """Keep what was entered by ear, judged once more at this moment.

    Raises:
        EntryFaulty: it is no entry any more. Nothing was kept.
        StoreError: what ``keep_entry`` raises.
    """
    staff_ids = [member.staff_id for member in lookers(store)]
    entry = draft.read(staff_id, staff_ids, at.astimezone(TOKYO).date()).entry
    if entry is None:
        raise EntryFaulty()
    return keep_entry(store, wake, draft.entry_id, entry, staff_id, at, settles)


def keep_entry(
    store: Store,
    wake: Wake,
    check_id: str,
    entry: CounterEntry,
    staff_id: int,
    at: datetime,
    settles: tuple[str, int] | None = None,
) -> int:
    """Keep what staff entered. The same ``check_id`` a second time changes nothing: a form is kept once.

    Args:
        check_id: made when the form was first drawn.
        staff_id: who is logged in.
        settles: the visit that is taken over, and its version as staff saw it; one that was entered with its kana
            alone may be taken over too.

    Returns:
        The reception number.

    Raises:
        AlreadyHandled: the visit is no longer open, or changed since that version. Nothing was kept.
        RecordMissing: that visit may not be seen, or the id belongs to a kiosk's check.
        StoreError: nothing was kept.
    """
    with store.writing() as db:
        kept = load_detail(db, check_id)
        if kept is not None:
            if not kept.record.method.is_at_counter or kept.reception_number is None:
                raise RecordMissing()
            return kept.reception_number
        record = CheckRecord(
            check_id=check_id,
            kiosk=COUNTER,
            card_epoch=0,
            outcome=Outcome.ACCEPTED,
            at=at,
            method=entry.method,
            reason=reason_of(entry),
        )
        number = write_decision(db, record, None)
        write_qualifications(db, check_id, (entry.qualification,))
        keep_keys(db, check_id, at, (entry.qualification,))
        db.execute(
            "INSERT INTO counter_proofs (check_id, looked_by, entered_by, seen, numbers_later, received_on,"
            " reason_text, settles) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                check_id,
                entry.looked_by,
                staff_id,
                " ".join(entry.seen),
                int(entry.numbers_later),
                None if entry.received_on is None else entry.received_on.isoformat(),
                entry.reason_text,
                None if settles is None else settles[0],
            ],
        )
        if settles is not None:
            _settle(db, settles, check_id, staff_id, at)
        add_event(db, BOARD_PANEL, check_id, at)
        add_event(db, PENDING_PANEL, check_id, at)
        actor = actor_name(db, staff_id)
        add_audit(
            db, at, actor, AuditAction.FALLBACK_ENTERED, check_id, detail=_facts(entry, number, settles and settles[0])
        )
    wake_quietly(wake)
    return number


def _facts(entry: CounterEntry, number: int, settles: str | None) -> str:
    """What stays provable of an entry after its record is destroyed; nothing of a person."""
    facts = {"method": entry.method.value, "number": str(number), "confirmed": "yes" if entry.is_confirmed else "no"}
    if settles is not None:
        facts["settles"] = settles
    return ";".join(f"{name}={text}" for name, text in facts.items())


def _settle(db: Database, settles: tuple[str, int], by_check: str, staff_id: int, at: datetime) -> None:
    """The visit becomes handled by the new check, and leaves 「あとで確認」: the new one is there if it must be."""
    settled_id, version = settles
    kept = load_detail(db, settled_id)
    if kept is None or not may_be_seen(kept, reading_time(db, at)):
        raise RecordMissing()
    is_open = kept.is_waiting or is_pending(db, settled_id, at) or kept.lacks_name
    if kept.version != version or not is_open:
        raise AlreadyHandled()
    db.execute(
        "UPDATE checks SET handled_at = coalesce(handled_at, ?), handled_by = coalesce(handled_by, ?),"
        " version = version + 1 WHERE check_id = ?",
        [to_text(at), staff_id, settled_id],
    )
    db.execute(
        "INSERT INTO settlements (check_id, kind, by_check, settled_at, settled_by) VALUES (?, 'counter', ?, ?, ?)",
        [settled_id, by_check, to_text(at), staff_id],
    )
    forget_evidence(db, settled_id)
    add_event(db, BOARD_PANEL, settled_id, at)
