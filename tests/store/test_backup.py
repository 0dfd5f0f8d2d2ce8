"""Backups read back whole, end with their records, and a restore loses nothing that was kept since."""

from __future__ import annotations

import contextlib
import os
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.clock import TOKYO
from app.errors import BackupUnusable, StoreInUse, StoreUnwritable
from app.store.audit_check import anchor_file, verify_audit
from app.store.board import check_detail, mark_handled
from app.store.carry import lasting_tables, patient_tables
from app.store.checks import CheckKeeper
from app.store.copies import expire_copies, folders_of, list_backups, make_backup, own_folder
from app.store.database import Store, open_database
from app.store.keeping import Note, noted
from app.store.opening import ServingStore, prepare_store
from app.store.people import add_staff, verify_staff
from app.store.restore import restore
from tests.store.raw_pages import count_traces
from tests.store.support import KEY, MORNING, Desk, HandClock, accepted, answer, full_person, person, waiting
from tests.store.test_purge import NAMES, OVER, fill

LATER = MORNING + timedelta(hours=3)


def rows_of(path: Path, key: bytes = KEY) -> dict[str, list[object]]:
    """Every row of every table, but for what a restore itself writes."""
    with contextlib.closing(open_database(path, key)) as db:
        names = [name for name in db.table_names() if name not in {"event", "audit", "sqlite_sequence"}]
        return {
            name: sorted(map(repr, db.execute(f"SELECT * FROM {name}").fetchall()))  # noqa: S608
            for name in names
            if not name.startswith("search_")
        }


@pytest.fixture
def full(desk: Desk) -> Desk:
    staff = add_staff(desk.store, "試験 職員", "とても長い試験用の合言葉です。", MORNING)
    for index in range(12):
        desk.keeper.record(accepted(f"a{index}", minutes=index, result=answer(person(index), full_person())))
    desk.keeper.record(waiting("w", at=MORNING + timedelta(minutes=20)))
    mark_handled(desk.store, desk.wake, "w", 1, staff.staff_id, MORNING + timedelta(minutes=30))
    desk.keeper.call_staff("受付1", "pin", MORNING)
    return desk


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return tmp_path / "other box" / "store" / "uketsuke.db"


def test_restore_onto_an_empty_folder_gives_every_row_back(full: Desk, elsewhere: Path) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER)
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600
    assert list_backups([own_folder(full.path)]) == [backup]
    before = rows_of(backup.path)
    assert len(before["checks"]) == 13
    assert len(before["qualifications"]) == 24
    report = restore(elsewhere, KEY, backup.path, HandClock(LATER), is_clock_trusted=True)
    assert (report.purged, report.merged, report.aside) == (0, 0, None)
    assert rows_of(elsewhere) == before
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    store = Store(elsewhere, KEY)
    assert check_detail(store, "a3", LATER) == check_detail(full.store, "a3", LATER)
    with store.reading() as db:
        assert db.execute("SELECT action, subject FROM audit ORDER BY seq DESC").fetchone() == (
            "backup_restored",
            backup.path.name,
        )
    assert verify_audit(store, anchor_file(elsewhere.parent.parent)).is_whole
    store.close()


def test_backup_is_noted_and_leaves_nothing_half_made(full: Desk) -> None:
    folder = own_folder(full.path)
    folder.mkdir(mode=0o700)
    (folder / ".uketsuke-20260101T000000.db.new").write_bytes(b"left by a kill")
    backup = make_backup(full.store, folder, LATER, actor="試験 院長")
    assert [path.name for path in folder.iterdir()] == [backup.path.name]
    with full.store.reading() as db:
        assert noted(db, Note.LAST_BACKUP) == LATER.isoformat()
        entry = db.execute("SELECT actor, action, subject FROM audit ORDER BY seq DESC").fetchone()
    assert entry == ("試験 院長", "backup_made", backup.path.name)


def test_backup_that_fails_is_noted_once_and_healed_by_the_next(full: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for _ in range(2):
        with pytest.raises(StoreUnwritable):
            make_backup(full.store, tmp_path / "file" / "backup", LATER)
    with full.store.reading() as db:
        assert noted(db, Note.BACKUP_FAILED) is not None
        assert db.execute("SELECT count(*) FROM audit WHERE action = 'backup_failed'").fetchone()[0] == 1
    make_backup(full.store, own_folder(full.path), LATER)
    with full.store.reading() as db:
        assert noted(db, Note.BACKUP_FAILED) is None


def test_backups_live_seven_days(full: Desk) -> None:
    folder = own_folder(full.path)
    old = make_backup(full.store, folder, MORNING)
    young = make_backup(full.store, folder, MORNING + timedelta(days=3))
    assert expire_copies(full.path, [folder], KEY, MORNING + timedelta(days=7)) == 0
    assert expire_copies(full.path, [folder], KEY, MORNING + timedelta(days=7, seconds=1)) == 1
    assert not old.path.exists()
    assert [backup.path for backup in list_backups([folder])] == [young.path]


def test_a_backup_never_outlives_its_records(desk: Desk) -> None:
    fill(desk, 20, MORNING)
    desk.keeper.record(accepted("december", at=OVER - timedelta(days=2), result=answer(person(1))))
    folder = own_folder(desk.path)
    backup = make_backup(desk.store, folder, OVER - timedelta(hours=5))
    assert count_traces(backup.path, KEY, NAMES) > 20
    expire_copies(desk.path, [folder], KEY, OVER)
    assert count_traces(backup.path, KEY, NAMES) == 0
    assert [row for row in rows_of(backup.path)["checks"] if "december" in str(row)]
    assert [path.name for path in folder.iterdir()] == [backup.path.name], "no log stays beside it"


def test_a_copy_that_cannot_be_read_goes_with_the_month(desk: Desk) -> None:
    folder = own_folder(desk.path)
    backup = make_backup(desk.store, folder, OVER - timedelta(hours=5))
    backup.path.write_bytes(b"\0" * 8192)
    aside = desk.path.with_name("uketsuke.db.damaged-20261231T230000")
    aside.write_bytes(b"\0" * 8192)
    expire_copies(desk.path, [folder], KEY, OVER - timedelta(seconds=1))
    assert backup.path.exists()
    assert aside.exists()
    expire_copies(desk.path, [folder], KEY, OVER)
    assert not backup.path.exists()
    assert not aside.exists()


def test_restore_purges_before_anything_is_served(desk: Desk, elsewhere: Path) -> None:
    fill(desk, 20, MORNING)
    backup = make_backup(desk.store, own_folder(desk.path), MORNING + timedelta(hours=1))
    report = restore(elsewhere, KEY, backup.path, HandClock(OVER), is_clock_trusted=True)
    assert report.purged == 20
    assert count_traces(elsewhere, KEY, NAMES) == 0


def test_restore_on_a_doubtful_clock_destroys_only_what_surely_is_over(desk: Desk, elsewhere: Path) -> None:
    fill(desk, 3, MORNING)
    desk.keeper.record(accepted("young", at=OVER))
    backup = make_backup(desk.store, own_folder(desk.path), OVER)
    wrong = HandClock(datetime(2031, 1, 1, tzinfo=TOKYO))
    report = restore(elsewhere, KEY, backup.path, wrong, is_clock_trusted=False)
    assert report.purged == 3
    assert len(rows_of(elsewhere)["checks"]) == 1


def test_restore_is_refused_while_a_process_serves(full: Desk) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER)
    serving = ServingStore(full.path, KEY, HandClock())
    before = rows_of(full.path)
    with pytest.raises(StoreInUse):
        restore(full.path, KEY, backup.path, HandClock(LATER), is_clock_trusted=True)
    assert rows_of(full.path) == before
    serving.stop()
    full.store.close()
    assert restore(full.path, KEY, backup.path, HandClock(LATER), is_clock_trusted=True).merged == 0


@pytest.mark.parametrize("harm", ["missing", "empty", "text", "flip", "other key"])
def test_a_useless_backup_changes_nothing(full: Desk, harm: str, tmp_path: Path) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER).path
    full.store.close()
    key = KEY
    if harm == "missing":
        backup = tmp_path / "none.db"
    elif harm == "other key":
        key = bytes(32)
    else:
        content = bytearray(backup.read_bytes())
        content[len(content) // 2] ^= 1
        backup.write_bytes({"empty": b"", "text": b"no database" * 999, "flip": bytes(content)}[harm])
    before = rows_of(full.path)
    with pytest.raises(BackupUnusable):
        restore(full.path, key, backup, HandClock(LATER), is_clock_trusted=True)
    assert rows_of(full.path) == before
    assert not [path for path in full.path.parent.iterdir() if "restoring" in path.name]


def test_restore_keeps_what_was_written_since_the_backup(full: Desk) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER)
    member = verify_staff(full.store, "試験 職員", "とても長い試験用の合言葉です。")
    assert member is not None
    other = add_staff(full.store, "試験 二人目", "とても長い試験用の合言葉です。", LATER)
    with full.store.writing() as db:
        db.execute("UPDATE staff SET disabled_at = 't' WHERE id = ?", [member.staff_id])
    full.keeper.record(accepted("later", at=LATER, result=answer(person(77))))
    full.keeper.record(waiting("later2", at=LATER))
    mark_handled(full.store, full.wake, "later2", 1, other.staff_id, LATER)
    before = rows_of(full.path)
    full.store.close()
    report = restore(full.path, KEY, backup.path, HandClock(LATER), is_clock_trusted=True)
    assert report.merged == 2
    with full.store.reading() as db:
        assert db.execute("SELECT count(*) FROM search_entries WHERE check_id = 'later'").fetchone()[0] == 1
    assert rows_of(full.path) == before
    assert verify_staff(full.store, "試験 職員", "とても長い試験用の合言葉です。") is None, (
        "closed accounts stay closed"
    )
    assert report.aside is not None
    assert rows_of(report.aside) == before
    assert full.keeper.record(accepted("next", at=LATER)) == 16


def test_restore_brings_back_what_was_lost(full: Desk) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER)
    before = rows_of(full.path)
    with full.store.writing() as db:
        db.execute("DELETE FROM checks WHERE check_id = 'a5'")
    full.store.close()
    restore(full.path, KEY, backup.path, HandClock(LATER), is_clock_trusted=True)
    assert rows_of(full.path)["checks"] == before["checks"]
    assert rows_of(full.path)["qualifications"] == before["qualifications"]


def test_events_go_on_above_what_pages_have_seen(full: Desk) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER)
    for index in range(5):
        full.keeper.record(accepted(f"z{index}", at=LATER))
    with full.store.reading() as db:
        seen = db.execute("SELECT max(id) FROM event").fetchone()[0]
    full.store.close()
    restore(full.path, KEY, backup.path, HandClock(LATER), is_clock_trusted=True)
    with full.store.reading() as db:
        assert db.execute("SELECT min(id) FROM event WHERE subject_id = 'store'").fetchone()[0] > seen


def test_restore_of_another_clinics_lineage_is_not_mixed(full: Desk, tmp_path: Path) -> None:
    backup = make_backup(full.store, own_folder(full.path), LATER)
    other = tmp_path / "second" / "store" / "uketsuke.db"
    prepare_store(other, KEY, HandClock())
    store = Store(other, KEY)
    add_staff(store, "別の 院長", "とても長い試験用の合言葉です。", MORNING + timedelta(days=1))
    CheckKeeper(store, lambda: None).record(accepted("theirs", at=LATER))
    store.close()
    report = restore(other, KEY, backup.path, HandClock(LATER), is_clock_trusted=True)
    assert report.merged is None
    assert report.aside is not None
    assert len(rows_of(report.aside)["checks"]) == 1, "nothing is lost: it lies beside"
    assert rows_of(other) == rows_of(backup.path)


def test_every_table_is_carried_or_known(desk: Desk) -> None:
    """A table of a later part of the product is one of three kinds; this names each, so that none is forgotten."""
    with desk.store.reading() as db:
        assert {"checks", "qualifications"} <= set(patient_tables(db))
        assert {"staff", "audit", "calls", "keeping"} <= set(lasting_tables(db))


def test_other_folders_are_remembered_and_expire_too(full: Desk, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    made = make_backup(full.store, usb, MORNING)
    with full.store.reading() as db:
        assert folders_of(db, full.path) == [own_folder(full.path), usb]
    assert expire_copies(full.path, [usb, tmp_path / "unplugged"], KEY, MORNING + timedelta(days=8)) == 1
    assert not made.path.exists()
    assert os.listdir(usb) == []
