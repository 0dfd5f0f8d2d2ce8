"""A damaged file is moved aside, checks go on, and nothing else is ever taken for damage."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from io import RawIOBase
from pathlib import Path

import pytest

from app.errors import StoreBusy, StoreDamaged, StoreError, StoreKeyUnusable
from app.store.audit_check import anchor_file, verify_audit
from app.store.board import board_rows, check_detail
from app.store.checks import CheckKeeper
from app.store.copies import make_backup, own_folder
from app.store.damage import is_damaged, replace_if_damaged
from app.store.database import Store, open_database
from app.store.events import latest_event_id
from app.store.faults import translated
from app.store.files import key_mark_file
from app.store.keeping import Note, noted
from app.store.opening import ServingStore, prepare_store
from app.store.people import add_staff, verify_staff
from app.store.restore import restore
from tests.store.support import KEY, KIOSK, MORNING, Desk, HandClock, accepted, answer, person

PASSPHRASE = "とても長い試験用の合言葉です。"
LATER = MORNING + timedelta(hours=1)


@pytest.fixture
def quiet(desk: Desk) -> Desk:
    """Forty visits, one account and a backup; everything checkpointed and closed."""
    add_staff(desk.store, "試験 職員", PASSPHRASE, MORNING)
    for index in range(40):
        desk.keeper.record(accepted(f"c{index}", minutes=index, result=answer(person(index))))
    make_backup(desk.store, own_folder(desk.path), LATER)
    desk.store.database().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.store.close()
    return desk


def asides(desk: Desk) -> list[Path]:
    return sorted(path for path in desk.path.parent.iterdir() if ".damaged-" in path.name and path.suffix != ".wal")


def flip(path: Path, offset: int) -> None:
    with path.open("r+b", buffering=0) as file:
        flip_in(file, offset)


def flip_in(file: RawIOBase, offset: int) -> None:
    byte = os.pread(file.fileno(), 1, offset)[0]
    os.pwrite(file.fileno(), bytes([byte ^ 0xFF]), offset)


def read_all(store: Store) -> None:
    """What a round of housekeeping does first."""
    with store.reading() as db, translated():
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StoreDamaged("quick_check")


def test_flipped_bytes_at_a_hundred_places_never_stop_checks(quiet: Desk) -> None:
    whole = quiet.path.read_bytes()
    places = [*random.Random(7).sample(range(len(whole)), 97), 0, 16, len(whole) - 1]
    for place in places:
        for path in quiet.path.parent.iterdir():
            if path.name.startswith("uketsuke") and "key-mark" not in path.name:
                path.unlink()
        quiet.path.write_bytes(whole)
        flip(quiet.path, place)
        assert is_damaged(quiet.path, KEY), place
        prepare_store(quiet.path, KEY, HandClock(LATER))
        store = ServingStore(quiet.path, KEY, HandClock(LATER))
        store.start()
        keeper = CheckKeeper(store, lambda: None)
        record = accepted("after", at=LATER, result=answer(person(99)))
        with contextlib.suppress(StoreDamaged):  # a page that nobody needed to open the store
            read_all(store)
        try:
            number = keeper.record(record)
        except StoreDamaged:
            number = keeper.record(record)  # what the kiosk's outbox does
        assert number > 40
        assert check_detail(store, "after", LATER).record == record
        assert verify_staff(store, "試験 職員", PASSPHRASE) is not None if place % 10 == 0 else True
        store.stop()


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "zeroed header": lambda whole: bytes(4096) + whole[4096:],
    "half of it": lambda whole: whole[: len(whole) // 2],
    "half a page more": lambda whole: whole[: len(whole) // 2 + 2000],
    "a hundred bytes": lambda whole: whole[:100],
    "nothing": lambda whole: b"",
    "only zeros": lambda whole: bytes(len(whole)),
    "text": lambda whole: b"this is no database" * 400,
}


@pytest.mark.parametrize("harm", HARMS)
def test_damage_at_start_is_moved_aside_loudly(quiet: Desk, harm: str, caplog: pytest.LogCaptureFixture) -> None:
    harmed = HARMS[harm](quiet.path.read_bytes())
    quiet.path.write_bytes(harmed)
    prepare_store(quiet.path, KEY, HandClock(LATER))
    aside = quiet.path.with_name("uketsuke.db.damaged-20261124T100000")
    assert aside.read_bytes() == harmed
    assert "store.moved_aside file=uketsuke.db.damaged-20261124T100000" in caplog.text
    store = ServingStore(quiet.path, KEY, HandClock(LATER))
    store.start()
    with store.reading() as db:
        assert noted(db, Note.MOVED_ASIDE) == LATER.isoformat()
        entry = db.execute("SELECT action, subject, outcome FROM audit ORDER BY seq DESC").fetchone()
    assert entry == ("store_moved_aside", aside.name, "store.damaged")
    assert verify_audit(store, anchor_file(quiet.folder)).is_whole
    assert board_rows(store, LATER) == []
    assert verify_staff(store, "試験 職員", PASSPHRASE) is not None, "people can still log in"
    assert CheckKeeper(store, lambda: None).record(accepted("after", at=LATER)) > 40, "no number is given twice"
    store.stop()
    backup = next(own_folder(quiet.path).iterdir())
    report = restore(quiet.path, KEY, backup, HandClock(LATER), is_clock_trusted=True)
    assert report.merged == 1
    assert len(board_rows(quiet.store, LATER)) == 41
    with quiet.store.reading() as db:
        assert noted(db, Note.MOVED_ASIDE) is None


def test_a_wrong_key_is_never_taken_for_damage(quiet: Desk) -> None:
    whole = quiet.path.read_bytes()
    wrong = bytes(32)
    assert not is_damaged(quiet.path, wrong)
    with pytest.raises(StoreKeyUnusable):
        prepare_store(quiet.path, wrong, HandClock(LATER))
    store = ServingStore(quiet.path, wrong, HandClock(LATER))
    with pytest.raises(StoreKeyUnusable):
        store.start()
    store.stop()
    assert quiet.path.read_bytes() == whole
    assert asides(quiet) == []


def test_without_any_sign_that_the_key_fits_nothing_is_moved(quiet: Desk) -> None:
    key_mark_file(quiet.path).unlink()
    for backup in own_folder(quiet.path).iterdir():
        backup.unlink()
    flip(quiet.path, 20)
    assert not is_damaged(quiet.path, KEY)
    with pytest.raises(StoreDamaged):
        prepare_store(quiet.path, KEY, HandClock(LATER))
    assert asides(quiet) == []


def test_a_backup_is_sign_enough(quiet: Desk) -> None:
    key_mark_file(quiet.path).unlink()
    flip(quiet.path, 20)
    assert is_damaged(quiet.path, KEY)


def test_a_locked_or_whole_file_is_no_damage(quiet: Desk) -> None:
    assert not is_damaged(quiet.path, KEY)
    holder = open_database(quiet.path, KEY)
    holder.execute("BEGIN IMMEDIATE")
    assert not is_damaged(quiet.path, KEY)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.rollback()
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy):
        open_database(quiet.path, KEY, wait_s=0.05).execute("BEGIN IMMEDIATE")
    assert replace_if_damaged(quiet.path, KEY, [own_folder(quiet.path)], HandClock(LATER)) is None
    holder.rollback()
    holder.close()


def test_damage_in_the_middle_of_the_day_is_met_by_whoever_reads_first(quiet: Desk) -> None:
    """Two stores stand for two processes; both hold the file open when it goes bad."""
    clock = HandClock(LATER)
    kiosk, staff = ServingStore(quiet.path, KEY, clock), ServingStore(quiet.path, KEY, clock)
    kiosk.start()
    staff.start()
    assert len(board_rows(staff, LATER)) == 40
    with staff.reading() as db:
        seen = latest_event_id(db)
    kiosk_keeper = CheckKeeper(kiosk, lambda: None)
    kiosk_keeper.record(accepted("before", at=LATER))
    size = quiet.path.stat().st_size
    for place in range(4096, size, 4096):
        flip(quiet.path, place + 100)
    staff.close()  # its page cache would answer for a while
    with pytest.raises(StoreDamaged):
        read_all(staff)
    assert len(asides(quiet)) >= 1
    old_connection = kiosk._mine.db
    assert kiosk_keeper.record(accepted("after", at=LATER, result=answer(person(5)))) > 40
    assert kiosk._mine.db is not old_connection
    assert check_detail(staff, "after", LATER).record.check_id == "after"
    with staff.reading() as db:
        assert latest_event_id(db) > seen, "open pages are nudged"
    kiosk.stop()
    staff.stop()
    assert check_detail(quiet.store, "after", LATER).record.check_id == "after"


def test_an_old_connection_that_closes_late_takes_nothing_from_the_new_file(quiet: Desk) -> None:
    """SQLite removes a log by name with the last connection; the names of the two files differ."""
    late = open_database(quiet.path, KEY)
    late.execute("SELECT count(*) FROM checks").fetchone()
    size = quiet.path.stat().st_size
    flip(quiet.path, size - 4000)
    flip(quiet.path, 5000)
    assert replace_if_damaged(quiet.path, KEY, [own_folder(quiet.path)], HandClock(LATER)) is not None
    store = Store(quiet.path, KEY)
    keeper = CheckKeeper(store, lambda: None)
    keeper.record(accepted("one", at=LATER))
    late.close()
    keeper.record(accepted("two", at=LATER))
    second = Store(quiet.path, KEY)
    assert {row.check_id for row in board_rows(second, LATER)} == {"one", "two"}
    second.close()
    store.close()
    assert {row.check_id for row in board_rows(quiet.store, LATER)} == {"one", "two"}


def test_it_can_happen_again(quiet: Desk) -> None:
    for hour in (1, 2, 3):
        clock = HandClock(MORNING + timedelta(hours=hour))
        flip(quiet.path.resolve(), 20)
        assert replace_if_damaged(quiet.path, KEY, [own_folder(quiet.path)], clock) is not None
        store = Store(quiet.path, KEY)
        assert CheckKeeper(store, lambda: None).record(accepted(f"h{hour}", at=clock.time)) > 40
        store.close()
    assert len(asides(quiet)) == 3
    real = list(quiet.path.parent.glob("uketsuke-*.db"))
    assert real == [quiet.path.resolve()]


def _meet_damage(path: Path, index: int, answers: multiprocessing.Queue[tuple[int, int]]) -> None:
    clock = HandClock(LATER + timedelta(seconds=index))
    store = ServingStore(path, KEY, clock)
    for _ in range(5):
        with contextlib.suppress(StoreError):
            store.start()
            number = CheckKeeper(store, lambda: None).record(accepted(f"p{index}", at=LATER, kiosk=KIOSK))
            answers.put((index, number))
            break
    store.stop()


def test_processes_that_meet_damage_at_once_move_it_aside_once(quiet: Desk) -> None:
    flip(quiet.path, 20)
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[tuple[int, int]] = context.Queue()  # type: ignore[assignment]
    processes = [context.Process(target=_meet_damage, args=(quiet.path, index, answers)) for index in range(4)]
    for process in processes:
        process.start()
    numbers = [answers.get(timeout=240)[1] for _ in processes]
    for process in processes:
        process.join(120)
    assert len(set(numbers)) == 4
    assert len(asides(quiet)) == 1
    assert len(board_rows(quiet.store, LATER)) == 4


def test_writers_wait_while_the_file_is_replaced(quiet: Desk) -> None:
    """Records that arrive during the replacement land in the new file, none in the old."""
    clock = HandClock(LATER)
    store = ServingStore(quiet.path, KEY, clock)
    store.start()
    keeper = CheckKeeper(store, lambda: None)
    stop, replaced, lock = threading.Event(), threading.Event(), threading.Lock()
    kept: list[str] = []
    kept_since: list[str] = []
    """Those whose writing began after the replacement: who was acknowledged meanwhile may have been faster than it."""

    def write(thread: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            check_id = f"t{thread}-{count}"
            for _ in range(5):
                place = kept_since if replaced.is_set() else kept
                try:
                    keeper.record(accepted(check_id, at=LATER))
                except StoreError:
                    continue
                with lock:
                    place.append(check_id)
                break
        store.close()

    threads = [threading.Thread(target=write, args=[index], daemon=True) for index in range(3)]
    for thread in threads:
        thread.start()
    while len(kept) < 20:
        threading.Event().wait(0.005)
    with quiet.path.open(
        "r+b", buffering=0
    ) as file:  # held: a writer that meets the damage puts another file under this name
        for place in range(4096, quiet.path.stat().st_size, 4096):  # some are written anew by the next checkpoint
            flip_in(file, place + 100)
    before = len(kept)
    replace_if_damaged(quiet.path, KEY, [own_folder(quiet.path)], clock)
    replaced.set()
    while len(kept_since) < 40:
        threading.Event().wait(0.005)
    stop.set()
    for thread in threads:
        thread.join(120)
    assert len(asides(quiet)) >= 1, "by us or by a writer that met it first"
    assert before >= 20
    there = {row.check_id for row in board_rows(quiet.store, LATER)}
    missing = set(kept_since) - there
    assert missing == set(), "whatever was written after the replacement is in the new file"
    store.stop()


def test_damage_on_a_full_disk_changes_nothing(quiet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    flip(quiet.path, 20)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "link", full)
    store = ServingStore(quiet.path, KEY, HandClock(LATER))
    with pytest.raises(StoreDamaged):
        store.start()
    monkeypatch.undo()
    store.start()
    assert len(asides(quiet)) == 1
    store.stop()
