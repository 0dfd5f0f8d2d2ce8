"""``test`` and ``bench``: the tools that judge a change, one after the other, with a clear end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from app.box.place import PROJECT


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Run style, types and tests; all of them, also when an early one fails. 0 when all passed."""
    python = sys.executable
    steps = [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("mypy", [python, "-m", "mypy"]),
        ("pytest", [python, "-m", "pytest", *pytest_arguments]),
    ]
    failed = []
    started = time.monotonic()
    for name, command in steps:
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=PROJECT, check=False).returncode != 0:
            failed.append(name)
    took = f"{time.monotonic() - started:.0f} s"
    if failed:
        print(f"\nFAILED after {took}: {', '.join(failed)}", flush=True)
        return 1
    print(f"\nPASSED in {took}: {', '.join(name for name, _ in steps)}", flush=True)
    return 0


def run_bench(arguments: Sequence[str]) -> int:
    """Run ``tests/bench``; its exit code is ours."""
    return subprocess.run([sys.executable, "-m", "tests.bench", *arguments], cwd=PROJECT, check=False).returncode
