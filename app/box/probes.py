"""Cheap questions to a part: does it answer by now? Each returns within about a second and never raises."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from app.box.ports import LOOPBACK, is_listening

_TIMEOUT_S = 1.0


def answers_on_socket(*paths: Path) -> Callable[[], bool]:
    """All these unix sockets take a connection."""

    def ask() -> bool:
        for path in paths:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_TIMEOUT_S)
                try:
                    probe.connect(str(path))
                except OSError:
                    return False
        return True

    return ask


def answers_on_port(port: int) -> Callable[[], bool]:
    """A connection to this loopback port is taken."""
    return lambda: is_listening(port)


def answers_http(port: int) -> Callable[[], bool]:
    """The kiosk on loopback serves; its page is left alone, because a GET of that page makes its reader the owner."""
    return lambda: _is_served(http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT_S), "/healthz")


def answers_https(host: str, port: int, ca_file: Path) -> Callable[[], bool]:
    """The start page is served with a certificate that ``ca_file`` vouches for."""

    def ask() -> bool:
        if not is_listening(port):
            return False
        context = ssl.create_default_context(cafile=str(ca_file))
        return _is_served(http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context), "/")

    return ask


def _is_served(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
