"""TCP ports of this machine: free, taken or answering."""

from __future__ import annotations

import errno
import socket

LOOPBACK = "127.0.0.1"


class PortTaken(Exception):
    """Another program listens there; the message names the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use")
        self.port = port


def require_free(port: int, address: str = LOOPBACK) -> None:
    """Return when a server could listen on ``port`` now.

    Raises:
        PortTaken: another program listens there.
        PermissionError: ports below 1024 need rights.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(port) from error
            raise


def is_taken(port: int, address: str = LOOPBACK) -> bool:
    """True when another program listens on ``port``. Connects to nobody, so no card is "put on" by asking."""
    try:
        require_free(port, address)
    except PortTaken:
        return True
    return False


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_listening(port: int, timeout_s: float = 0.5) -> bool:
    """True when a connection to ``port`` on loopback is taken."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout_s):
            return True
    except OSError:
        return False
