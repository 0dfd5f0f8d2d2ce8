"""The whole product, started as a person would: ``python -m app demo --json``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from app.clock import TOKYO
from app.sandbox.people import Person, load_people
from app.sandbox.plug_client import CardStatus, card_status, insert_card, remove_card, reset_cards
from app.sandbox.service_control import service_status, set_fault
from app.store.board import BoardRow, board_rows
from app.store.database import Store
from app.store.files import read_key
from tests.pcsc_stack import free_port_pair

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = {person.name: person for person in load_people(None)}


class Demo:
    """A running demo: its addresses, its reader, its service."""

    def __init__(self, process: subprocess.Popen[str], facts: dict[str, Any]) -> None:
        self.process = process
        self.facts = facts
        self.kiosk_url: str = facts["kiosk_url"]
        self.staff_url: str = facts["staff_url"]
        self.state = Path(facts["state_dir"])
        self._plug = Path(facts["plug_control"])
        self._service = Path(facts["service_control"])

    def tap(self, name: str, *faults: str) -> Person:
        insert_card(self._plug, name, faults)
        return PEOPLE[name]

    def lift(self) -> None:
        remove_card(self._plug)

    def fresh_cards(self) -> None:
        """All counters back to what the people file says."""
        self.lift()
        reset_cards(self._plug)

    def card(self) -> CardStatus:
        return card_status(self._plug)

    def fault(self, name: str | None, **options: Any) -> None:
        set_fault(self._service, name, **options)

    def service(self) -> Any:
        return service_status(self._service)

    def pid_of(self, part: str) -> int:
        """Return the pid of a part's process, found among the demo's children by its command line."""
        found = [pid for pid, line in _children(self.process.pid) if part in line]
        assert found, f"no process of {part!r}"
        return min(found)

    def kill(self, part: str) -> None:
        os.kill(self.pid_of(part), signal.SIGKILL)

    def open_store(self) -> Store:
        """The demo's own store, with its key. The caller closes it."""
        return Store(self.state / "store" / "uketsuke.db", read_key(self.state / "keys" / "store.key"))

    def board(self) -> list[BoardRow]:
        """What staff see now, newest first."""
        store = self.open_store()
        try:
            return board_rows(store, datetime.now(TOKYO))
        finally:
            store.close()

    def log(self, part: str) -> str:
        return (self.state / "log" / f"{part}.log").read_text("utf-8")

    def written(self) -> dict[Path, bytes]:
        """Every file of the state folder, for searches."""
        return {path: path.read_bytes() for path in self.state.rglob("*") if path.is_file()}


def _children(parent: int) -> list[tuple[int, str]]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (OSError, IndexError):
            continue
        if int(stat[1]) == parent:
            found.append((int(entry.name), line))
    return found


@contextmanager
def running_demo(state: Path, *options: str, settings: dict[str, str] | None = None) -> Iterator[Demo]:
    """Start a demo on free ports; stop it afterwards and insist that it ends well.

    ``settings`` are ``KIOSK_*`` variables that the demo hands on.
    """
    ports = [str(free_port_pair()) for _ in range(3)]
    command = [sys.executable, "-m", "app", "demo", "--json", "--no-browser", "--state", str(state)]
    command += ["--kiosk-port", ports[0], "--staff-port", ports[1], "--reader-port", ports[2], *options]
    log = (state.parent / f"{state.name}-demo.log").open("w")
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **(settings or {})}
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (state.parent / f"{state.name}-demo.log").read_text()
        yield Demo(process, json.loads(line))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(20) == 0
        finally:
            if process.poll() is None:
                process.kill()
            if process.stdout is not None:
                process.stdout.close()
            log.close()


class KioskPage:
    """The touch page in a browser, used as a patient would."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.violations: list[str] = []
        page.on("console", lambda message: self._heard(message.text))
        page.on("pageerror", lambda error: self.violations.append(str(error)))

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.violations.append(text)

    def open(self) -> None:
        self.page.goto(self.url)
        self.page.wait_for_selector("#screen")

    def expect(self, screen: str, timeout_s: float = 10.0) -> None:
        expect(self.page.locator("#screen")).to_have_attribute("data-screen", screen, timeout=timeout_s * 1000)

    def home(self) -> None:
        """Leave a screen that would stay for a while, as the last patient would."""
        for button in ("done", "back"):
            if self.page.locator(f".press-{button} button").count():
                self.press(button)
        self.expect("welcome")

    def touch(self, pin: str) -> None:
        for digit in pin:
            self.page.locator(".key").nth("1234567890".index(digit)).tap()

    def type(self, pin: str, keys: str = "Digit") -> None:
        for digit in pin:
            self.page.keyboard.press(f"{keys}{digit}")

    def press(self, button: str) -> None:
        self.page.locator(f".press-{button} button").tap()

    @property
    def number(self) -> int:
        return int(self.page.locator(".number strong").inner_text())
