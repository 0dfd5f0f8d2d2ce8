"""A round purges, copies and tells; a doubtful clock destroys nothing; kills cost nothing."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.clock_trust import ClockDoubt, Mark
from app.eligibility.retention import visible_until
from app.errors import ClockDoubted, StoreBusy
from app.store.board import board_rows, check_detail
from app.store.copies import list_backups, own_folder
from app.store.database import Store
from app.store.housekeeping import Housekeeper, Rounds
from app.store.keeping import KEEPING_PANEL
from app.store.locks import alone
from app.store.purge import purge
from tests.store.raw_pages import count_traces
from tests.store.support import KEY, MORNING, Desk, HandClock, accepted
from tests.store.test_purge import NAMES, OVER, fill


@dataclass
class Kernel:
    """Both clocks of a box, moved by hand."""

    clock: HandClock
    boot_s: float = 1000.0
    synchronised: bool | None = True

    def pass_time(self, time: timedelta) -> None:
        self.clock.time += time
        self.boot_s += time.total_seconds()

    def mark(self) -> Mark:
        return Mark(self.clock.time, "boot", self.boot_s)

    def is_synchronised(self) -> bool | None:
        return self.synchronised


@dataclass
class Box:
    desk: Desk
    kernel: Kernel = field(init=False)
    keeper: Housekeeper = field(init=False)

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.desk.clock)
        self.keeper = Housekeeper(
            self.desk.store, self.desk.clock, self.kernel, self.desk.wake, takes_clock_on_faith=False
        )

    def actions(self) -> list[tuple[str, str]]:
        wanted = {"purged", "purge_refused", "clock_stepped", "backup_made"}
        with self.desk.store.reading() as db:
            rows = db.execute("SELECT action, outcome FROM audit ORDER BY seq").fetchall()
        return [row for row in rows if row[0] in wanted]

    def checks(self) -> int:
        with self.desk.store.reading() as db:
            return int(db.execute("SELECT count(*) FROM checks").fetchone()[0])


@pytest.fixture
def box(desk: Desk) -> Box:
    return Box(desk)


def test_a_round_purges_and_makes_the_days_backup(box: Box) -> None:
    fill(box.desk, 4, MORNING)
    assert box.keeper.round() is not None
    assert box.checks() == 4
    assert len(list_backups([own_folder(box.desk.path)])) == 1
    box.keeper.round()
    assert len(list_backups([own_folder(box.desk.path)])) == 1, "one a day"
    box.kernel.pass_time(timedelta(hours=24))
    box.keeper.round()
    assert len(list_backups([own_folder(box.desk.path)])) == 2
    state = box.keeper.state(box.kernel.clock.time)
    assert state.warnings.doubt is None
    assert state.last_purge == state.last_backup == box.kernel.clock.time
    assert state.due.checks == 0


def test_after_the_month_nothing_is_left_anywhere(box: Box) -> None:
    fill(box.desk, 10, MORNING)
    while box.kernel.clock.time < OVER - timedelta(hours=20):
        box.kernel.pass_time(timedelta(hours=20))
        box.keeper.round()
    folder = own_folder(box.desk.path)
    assert len(list_backups([folder])) >= 4
    assert all(count_traces(backup.path, KEY, NAMES) for backup in list_backups([folder]))
    while box.kernel.clock.time < OVER:
        box.kernel.pass_time(timedelta(hours=1))
    box.keeper.round()
    assert box.checks() == 0
    files = [box.desk.path, *(backup.path for backup in list_backups([folder]))]
    assert len(files) > 3
    assert all(count_traces(path, KEY, NAMES) == 0 for path in files)


@pytest.mark.parametrize("synchronised", [False, None])
def test_a_clock_without_proof_destroys_nothing_and_says_so_once(box: Box, synchronised: bool | None) -> None:
    fill(box.desk, 2, MORNING)
    box.keeper.round()
    box.kernel.synchronised = synchronised
    box.kernel.pass_time(OVER - MORNING)
    for _ in range(3):
        verdict = box.keeper.round()
        assert verdict is not None
        assert verdict.doubt is ClockDoubt.UNSYNCHRONISED
    assert box.checks() == 2
    assert box.keeper.warnings(OVER).doubt is ClockDoubt.UNSYNCHRONISED
    assert box.actions().count(("purge_refused", "clock.unsynchronised")) == 1
    assert (KEEPING_PANEL, "clock") in box.desk.events()
    with pytest.raises(ClockDoubted):
        box.keeper.purge("試験 院長")
    box.kernel.synchronised = True
    assert box.keeper.round() is not None
    assert box.checks() == 0
    assert box.keeper.warnings(OVER).doubt is None


def test_a_jump_ahead_destroys_nothing_until_it_was_looked_at_twice(box: Box) -> None:
    fill(box.desk, 2, MORNING)
    box.keeper.round()
    box.kernel.clock.time += timedelta(days=80)
    box.keeper.round()
    assert box.checks() == 2
    assert ("clock_stepped", "clock.jumped_ahead") in box.actions()
    box.kernel.clock.time -= timedelta(days=80)
    box.kernel.pass_time(timedelta(minutes=20))
    box.keeper.round()
    assert box.checks() == 2
    assert box.keeper.warnings(MORNING).doubt is None, "a jump that is undone is no trouble"
    box.kernel.clock.time += timedelta(days=80)
    for _ in range(3):
        box.keeper.round()
        box.kernel.pass_time(timedelta(minutes=11))
    assert box.checks() == 0, "a jump that stays was a clock put right"


def test_a_jump_of_two_days_at_the_months_end_destroys_nothing_at_once(box: Box) -> None:
    fill(box.desk, 2, MORNING)
    box.kernel.pass_time(OVER - MORNING - timedelta(hours=36))
    box.keeper.round()
    box.kernel.clock.time += timedelta(hours=47)
    verdict = box.keeper.round()
    assert verdict is not None
    assert verdict.doubt is ClockDoubt.JUMPED_AHEAD
    assert box.checks() == 2


def test_a_step_back_is_noted_and_heals(box: Box) -> None:
    box.desk.keeper.record(accepted("future", at=MORNING + timedelta(days=1500)))
    box.keeper.round()
    assert ("clock_stepped", "clock.stepped_back") in box.actions()
    for _ in range(3):
        box.kernel.pass_time(timedelta(minutes=11))
        box.keeper.round()
    assert box.keeper.warnings(MORNING).doubt is None
    box.kernel.pass_time(timedelta(days=1))
    while box.kernel.clock.time < OVER + timedelta(hours=1):
        box.kernel.pass_time(timedelta(hours=30))
        box.keeper.round()
    assert box.checks() == 0, "what a wrong clock dated ahead does not stay for years"


@pytest.mark.parametrize("back", [timedelta(days=40), timedelta(days=70), timedelta(days=2400)])
def test_visits_under_a_clock_that_was_set_back_are_seen_and_stay_their_time(box: Box, back: timedelta) -> None:
    box.keeper.round()
    box.kernel.clock.time -= back
    past = box.kernel.clock.time
    box.keeper.round()
    box.desk.keeper.record(accepted("new", at=past))
    box.desk.keeper.open_check("asking", "受付1", 1, past)
    assert [row.check_id for row in board_rows(box.desk.store, past)] == ["new"]
    assert check_detail(box.desk.store, "new", past).visible_until == visible_until(MORNING)
    assert check_detail(box.desk.store, "asking", past).visible_until == visible_until(MORNING)
    box.kernel.clock.time += back
    box.kernel.pass_time(OVER - MORNING - timedelta(seconds=1))
    box.keeper.round()
    assert box.checks() == 2
    box.kernel.pass_time(timedelta(seconds=1))
    box.keeper.round()
    assert box.checks() == 0


def test_a_visit_that_is_written_down_late_keeps_its_own_month(box: Box) -> None:
    made_at = OVER - timedelta(minutes=5)
    box.kernel.pass_time(OVER + timedelta(minutes=5) - MORNING)
    box.keeper.round()
    box.desk.keeper.record(accepted("late", at=made_at))
    assert check_detail(box.desk.store, "late", OVER).visible_until == visible_until(made_at)


def test_an_end_reckoned_from_a_clock_that_ran_ahead_is_mended(box: Box) -> None:
    box.kernel.clock.time += timedelta(days=900)
    box.keeper.round()
    box.kernel.clock.time -= timedelta(days=900)
    box.desk.keeper.record(accepted("now"))
    assert check_detail(box.desk.store, "now", MORNING).visible_until.year == 2029
    for _ in range(3):
        box.kernel.pass_time(timedelta(minutes=11))
        box.keeper.round()
    assert check_detail(box.desk.store, "now", MORNING).visible_until == visible_until(MORNING)


def test_one_runner_at_a_time(box: Box) -> None:
    with alone(box.desk.path, "tidying"):
        assert box.keeper.round() is None
        with pytest.raises(StoreBusy):
            box.keeper.purge()


def test_rounds_run_at_start_and_end_with_the_process(box: Box) -> None:
    done = threading.Event()
    rounds = Rounds(box.keeper, done.set)
    rounds.start()
    assert done.wait(120)
    rounds.stop()
    assert len(list_backups([own_folder(box.desk.path)])) == 1


def _purge_until_killed(path: Path) -> None:
    store = Store(path, KEY)
    purge(store, OVER, batch=1)
    os._exit(0)


def test_a_purge_that_is_killed_anywhere_goes_on_later(desk: Desk) -> None:
    fill(desk, 150, MORNING)
    desk.keeper.record(accepted("young", at=OVER))
    context = multiprocessing.get_context("fork")
    desk.store.close()
    kills = 0
    for round_number in range(40):
        process = context.Process(target=_purge_until_killed, args=(desk.path,))
        process.start()
        process.join(0.01 + 0.004 * (round_number % 9))
        if process.exitcode is None and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.join()
        with desk.store.reading() as db:
            assert db.execute("PRAGMA foreign_key_check").fetchone() is None
            ids = {row[0] for row in db.execute("SELECT check_id FROM checks").fetchall()}
            parts = {row[0] for row in db.execute("SELECT check_id FROM qualifications").fetchall()}
        assert "young" in ids
        assert parts == ids, "a check goes whole or not at all"
        desk.store.close()
        if process.exitcode == 0:
            break
    assert kills >= 3
    report = purge(desk.store, OVER)
    assert report.is_log_empty
    with contextlib.closing(desk.store):
        assert count_traces(desk.path, KEY, NAMES) == 0
