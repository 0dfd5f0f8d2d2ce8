"""What a process's main loop is told, by its threads and by signals.

A queue of the standard library is not enough for signals. The kernel may hand one to any thread; Python's handler then
waits for the main thread, and a main thread that sleeps in ``get`` does not wake for it: on a machine with four other
busy programs SIGTERM was forgotten within five tries (2026-11). Here each signal also writes to a socket, and the main
thread sleeps on that.
"""

from __future__ import annotations

import contextlib
import queue
import select
import signal
import socket
import time
from collections import deque
from typing import Final, Generic, TypeVar

T = TypeVar("T")
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Inbox(Generic[T]):
    """A queue for one taker. ``put`` may be called from any thread and from a signal's handler."""

    def __init__(self) -> None:
        self._told: deque[T] = deque()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)

    def put(self, told: T) -> None:
        self._told.append(told)
        # Full: the taker has been woken and has not looked yet. Closed: nobody takes any more.
        with contextlib.suppress(OSError):
            self._wake_in.send(b"\0")

    def get(self, timeout: float | None = None) -> T:
        """Wait for the next, at most ``timeout`` seconds.

        Raises:
            queue.Empty: nothing came.
        """
        until_s = None if timeout is None else time.monotonic() + timeout
        while not self._told:
            left_s = None if until_s is None else until_s - time.monotonic()
            if left_s is not None and left_s <= 0:
                raise queue.Empty
            if select.select([self._wake_out], [], [], left_s)[0]:
                self._wake_out.recv(4_096)
        return self._told.popleft()

    def is_empty(self) -> bool:
        return not self._told

    def take_stop_signals(self, call: T) -> None:
        """Put ``call`` at SIGTERM and SIGINT from now on, whichever thread they reach. For the main thread alone."""
        signal.set_wakeup_fd(self._wake_in.fileno(), warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: self.put(call))

    def close(self) -> None:
        self._wake_in.close()
        self._wake_out.close()
