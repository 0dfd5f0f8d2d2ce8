"""Steps from empty and, each, from the schema before it with rows in it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import stat
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from app.clock import SystemClock
from app.eligibility.model import EligibilityResult, Qualification
from app.errors import StoreOutdated, StoreUnwritable
from app.store import database as database_module
from app.store import migrate as migrate_module
from app.store.database import Store, open_database
from app.store.files import create_private_file
from app.store.migrate import copy_database, migrate, pending, step_names
from migrations.steps import kiosk
from tests.store.support import KEY, MORNING, Desk, HandClock, accepted

ROWS = {
    "staff": {"id": 1, "name": "試験 太郎", "passphrase_hash": "$argon2id$", "created_at": "t"},
    "staff_sessions": {
        "token_hash": b"\x00\xff", "staff_id": 1, "created_at": "t", "last_seen_at": "t", "ends_at": "u",
    },
    "checks": {
        "check_id": "old", "kiosk": "k", "card_epoch": 1, "outcome": "accepted", "method": "pin", "opened_at": "t",
        "reception_day": "2026-11-24", "reception_number": 1, "visible_until": "2026-12-31T23:59:59+09:00",
        "version": 1, "handled_at": "t", "handled_by": 1,
    },
    "qualifications": {"check_id": "old", "position": 0, "name": "試験　花子", "number": "00000001"},
    "calls": {"id": "c", "kiosk": "k", "screen": "welcome", "called_at": "t"},
    "audit": {"seq": 1, "at": "t", "action": "login", "outcome": "ok", "seal": bytes(32)},
    "recovery_codes": {"staff_id": 1, "code_hash": b"x"},
    "owner_code": {"id": 1, "code_hash": b"x", "ends_at": "t"},
    "keeping": {"name": "last_purge", "value": "t"},
    "search_entries": {"id": 1, "check_id": "old"},
    "search_keys": {"id": 1, "name": "\ufdd0\u8a66 \u8a66\u9a13", "number": "1", "born": "", "day": "20261124"},
    "counter_proofs": {"check_id": "old", "looked_by": 1, "entered_by": 1, "seen": "face names", "settles": "older"},
    "settlements": {"check_id": "old", "kind": "closed", "reason": "twice", "settled_at": "t", "settled_by": 1},
    "service_health": {"kiosk": "受付1", "is_up": 0, "code": "gateway.timeout", "since": "t", "looked_at": "t"},
    "kiosk_states": {"kiosk": "受付1", "code": "card.reader_lost", "since": "t"},
    "service_trials": {"id": 1, "asked": 2, "asked_at": "t"},
    "check_times": {"check_id": "old", "card_at": "t", "told_at": "u"},
    "daily_counts": {"day": "2026-11-24", "measure": "checks", "label": "1 pin", "count": 3},
    "preferences": {"name": "method", "value": "pin", "changed_at": "t", "changed_by": 1},
    "next_choices": {"kiosk": "k", "preference": "visual_first", "chosen_at": "t", "chosen_by": 1},
    "visual_requests": {
        "id": "r", "check_id": "old", "kiosk": "k", "card_epoch": 1, "opened_at": "t", "closed_at": "u",
        "decision": "confirmed", "decided_at": "u", "decided_by": 1,
    },
    "takings": {"check_id": "old", "taken_at": "t", "taken_by": 1},
    "visual_proofs": {"check_id": "old", "certificate": b"\x30\x82", "confirmed_by": "試験 太郎", "confirmed_at": "u"},
    "desk_codes": {"staff_id": 1, "code_hash": "$argon2id$", "made_at": "t", "rate_step": 4, "privacy": "earphone"},
    "event": {"id": 7, "kind": "board-panel", "subject_id": "old", "at": "t"},
}  # fmt: skip
"""One row for each table that any released schema has. A step that changes a table adapts what it expects below."""


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "any.db"
    create_private_file(path)
    with contextlib.closing(open_database(path, KEY)) as db:
        yield db


def dump(db: Database) -> dict[str, list[dict[str, object]]]:
    names = [name for name in db.table_names() if name in ROWS]
    return {name: [{k: v for k, v in row.items() if v is not None} for row in db[name].rows] for name in names}


def test_steps_from_empty_give_strict_tables(empty: Database) -> None:
    kiosk.apply(empty)
    assert kiosk.pending(empty) == []
    others = ("sqlite_", "_sqlite_", "search_index")  # SQLite's own and FTS5's own
    tables = [name for name in empty.table_names() if not name.startswith(others)]
    assert set(tables) == set(ROWS)
    for name in tables:
        assert empty[name].strict, name  # type: ignore[union-attr]


@pytest.mark.parametrize("step", step_names())
def test_step_keeps_the_rows_of_the_schema_before_it(empty: Database, step: str) -> None:
    kiosk.apply(empty, stop_before=step)
    for name, row in ROWS.items():
        if name in empty.table_names():
            empty[name].insert(row)  # type: ignore[union-attr]
    before = dump(empty)
    kiosk.apply(empty)
    after = dump(empty)
    for name, rows in before.items():
        for old, new in zip(rows, after[name], strict=True):
            assert old.items() <= new.items()
    assert empty.execute("PRAGMA foreign_key_check").fetchall() == []


def test_every_step_may_run_inside_the_one_transaction() -> None:
    assert [step.name for step in kiosk._migrations if not step.transactional] == []
    assert step_names() == sorted(step_names()), "steps are numbered in their order"


def test_columns_follow_the_model(empty: Database) -> None:
    kiosk.apply(empty)
    columns = set(empty["qualifications"].columns_dict)
    assert columns == {field.name for field in fields(Qualification)} | {"check_id", "position"}
    result = {f"result_{field.name}" for field in fields(EligibilityResult)} - {"result_qualifications"}
    assert result == {name for name in empty["checks"].columns_dict if name.startswith("result_")}


def test_new_box_is_migrated_once_without_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "store" / "uketsuke.db"
    assert pending(path, KEY) == step_names()
    assert not path.parent.exists()
    assert migrate(path, KEY) == step_names()
    assert pending(path, KEY) == []
    assert migrate(path, KEY) == []
    assert list(path.parent.glob("*before*")) == []


@pytest.fixture
def next_release(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Migrations:
    """A desk with a check in it meets this release's steps and one more, on a table that others refer to."""
    desk.keeper.record(accepted())
    desk.store.close()
    later = Migrations("kiosk")
    later._migrations = list(kiosk._migrations)

    @later()
    def m9001_rebuild_checks(db: Database) -> None:
        db["checks"].add_column("later", str)  # type: ignore[union-attr]
        db["checks"].transform(defaults={"later": "x"})  # type: ignore[union-attr]

    for module in (database_module, migrate_module):
        monkeypatch.setattr(module, "kiosk", later)
    return later


def test_pending_step_stops_the_store_until_it_is_applied_after_a_copy(desk: Desk, next_release: Migrations) -> None:
    with pytest.raises(StoreOutdated):
        Store(desk.path, KEY).database()
    assert pending(desk.path, KEY) == ["m9001_rebuild_checks"]

    now = SystemClock().now()  # a copy's age is told by its file, which the kernel dates
    assert migrate(desk.path, KEY, HandClock(now)) == ["m9001_rebuild_checks"]
    copy = desk.path.with_name(f"uketsuke.db.before-m9001_rebuild_checks-{now:%Y%m%dT%H%M%S}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with contextlib.closing(open_database(copy, KEY)) as old, contextlib.closing(open_database(desk.path, KEY)) as new:
        assert next(old["checks"].rows).items() < next(new["checks"].rows).items()
        assert new["qualifications"].count == 1, "rebuilding a table does not cascade into its children"
        assert new.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_failing_step_leaves_the_schema_as_it_was(desk: Desk, next_release: Migrations) -> None:

    @next_release()
    def m9002_fail(db: Database) -> None:
        db.execute("CREATE TABLE half (id INTEGER)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate(desk.path, KEY)
    assert pending(desk.path, KEY) == ["m9001_rebuild_checks", "m9002_fail"]
    with contextlib.closing(open_database(desk.path, KEY)) as db:
        assert "later" not in db["checks"].columns_dict
        assert "half" not in db.table_names()


def test_step_that_breaks_references_is_refused(desk: Desk, next_release: Migrations) -> None:

    @next_release()
    def m9002_orphan(db: Database) -> None:
        db.execute("DELETE FROM checks")

    with pytest.raises(StoreUnwritable, match="nowhere"):
        migrate(desk.path, KEY)
    with contextlib.closing(open_database(desk.path, KEY)) as db:
        assert db["checks"].count == 1


def test_copies_older_than_seven_days_go(desk: Desk) -> None:
    old, young = (desk.path.with_name(f"uketsuke.db.before-{name}") for name in ("old", "young"))
    for path, days in ((old, 7.1), (young, 6.9)):
        path.touch()
        moment = (MORNING - timedelta(days=days)).timestamp()
        os.utime(path, (moment, moment))
    migrate(desk.path, KEY, HandClock())
    assert not old.exists()
    assert young.exists()


def test_failed_copy_leaves_nothing_and_stops_the_migration(desk: Desk, next_release: Migrations) -> None:
    taken = desk.path.with_name("taken.db")
    taken.write_bytes(b"somebody else's")
    names = sorted(path.name for path in desk.path.parent.iterdir())
    with contextlib.closing(open_database(desk.path, KEY)) as db, pytest.raises(FileExistsError):
        copy_database(db, taken, KEY)
    assert taken.read_bytes() == b"somebody else's"
    desk.path.with_name("uketsuke.db.before-m9001_rebuild_checks-20261124T090000").mkdir()
    with pytest.raises(FileExistsError):
        migrate(desk.path, KEY, HandClock())
    assert pending(desk.path, KEY) == ["m9001_rebuild_checks"]
    assert set(names) <= {path.name for path in desk.path.parent.iterdir()}


def _start(path: Path, answers: multiprocessing.Queue[int]) -> None:
    answers.put(len(migrate(path, KEY)))


def test_concurrent_starters_apply_each_step_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[int] = context.Queue()
    path = tmp_path / "store" / "uketsuke.db"
    starters = [context.Process(target=_start, args=(path, answers)) for _ in range(5)]
    for starter in starters:
        starter.start()
    counts = sorted(answers.get(timeout=240) for _ in starters)
    for starter in starters:
        starter.join(120)
    assert counts == [0, 0, 0, 0, len(step_names())]
    Store(path, KEY).database()
