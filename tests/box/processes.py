"""Look at processes through /proc, and wait for a condition instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def wait_for(condition: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Return soon after ``condition`` holds; fail the test when it does not within ``timeout_s``.

    Looked at less and less often, up to ten times a second: a look may cost what it waits for.
    """
    end = time.monotonic() + timeout_s
    pause_s = 0.01
    while not condition():
        assert time.monotonic() < end, f"not so within {timeout_s} s: {condition}"
        time.sleep(pause_s)
        pause_s = min(0.1, pause_s * 1.3)


def command_lines() -> dict[int, str]:
    """Pid and command line of every living process (zombies have none)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
            except OSError:
                continue
    return {pid: line for pid, line in found.items() if line}


def is_alive(pid: int) -> bool:
    return pid in command_lines()


def processes_naming(text: str) -> dict[int, str]:
    """Processes that bear ``text`` in their command line or environment."""
    found = {}
    for pid, line in command_lines().items():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace")
        except OSError:
            environment = ""
        if text in line or text in environment:
            found[pid] = line
    return found


def wait_until_none_names(text: str) -> None:
    """Wait for the last of them to end: what was killed as a whole group takes a moment on a busy machine."""
    wait_for(lambda: processes_naming(text) == {})


def children_of(pid: int) -> dict[int, str]:
    """Direct children that live, with their command lines."""
    found = {}
    for child, line in command_lines().items():
        try:
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found[child] = line
    return found
