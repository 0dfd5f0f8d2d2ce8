"""Heads are written down in time, by each process beside the other, and what is cut off since the last one shows."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.audit import AuditAction
from app.errors import StoreUnwritable
from app.store import anchors
from app.store.anchors import LONGEST_UNANCHORED_S, LOOK_S, MOST_UNANCHORED, AnchorKeeper
from app.store.audit import record_audit
from app.store.audit_check import Fault, anchor_file, verify_audit, write_anchor, write_restored_anchor
from app.store.database import Store
from tests.store.support import KEY, MORNING, ROOT, Desk, accepted, waiting

WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from app.eligibility.audit import AuditAction
from app.store.anchors import AnchorKeeper
from app.store.audit import record_audit
from app.store.audit_check import anchor_file
from app.store.database import Store
folder = Path(sys.argv[1])
at = datetime.fromisoformat("2026-11-24T09:00:00+09:00")
store = Store(folder / "store" / "uketsuke.db", bytes(range(32)))
keeper = AnchorKeeper(store, anchor_file(folder), lambda: at, lambda: 0.0)
keeper.start()
for _ in range(int(sys.argv[2])):
    record_audit(store, at, None, AuditAction.VIEWED)
import os
os._exit(9)  # no last head: as if killed
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(autouse=True)
def no_look_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine the keeper's own look would come between two steps."""
    monkeypatch.setattr(anchors, "LOOK_S", 3600.0)


def note(desk: Desk, count: int = 1) -> None:
    for _ in range(count):
        record_audit(desk.store, MORNING, None, AuditAction.VIEWED)


def heads(desk: Desk) -> list[int]:
    return [int(line.split()[1]) for line in anchor_file(desk.folder).read_text().splitlines()]


def keeper_of(desk: Desk) -> AnchorKeeper:
    return AnchorKeeper(desk.store, anchor_file(desk.folder), desk.clock.now, desk.clock.monotonic_s)


def cut(desk: Desk, after: int) -> None:
    with desk.store.writing() as db:
        db.execute("DROP TRIGGER audit_refuses_delete")
        db.execute("DELETE FROM audit WHERE seq > ?", [after])


def test_the_fiftieth_entry_without_a_head_writes_one_before_it_is_answered_for(desk: Desk) -> None:
    keeper = keeper_of(desk)
    note(desk)
    keeper.start()
    assert heads(desk) == [1]
    note(desk, MOST_UNANCHORED - 1)
    assert heads(desk) == [1]
    note(desk)
    assert heads(desk) == [1, 51]
    note(desk, 120)
    assert heads(desk) == [1, 51, 101, 151]
    keeper.stop()
    assert heads(desk) == [1, 51, 101, 151, 171]
    note(desk, 60)
    assert heads(desk)[-1] == 171, "a stopped keeper looks at no commit"
    assert MOST_UNANCHORED == 50


def test_a_records_first_entry_has_a_head_at_once(desk: Desk) -> None:
    keeper = keeper_of(desk)
    keeper.start()
    assert not anchor_file(desk.folder).exists()
    note(desk)
    assert heads(desk) == [1]
    assert verify_audit(desk.store, anchor_file(desk.folder)).is_whole
    note(desk)
    assert heads(desk) == [1]
    keeper.stop()


def test_an_old_entry_gets_its_head_within_five_minutes(desk: Desk) -> None:
    keeper = keeper_of(desk)
    note(desk)
    keeper.write()
    note(desk)
    desk.clock.time += timedelta(seconds=LONGEST_UNANCHORED_S - 1)
    keeper.look()
    assert heads(desk) == [1]
    desk.clock.time += timedelta(seconds=1)
    keeper.look()
    assert heads(desk) == [1, 2]
    desk.clock.time += timedelta(hours=1)
    keeper.look()
    assert heads(desk) == [1, 2], "nothing new, nothing to write"
    assert LONGEST_UNANCHORED_S + LOOK_S <= 300


def test_threads_at_once_leave_no_fifty_uncovered(desk: Desk) -> None:
    keeper = keeper_of(desk)
    keeper.start()
    threads = [threading.Thread(target=note, args=(desk, 40)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = heads(desk)
    assert seen == sorted(seen)
    assert 160 - seen[-1] < MOST_UNANCHORED
    assert verify_audit(desk.store, anchor_file(desk.folder)).is_whole
    keeper.stop()


def test_two_killed_processes_leave_whole_lines_and_fewer_than_fifty_entries_to_cut(desk: Desk) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(desk.folder), "130"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [process.wait(240) for process in running] == [9, 9]
    verdict = verify_audit(desk.store, anchor_file(desk.folder))
    assert (verdict.fault, verdict.count) == (None, 260)
    newest = max(heads(desk))
    assert 260 - newest < MOST_UNANCHORED
    cut(desk, newest - 1)
    assert verify_audit(desk.store, anchor_file(desk.folder)).fault is Fault.CUT


def test_a_disk_that_takes_no_line_stops_no_work_and_leaves_no_half_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = keeper_of(desk)
    note(desk)
    keeper.start()
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:20]))
        note(desk, MOST_UNANCHORED)
        with pytest.raises(StoreUnwritable):
            write_anchor(desk.store, anchor_file(desk.folder), MORNING)
    assert heads(desk) == [1]
    assert "audit.not_anchored" in caplog.text
    note(desk)
    assert heads(desk) == [1, 52], "the next commit tries again"
    keeper.stop()


def test_the_days_first_head_goes_to_the_log_too(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    keeper = keeper_of(desk)
    for day in range(2):
        for _ in range(3):
            note(desk)
            keeper.write()
        desk.clock.time = MORNING + timedelta(days=day + 1)
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("audit.head ")]
    assert [line.split("-")[0] for line in told] == ["audit.head 1", "audit.head 4"]
    assert all(len(line.split("-")[1]) == 64 for line in told)


def test_a_cut_since_the_last_head_is_betrayed_by_a_check(desk: Desk) -> None:
    path = anchor_file(desk.folder)
    note(desk)
    write_anchor(desk.store, path, MORNING)
    desk.keeper.record(accepted("first", minutes=1))
    note(desk, 3)
    desk.keeper.record(waiting("second", minutes=2))
    assert verify_audit(desk.store, path).is_whole
    cut(desk, 5)
    verdict = verify_audit(desk.store, path)
    assert (verdict.fault, verdict.at_seq) == (Fault.UNRECORDED, 6)


def test_what_no_entry_can_tell_of_raises_no_alarm(desk: Desk) -> None:
    path = anchor_file(desk.folder)
    desk.keeper.record(accepted("before", minutes=-9))
    with desk.store.writing() as db:
        db.execute("DROP TRIGGER audit_refuses_delete")
        db.execute("DELETE FROM audit")  # as in a store from before there was a record
    note(desk)
    write_anchor(desk.store, path, MORNING)
    desk.keeper.open_check("asked", "受付1", 1, MORNING + timedelta(minutes=1))
    desk.keeper.open_check("gone", "受付1", 2, MORNING + timedelta(minutes=1))
    desk.clock.time += timedelta(minutes=2)
    desk.keeper.withdraw("gone")
    assert verify_audit(desk.store, path).is_whole
    desk.keeper.record(accepted("lost", minutes=5))
    with desk.store.writing() as db:
        db.execute("DELETE FROM audit WHERE seq > 1")  # a restored backup whose record is older than its checks
    assert verify_audit(desk.store, path).fault is Fault.UNRECORDED
    write_restored_anchor(desk.store, path, MORNING + timedelta(minutes=6))
    assert verify_audit(desk.store, path).is_whole
    desk.keeper.record(accepted("new", minutes=9))
    assert verify_audit(desk.store, path).is_whole


def test_a_keeper_follows_a_replaced_file(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    keeper = keeper_of(desk)
    note(desk, 3)
    keeper.start()
    desk.store.close()
    other = Desk(tmp_path / "other")
    write_restored_anchor(other.store, anchor_file(desk.folder), MORNING)
    for path in desk.path.parent.glob("uketsuke.db*"):
        if path.suffix in (".db", ".db-wal", ".db-shm"):
            path.unlink()
    other.store.close()
    Store(other.path, KEY).database().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.path.replace(desk.path)
    note(desk)
    assert heads(desk) == [3, 0, 1]
    keeper.stop()
    assert verify_audit(desk.store, anchor_file(desk.folder)).is_whole
