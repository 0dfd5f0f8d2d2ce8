"""Memory, idle processor time and start-up of the product's own processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from app.box.place import remembered_environment
from app.box.ports import free_port
from tests.bench.figures import Bar, heading, line
from tests.e2e.demo_process import ROOT
from tests.e2e.demo_stack import Demo

OURS = ("card", "kiosk", "staff")
TICKS = os.sysconf("SC_CLK_TCK")


def measure_footprint(demo: Demo, idle_s: float) -> list[str]:
    """Look at each process after the visits; then watch all of them do nothing for ``idle_s``."""
    lines = [heading("Memory and idle time")]
    for name in (*OURS, "voice", "nginx", "pcscd"):
        limit = Bar(120, "max") if name in OURS else Bar(260, "max") if name == "voice" else None
        lines.append(line(f"resident memory of {name}", [_resident_mib(_pid(demo, name))], "MiB", limit))
    watched = [pid for name in (*OURS, "voice", "pcscd") for pid in [_pid(demo, name)]]
    before = sum(_cpu_s(pid) for pid in watched)
    time.sleep(idle_s)
    spent = sum(_cpu_s(pid) for pid in watched) - before
    lines.append(line("idle CPU of all together, share of one core", [spent / idle_s * 100], "%", Bar(2, "max")))
    return lines


def measure_start(demo: Demo, count: int) -> list[str]:
    """Start a second kiosk process on another port and wait for its first page."""
    spent = []
    for _ in range(count):
        port = free_port()
        environment = {**os.environ, **remembered_environment(demo.state), "KIOSK_KIOSK_PORT": str(port)}
        environment["KIOSK_KIOSK_NAME"] = "受付9"
        start_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "kiosk"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for_page(f"http://127.0.0.1:{port}/")
            spent.append((time.monotonic() - start_s) * 1000)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
    return [heading("Start"), line("kiosk process started -> first page", spent, bar=Bar(1500))]


def _wait_for_page(address: str) -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        try:
            with urllib.request.urlopen(address, timeout=5) as reply:  # noqa: S310 - our own address
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(address)


def _pid(demo: Demo, name: str) -> int:
    pid = demo.pid_of(name)
    if pid is None:
        raise RuntimeError(f"{name} is not running")
    return pid


def _resident_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
