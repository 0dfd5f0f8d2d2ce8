"""The commands about records as a whole, and real processes that meet damage."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.box.keeping import key_lines, key_of
from app.clock import SystemClock
from app.config import environment_of
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.keeping import Note, noted
from app.store.opening import prepare_store
from tests.box.processes import wait_for
from tests.store.support import KEY, accepted, answer, person
from tests.web.staff_site import settings_in

ROOT = Path(__file__).parents[2]


def environment(state: Path) -> dict[str, str]:
    settings = dataclasses.replace(settings_in(state), trust_clock=True)
    return {**os.environ, **environment_of(settings)}


def run(state: Path, *arguments: str, entered: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments, "--state", str(state)],
        cwd=ROOT,
        env=environment(state),
        input=entered,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@contextmanager
def staff_process(state: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "staff"], cwd=ROOT, env=environment(state), stdout=sink, stderr=sink
        )
    try:
        wait_for(lambda: (state / "run" / "staff.sock").exists() or process.poll() is not None, 60)
        assert process.poll() is None, log.read_text("utf-8")
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A box with three visits of today."""
    state = tmp_path / "state"
    for folder in (state / "run", state / "keys"):
        folder.mkdir(parents=True, mode=0o700)
    (state / "keys" / "store.key").write_bytes(KEY)
    (state / "keys" / "store.key").chmod(0o600)
    prepare_store(state / "store" / "uketsuke.db", KEY, SystemClock())
    store = Store(state / "store" / "uketsuke.db", KEY)
    for index in range(3):
        record = accepted(f"c{index}", at=SystemClock().now(), result=answer(person(index)))
        CheckKeeper(store, lambda: None).record(record)
    store.close()
    return state


def count_checks(state: Path) -> int:
    store = Store(state / "store" / "uketsuke.db", KEY)
    try:
        with store.reading() as db:
            return int(db.execute("SELECT count(*) FROM checks").fetchone()[0])
    finally:
        store.close()


def test_a_backup_comes_back_by_command(state: Path) -> None:
    made = run(state, "backup")
    assert made.returncode == 0, made.stderr
    assert "key show" in made.stderr
    assert "0 d 0 h old" in run(state, "backup", "--list").stdout
    (state / "store" / "uketsuke.db").unlink()
    back = run(state, "restore", "--latest")
    assert back.returncode == 0, back.stderr
    assert "destroyed 0 checks" in back.stdout
    assert count_checks(state) == 3


def test_restore_asks_for_one_of_two(state: Path) -> None:
    assert run(state, "restore").returncode == 2
    assert run(state, "restore", "some.db", "--latest").returncode == 2
    missing = run(state, "restore", "--latest")
    assert (missing.returncode, "store.backup_unusable" in missing.stderr) == (1, True)


def test_purge_counts_without_names(state: Path) -> None:
    counted = run(state, "purge", "--dry-run")
    assert counted.stdout == "due: 0 checks, 0 calls, 0 sessions; nothing was destroyed\n"
    done = run(state, "purge")
    assert (done.returncode, done.stdout) == (0, "destroyed: 0 checks, 0 calls, 0 sessions\n")


def test_the_key_goes_to_paper_and_back(state: Path) -> None:
    assert run(state, "key", "show").returncode == 1, "not into a pipe"
    lines = "\n".join(key_lines(KEY)).upper()
    assert key_of(lines) == KEY
    assert key_of(lines.replace("0", "1", 1)) is None
    key_file = state / "keys" / "store.key"
    assert run(state, "key", "enter", entered=lines).returncode == 1, "a key that is there stays"
    key_file.unlink()
    assert run(state, "key", "enter", entered="\n".join(key_lines(bytes(32)))).returncode == 1
    assert not key_file.exists()
    assert run(state, "key", "enter", entered=lines).returncode == 0
    assert key_file.read_bytes() == KEY
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_serving_process_backs_up_and_holds_off_a_restore(state: Path, tmp_path: Path) -> None:
    with staff_process(state, tmp_path / "staff.log"):
        wait_for(lambda: list((state / "backup").glob("uketsuke-*.db")) if (state / "backup").exists() else False, 60)
        refused = run(state, "restore", "--latest")
        assert refused.returncode == 1
        assert "stop the kiosk and the staff pages" in refused.stderr
    assert run(state, "restore", "--latest").returncode == 0
    assert count_checks(state) == 3


def test_a_process_that_starts_on_a_damaged_file_serves_on_a_fresh_one(state: Path, tmp_path: Path) -> None:
    assert run(state, "backup").returncode == 0
    database = state / "store" / "uketsuke.db"
    with database.open("r+b") as file:
        file.write(bytes(4096))
    log = tmp_path / "staff.log"
    with staff_process(state, log):
        pass
    assert "store.moved_aside file=uketsuke.db.damaged-" in log.read_text("utf-8")
    assert len(list(database.parent.glob("uketsuke.db.damaged-*"))) == 1
    store = Store(database, KEY)
    with store.reading() as db:
        assert noted(db, Note.MOVED_ASIDE) is not None
    store.close()
    assert count_checks(state) == 0
    assert run(state, "restore", "--latest").returncode == 0
    assert count_checks(state) == 3
