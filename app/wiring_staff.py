"""Builds the staff process: the store behind the pages' and the stream's ports, and both servers."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app import __version__
from app.clock import Clock, SystemClock
from app.config import Settings
from app.eligibility.audit import AuditAction
from app.eligibility.model import EligibilityResult
from app.errors import StoreError
from app.exchange.copied_text import Layout, write_copied_text
from app.kernel_clock import KernelClock
from app.logs import configure_logging
from app.memory import forbid_core_dumps, share_memory_among_threads
from app.speech.phrases import reason_words
from app.store import audit, board, calls, events, sessions, taking
from app.store.anchors import AnchorKeeper
from app.store.audit_check import anchor_file
from app.store.board_memory import BoardMemory
from app.store.database import Store
from app.store.files import read_key
from app.store.housekeeping import Housekeeper, Rounds
from app.store.keeping import KEEPING_PANEL
from app.store.opening import ServingStore
from app.store.preferences import METHOD_PANEL
from app.store.visual import VISUAL_PANEL
from app.turns import take_short_turns
from app.web.staff.metrics import MetricsServer
from app.web.staff.server import serve

logger = logging.getLogger(__name__)

PANELS = (events.BOARD_PANEL, events.CALLS_PANEL, events.PENDING_PANEL, VISUAL_PANEL, METHOD_PANEL, KEEPING_PANEL)


class StoreDesk:
    """``StaffDesk`` on the store."""

    def __init__(self, store: Store, wake: events.Wake, idle: timedelta = sessions.IDLE) -> None:
        self._store = store
        self._wake = wake
        self._idle = idle
        self._board = BoardMemory(store)

    @property
    def store(self) -> Store:
        return self._store

    @property
    def idle(self) -> timedelta:
        return self._idle

    def wake(self) -> None:
        self._wake()

    def cursor(self) -> int:
        return events.latest_event_id(self._store.database())

    def board(self, now: datetime) -> tuple[int, Sequence[board.BoardRow]]:
        return self._board.read(now)

    def calls(self) -> tuple[int, Sequence[calls.OpenCall]]:
        with self._store.reading() as db:
            return events.latest_event_id(db), calls.open_calls(self._store)

    def sheet(self, check_id: str, now: datetime) -> tuple[int, taking.CheckSheet]:
        with self._store.reading() as db:
            return events.latest_event_id(db), taking.check_sheet(self._store, check_id, now)

    def take(self, check_id: str, version: int, staff_id: int, at: datetime) -> None:
        taking.take_check(self._store, self._wake, check_id, version, staff_id, at)

    def release(self, check_id: str, version: int, staff_id: int, at: datetime) -> None:
        taking.release_check(self._store, self._wake, check_id, version, staff_id, at)

    def copied_text(self, result: EligibilityResult, *, is_old: bool, mark: str | None) -> str:
        return write_copied_text(result, Layout.PLAIN if is_old else Layout.SECTIONED, mark)

    def mark_handled(self, check_id: str, version: int, staff_id: int, at: datetime) -> None:
        board.mark_handled(self._store, self._wake, check_id, version, staff_id, at)

    def answer_call(self, call_id: str, staff_id: int, at: datetime) -> None:
        calls.answer_call(self._store, self._wake, call_id, staff_id, at)

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
        audit.record_audit(self._store, at, actor, action, subject, outcome, detail, source=source)


class StoreFeed:
    """``Feed`` on the store, for the stream's thread."""

    def __init__(self, store: Store, clock: Clock, idle: timedelta = sessions.IDLE) -> None:
        self._store = store
        self._clock = clock
        self._idle = idle

    def version(self) -> int:
        return events.data_version(self._store.database())

    def latest(self) -> int:
        return events.latest_event_id(self._store.database())

    def after(self, cursor: int, limit: int) -> Sequence[events.Event]:
        return events.events_after(self._store.database(), cursor, limit)

    def is_open(self, token: str) -> bool:
        return sessions.session_staff(self._store, token, self._clock.now(), self._idle) is not None


def main(settings: Settings) -> int:
    """Run the staff process until SIGTERM; returns the exit code.

    Raises:
        OSError: a socket cannot be bound.
    """
    configure_logging("staff")
    take_short_turns()
    share_memory_among_threads()
    forbid_core_dumps()
    os.umask(0o077)
    clock = SystemClock()
    try:
        store = ServingStore(settings.store_path, read_key(settings.store_key_file), clock)
        store.start()  # a store that cannot be used stops the start, not the first page
    except StoreError as error:
        logger.critical("staff.not_started code=%s %s", error.code, reason_words(error.code).next_step)
        return 1
    idle = timedelta(seconds=settings.idle_lock_s)
    desk = StoreDesk(store, events.Waker(settings.wake_socket), idle)
    heads = AnchorKeeper(store, anchor_file(settings.state_dir), clock.now, clock.monotonic_s)
    keeper = Housekeeper(
        store,
        clock,
        KernelClock(clock),
        events.Waker(settings.wake_socket),
        takes_clock_on_faith=settings.trust_clock,
    )
    rounds = Rounds(keeper)
    with _noted_run(desk, clock, heads), _metrics(settings.metrics_port, store, clock):
        rounds.start()
        try:
            return serve(settings, desk, StoreFeed(store, clock, idle), PANELS, clock, keeper)
        finally:
            rounds.stop()


@contextlib.contextmanager
def _metrics(port: int, store: Store, clock: Clock) -> Iterator[None]:
    """Serve figures while the pages run; a port that is taken stops no page."""
    server: MetricsServer | None = None
    if port:
        try:
            server = MetricsServer(store, clock, port, __version__)
            server.start()
        except OSError as error:
            logger.error("metrics.not_started port=%d errno=%s", port, error.errno)
    try:
        yield
    finally:
        if server is not None:
            server.stop()


@contextlib.contextmanager
def _noted_run(desk: StoreDesk, clock: Clock, heads: AnchorKeeper) -> Iterator[None]:
    """Note start and stop in 操作記録 and keep its heads; a store that does not take a note stops nothing."""
    with contextlib.suppress(StoreError):
        desk.note(clock.now(), None, AuditAction.STARTED, detail=__version__)
    heads.start()
    try:
        yield
    finally:
        with contextlib.suppress(StoreError):
            desk.note(clock.now(), None, AuditAction.STOPPED)
        heads.stop()
