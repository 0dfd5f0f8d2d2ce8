"""The door of the spoken desk at the box, on the store: sessions and 操作記録 as for a browser."""

from __future__ import annotations

import logging
from datetime import timedelta

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.eligibility.desk_door import DeskLiking, DeskTrouble, DoorState
from app.eligibility.search_query import SearchQuery, kinds_of
from app.eligibility.voice_desk import DeskAct
from app.errors import DeskCodeRefused, NoDeskCode, StoreError
from app.store.audit import record_audit
from app.store.database import Store
from app.store.desk_codes import SOURCE, count_desk_codes, desk_liking, find_desk_code, keep_desk_liking
from app.store.desk_source import StoreDeskSource, perform_act
from app.store.events import Wake, data_version
from app.store.health import service_state
from app.store.kiosks import kiosks_out
from app.store.people import StaffMember
from app.store.search import FoundPage
from app.store.sessions import SessionState, end_session, find_session, lock_session, start_session, unlock_session

logger = logging.getLogger(__name__)

DEVICE = "受付機のテンキー"


class StoreDeskDoor:
    """Implements ``app.eligibility.desk_door.DeskDoor``. Searches and views have no limit of their own: each takes
    seconds to be heard."""

    def __init__(self, store: Store, clock: Clock, wake: Wake, idle: timedelta, own_kiosk: str | None = None) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._idle = idle
        self._own_kiosk = own_kiosk
        self._token = ""
        self._member: StaffMember | None = None

    def enter(self, digits: str) -> bool:
        now = self._clock.now()
        member = find_desk_code(self._store, digits)
        if member is None:
            try:
                if count_desk_codes(self._store) == 0:
                    raise NoDeskCode()
                self._note_refusal()
            except StoreError as error:  # a wrong number is refused and counted also while it cannot be noted
                logger.error("desk.refusal_not_noted code=%s", error.code)
            raise DeskCodeRefused()
        before = find_session(self._store, self._token, now, idle=self._idle) if self._token else None
        if before is not None and before.member.staff_id == member.staff_id:
            unlock_session(self._store, self._token, now)
            self._member = member
            return False
        self.leave()
        self._token = start_session(self._store, member.staff_id, now, source=SOURCE, device=DEVICE)
        self._member = member
        return True

    def look(self, *, by_person: bool = False) -> DoorState:
        if not self._token:
            return DoorState.SHUT
        session = find_session(self._store, self._token, self._clock.now(), idle=self._idle, by_person=by_person)
        if session is None:
            self._token, self._member = "", None
            return DoorState.SHUT
        return DoorState.OPEN if session.state is SessionState.OPEN else DoorState.LOCKED

    def lock(self) -> None:
        lock_session(self._store, self._token, self._clock.now())

    def leave(self) -> None:
        token, self._token, self._member = self._token, "", None
        if token:
            end_session(self._store, token, self._clock.now())

    def liking(self) -> DeskLiking:
        return desk_liking(self._store, self._who().staff_id)

    def keep_liking(self, liking: DeskLiking) -> None:
        keep_desk_liking(self._store, self._who().staff_id, liking)

    def source(self) -> StoreDeskSource:
        return StoreDeskSource(self._store, self._clock, self._note_search, self._note_candidates, self._own_kiosk)

    def perform(self, act: DeskAct) -> int | None:
        return perform_act(self._store, self._wake, act, self._who().staff_id, self._clock.now())

    def note_viewed(self, check_id: str) -> None:
        self._note(AuditAction.VIEWED, check_id)

    def version(self) -> int:
        return data_version(self._store.database())

    def trouble(self) -> DeskTrouble:
        with self._store.reading():
            out, service = kiosks_out(self._store), service_state(self._store)
        return DeskTrouble(out[0].code if out else None, service.code if service.is_up is False else None)

    def _note_search(self, query: SearchQuery, found: FoundPage) -> None:
        count = f"{found.count}+" if found.is_more_than_counted else str(found.count)
        self._note(AuditAction.SEARCHED, detail=f"by={kinds_of(query)} found={count}")

    def _note_candidates(self, check_id: str, count: str, is_narrowed: bool) -> None:
        if is_narrowed:
            self._note(AuditAction.SEARCHED, check_id, f"by=candidates found={count}")
        else:
            self._note(AuditAction.VIEWED, check_id, f"candidates={count}")

    def _note_refusal(self) -> None:
        now, code = self._clock.now(), "desk code"
        record_audit(self._store, now, None, AuditAction.LOGIN_FAILED, outcome="refused", detail=code, source=SOURCE)

    def _note(self, action: AuditAction, subject: str | None = None, detail: str | None = None) -> None:
        record_audit(self._store, self._clock.now(), self._who().name, action, subject, detail=detail, source=SOURCE)

    def _who(self) -> StaffMember:
        if self._member is None:
            raise DeskCodeRefused()  # nobody is at the desk: nothing is read, done or noted in a name
        return self._member
