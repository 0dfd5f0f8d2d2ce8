"""One supervised program: how it is started, when it answers, and how nothing of it is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_LIMIT_BYTES = 2_000_000

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Part:
    """A program that must run as long as the whole runs."""

    name: str
    command: tuple[str, ...]
    answers: Callable[[], bool]
    """True once the part does its work; called often, returns within about a second, never raises."""
    environment: Mapping[str, str] | None = None
    """The whole environment; ``None`` is our own."""
    leftovers: tuple[Path, ...] = ()
    """Sockets and pid files that a killed part leaves behind: removed before each start and at the end."""
    last_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends when the supervisor dies. SIGTERM for programs that have children of their own."""


class RunningPart:
    """One life of a part: a process in its own session, its log, its remains.

    Must be made in the main thread: the kernel ties the death signal to the thread that started the child.
    """

    def __init__(self, part: Part, log_file: Path, directory: Path) -> None:
        self.part = part
        self.log_file = log_file
        remove_leftovers(part)
        log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = subprocess.Popen(
                part.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=directory,
                env=part.environment,
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid(), part.last_signal),
            )
        finally:
            os.close(log)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """``None`` while it runs. Does not block."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """TERM to the first process only: it ends its own children in its own order."""
        if self._process.poll() is None:
            self._process.terminate()

    def kill_all(self) -> None:
        """KILL the whole process group, also when its first process is gone, and reap the first process."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        remove_leftovers(self.part)


def remove_leftovers(part: Part) -> None:
    for path in part.leftovers:
        path.unlink(missing_ok=True)


def bound_log(log_file: Path, limit_bytes: int = LOG_LIMIT_BYTES) -> None:
    """Keep a log and one predecessor, each at most about ``limit_bytes``.

    The writers hold the file open for appending, so its content is copied away and the file cut to nothing.
    """
    try:
        if log_file.stat().st_size <= limit_bytes:
            return
        with log_file.open("r+b") as file:
            file.seek(-min(limit_bytes, file.seek(0, os.SEEK_END)), os.SEEK_END)
            tail = file.read(limit_bytes)
            file.truncate(0)
    except FileNotFoundError:
        return
    older = log_file.with_name(log_file.name + ".1")
    older.unlink(missing_ok=True)
    descriptor = os.open(older, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(tail)


def tail_of(log_file: Path, lines: int = 5) -> list[str]:
    """The last lines of a log; empty when there is none."""
    try:
        text = log_file.read_text("utf-8", "replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-lines:]


def _die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked for the signal
            os._exit(1)

    return prepare
