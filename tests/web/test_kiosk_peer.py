"""Whose connection it is, read from the kernel over a real socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from app.web.kiosk.peer import own_browser_check, user_of_connection

CONNECT = """
import os, socket, sys
os.setuid(65534)
client = socket.socket()
client.connect((b"127.0.0.1", int(sys.argv[1])))
client.recv(1)
"""


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def test_own_connection_is_known_and_a_closed_one_is_nobodys(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        client_port = client.getsockname()[1]
        assert user_of_connection(client_port, port) == os.geteuid()
        is_own = own_browser_check("")
        assert is_own({"REMOTE_PORT": str(client_port), "SERVER_PORT": str(port)})
    assert not is_own({"REMOTE_PORT": "1", "SERVER_PORT": str(port)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_other_user_of_the_machine_is_refused_unless_named(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    other = subprocess.Popen([sys.executable, "-c", CONNECT, str(port)])
    try:
        connection, address = listener.accept()
        environ = {"REMOTE_PORT": str(address[1]), "SERVER_PORT": str(port)}
        assert user_of_connection(address[1], port) == 65534
        assert not own_browser_check("")(environ)
        assert own_browser_check("nobody")(environ)
        connection.close()
    finally:
        other.wait(60)


def test_unknown_browser_user_stops_the_start() -> None:
    with pytest.raises(KeyError):
        own_browser_check("no-such-user-here")
