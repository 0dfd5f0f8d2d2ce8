"""After damage everything comes back: whatever the timer copied since, also late, and after a second one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.clock import TOKYO
from app.store.board import check_detail
from app.store.checks import CheckKeeper
from app.store.copies import backup_time, expire_copies, list_backups, make_backup, own_folder, restore_chain
from app.store.damage import newest_good, replace_if_damaged
from app.store.database import Store
from app.store.keeping import Note, noted, wanted_backups
from app.store.people import add_staff
from app.store.restore import restore
from tests.store.raw_pages import count_traces
from tests.store.support import KEY, MORNING, Desk, HandClock, accepted, answer, person
from tests.store.test_housekeeping import Box
from tests.store.test_purge import OVER

HOUR = timedelta(hours=1)


@pytest.fixture
def box(desk: Desk) -> Box:
    """Twenty visits, one account, and the round's backup at nine."""
    add_staff(desk.store, "試験 職員", "とても長い試験用の合言葉です。", MORNING)
    keep(desk, "old", 20)
    box = Box(desk)
    box.keeper.round()
    return box


def keep(desk: Desk, name: str, count: int) -> None:
    for index in range(count):
        desk.keeper.record(accepted(f"{name}-{index}", at=desk.clock.time, result=answer(person(index))))


def damage(box: Box) -> None:
    """Break the file and let the next process meet it; the box goes on with the fresh one."""
    desk = box.desk
    desk.store.close()
    with desk.path.resolve().open("r+b") as file:
        file.write(bytes(4096))
    assert replace_if_damaged(desk.path, KEY, [own_folder(desk.path)], HandClock(desk.clock.time))
    desk.store = Store(desk.path, KEY)
    desk.keeper = CheckKeeper(desk.store, desk.wake, desk.clock)
    box.__post_init__()


def pass_days(box: Box, days: int) -> None:
    for _ in range(days * 2):
        box.kernel.pass_time(12 * HOUR)
        box.keeper.round()


def restore_latest(box: Box) -> None:
    """What ``./uketsuke restore --latest`` does."""
    box.desk.store.close()
    chosen, *later = restore_chain([own_folder(box.desk.path)], KEY)
    restore(box.desk.path, KEY, chosen, HandClock(box.desk.clock.time), is_clock_trusted=True, later=later)
    box.desk.store = Store(box.desk.path, KEY)
    box.__post_init__()


def names(box: Box) -> set[str]:
    with box.desk.store.reading() as db:
        return {row[0].split("-")[0] for row in db.execute("SELECT check_id FROM checks").fetchall()}


def backup_days(box: Box) -> list[int]:
    return [backup.made_at.day for backup in list_backups([own_folder(box.desk.path)])]


def note_of(box: Box, name: Note) -> str | None:
    with box.desk.store.reading() as db:
        return noted(db, name)


@pytest.mark.parametrize("days", [1, 9])
def test_the_timers_backups_after_the_damage_hide_nothing(box: Box, days: int) -> None:
    box.kernel.pass_time(20 * HOUR)
    damage(box)
    keep(box.desk, "new", 1)
    pass_days(box, days)
    chosen = newest_good([own_folder(box.desk.path)], KEY)
    assert chosen is not None
    assert backup_time(chosen) == MORNING, "also when it is older than seven days"
    others = backup_days(box)[:-1]
    assert 1 <= len(others) <= 9, "the others live as long as ever"
    restore_latest(box)
    assert (box.checks(), names(box)) == (21, {"old", "new"})
    assert note_of(box, Note.MOVED_ASIDE) is note_of(box, Note.DAMAGE_BACKUPS) is None
    box.kernel.pass_time(HOUR)
    box.keeper.round()
    newest = list_backups([own_folder(box.desk.path)])[0]
    assert newest.made_at == box.kernel.clock.time, "the joined records are copied at once"


def test_what_stood_between_two_damages_comes_back_too(box: Box) -> None:
    damage(box)
    keep(box.desk, "between", 3)
    pass_days(box, 1)
    box.kernel.pass_time(HOUR)
    damage(box)
    keep(box.desk, "after", 2)
    assert note_of(box, Note.MOVED_ASIDE) == MORNING.isoformat()
    with box.desk.store.reading() as db:
        first, second = wanted_backups(db)
    assert first == MORNING < second
    pass_days(box, 8)
    restore_latest(box)
    assert (box.checks(), names(box)) == (25, {"old", "between", "after"})


def test_a_backup_made_since_settles_nothing(box: Box) -> None:
    damage(box)
    keep(box.desk, "new", 1)
    pass_days(box, 1)
    since = list_backups([own_folder(box.desk.path)])[0].path
    box.desk.store.close()
    restore(box.desk.path, KEY, since, HandClock(box.desk.clock.time), is_clock_trusted=True)
    assert note_of(box, Note.MOVED_ASIDE) is not None
    restore_latest(box)
    assert names(box) == {"old", "new"}


def test_a_put_away_notice_keeps_nothing_longer(box: Box) -> None:
    damage(box)
    pass_days(box, 1)
    box.keeper.put_notice_away("試験 院長", box.kernel.clock.time)
    pass_days(box, 8)
    assert 24 not in backup_days(box)
    chosen = newest_good([own_folder(box.desk.path)], KEY)
    assert chosen is not None
    assert backup_time(chosen) == list_backups([own_folder(box.desk.path)])[0].made_at


def test_the_kept_backup_is_purged_in_place_and_ends_with_its_records(desk: Desk) -> None:
    folder = own_folder(desk.path)
    desk.keeper.record(accepted("october", at=datetime(2026, 10, 30, 9, 0, tzinfo=TOKYO), result=answer(person(7))))
    keep(desk, "old", 2)
    made = make_backup(desk.store, folder, MORNING)
    december = datetime(2026, 12, 1, tzinfo=TOKYO)
    assert count_traces(made.path, KEY, ["シケン　ハナコ7"]) > 0
    expire_copies(desk.path, [folder], KEY, december, [MORNING])
    assert made.path.exists()
    assert count_traces(made.path, KEY, ["シケン　ハナコ7"]) == 0
    expire_copies(desk.path, [folder], KEY, OVER - timedelta(seconds=1), [MORNING])
    assert made.path.exists()
    expire_copies(desk.path, [folder], KEY, OVER, [MORNING])
    assert not made.path.exists()


def test_a_backup_in_another_folder_is_found_by_the_notes_that_were_carried(box: Box, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    make_backup(box.desk.store, usb, MORNING + HOUR)
    for backup in list_backups([own_folder(box.desk.path)]):
        backup.path.unlink()
    box.desk.store.database().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = box.desk.path.stat().st_size
    box.desk.store.close()
    with box.desk.path.open("r+b") as file:  # only the last pages: the notes still read
        file.seek(size - 4096)
        file.write(bytes(4096))
    assert replace_if_damaged(box.desk.path, KEY, [own_folder(box.desk.path)], HandClock(MORNING + 2 * HOUR))
    box.desk.store = Store(box.desk.path, KEY)
    with box.desk.store.reading() as db:
        assert wanted_backups(db) == [MORNING + HOUR]


# Drafts of killed processes


def test_left_drafts_of_backups_and_restores_are_destroyed(box: Box, tmp_path: Path) -> None:
    folder, usb = own_folder(box.desk.path), tmp_path / "usb"
    whole = make_backup(box.desk.store, usb, MORNING + HOUR).path.read_bytes()
    drafts = [
        folder / ".uketsuke-20261120T000000.db.new",
        folder / ".uketsuke-20261120T000000.db.new-wal",
        usb / ".uketsuke-20261120T000000.db.new",
        box.desk.path.with_name(".uketsuke.db.restoring"),
        box.desk.path.with_name(".uketsuke.db.restoring-wal"),
        box.desk.path.with_name(".uketsuke.db.restoring.before-x-20261120T000000"),
    ]
    for draft in drafts:
        draft.write_bytes(whole)
    box.keeper.round()
    assert [draft.name for draft in drafts if draft.exists()] == []
    assert check_detail(box.desk.store, "old-0", MORNING) is not None


def test_a_folder_is_known_before_anything_lies_in_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.store.copies.copy_database", killed)
    with pytest.raises(KeyboardInterrupt):
        make_backup(desk.store, tmp_path / "usb", MORNING)
    with desk.store.reading() as db:
        assert str(tmp_path / "usb") in (noted(db, Note.OTHER_FOLDERS) or "")
