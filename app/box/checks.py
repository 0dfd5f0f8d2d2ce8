"""``test`` and ``bench``: the tools that judge a change, with a clear end.

Without arguments the tests run in two lanes at once: what needs the one pcscd of a machine, which mostly waits, and
everything else. Each lane's output is told in one piece, so that a failure is read where it belongs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app.box.place import PROJECT

Step = tuple[str, list[str]]
END_TO_END = "tests/e2e"
WITHOUT_PCSCD = ("test_staff_", "test_voice_", "test_kiosk_sizes")
"""Files of ``tests/e2e`` that start no reader: they go with the other lane, so that both take about as long."""


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
        whole = [str(path) for path in _with_pcscd()]
        beside: Step = ("pytest end to end", [*pytest, *whole])
        failed = _run_beside(beside, [*quick, ("pytest", [*pytest, *(f"--ignore={path}" for path in whole)])])
    took = f"{time.monotonic() - started:.0f} s"
    if failed:
        print(f"\nFAILED after {took}: {', '.join(failed)}", flush=True)
        return 1
    print(f"\nPASSED in {took}", flush=True)
    return 0


def run_bench(arguments: Sequence[str]) -> int:
    """Run ``tests/bench``; its exit code is ours."""
    return subprocess.run([sys.executable, "-m", "tests.bench", *arguments], cwd=PROJECT, check=False).returncode


def _with_pcscd() -> list[Path]:
    found = sorted((PROJECT / END_TO_END).glob("test_*.py"))
    return [path.relative_to(PROJECT) for path in found if not path.name.startswith(WITHOUT_PCSCD)]


def _run(steps: Sequence[Step]) -> list[str]:
    """Run one after the other; return the names of those that failed."""
    failed = []
    for name, command in steps:
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=PROJECT, check=False).returncode != 0:
            failed.append(name)
    return failed


def _run_beside(beside: Step, steps: Sequence[Step]) -> list[str]:
    """Run ``steps`` while ``beside`` runs with its output held back; return the names of those that failed."""
    name, command = beside
    with tempfile.TemporaryDirectory(prefix="uketsuke-test-") as folder:
        told = Path(folder) / "told"
        with told.open("wb") as output:
            running = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)
        try:
            failed = _run(steps)
            code = running.wait()
        finally:
            if running.poll() is None:  # Ctrl-C reaches it too; it takes its processes along
                running.wait()
        print(f"== {name}", flush=True)
        print(told.read_text("utf-8", "replace"), flush=True)
    return failed if code == 0 else [*failed, name]
