"""Connection recipe, keys, file modes, and every way in which SQLite can say no."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import stat
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite3
import sqlite_utils.utils
from sqlite_utils import Database

from app.errors import StoreBusy, StoreOutdated, StoreUnwritable
from app.store.board import board_rows
from app.store.database import Store, create_key, open_database, read_key, write_transaction
from app.store.faults import translated
from tests.store.support import KEY, MORNING, Desk, accepted, answer, person

ROOT = Path(__file__).parents[2]


def run_python(script: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, **options
    )


def modules_of(*rooms: str) -> list[str]:
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names]


def test_every_module_of_the_store_may_be_imported_first_and_sqlite_utils_gets_the_cipher() -> None:
    script = (
        "import importlib, json, os, sys\n"
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
    with pytest.raises(StoreUnwritable):
        read_key(path)
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
        assert db.execute("SELECT count(*) FROM checks").fetchone() == before
    assert len(desk.numbers()) == 2


def test_own_errors_stay_bugs(desk: Desk) -> None:
    with pytest.raises(sqlite3.OperationalError), desk.store.reading() as db:
        db.execute("SELECT nothing FROM nowhere")
    with pytest.raises(sqlite3.IntegrityError), desk.store.writing() as db:
        db.execute("INSERT INTO event (kind) VALUES ('k')")


LOCK_HOLDER = """
import sys
from pathlib import Path
from app.store.database import open_database, write_transaction
db = open_database(Path(sys.argv[1]), bytes(range(32)))
with write_transaction(db):
    print("held", flush=True)
    sys.stdin.readline()
print("free", flush=True)
"""


def test_lock_of_another_process_is_busy_until_it_is_free(tmp_path: Path) -> None:
    desk = Desk(tmp_path, wait_s=0.05)
    secret = "架空名札"
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK_HOLDER, str(desk.path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy) as caught:
            desk.keeper.record(accepted(result=answer(person(name=secret))))
        told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + repr(caught.value)
        assert secret not in told
        assert "INSERT" not in told
        assert board_rows(desk.store, MORNING) == []
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "free\n"
        assert desk.keeper.record(accepted()) == 1


def test_lock_of_another_thread_is_busy_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path, wait_s=0.05)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.store.writing():
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    with pytest.raises(StoreBusy):
        desk.keeper.record(accepted())
    done.set()
    thread.join()
    assert desk.keeper.record(accepted()) == 1


def test_wrong_key_is_unwritable(desk: Desk) -> None:
    with pytest.raises(StoreUnwritable, match="NOTADB"):
        Store(desk.path, bytes(32)).database()


def test_missing_database_is_outdated_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(StoreOutdated):
        Store(path, KEY).database()
    with pytest.raises(StoreUnwritable, match="CANTOPEN"):
        open_database(path, KEY)
    assert not path.exists()


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_damaged_page_is_unwritable_and_never_a_wrong_answer(desk: Desk, keep: float) -> None:
    expected = {}
    for number in range(60):
        record = accepted(f"check-{number}", result=answer(person(number)))
        expected[record.check_id] = desk.keeper.record(record)
    desk.store.close()
    with open(desk.path, "r+b") as file:
        size = desk.path.stat().st_size
        file.seek(int(size * keep))
        file.write(os.urandom(8192))
    seen = {}

    def read_all() -> None:
        with desk.store.reading() as db:
            for row in db["checks"].rows:
                seen[row["check_id"]] = row["reception_number"]
            for table in db.table_names():
                list(db[table].rows)
            db.execute("PRAGMA integrity_check").fetchall()

    with pytest.raises(StoreUnwritable):
        read_all()
    assert seen.items() <= expected.items()


@pytest.mark.parametrize("content", [b"not a database at all" * 400, bytes(8192)])
def test_other_file_is_unwritable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(StoreUnwritable):
        Store(path, KEY).database()
    assert path.read_bytes() == content


def test_full_database_is_unwritable_and_works_again_with_room(desk: Desk) -> None:
    db = desk.store.database()
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreUnwritable, match="FULL"):
        [desk.keeper.record(accepted(f"full-{number}")) for number in range(50)]
    fitted = len(desk.numbers())
    assert desk.keeper.record(accepted("later")) == fitted + 1, "a fresh connection has no such limit"


def test_file_that_may_not_grow_is_unwritable(desk: Desk) -> None:
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom app.errors import StoreUnwritable\n"
        "from tests.store.support import *\n"
        "keeper = CheckKeeper(Store(Path(sys.argv[1]), KEY), lambda: None)\n"
        "print(keeper.record(accepted('before')))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
        "try:\n"
        "    for n in range(400): last = keeper.record(accepted(f'n{n}'))\n"
        "except StoreUnwritable as error:\n"
        "    print('refused', last)\n"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = run_python(script, str(desk.path))
    assert done.stderr == ""
    before, (word, last) = done.stdout.split()[0], done.stdout.split()[1:]
    assert (before, word) == ("1", "refused")
    assert desk.numbers() == list(range(1, int(last) + 1)), "what was acknowledged is there, and nothing else"


ON_SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path
from app.errors import KioskError
from tests.store.support import *
folder, told = Path(sys.argv[1]), {}
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], check=True)
desk = Desk(folder)
count = 0
try:
    while True:
        count = desk.keeper.record(accepted(f"n{count}"))
except KioskError as error:
    told["full"] = error.code
told["kept"] = desk.numbers() == list(range(1, count + 1))
told["many"] = count > 3
told["board_when_full"] = len(board_rows(desk.store, MORNING)) == count
desk.store.close()
subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
for name, act in {
    "read_only_record": lambda: desk.keeper.record(accepted("ro")),
    "read_only_migrate": lambda: migrate(folder / "new" / "x.db", KEY),
}.items():
    try:
        act()
    except KioskError as error:
        told[name] = error.code
print(json.dumps(told))
"""


def test_full_and_read_only_disks_are_unwritable(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount")
    script = "from app.store.board import board_rows\n" + ON_SMALL_DISK
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "full": "store.unwritable",
        "kept": True,
        "many": True,
        "board_when_full": True,
        "read_only_record": "store.unwritable",
        "read_only_migrate": "store.unwritable",
    }


def test_disk_errors_of_python_are_told_the_same_way() -> None:
    with pytest.raises(StoreUnwritable, match="No space left"), translated():
        raise OSError(28, "ignored", "/a/path/that/is/not/told")


def test_commit_that_fails_leaves_no_open_transaction(desk: Desk) -> None:
    db = desk.store.database()
    db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    db.execute("CREATE TABLE child (p INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), write_transaction(db):
        db.execute("INSERT INTO child VALUES (7)")
    assert not db.conn.in_transaction
    assert desk.keeper.record(accepted()) == 1
