"""The voice desk's view of the store, and what it changes there. Nothing of a page: a keypad at the box uses it too."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.clock import Clock
from app.eligibility.changes import Link
from app.eligibility.contribution import Contribution, RatioSource, contribution_of
from app.eligibility.counter import Field
from app.eligibility.counter_draft import known_fields
from app.eligibility.model import Qualification
from app.eligibility.retention import days_left, visible_until
from app.eligibility.search_query import SearchQuery, read_query
from app.eligibility.visual import Preference
from app.eligibility.voice_desk import (
    DeskAct,
    DeskActKind,
    DeskCall,
    DeskDay,
    DeskFound,
    DeskMember,
    DeskMethod,
    DeskPatient,
    DeskPending,
    DeskRequest,
    DeskSheet,
)
from app.errors import AlreadyHandled, RecordMissing
from app.store.board import BoardRow, board_rows, check_detail, mark_handled
from app.store.calls import answer_call, open_calls
from app.store.counter import keep_draft, lookers
from app.store.database import Store
from app.store.detail import CheckDetail
from app.store.events import Wake
from app.store.health import ask_for_trial, service_state
from app.store.pending import Candidate, PendingRow, candidates, close_pending, pending_rows, settle_by_check
from app.store.preferences import Methods, choose_next, methods
from app.store.search import FoundPage, FoundRow, find_checks
from app.store.taking import release_check, take_check
from app.store.visual import decide_request, open_requests

NoteSearch = Callable[[SearchQuery, FoundPage], None]
"""Notes a search in 操作記録 before its results are given away."""
NoteCandidates = Callable[[str, str, bool], None]
"""Notes the same of an open visit's candidates: its id, how many there are, and whether somebody typed a name."""


class StoreDeskSource:
    """Implements ``app.eligibility.voice_desk.DeskSource``. Safe to call from any thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        note_search: NoteSearch,
        note_candidates: NoteCandidates,
        own_kiosk: str | None = None,
    ) -> None:
        """``own_kiosk`` is the kiosk of this box: its next patient can be chosen for before anybody used it."""
        self._own_kiosks = {own_kiosk} if own_kiosk else set()
        self._store = store
        self._clock = clock
        self._note_search = note_search
        self._note_candidates = note_candidates

    def now(self) -> datetime:
        return self._clock.now()

    def day(self) -> DeskDay:
        now = self._clock.now()
        with self._store.reading():
            service = service_state(self._store)
            return DeskDay(
                patients=tuple(_patient(row) for row in board_rows(self._store, now)),
                requests=tuple(
                    DeskRequest(one.request_id, one.check_id, one.kiosk, one.reason, one.opened_at)
                    for one in open_requests(self._store)
                ),
                calls=tuple(DeskCall(one.call_id, one.kiosk, one.called_at) for one in open_calls(self._store)),
                pending=tuple(_pending(row, now) for row in pending_rows(self._store, now)),
                methods=_methods(methods(self._store, now), self._own_kiosks),
                is_service_up=service.is_up,
                is_service_tried=service.is_tried,
            )

    def sheet(self, check_id: str) -> DeskSheet:
        return sheet_of(check_detail(self._store, check_id, self._clock.now()))

    def answer(self, check_id: str) -> DeskPatient | None:
        try:
            kept = check_detail(self._store, check_id, self._clock.now())
        except RecordMissing:
            return None
        one = patient_of(kept)
        return None if one.validity is None else replace(one, name="", name_kana="", share_percent=None)

    def search(self, text: str) -> DeskFound:
        now = self._clock.now()
        query = read_query(text, now.date())
        found = find_checks(self._store, query, now)
        self._note_search(query, found)
        return DeskFound(tuple(_found(row) for row in found.rows), found.count, found.is_more_than_counted)

    def candidates(self, check_id: str, words: str = "") -> DeskFound:
        try:
            found, is_more = candidates(self._store, check_id, self._clock.now(), words)
        except RecordMissing:
            raise AlreadyHandled() from None
        self._note_candidates(check_id, f"{len(found)}{'+' if is_more else ''}", bool(words.strip()))
        return DeskFound(tuple(_candidate(one) for one in found), len(found), is_more)

    def new_entry(self) -> str:
        return secrets.token_hex(16)

    def counter_known(self, check_id: str) -> Mapping[Field, str]:
        kept = check_detail(self._store, check_id, self._clock.now())
        return {} if kept.counter is None else known_fields(kept.counter.qualification)

    def members(self) -> tuple[DeskMember, ...]:
        return tuple(DeskMember(one.staff_id, one.name) for one in lookers(self._store))


def sheet_of(kept: CheckDetail) -> DeskSheet:
    """The fields that are read aloud: of the answer's first qualification, or of what staff entered."""
    person = _person_of(kept)
    if person is None:
        return DeskSheet()
    return DeskSheet(
        name=person.name or "",
        name_kana=person.name_kana or "",
        insurer_name=person.insurer_name or "",
        insurer_number=person.insurer_number or "",
        symbol=person.symbol or "",
        number=person.number or "",
        branch_number=person.branch_number or "",
        birthdate=person.birthdate or "",
        valid_to=person.card_valid_to or "",
    )


def patient_of(kept: CheckDetail, taken_by: str = "") -> DeskPatient:
    """One check of any day, as the day's own list has those of today."""
    result, person = kept.record.result, _person_of(kept)
    share = None
    if result is not None and result.qualifications:
        share = contribution_of(result.qualifications[0], result.validity.is_valid, result.confirmed_on)
    return DeskPatient(
        check_id=kept.record.check_id,
        number=kept.reception_number,
        at=kept.visit_at,
        name=(person.name if person else None) or "",
        name_kana=(person.name_kana if person else None) or "",
        validity=result.validity if result else None,
        is_seen_at_counter=result is None and kept.record.method.is_seen_at_counter,
        share_percent=_share_of(share),
        is_share_by_law=share is not None and share.source is RatioSource.LAW,
        reason=kept.record.reason,
        is_waiting=kept.is_waiting,
        version=kept.version,
        taken_by=taken_by,
    )


def _person_of(kept: CheckDetail) -> Qualification | None:
    result = kept.record.result
    first = result.qualifications[0] if result and result.qualifications else None
    return kept.counter.qualification if kept.counter else first


def perform_act(store: Store, wake: Wake, act: DeskAct, staff_id: int, at: datetime) -> int | None:
    """Do what somebody decided by ear; noted in 操作記録 like a press of the page's button.

    Returns:
        The reception number of what was recorded at the counter; ``None`` for anything else.

    Raises:
        AlreadyHandled, VisualEnded, RecordMissing: it was decided before, or there is nothing to decide any more.
        StoreBusy, StoreUnwritable.
    """
    match act.kind:
        case DeskActKind.CONFIRM_VISUAL | DeskActKind.REFUSE_VISUAL:
            is_confirmed = act.kind is DeskActKind.CONFIRM_VISUAL
            decide_request(store, wake, act.subject, staff_id, at, is_confirmed=is_confirmed)
        case DeskActKind.MARK_HANDLED:
            mark_handled(store, wake, act.subject, act.version, staff_id, at)
        case DeskActKind.ANSWER_CALL:
            answer_call(store, wake, act.subject, staff_id, at)
        case DeskActKind.TRY_SERVICE:
            ask_for_trial(store, wake, staff_id, at)
        case DeskActKind.TAKE:
            take_check(store, wake, act.subject, act.version, staff_id, at)
        case DeskActKind.RELEASE:
            release_check(store, wake, act.subject, act.version, staff_id, at)
        case DeskActKind.SETTLE_VISIT:
            settle_by_check(store, wake, act.subject, act.version, act.by_check, staff_id, at)
        case DeskActKind.CHOOSE_NEXT | DeskActKind.TAKE_BACK_NEXT:
            choose_next(store, wake, act.subject, act.method, staff_id, at)
        case DeskActKind.CLOSE_VISIT:
            if act.reason is None:
                raise ValueError("a visit is closed for a reason")
            close_pending(store, wake, act.subject, act.version, act.reason, act.note or None, staff_id, at)
        case DeskActKind.KEEP_COUNTER:
            if act.draft is None:
                raise ValueError("nothing was entered")
            settles = (act.subject, act.version) if act.subject else None
            return keep_draft(store, wake, act.draft, staff_id, at, settles)
    return None


def _patient(row: BoardRow) -> DeskPatient:
    share = row.contribution
    return DeskPatient(
        check_id=row.check_id,
        number=row.reception_number,
        at=row.at,
        name=row.name or "",
        name_kana=row.name_kana or "",
        validity=row.validity,
        is_seen_at_counter=row.validity is None and row.method.is_seen_at_counter,
        share_percent=_share_of(share),
        is_share_by_law=share is not None and share.source is RatioSource.LAW,
        reason=row.reason,
        is_waiting=row.is_waiting,
        version=row.version,
        taken_by=row.taken_by or "",
        changes=() if row.comparison is None else tuple(change.kind for change in row.comparison.changes),
        is_change_doubtful=row.comparison is not None and row.comparison.link is Link.PERSON,
    )


def _methods(found: Methods, own_kiosks: set[str]) -> tuple[DeskMethod, ...]:
    chosen = {choice.kiosk: choice.preference for choice in found.next_choices}
    offered = Preference.PIN_FIRST if found.preference.starts_with_staff else Preference.VISUAL_FIRST
    return tuple(DeskMethod(kiosk, offered, chosen.get(kiosk)) for kiosk in sorted({*own_kiosks, *found.kiosks}))


def _pending(row: PendingRow, now: datetime) -> DeskPending:
    return DeskPending(
        row.check_id,
        row.reception_number,
        row.at,
        row.days_open(now),
        row.name or "",
        row.name_kana or "",
        row.kind,
        row.needs_card,
        row.can_ask_again,
        days_left(visible_until(row.at), now),
        row.version,
    )


def _candidate(one: Candidate) -> DeskPatient:
    return DeskPatient(
        check_id=one.check_id,
        number=one.reception_number,
        at=one.at,
        name=one.name or "",
        name_kana=one.name_kana or "",
        validity=one.validity,
        is_seen_at_counter=one.validity is None and one.method.is_seen_at_counter,
    )


def _share_of(share: Contribution | None) -> int | None:
    return None if share is None else _percent(share.ratio)


def _found(row: FoundRow) -> DeskPatient:
    # What was found is read, not worked on: whether it still waits is told by the day's own list.
    return DeskPatient(
        check_id=row.check_id,
        number=row.reception_number,
        at=row.at,
        name=row.name or "",
        name_kana=row.name_kana or "",
        validity=row.validity,
        is_seen_at_counter=row.validity is None and row.method.is_seen_at_counter,
        share_percent=_percent(row.contribution_ratio),
        reason=row.reason,
    )


def _percent(ratio: str | None) -> int | None:
    is_number = ratio is not None and len(ratio) == 3 and ratio.isascii() and ratio.isdigit()
    return int(ratio) if is_number and ratio is not None and int(ratio) <= 100 else None
