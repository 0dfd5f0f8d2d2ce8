"""Memory, idle processor time and start-up of the product's own processes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser

from app.box.place import remembered_environment
from app.box.ports import free_port
from tests.bench.figures import Bar, heading, line
from tests.box.processes import children_of
from tests.e2e.clinic import log_in_by_page
from tests.e2e.demo_process import PARTS, ROOT
from tests.e2e.demo_stack import Demo
from tests.e2e.staff_stack import StaffBox

LIMITS_MB = {"voice": 260.0}
LIMIT_MB = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


def measure_footprint(demo: Demo, browser: Browser, idle_s: float) -> list[str]:
    """Look at each process after the visits; then watch all of them wait, with a kiosk and a staff page open."""
    names = names_of_all(demo)
    lines = [heading("Memory and idle time")]
    for pid, name in names.items():
        limit = LIMITS_MB.get(name, LIMIT_MB)
        lines.append(line(f"resident memory of {name}", [resident_mb(pid)], "MB", Bar(limit, "max")))
    kiosk, staff = browser.new_context().new_page(), browser.new_context().new_page()
    kiosk.goto(demo.kiosk_url)
    kiosk.wait_for_selector(".screen-welcome")
    log_in_by_page(demo, staff)
    before = {pid: cpu_s(pid) for pid in names}
    time.sleep(idle_s)
    spent = {name: (cpu_s(pid) - before[pid]) / idle_s * 100 for pid, name in names.items()}
    kiosk.context.close()
    staff.context.close()
    most = ", ".join(f"{name} {share:.2f}" for name, share in sorted(spent.items(), key=lambda one: -one[1])[:4])
    return [
        *lines,
        line("idle CPU of all together, a kiosk and a staff page open", [sum(spent.values())], "%", Bar(2, "max")),
        f"  of one core; the most: {most}",
        f"  a thread that wakes once a second and does nothing is charged {charge_for_nothing(8):.2f} % here",
    ]


def charge_for_nothing(seconds: int) -> float:
    """Per cent of a core that this machine charges a thread which wakes once a second and does nothing.

    0.3 to 0.6 on a shared machine (2026-11): there a share of the time asleep is charged however seldom a thread wakes,
    and processes that all rest come to several per cent.
    """
    before_s = time.thread_time()
    for _ in range(seconds):
        select.select([], [], [], 1.0)
    return (time.thread_time() - before_s) / seconds * 100


def names_of_all(demo: Demo) -> dict[int, str]:
    """Pid and name of the demo itself and everything below it."""
    names = {demo.running.process.pid: "supervisor"}
    waiting = [demo.running.process.pid]
    while waiting:
        for pid, command in children_of(waiting.pop()).items():
            part = next((name for name, pattern in PARTS.items() if pattern.search(command + " ")), "other")
            names[pid] = f"{part} worker" if part in names.values() else part
            waiting.append(pid)
    return names


def measure_start(demo: Demo, count: int) -> list[str]:
    """Start a second kiosk process on another port, and a staff process on a box of its own; wait for first pages."""
    kiosk, staff = [], []
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
            kiosk.append((time.monotonic() - start_s) * 1000)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
    with tempfile.TemporaryDirectory(prefix="uketsuke-bench-") as folder, closing(StaffBox(Path(folder))) as box:
        for _ in range(count):
            box.stop_staff()
            start_s = time.monotonic()
            box.start_staff()
            staff.append((time.monotonic() - start_s) * 1000)
    return [
        heading("Start"),
        line("kiosk process started -> first page", kiosk, bar=Bar(1500)),
        line("staff process started -> first page, through nginx and TLS", staff, bar=Bar(1500)),
    ]


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


def resident_mb(pid: int) -> float:
    """Resident memory in megabytes of 1,000,000 bytes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
