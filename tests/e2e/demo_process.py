"""Start the real ``demo`` in a process of its own and look at its parts.

The demo starts a pcscd of its own, and there can be one only: ask for the fixture ``no_pcscd``, which holds the
session's stack back meanwhile. It is of module scope, so a demo lives for one module at most.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.box.ports import free_port
from tests.box.processes import children_of, command_lines, wait_for
from tests.e2e.browsers import lend_certificates
from tests.pcsc_stack import free_port_pair
from tests.speech.silent_clips import silent_clips

ROOT = Path(__file__).parent.parent.parent
READY_TIMEOUT_S = 180
PARTS = {
    "pcscd": re.compile(r"/pcscd "),
    "plug": re.compile(r"-m app\.sandbox\.plug "),
    "service": re.compile(r"-m app\.sandbox\.service "),
    "card": re.compile(r"-m app card "),
    "kiosk": re.compile(r"-m app kiosk "),
    "staff": re.compile(r"-m app staff "),
    "voice": re.compile(r"-m app voice "),
    "nginx": re.compile(r"nginx"),
}


class DemoProcess:
    """A running demo. ``facts`` is the one line of JSON that it printed."""

    def __init__(self, process: subprocess.Popen[str], facts: dict[str, Any], errors: list[str]) -> None:
        self.process = process
        self.facts = facts
        self.errors = errors

    @property
    def state(self) -> Path:
        return Path(self.facts["state_dir"])

    def parts(self) -> dict[str, int]:
        """Name and pid of each part's first process."""
        children = children_of(self.process.pid)
        return {
            name: pid for name, pattern in PARTS.items() for pid, line in children.items() if pattern.search(line + " ")
        }

    def all_pids(self) -> set[int]:
        """The parts and their children (nginx has workers)."""
        first = set(self.parts().values())
        return first | {pid for parent in first for pid in children_of(parent)}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def demo_arguments(state: Path, **chosen: int | str) -> list[str]:
    """The command with free ports; ``chosen`` replaces or adds options (``kiosk_port=…``)."""
    options: dict[str, int | str] = {
        "state": str(state),
        "kiosk_port": free_port(),
        "staff_port": free_port(),
        "reader_port": free_port_pair(),
        **chosen,
    }
    words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
    return [sys.executable, "-m", "app", "demo", "--json", "--no-browser", *words]


def run_app(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run another command of the product to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )


@contextmanager
def running_demo(
    state: Path,
    settings: dict[str, str] | None = None,
    *,
    spoken: frozenset[str] | None = None,
    has_own_authority: bool = False,
    **chosen: int | str,
) -> Iterator[DemoProcess]:
    """Start a demo, wait until it says that everything answers, stop it at the end.

    ``settings`` are ``KIOSK_*`` variables that the demo hands on to its parts. The kiosk has its sounds where
    ``spoken`` is given; then silence stands in for the guidance but for the clips in it, so that no processor is busy
    with rendering it. A page that may sound takes 6 % of a processor, whether it does or not.

    A new box has the session's certificates, which its browser trusts, unless it shall make ``has_own_authority``.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    if spoken is not None:
        silent_clips(state / "guidance", but=spoken)
    if not has_own_authority and not (state / "tls").exists():
        lend_certificates(state / "tls")
    process = subprocess.Popen(
        demo_arguments(state, **chosen),
        cwd=ROOT,
        env={**os.environ, "KIOSK_KIOSK_SOUND": "0" if spoken is None else "1", **(settings or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=errors.extend, args=(process.stderr,))
    reader.start()
    try:
        readable, _, _ = select.select([process.stdout], [], [], READY_TIMEOUT_S)
        line = process.stdout.readline() if readable else ""
        if not line:
            process.terminate()
            reader.join(30)
        assert line, "the demo did not come up:\n" + "".join(errors)
        yield DemoProcess(process, json.loads(line), errors)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            reader.join(30)
            process.stdout.close()
            process.stderr.close()


def wait_until_gone(pids: set[int]) -> None:
    wait_for(lambda: not pids & command_lines().keys())
