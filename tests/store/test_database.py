"""Connection recipe, keys, file modes, threads and transactions."""

from __future__ import annotations

import contextlib
import stat
import threading
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite3
import sqlite_utils.utils
from sqlite_utils import Database

from app.errors import StoreKeyUnusable
from app.store.database import create_key, open_database, read_key
from tests.store.support import ROOT, Desk, accepted, run_python


def modules_of(*rooms: str) -> list[str]:
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names]


def test_every_module_of_the_store_may_be_imported_first_and_sqlite_utils_gets_the_cipher() -> None:
    script = (
        "import importlib, json, os, sys\n"
        "import argon2, click, cryptography.x509, dateutil.parser, pluggy, tabulate\n"  # what all of them need
        "for name in sys.argv[1:]:\n"
        "    if os.fork() == 0:\n"
        "        importlib.import_module(name)\n"
        "        import sqlcipher3, sqlite_utils.utils, sqlite_utils.db\n"
        "        assert sqlite_utils.utils.sqlite3 is sqlcipher3, name\n"
        "        assert sqlite_utils.db.sqlite3 is sqlcipher3, name\n"
        "        os._exit(0)\n"
        "    assert os.wait()[1] == 0, name\n"
        "print('all')\n"
    )
    names = modules_of("app/store", "migrations")
    assert len(names) > 8
    done = run_python(script, *names)
    assert (done.stdout, done.stderr) == ("all\n", "")


def test_store_refuses_when_sqlite_utils_came_first() -> None:
    done = run_python("import sqlite_utils.utils\nimport app.store.database")
    assert done.returncode == 1
    assert "sqlite_utils was imported before" in done.stderr


def test_sqlite_utils_alters_tables_and_raises_catchable_errors_on_the_cipher(desk: Desk) -> None:
    assert vars(sqlite_utils.utils)["sqlite3"].IntegrityError is sqlite3.IntegrityError
    db = desk.store.database()
    db["extra"].insert({"id": 1}, pk="id")  # type: ignore[union-attr]
    db["extra"].insert({"id": 2, "later": "x"}, alter=True)  # type: ignore[union-attr]
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO extra (id) VALUES (1)")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("busy_timeout", 5000),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("wal_autocheckpoint", 200),
        ("temp_store", 2),
        ("trusted_schema", 0),
        ("cipher_version", None),
    ],
)
def test_connection_follows_the_recipe(desk: Desk, pragma: str, value: object) -> None:
    got = desk.store.database().execute(f"PRAGMA {pragma}").fetchone()[0]
    assert got == value if value is not None else got.startswith("4.")


def test_linked_sqlite_has_the_repaired_write_ahead_log() -> None:
    assert tuple(int(part) for part in sqlite3.sqlite_version.split(".")) >= (3, 51, 3)


def test_folder_and_files_belong_to_their_owner_alone(desk: Desk) -> None:
    desk.keeper.record(accepted())
    names = {path.name for path in desk.path.parent.iterdir()}
    assert {"uketsuke.db", "uketsuke.db-wal", "uketsuke.db-shm"} <= names
    assert stat.S_IMODE(desk.path.parent.stat().st_mode) == 0o700
    for path in desk.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_key_file_is_written_once_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "store.key"
    key = create_key(path)
    assert len(key) == 32
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_key(path)
    assert read_key(path) == key
    assert [entry.name for entry in path.parent.iterdir()] == ["store.key"]


def test_one_of_many_key_makers_wins_and_all_read_its_key(tmp_path: Path) -> None:
    path = tmp_path / "store.key"
    made: list[bytes] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        with contextlib.suppress(FileExistsError):
            made.append(create_key(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [read_key(path)]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [None, b"", bytes(31), bytes(33), b"00" * 32])
def test_key_of_wrong_size_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "store.key"
    if content is not None:
        path.write_bytes(content)
    says = "missing" if content is None else f"{len(content)} bytes"
    with pytest.raises(StoreKeyUnusable, match=says):
        read_key(path)
    with pytest.raises(StoreKeyUnusable, match="cannot be read"):
        read_key(tmp_path)
    with pytest.raises(ValueError, match="32 bytes"):
        open_database(tmp_path / "any.db", bytes(31))


def test_each_thread_gets_its_own_connection(desk: Desk) -> None:
    mine = desk.store.database()
    assert desk.store.database() is mine
    others: list[Database] = []
    thread = threading.Thread(target=lambda: others.append(desk.store.database()))
    thread.start()
    thread.join()
    assert others[0] is not mine
    desk.store.close()
    assert desk.store.database() is not mine


def test_write_transactions_do_not_nest_and_roll_back_on_any_error(desk: Desk) -> None:
    with pytest.raises(RuntimeError), desk.store.writing(), desk.store.writing():
        raise AssertionError("unreachable")

    def write_and_stop() -> None:
        with desk.store.writing() as db:
            db.execute("INSERT INTO event (kind, subject_id, at) VALUES ('k', 's', 'a')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert desk.events() == []
    with desk.store.writing() as db:
        assert db.conn.in_transaction


def test_reading_sees_one_moment(desk: Desk) -> None:
    desk.keeper.record(accepted("first"))
    with desk.store.reading() as db:
        before = db.execute("SELECT count(*) FROM checks").fetchone()
        thread = threading.Thread(target=desk.keeper.record, args=[accepted("second")])
        thread.start()
        thread.join()
        with desk.store.reading() as inner:
            assert inner is db
            assert inner.execute("SELECT count(*) FROM checks").fetchone() == before
        assert db.execute("SELECT count(*) FROM checks").fetchone() == before
    assert len(desk.numbers()) == 2
