"""Kill the writer hundreds of times: nothing that was acknowledged may be missing or changed."""

from __future__ import annotations

import os
import random
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.ports import Outcome
from app.store.board import check_detail
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.detail import load_detail
from app.store.migrate import migrate
from tests.store.crash_writer import record_of
from tests.store.support import KEY, KIOSK, MORNING

KILLS = 210
KILLS_PER_FILE = 30


class Writers:
    """The writer process, seen through its pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        assert process.stdin
        assert process.stdout
        self._commands, self._pipe = process.stdin, process.stdout.fileno()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)
        self._rest = b""

    def kill_one(self, name: str, path: Path, acks: int, life_s: float) -> dict[str, int]:
        """Start a writer, SIGKILL it ``life_s`` after its ``acks``-th acknowledgement; returns all of them."""
        self._commands.write(f"go {name} {path}\n".encode())
        self._commands.flush()
        early: list[str] = []
        # Which of the two writes first, who forks or the child, is not said.
        while not (pids := [line for line in early if line.startswith("pid ")]) or len(early) - 1 < acks:
            more = self._lines(time.monotonic() + 120)
            assert more, "the writer hangs"
            early += more
        child = int(pids[0].split()[1])
        end = time.monotonic() + life_s
        while time.monotonic() < end:
            early += self._lines(end)
        os.kill(child, signal.SIGKILL)
        while "dead" not in early:
            early += self._lines(time.monotonic() + 120)
        words = [line.split() for line in early if line.startswith("ack ")]
        return {check_id: int(number) for _, check_id, number in words}

    def _lines(self, deadline: float) -> list[str]:
        """Return the whole lines that are there by ``deadline``, as soon as there are any."""
        if self._selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(self._pipe, 65_536)
            assert chunk, "the writer process is gone"
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            return [line.decode() for line in lines]
        return []


@pytest.fixture
def writers() -> Iterator[Writers]:
    command = [sys.executable, "-m", "tests.store.crash_writer"]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Writers(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(120) == 0


def inspect(path: Path, acknowledged: dict[str, int]) -> tuple[int, int]:
    """Reopen as a new process would; returns how many rows are decided and how many were left ASKING."""
    store = Store(path, KEY)
    with store.reading() as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchone() is None
        numbers = [
            row[0]
            for row in db.execute(
                "SELECT reception_number FROM checks WHERE reception_number IS NOT NULL ORDER BY 1"
            ).fetchall()
        ]
        assert numbers == list(range(1, len(numbers) + 1)), "numbers have a gap"
        asking = db.execute("SELECT count(*) FROM checks WHERE outcome = 'asking'").fetchone()[0]
        without_event = db.execute(
            "SELECT count(*) FROM checks WHERE outcome <> 'asking' AND check_id NOT IN (SELECT subject_id FROM event)"
        ).fetchone()[0]
        assert without_event == 0, "a change without its event"
        halves = db.execute(
            "SELECT count(*) FROM checks WHERE outcome = 'accepted' AND result_source IS NULL"
        ).fetchone()[0]
        assert halves == 0, "half a record"
        for check_id, number in acknowledged.items():
            detail = load_detail(db, check_id)
            assert detail is not None, f"{check_id} was acknowledged and is lost"
            assert detail.record == record_of(check_id)
            assert detail.reception_number == number
    store.close()
    return len(numbers), asking


def test_no_acknowledged_record_is_lost_by_killing_the_writer(tmp_path: Path, writers: Writers) -> None:
    chance = random.Random(20261124)
    everything: dict[str, int] = {}
    acknowledged: dict[str, int] = {}
    committed = left_asking = 0
    path = tmp_path / "none"
    for kill in range(KILLS):
        if kill % KILLS_PER_FILE == 0:
            path = tmp_path / f"store-{kill}" / "uketsuke.db"
            migrate(path, KEY)
            acknowledged = {}
        fresh = writers.kill_one(f"r{kill}", path, chance.randrange(20), chance.uniform(0, 0.01))
        acknowledged |= fresh
        everything |= fresh
        last_of_file = (kill + 1) % KILLS_PER_FILE == 0
        decided, asking = inspect(path, acknowledged if last_of_file else fresh)
        if last_of_file:
            committed += decided
            left_asking += asking
            check_interrupted_are_closed(path, decided, asking)
    assert len(everything) > 3 * KILLS, "the writers hardly wrote: nothing was tested"
    assert committed > len(everything), "no kill ever fell between a commit and its acknowledgement"
    print(f"{KILLS} kills, {len(everything)} acknowledged, {committed} committed, {left_asking} left asking, 0 lost")


def check_interrupted_are_closed(path: Path, decided: int, asking: int) -> None:
    """What the next start does with visits that died between asking and answer."""
    store = Store(path, KEY)
    assert CheckKeeper(store, lambda: None).close_interrupted(KIOSK, MORNING + timedelta(minutes=1)) == asking
    with store.reading() as db:
        rows = db.execute(
            "SELECT check_id, reception_number FROM checks WHERE reason = 'check.interrupted' ORDER BY 2"
        ).fetchall()
    assert [number for _, number in rows] == list(range(decided + 1, decided + asking + 1))
    for check_id, _ in rows:
        assert check_detail(store, check_id, MORNING).record.outcome is Outcome.UNKNOWN
    store.close()
