"""The box looks after its records: is the clock right, what is over, is there a backup, is the file sound.

One round an hour and one at start, in whichever process comes first; by hand through the command line and by the
owner's button. A round may be killed anywhere: the next one goes on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlcipher3.dbapi2 as sqlite3

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.eligibility.clock_trust import ClockDoubt, ClockFacts, ClockVerdict, ClockWitness, judge
from app.eligibility.retention import is_visible
from app.errors import ClockDoubted, StoreBusy, StoreDamaged, StoreError
from app.store.audit import add_audit
from app.store.copies import Backup, expire_copies, folders_of, list_backups, make_backup, own_folder
from app.store.database import Store
from app.store.events import Wake, add_event, wake_quietly
from app.store.faults import translated
from app.store.keeping import (
    KEEPING_PANEL,
    Note,
    clock_memory,
    forget_damage,
    keep_clock_memory,
    note,
    noted,
    noted_time,
    wanted_backups,
)
from app.store.locks import alone
from app.store.purge import DueCounts, PurgeReport, count_due, mend_future_rows, newest_moment, purge

logger = logging.getLogger(__name__)

EVERY_S = 3600.0
DOUBTFUL_EVERY_S = 660.0
"""Soon after the second look may heal a step of the clock."""
BACKUP_EVERY = timedelta(hours=24)
BACKUP_LATE = timedelta(hours=48)
LOOK_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class KeepingWarnings:
    """What is the matter with the keeping of records."""

    doubt: ClockDoubt | None
    is_backup_late: bool
    moved_aside: datetime | None
    """When a damaged database was moved aside and nothing was restored since."""
    damage_backup: datetime | None = None
    """When the backup was made that brings back what was lost; ``None`` where none read or its time is over."""
    trusted_at: datetime | None = None
    """When the clock was last trusted: each doubt has its own."""
    last_backup: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeepingState:
    """How records are kept."""

    warnings: KeepingWarnings
    last_purge: datetime | None
    last_backup: datetime | None
    due: DueCounts
    backups: tuple[Backup, ...]


class Housekeeper:
    """Does the rounds on one store. Every method may be called from any thread and in several processes.

    Args:
        takes_clock_on_faith: the setting for boxes whose kernel cannot say that its clock is right.
    """

    def __init__(
        self, store: Store, clock: Clock, witness: ClockWitness, wake: Wake, *, takes_clock_on_faith: bool
    ) -> None:
        self._store = store
        self._clock = clock
        self._witness = witness
        self._wake = wake
        self._on_faith = takes_clock_on_faith

    def look_at_clock(self) -> ClockVerdict:
        """Judge the clock, keep the outcome and note what is new in 操作記録. Raises ``StoreError``."""
        mark, is_synchronised = self._witness.mark(), self._witness.is_synchronised()
        with self._store.writing() as db:
            facts = ClockFacts(mark, is_synchronised, self._on_faith, newest_moment(db))
            verdict = judge(facts, clock_memory(db))
            keep_clock_memory(db, verdict.memory)
            before = noted(db, Note.DOUBT)
            doubt = None if verdict.doubt is None else verdict.doubt.value
            note(db, Note.DOUBT, doubt)
            if verdict.is_new_step:
                add_audit(db, mark.at, None, AuditAction.CLOCK_STEPPED, outcome=doubt or "ok")
            if doubt is not None and doubt != before:
                add_audit(db, mark.at, None, AuditAction.PURGE_REFUSED, outcome=doubt)
            if doubt != before:
                add_event(db, KEEPING_PANEL, "clock", mark.at)
            if verdict.is_trusted and is_synchronised:
                mend_future_rows(db, mark.at)
        if doubt != before:
            log = logger.info if doubt is None else logger.warning
            log("store.clock %s", doubt or "trusted")
            wake_quietly(self._wake)
        return verdict

    def purge(self, actor: str | None = None) -> PurgeReport:
        """Destroy what is over, in the database and in every copy.

        Raises:
            ClockDoubted: nothing was destroyed.
            StoreBusy: another process is at it.
            StoreError.
        """
        with alone(self._store.path, "tidying", wait_s=LOOK_WAIT_S if actor else 0):
            return self._purge(actor)

    def back_up(self, actor: str | None = None) -> Backup:
        """Make a backup now. Raises ``StoreError``."""
        with alone(self._store.path, "tidying", wait_s=LOOK_WAIT_S if actor else 0):
            return make_backup(self._store, own_folder(self._store.path), self._clock.now(), actor=actor)

    def round(self) -> ClockVerdict | None:
        """One round; ``None`` when another process does it. Faults are logged, shown and left to the next round.

        Raises:
            StoreError: the store does not answer at all.
        """
        try:
            with alone(self._store.path, "tidying"):
                self._check_file()
                verdict = self.look_at_clock()
                try:
                    if verdict.is_trusted:
                        self._purge(None, verdict)
                    if self._is_backup_due(self._clock.now()):
                        make_backup(self._store, own_folder(self._store.path), self._clock.now())
                        wake_quietly(self._wake)
                except StoreError as error:
                    logger.error("store.round_cut_short code=%s", error.code)
                    if isinstance(error, StoreDamaged):
                        raise
                return verdict
        except StoreBusy:
            return None

    def warnings(self, now: datetime) -> KeepingWarnings:
        """Read what every board says; about 50 us. Raises ``StoreError``."""
        with self._store.reading() as db:
            doubt, last_backup = noted(db, Note.DOUBT), noted_time(db, Note.LAST_BACKUP)
            wanted = next(iter(wanted_backups(db)), None)
            has_failed = noted(db, Note.BACKUP_FAILED) is not None
            trusted = clock_memory(db).trusted
            return KeepingWarnings(
                doubt=None if doubt is None else ClockDoubt(doubt),
                is_backup_late=has_failed and (last_backup is None or now - last_backup > BACKUP_LATE),
                moved_aside=noted_time(db, Note.MOVED_ASIDE),
                damage_backup=wanted if wanted is not None and is_visible(wanted, now) else None,
                trusted_at=None if trusted is None else trusted.at,
                last_backup=last_backup,
            )

    def state(self, now: datetime) -> KeepingState:
        """Read what the owner sees: counts and files too. Raises ``StoreError``."""
        with self._store.reading() as db:
            return KeepingState(
                warnings=self.warnings(now),
                last_purge=noted_time(db, Note.LAST_PURGE),
                last_backup=noted_time(db, Note.LAST_BACKUP),
                due=count_due(db, now),
                backups=tuple(list_backups(folders_of(db, self._store.path))),
            )

    def put_notice_away(self, actor: str, at: datetime) -> None:
        """Staff know that a damaged database was moved aside and want no restore. Raises ``StoreError``."""
        with self._store.writing() as db:
            forget_damage(db)
            add_audit(db, at, actor, AuditAction.SETTING_CHANGED, "keeping.moved_aside_seen")
            add_event(db, KEEPING_PANEL, "store", at)
        wake_quietly(self._wake)

    def _purge(self, actor: str | None, verdict: ClockVerdict | None = None) -> PurgeReport:
        verdict = verdict or self.look_at_clock()
        trusted = verdict.memory.trusted
        if not verdict.is_trusted or trusted is None:
            raise ClockDoubted(verdict.doubt or "")
        report = purge(self._store, trusted.at, actor=actor)
        with self._store.reading() as db:
            folders, wanted = folders_of(db, self._store.path), wanted_backups(db)
        expire_copies(self._store.path, folders, self._store.key, trusted.at, wanted)
        wake_quietly(self._wake)
        return report

    def _is_backup_due(self, now: datetime) -> bool:
        newest = next(iter(list_backups([own_folder(self._store.path)])), None)
        with self._store.reading() as db:
            if noted(db, Note.LAST_BACKUP) is None:  # none yet, or a restore joined what no backup holds
                return True
        return newest is None or not timedelta(0) <= now - newest.made_at < BACKUP_EVERY

    def _check_file(self) -> None:
        """Read the whole database once a round: damage is met here and not by a patient. Raises ``StoreDamaged``."""
        with self._store.reading() as db, translated():
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreDamaged("quick_check")


class Rounds:
    """The thread that does a round at start and then one an hour; sooner while the clock is doubted."""

    def __init__(self, housekeeper: Housekeeper, finished: Callable[[], None] = lambda: None) -> None:
        self._housekeeper = housekeeper
        self._finished = finished
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask for the end; a round that runs is left to the process's end, which it survives."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            pause_s = EVERY_S
            try:
                verdict = self._housekeeper.round()
                if verdict is not None and not verdict.is_trusted:
                    pause_s = DOUBTFUL_EVERY_S
            except (StoreError, sqlite3.Error, OSError) as error:
                logger.error("store.round_failed %s", getattr(error, "code", type(error).__name__))
                pause_s = DOUBTFUL_EVERY_S
            self._finished()
            self._stop.wait(pause_s)
