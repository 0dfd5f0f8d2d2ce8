"""Keep a set of parts running: start, wait until they answer, restart what crashes, stop everything.

One thread, one loop. A child that ends or a signal wakes it at once; otherwise it looks every five seconds (at a start
and an end more often).
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from app.box.part import Part, RunningPart, bound_log, tail_of

USAGE_EXIT = 2
"""A part that ends so before it ever answered was started wrongly: trying again cannot help."""
LOOK_S = 5.0
"""Between two looks at the sizes of logs; nothing else is found by looking."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SupervisorError(Exception):
    """The whole cannot go on; the message is one sentence for the person at the terminal."""


class Supervisor:
    """Owns the children. Every method belongs to the main thread.

    Args:
        directory: working directory of the children.
        log_dir: ``<part>.log`` files, 0600.
        say: takes one line of news for the terminal.
    """

    crash_limit = 5
    crash_window_s = 60.0
    restart_delay_s = 0.1
    ask_again_s = 1.0
    stop_deadline_s = 5.0

    def __init__(self, directory: Path, log_dir: Path, say: Callable[[str], None]) -> None:
        self._directory = directory
        self._log_dir = log_dir
        self._say = say
        self._running: dict[str, RunningPart] = {}
        self._parts: dict[str, Part] = {}
        self._due: dict[str, float] = {}
        self._crashes: dict[str, deque[float]] = {}
        self._has_answered: set[str] = set()
        self._stop_signal: int | None = None
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._old_handlers: dict[int, object] = {}

    def __enter__(self) -> Supervisor:
        self._old_wakeup = signal.set_wakeup_fd(self._wake_in.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            self._old_handlers[number] = signal.signal(number, self._on_stop_signal)
        self._old_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _only_wake)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._old_handlers.items():
                signal.signal(number, handler)  # type: ignore[arg-type]
            signal.set_wakeup_fd(self._old_wakeup)
            self._wake_in.close()
            self._wake_out.close()

    @property
    def stop_requested(self) -> bool:
        return self._stop_signal is not None

    def pids(self) -> dict[str, int]:
        """The first process of each running part."""
        return {name: running.pid for name, running in self._running.items()}

    def start(self, parts: Iterable[Part]) -> None:
        """Start parts side by side; returns at once.

        Raises:
            SupervisorError: a program is not there or may not be run.
        """
        for part in parts:
            self._parts[part.name] = part
            self._crashes.setdefault(part.name, deque())
            self._launch(part.name)

    def wait_until_answering(self, deadline_s: float) -> bool:
        """Watch the parts until all answer.

        Returns:
            False when a stop signal came first.

        Raises:
            SupervisorError: one kept crashing, or did not answer in time.
        """
        end = time.monotonic() + deadline_s
        silent = list(self._parts)
        while True:
            self._turn(0.02)
            if self.stop_requested:
                return False
            for name in [name for name in silent if name in self._running and self._parts[name].answers()]:
                silent.remove(name)
                self._has_answered.add(name)
            if not silent and len(self._running) == len(self._parts):
                return True
            if time.monotonic() > end:
                names = ", ".join(silent) or ", ".join(self._due)
                raise SupervisorError(
                    f"No answer from {names} within {deadline_s:.0f} s; {self._log_hint(silent or list(self._due))}"
                )

    def run(self) -> int:
        """Watch until a stop signal comes; returns its number.

        Raises:
            SupervisorError: a part crashed ``crash_limit`` times within ``crash_window_s``.
        """
        while self._stop_signal is None:
            self._turn(LOOK_S)
        return self._stop_signal

    def stop(self) -> None:
        """End all parts in reverse order of their start: TERM, then KILL after the deadline. Never raises."""
        self._due.clear()
        remaining = list(reversed(self._running.values()))
        for running in remaining:
            running.ask_to_stop()
        now = time.monotonic()
        end, ask_again = now + self.stop_deadline_s, now + self.ask_again_s
        while any(running.exit_code() is None for running in remaining) and now < end:
            self._sleep(min(0.2, end - now))
            now = time.monotonic()
            if now >= ask_again:
                # A Python program that was about to block when the signal came sees it only with the next one.
                ask_again = end
                for running in remaining:
                    running.ask_to_stop()
        for running in remaining:
            if running.exit_code() is None:
                self._say(f"{running.part.name} did not end within {self.stop_deadline_s:.0f} s and was killed.")
            running.kill_all()
        self._running.clear()

    def _turn(self, longest_s: float) -> None:
        now = time.monotonic()
        if self._due:
            longest_s = min(longest_s, max(0.0, min(self._due.values()) - now))
        self._sleep(longest_s)
        for name, running in list(self._running.items()):
            if running.exit_code() is not None:
                self._bury(name, running)
            bound_log(running.log_file)
        now = time.monotonic()
        for name in [name for name, due in self._due.items() if due <= now]:
            if not self.stop_requested:
                del self._due[name]
                self._launch(name)

    def _bury(self, name: str, running: RunningPart) -> None:
        code = running.exit_code()
        running.kill_all()
        del self._running[name]
        if self.stop_requested:  # Ctrl-C reaches nobody but us, yet a part may end by itself meanwhile
            return
        if code == USAGE_EXIT and name not in self._has_answered:
            last_words = tail_of(running.log_file, 1) or ["it does not say why"]
            raise SupervisorError(f"{name} cannot run: {last_words[0]}")
        now = time.monotonic()
        crashes = self._crashes[name]
        crashes.append(now)
        while crashes and now - crashes[0] > self.crash_window_s:
            crashes.popleft()
        if len(crashes) >= self.crash_limit:
            raise SupervisorError(
                f"{name} ended {len(crashes)} times within {self.crash_window_s:.0f} s "
                f"(last {_describe(code)}), so everything was stopped; {self._log_hint([name])}"
            )
        self._say(f"{name} ended ({_describe(code)}); it is started again.")
        self._due[name] = now + self.restart_delay_s

    def _launch(self, name: str) -> None:
        part = self._parts[name]
        try:
            self._running[name] = RunningPart(part, self._log_dir / f"{name}.log", self._directory)
        except OSError as error:
            raise SupervisorError(
                f"{name} cannot be started: {part.command[0]} {error.strerror}; "
                "./uketsuke demo installs what is missing."
            ) from error

    def _log_hint(self, names: list[str]) -> str:
        hints = []
        for name in names:
            log_file = self._log_dir / f"{name}.log"
            hints.append("\n  ".join([f"see {log_file}:", *tail_of(log_file)]))
        return "; ".join(hints)

    def _on_stop_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_signal = number

    def _sleep(self, longest_s: float) -> None:
        """Wait for a signal (a child's end is one) at most this long."""
        ready, _, _ = select.select([self._wake_out], [], [], longest_s)
        if ready:
            try:
                while self._wake_out.recv(1024):
                    pass
            except BlockingIOError:
                pass


def _only_wake(number: int, frame: FrameType | None) -> None:
    """SIGCHLD needs a handler, or the kernel does not interrupt us; the loop reaps."""


def _describe(code: int | None) -> str:
    if code is None:
        return "still running"
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def say_to_stderr(line: str) -> None:
    """News for a person; standard output stays free for ``--json``. A terminal that was closed is no reason to fail."""
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
