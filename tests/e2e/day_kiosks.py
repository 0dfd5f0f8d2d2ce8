"""The kiosks of a busy day that are processes with played cards, seen from outside: patients in, what they saw out."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.demo_process import ROOT


@dataclass
class DayKiosk:
    """A kiosk process that serves its patients one by one, and is killed now and then."""

    state: Path
    name: str
    patients: list[tuple[str, str]]
    """Name on the card and the way that the visit takes; see ``day_kiosk.py``."""
    owners: dict[str, str] = field(default_factory=dict)
    """Whose card each check began with."""
    told: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Screen and number that a patient saw last."""

    def __post_init__(self) -> None:
        self._turns: queue.Queue[int] = queue.Queue()
        self._is_closed = False
        self._kills_next = False
        self._log = (self.state / "log" / f"day-{self.name}.log").open("ab")
        self._start()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def let_in(self, patients: int) -> None:
        for _ in range(patients):
            self._turns.put(1)

    def kill_within_a_visit(self) -> None:
        """SIGKILL as soon as the next card lies there."""
        self._kills_next = True

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    def close(self) -> None:
        self._is_closed = True
        self.let_in(len(self.patients))
        self._process.kill()
        self._thread.join(90)
        self._reap()
        self._log.close()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.day_kiosk", str(self.state), self.name],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def _serve(self) -> None:
        for owner, way in self.patients:
            self._turns.get()
            while not self._is_closed and not self._visit(owner, way):
                self._reap()
                self._start()  # the patient comes again

    def _visit(self, owner: str, way: str) -> bool:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"owner": owner, "way": way}) + "\n")
            self._process.stdin.flush()
        except OSError:
            return False
        for line in self._process.stdout:
            word, check_id, rest = line.strip().split(" ", 2)
            if word == "began":
                self.owners[check_id] = rest
                if self._kills_next:
                    self._kills_next = False
                    self._process.kill()
            else:
                screen, number = rest.rsplit(" ", 1)
                self.told[check_id] = (screen, int(number))
                return True
        return False

    def _reap(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
