"""The whole product in use: cards tapped, parts killed, the service made to fail, the board read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from app.clock import TOKYO
from app.sandbox.people import Person, load_people
from app.sandbox.plug_client import CardStatus, card_status, insert_card, remove_card, reset_cards
from app.sandbox.service_control import service_status, set_fault
from app.store.board import BoardRow, board_rows
from app.store.database import Store
from app.store.files import read_key
from tests.e2e.demo_process import DemoProcess

PEOPLE = {person.name: person for person in load_people(None)}


class Demo:
    """A running demo as tests use it: its reader, its service, its board, its parts."""

    def __init__(self, running: DemoProcess) -> None:
        self.running = running
        self.facts: dict[str, Any] = running.facts
        self.kiosk_url: str = self.facts["kiosk_url"]
        self.staff_url: str = self.facts["staff_url"]
        self.state = running.state
        self._plug = Path(self.facts["plug_control"])
        self._service = Path(self.facts["service_control"])

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

    def pid_of(self, part: str) -> int | None:
        """The pid of a part's process (``kiosk``, ``pcscd`` ...), ``None`` while it is down."""
        return self.running.parts().get(part)

    def kill(self, part: str) -> None:
        pid = self.pid_of(part)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    @contextmanager
    def down(self, part: str) -> Iterator[None]:
        """Kill a part and keep it away for the length of a ``with`` block: its supervisor stands still meanwhile.

        Started again at once it would be back before a busy browser has drawn that it was gone.
        """
        supervisor = self.running.process.pid
        os.kill(supervisor, signal.SIGSTOP)
        try:
            self.kill(part)
            yield
        finally:
            os.kill(supervisor, signal.SIGCONT)

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
        found = {}
        for path in self.state.rglob("*"):
            with suppress(FileNotFoundError):  # a journal that was just taken in
                if path.is_file():
                    found[path] = path.read_bytes()
        return found
