"""A bench behind its real socket, and how tests wait for a client's status."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.card.client import CardClient
from app.card.server import CardServer
from app.eligibility.ports import DeskState, DeskStatus
from tests.card.bench import WAIT_S, Bench


class Door(Bench):
    """A bench with its server; the client comes from outside."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.server = CardServer(self.desk, path)
        self.server.start()

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(WAIT_S)
        connection.connect(str(self.path))
        return connection

    def ask(self, line: bytes) -> dict[str, Any]:
        """Send one raw line and return the answer."""
        with self.connect() as connection, connection.makefile("rb") as lines:
            connection.sendall(line)
            answer: dict[str, Any] = json.loads(lines.readline())
            return answer

    def close(self) -> None:
        self.server.stop()
        self.desk.stop()


def until(client: CardClient, is_right: Callable[[DeskStatus], bool]) -> DeskStatus:
    deadline = time.monotonic() + WAIT_S
    status = client.status()
    while not is_right(status):
        assert time.monotonic() < deadline, status
        status = client.wait(status, WAIT_S)
    return status


def until_state(client: CardClient, state: DeskState) -> DeskStatus:
    return until(client, lambda status: status.state is state)
