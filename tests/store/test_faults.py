"""Every way in which SQLite and the disk can say no."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlite3

from app.errors import StoreBusy, StoreDamaged, StoreOutdated, StoreUnwritable
from app.store.board import board_rows
from app.store.database import Store, open_database, write_transaction
from app.store.faults import translated
from tests.store.support import KEY, MORNING, ROOT, Desk, accepted, answer, person, run_python


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
            done.wait(120)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(120)
    with pytest.raises(StoreBusy):
        desk.keeper.record(accepted())
    done.set()
    thread.join()
    assert desk.keeper.record(accepted()) == 1


def test_wrong_key_of_a_store_without_a_mark_looks_like_damage(desk: Desk) -> None:
    (mark,) = desk.path.parent.glob("*.key-mark")
    mark.unlink()
    with pytest.raises(StoreDamaged, match="NOTADB"):
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
    desk.store.database().execute("VACUUM")  # nobody reads a page that a schema step left free
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
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
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
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
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
