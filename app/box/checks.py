"""``test`` and ``bench``: the tools that judge a change, with a clear end.

Without arguments the tests run in lanes at once: with a browser or a pcscd, which mostly wait, and everything else,
which takes what they leave of the processors. Each lane's output is told in one piece, so that a failure is read where
it belongs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from app.box.place import PROJECT

Step = tuple[str, list[str]]
END_TO_END = Path("tests/e2e")
WITHOUT_PCSCD = ("test_staff_", "test_voice_", "test_kiosk_sizes")
"""Files of ``tests/e2e`` that start no reader."""
NICE = ("nice", "-n", "5")
"""Lanes with a reader are the longest, of waits for what takes little: they go first."""
APART = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o mode=755 tmpfs "$0" && exec "$@"')
"""Runs a command with a folder of its own at the path that comes next. Needs the rights of root."""
PCSCD_FOLDER = Path("/run/pcscd")
"""Where the one pcscd of a machine, or of such a command, listens."""
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
ROOM_BYTES = 4 << 30
"""Far more than all tests write."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """Test files that run beside each other, as paths from the project; what stands in neither goes a third way."""

    pcscd: list[Path] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)


def lanes(project: Path) -> Lanes:
    """Sort the files of ``tests/e2e``."""
    sorted_in = Lanes()
    for path in sorted((project / END_TO_END).glob("test_*.py")):
        lane = sorted_in.pages if path.name.startswith(WITHOUT_PCSCD) else sorted_in.pcscd
        lane.append(path.relative_to(project))
    return sorted_in


def shared_out(project: Path, *, is_apart: bool) -> tuple[list[list[Path]], list[list[Path]]]:
    """Return the files of each lane with a browser, and of each of the two others; every file stands in one.

    ``is_apart``: each lane can have a pcscd of its own. Then half of the pages stand behind the shorter half of what
    needs one, so that all three end at about the same time.
    """
    found = lanes(project)
    browsers = [found.pcscd, found.pages]
    if is_apart:
        browsers = [found.pcscd[::2] + found.pages[1::2], found.pcscd[1::2], found.pages[::2]]
    tests = (path.relative_to(project) for path in sorted((project / "tests").rglob("test_*.py")))
    others = [path for path in tests if END_TO_END not in path.parents]
    return browsers, [others[::2], others[1::2]]


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Run style, types and tests; all of them, also when an early one fails. 0 when all passed."""
    python = sys.executable
    quick: list[Step] = [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy"]),
    ]
    pytest = [python, "-m", "pytest"]
    started = time.monotonic()
    if pytest_arguments:
        failed = _run([*quick, ("pytest", [*pytest, *pytest_arguments])])
    else:
        with scratch() as folder:
            numbers = count()  # short: a socket's path may have 107 signs

            def lane(name: str, *where: str, first: Sequence[str] = ()) -> Step:
                return f"pytest {name}", [*first, *pytest, f"--basetemp={folder / str(next(numbers))}", *where]

            apart = list(own_pcscd())
            browsers, others = shared_out(PROJECT, is_apart=bool(apart))
            beside = [
                *(lane(f"of browsers {n}", *map(str, files), first=apart) for n, files in enumerate(browsers, 1)),
                lane("of all else 1", *map(str, others[0]), first=NICE),
            ]
            failed = _run_beside(beside, [*quick, lane("of all else 2", *map(str, others[1]), first=NICE)], folder)
    took = f"{time.monotonic() - started:.0f} s"
    if failed:
        print(f"\nFAILED after {took}: {', '.join(failed)}", flush=True)
        return 1
    print(f"\nPASSED in {took}", flush=True)
    return 0


def own_pcscd() -> Sequence[str]:
    """Return what to put before a command that gets a pcscd beside others; nothing where that needs more rights."""
    command = [*APART, str(PCSCD_FOLDER)]
    try:
        PCSCD_FOLDER.mkdir(mode=0o755, exist_ok=True)
        done = subprocess.run([*command, "true"], capture_output=True, check=False)
    except OSError:
        return ()
    return command if done.returncode == 0 else ()


@contextmanager
def scratch(memory: Path = IN_MEMORY) -> Iterator[Path]:
    """Make a folder for all that tests write, and take it away again; in memory where there is room and programs run.

    The stores of thousands of tests wait for the disk more than for anything else. None of them needs it: no test
    pulls the plug, and a killed process loses nothing that it gave to the kernel.
    """
    with tempfile.TemporaryDirectory(
        prefix="uketsuke-", dir=memory if _is_roomy(memory) else None, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _is_roomy(folder: Path) -> bool:
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    may_run = not found.f_flag & os.ST_NOEXEC
    return may_run and found.f_bavail * found.f_frsize >= ROOM_BYTES and os.access(folder, os.W_OK)


def run_bench(arguments: Sequence[str]) -> int:
    """Run ``tests/bench``; its exit code is ours."""
    return subprocess.run([sys.executable, "-m", "tests.bench", *arguments], cwd=PROJECT, check=False).returncode


def _run(steps: Sequence[Step], environment: Mapping[str, str] | None = None) -> list[str]:
    """Run one after the other; return the names of those that failed."""
    failed = []
    for name, command in steps:
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode != 0:
            failed.append(name)
    return failed


def _run_beside(beside: Sequence[Step], steps: Sequence[Step], folder: Path) -> list[str]:
    """Run ``steps`` while all of ``beside`` run with their output held back; return the names of those that failed.

    All of them find ``folder`` for their temporary files.
    """
    environment = {**os.environ, "TMPDIR": str(folder)}
    with ExitStack() as opened:
        running = []
        for number, (name, command) in enumerate(beside):
            told = folder / f"told-{number}"
            with told.open("wb") as output:
                process = subprocess.Popen(
                    command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
            opened.callback(process.wait)  # Ctrl-C reaches it too; it takes its processes along
            running.append((name, told, process))
        failed = _run(steps, environment)
        for name, told, process in running:
            code = process.wait()
            print(f"== {name}", flush=True)
            print(told.read_text("utf-8", "replace"), flush=True)
            if code != 0:
                failed.append(name)
    return failed
