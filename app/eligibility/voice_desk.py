"""What somebody who works by ear reads and does: a day's patients, requests and calls. No I/O.

``DeskSource`` is the port that the voice desk (``app/speech/desk.py``) works on; ``app/store/desk_source.py`` fulfils
it on the store, for a page and for a keypad at the box alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.eligibility.changes import ChangeKind
from app.eligibility.counter import Field
from app.eligibility.counter_draft import CounterDraft
from app.eligibility.model import Validity
from app.eligibility.pending import CloseReason, PendingKind
from app.eligibility.visual import Preference


@dataclass(frozen=True, slots=True)
class DeskPatient:
    """One check. Names are as received; ``share_percent`` is ``None`` where nobody knows it."""

    check_id: str
    number: int | None
    at: datetime
    name: str = ""
    name_kana: str = ""
    validity: Validity | None = None
    is_seen_at_counter: bool = False
    """Staff saw a document; no service was asked."""
    share_percent: int | None = None
    is_share_by_law: bool = False
    """Not received but derived, and told as such."""
    reason: str | None = None
    is_waiting: bool = False
    version: int = 0
    taken_by: str = ""
    """In whose hands a waiting check is: the name of the member of staff."""
    changes: tuple[ChangeKind, ...] = ()
    """What differs from the same person's check before."""
    is_change_doubtful: bool = False
    """That check may be somebody else's of the same name and birth date."""


@dataclass(frozen=True, slots=True)
class DeskSheet:
    """The fields of a check that are read aloud, as received; empty where none came."""

    name: str = ""
    name_kana: str = ""
    insurer_name: str = ""
    insurer_number: str = ""
    symbol: str = ""
    number: str = ""
    branch_number: str = ""
    birthdate: str = ""
    valid_to: str = ""


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """Somebody waits at ``kiosk`` for 目視確認. ``reason`` is a code of phrases.py."""

    request_id: str
    check_id: str
    kiosk: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskCall:
    """Somebody pressed 係員を呼ぶ and nobody answered yet."""

    call_id: str
    kiosk: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskPending:
    """A visit that nobody confirmed yet. ``days_left`` are the midnights that its record will still see."""

    check_id: str
    number: int | None
    at: datetime
    days_open: int
    name: str = ""
    name_kana: str = ""
    kind: PendingKind = PendingKind.OUTAGE
    needs_card: bool = False
    can_ask_again: bool = False
    days_left: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class DeskMethod:
    """How the next patient at ``kiosk`` is confirmed: ``chosen`` by staff, or ``None`` as usual; ``offered`` is the
    way that may be chosen."""

    kiosk: str
    offered: Preference
    chosen: Preference | None = None


@dataclass(frozen=True, slots=True)
class DeskMember:
    """A member of staff who may have looked at a document."""

    staff_id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeskDay:
    """All in one moment: patients newest first, requests and calls oldest first, methods by kiosk."""

    patients: tuple[DeskPatient, ...] = ()
    requests: tuple[DeskRequest, ...] = ()
    calls: tuple[DeskCall, ...] = ()
    pending: tuple[DeskPending, ...] = ()
    methods: tuple[DeskMethod, ...] = ()
    is_service_up: bool | None = None
    """Whether the service answered when it was last asked; ``None`` before that."""
    is_service_tried: bool = False
    """A try that somebody asked for has no result yet."""

    @property
    def waiting(self) -> int:
        return sum(one.is_waiting for one in self.patients)


@dataclass(frozen=True, slots=True)
class DeskFound:
    """What a search found, newest first; ``count`` is of all, ``is_more`` says that even that is not all."""

    patients: tuple[DeskPatient, ...]
    count: int
    is_more: bool = False


class DeskActKind(StrEnum):
    """What can be changed by ear."""

    CONFIRM_VISUAL = "confirm_visual"
    REFUSE_VISUAL = "refuse_visual"
    MARK_HANDLED = "mark_handled"
    ANSWER_CALL = "answer_call"
    TRY_SERVICE = "try_service"
    TAKE = "take"
    RELEASE = "release"
    SETTLE_VISIT = "settle_visit"
    CLOSE_VISIT = "close_visit"
    CHOOSE_NEXT = "choose_next"
    TAKE_BACK_NEXT = "take_back_next"
    KEEP_COUNTER = "keep_counter"


@dataclass(frozen=True, slots=True)
class DeskAct:
    """One change. ``subject`` is the id of the request, check or call; ``version`` counts for a check alone.

    ``by_check`` is the check that confirms an open visit, ``reason`` why one is closed without any,
    ``note`` a memo on that. ``method`` is for
    the next patient at the kiosk that ``subject`` names. ``draft`` is what was entered at the counter: for the check
    ``subject``, or for somebody new where that is empty.
    """

    kind: DeskActKind
    subject: str = ""
    version: int = 0
    by_check: str = ""
    reason: CloseReason | None = None
    note: str = field(default="", repr=False)
    method: Preference | None = None
    draft: CounterDraft | None = None


class DeskSource(Protocol):
    """What the desk reads. Every call may raise ``StoreError``."""

    def now(self) -> datetime: ...

    def day(self) -> DeskDay: ...

    def sheet(self, check_id: str) -> DeskSheet:
        """Raises ``RecordMissing``: no such check, or its time is over."""
        ...

    def answer(self, check_id: str) -> DeskPatient | None:
        """What the service said of a visit that was open until now: without name and fields, whatever its day is.

        ``None`` while it has no answer; staff may have settled it otherwise.
        """
        ...

    def search(self, text: str) -> DeskFound:
        """Find kept checks, as 資格確認結果検索 does.

        Raises:
            QueryRefused: the text cannot be searched.
        """
        ...

    def candidates(self, check_id: str, words: str = "") -> DeskFound:
        """Find later checks that may confirm an open visit; ``words`` narrow them by name, kana or number.

        Raises:
            AlreadyHandled: the visit is not open any more.
        """
        ...

    def new_entry(self) -> str:
        """An id for a form of 窓口での確認, so that it is kept once however often it is sent."""
        ...

    def counter_known(self, check_id: str) -> Mapping[Field, str]:
        """What staff entered before for a visit; empty where they did not.

        Raises:
            RecordMissing: no such check, or its time is over.
        """
        ...

    def members(self) -> tuple[DeskMember, ...]:
        """Who may have looked at a document."""
        ...
