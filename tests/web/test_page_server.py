"""The pages' server sleeps, and ends at once whichever thread is handed the signal."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.box.processes import wait_for

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import signal, sys
from flask import Flask
from app.web import page_server

page_server.SLEEP_S = 3_600.0
app = Flask("pages")
app.get("/")(lambda: "here")
server = page_server.create_page_server(app, unix_socket=sys.argv[1], threads=2)
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
server.run()
print("ended", flush=True)
"""
"""The main thread takes no signal itself, so the kernel hands it to a worker."""


def answer_of(path: Path) -> bytes:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(30)
        asking.connect(str(path))
        asking.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return b"".join(iter(lambda: asking.recv(4_096), b""))
    return b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_that_another_thread_is_handed_ends_the_loop_at_once(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "pages.sock"
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], cwd=ROOT, stdout=subprocess.PIPE) as running:
        try:
            wait_for(lambda: answer_of(path).endswith(b"here"), 60)
            running.send_signal(number)
            told, _ = running.communicate(timeout=60)
            assert (told, running.returncode) == (b"ended\n", 0)
        finally:
            running.kill()
