"""A process that forks writers to be killed. Not a test; ``test_crash.py`` starts it.

Reads ``go ROUND PATH`` lines. For each it forks a child, prints ``pid N``, and the child writes checks from two
threads, printing ``ack CHECK_ID NUMBER`` after each ``record`` has returned. When the child is gone it prints
``dead``. All share one pipe, so whatever a child acknowledged is read before its ``dead``.
"""

from __future__ import annotations

import os
import sys
import threading
import zlib
from pathlib import Path

from app.eligibility.ports import CheckRecord, Outcome
from app.store.checks import CheckKeeper
from app.store.database import Store
from tests.store.support import KEY, KIOSK, MORNING, accepted, answer, full_person, person

CHECKPOINT_PAGES = 24
"""So small that a checkpoint runs every few commits, and kills land inside of some."""


def record_of(check_id: str) -> CheckRecord:
    """Return the record that a writer makes for this id; the parent expects the very same."""
    seed = zlib.crc32(check_id.encode())
    people = [person(seed), full_person(), person(seed + 1)][: seed % 4]
    if seed % 5 == 0:
        return accepted(check_id, outcome=Outcome.VISUAL, result=None, reason="card.pin_locked")
    return accepted(check_id, result=answer(qualifications=tuple(people)))


def write_until_killed(name: str, path: Path) -> None:
    store = Store(path, KEY)
    keeper = CheckKeeper(store, lambda: None)

    def work(thread: int) -> None:
        store.database().execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        for count in range(1_000_000):
            check_id = f"{name}-{thread}-{count}"
            if count % 3:
                keeper.open_check(check_id, KIOSK, 1, MORNING)
            if count % 7 == 0:
                keeper.record(accepted(check_id, outcome=Outcome.VISUAL, result=None, reason="card.pin_incorrect"))
            number = keeper.record(record_of(check_id))
            os.write(1, f"ack {check_id} {number}\n".encode())

    for thread in range(2):
        threading.Thread(target=work, args=[thread], daemon=True).start()
    threading.Event().wait()


def main() -> None:
    for line in sys.stdin:
        _, name, path = line.split(maxsplit=2)
        child = os.fork()
        if child == 0:
            write_until_killed(name, Path(path.strip()))
        os.write(1, f"pid {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main()
