"""waitress with a loop that sleeps until something comes: a request, or a signal.

The kernel may hand a signal to any thread; Python's handler then waits for the main thread, which sleeps in ``poll``
(see ``app/inbox.py``). waitress wakes once a second anyhow. Here each signal also writes to a socket of the loop's own,
so that it can sleep longer and still ends at once.
"""

from __future__ import annotations

import signal
import socket
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

SLEEP_S = 10.0
"""Between two looks at connections that nobody uses any more; nothing else waits for the loop."""


class _SignalSocket(wasyncore.dispatcher):
    """Wakes the loop for each signal; Python calls its handler then."""

    def __init__(self, loop_map: dict[int, Any]) -> None:
        self._told, heard = socket.socketpair()
        self._told.setblocking(False)
        super().__init__(heard, loop_map)  # type: ignore[no-untyped-call]
        signal.set_wakeup_fd(self._told.fileno(), warn_on_full_buffer=False)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read(self) -> None:
        self.recv(4_096)  # type: ignore[no-untyped-call]


_signal_sockets: list[_SignalSocket] = []
"""Kept for the life of the process: Python writes to the socket's number, which another file would have after it."""


def create_page_server(app: Flask, **options: object) -> Any:
    """Build a waitress server whose ``run`` ends at SIGTERM and SIGINT. For the main thread alone.

    Args:
        options: what ``waitress.create_server`` takes.

    Raises:
        OSError: the address is taken.
    """
    loop_map: dict[int, Any] = {}
    server = create_server(app, loop_map, asyncore_use_poll=True, asyncore_loop_timeout=SLEEP_S, **options)  # type: ignore[no-untyped-call]
    _signal_sockets.append(_SignalSocket(loop_map))
    signal.signal(signal.SIGTERM, _leave)
    return server


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # waitress takes it, lets its workers end and returns from ``run``
