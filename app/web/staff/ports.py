"""What the staff pages need from outside. ``app/wiring_staff.py`` fulfils it on the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from app.eligibility.audit import AuditAction
from app.eligibility.changes import Comparison
from app.eligibility.contribution import Contribution
from app.eligibility.model import EligibilityResult, Validity
from app.eligibility.ports import Method, Outcome
from app.store.database import Store
from app.store.people import StaffMember
from app.store.taking import CheckSheet

__all__ = ["BoardRow", "CheckSheet", "OpenCall", "StaffDesk", "StaffMember"]


class BoardRow(Protocol):
    """One check of today, as the board tells it."""

    @property
    def check_id(self) -> str: ...
    @property
    def reception_number(self) -> int | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kiosk(self) -> str: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def method(self) -> Method: ...
    @property
    def validity(self) -> Validity | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def name_kana(self) -> str | None: ...
    @property
    def contribution(self) -> Contribution | None: ...
    @property
    def comparison(self) -> Comparison | None: ...
    @property
    def has_notice(self) -> bool: ...
    @property
    def is_waiting(self) -> bool: ...
    @property
    def version(self) -> int: ...
    @property
    def handled_at(self) -> datetime | None: ...
    @property
    def handled_by(self) -> str | None: ...
    @property
    def taken_at(self) -> datetime | None: ...
    @property
    def taken_by(self) -> str | None: ...


class OpenCall(Protocol):
    """A call for help that nobody answered."""

    @property
    def call_id(self) -> str: ...
    @property
    def kiosk(self) -> str: ...
    @property
    def screen(self) -> str: ...
    @property
    def called_at(self) -> datetime: ...


class StaffDesk(Protocol):
    """Everything that a page reads or changes. Every call may raise ``StoreError``.

    What is read comes with a cursor: the youngest event that it already shows, taken in the same transaction.
    """

    @property
    def store(self) -> Store:
        """For the parts whose pages call the store's functions themselves: people, sessions, 操作記録."""
        ...

    @property
    def idle(self) -> timedelta:
        """After so long without anything done by a person a screen locks."""
        ...

    def wake(self) -> None:
        """Tell the stream that something was committed; for the parts that write by the store's functions."""
        ...

    def cursor(self) -> int:
        """The youngest event; about 50 us."""
        ...

    def board(self, now: datetime) -> tuple[int, Sequence[BoardRow]]: ...

    def calls(self) -> tuple[int, Sequence[OpenCall]]: ...

    def sheet(self, check_id: str, now: datetime) -> tuple[int, CheckSheet]:
        """One check, its taker and what changed. Raises ``RecordMissing`` alike for an unknown id and for one
        whose time is over."""
        ...

    def take(self, check_id: str, version: int, staff_id: int, at: datetime) -> None:
        """Raises ``AlreadyHandled``, ``RecordMissing``."""
        ...

    def release(self, check_id: str, version: int, staff_id: int, at: datetime) -> None:
        """Raises ``AlreadyHandled``, ``RecordMissing``."""
        ...

    def copied_text(self, result: EligibilityResult, *, is_old: bool, mark: str | None) -> str:
        """The official app's copied layout, since 2025-04 or before; ``mark`` is a line in front of it."""
        ...

    def mark_handled(self, check_id: str, version: int, staff_id: int, at: datetime) -> None:
        """Raises ``AlreadyHandled``, ``RecordMissing``."""
        ...

    def answer_call(self, call_id: str, staff_id: int, at: datetime) -> None:
        """Raises ``AlreadyHandled``, ``RecordMissing``."""
        ...

    def note(
        self,
        at: datetime,
        actor: str | None,
        action: AuditAction,
        subject: str | None = None,
        outcome: str = "ok",
        detail: str | None = None,
        *,
        source: str | None = None,
    ) -> None:
        """Write 操作記録; see ``app.store.audit.add_audit``. What cannot be noted must not be done."""
        ...
