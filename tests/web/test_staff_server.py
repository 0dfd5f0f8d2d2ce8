"""The staff process itself: both sockets, what it believes of its proxy, and how it ends."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import environment_of
from app.eligibility.people import Role
from app.store.database import Store
from app.store.files import create_key
from app.store.migrate import migrate
from app.store.people import add_staff
from tests.box.processes import wait_for
from tests.store.support import MORNING
from tests.web.staff_site import NAME, PASSPHRASE, settings_in

ROOT = Path(__file__).resolve().parents[2]
HOST = "uketsuke.local:8443"
WRONG = "name=%E8%A9%A6%E9%A8%93&passphrase=wrong+and+long+enough"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self._path)


class Process:
    """``python -m app staff`` on a store with an owner and no visit."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_in(folder)
        self.settings.run_dir.mkdir(parents=True, mode=0o700)
        key = create_key(self.settings.store_key_file)
        migrate(self.settings.store_path, key)
        with contextlib.closing(Store(self.settings.store_path, key)) as store:
            add_staff(store, NAME, PASSPHRASE, MORNING, Role.OWNER)  # a box without an owner shows no log-in
        self.log = folder / "staff.log"
        self._log_file = self.log.open("ab")
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-m", "app", "staff"],
            cwd=ROOT,
            env={**os.environ, **environment_of(self.settings)},
            stdout=self._log_file,
            stderr=self._log_file,
        )
        wait_for(self.answers, 120)

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("GET", "/login")[0] == 200 and self.settings.events_socket.exists()
        return False

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        sent = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.10",
            "Sec-Fetch-Site": "same-origin",
        }
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(UnixConnection(self.settings.staff_socket)) as connection:
            connection.request(method, path, body, sent)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()

    def try_wrong(self, **headers: str) -> int:
        _, head, page = self.ask("GET", "/login", **headers)
        token = re.search(r'name="csrf" value="(\w+)"', page)
        assert token is not None
        cookie = head["Set-Cookie"].split(";")[0]
        status, _, _ = self.ask("POST", "/login", f"{WRONG}&csrf={token[1]}", Cookie=cookie, **headers)
        return status

    def close(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()
            self.running.wait(60)
        self._log_file.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with contextlib.closing(Process(tmp_path)) as made:
        made.start()
        yield made


def test_both_sockets_and_the_wake_socket_are_for_their_owner_alone(process: Process) -> None:
    settings = process.settings
    for path in (settings.staff_socket, settings.events_socket, settings.wake_socket):
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) & 0o077 == 0, path.name


def test_no_answer_names_its_server(process: Process) -> None:
    for method, path in (("GET", "/login"), ("GET", "/static/css/base.css"), ("BREW", "/"), ("GET", "/nowhere")):
        _, headers, text = process.ask(method, path)
        assert "Server" not in headers
        assert "waitress" not in text.lower()


def test_the_back_off_counts_the_address_that_the_proxy_saw(process: Process) -> None:
    tries = [process.try_wrong() for _ in range(8)]
    assert tries[:3] == [422, 422, 422]
    assert 429 in tries
    assert process.try_wrong(X_Forwarded_For="192.0.2.11") == 422
    # What a client wrote itself stands left of what the proxy adds, and is not believed.
    assert 429 in [process.try_wrong(X_Forwarded_For=f"192.0.2.9{number}, 192.0.2.12") for number in range(8)]


def test_other_proxy_headers_are_not_believed(process: Process) -> None:
    assert process.ask("GET", "/login", X_Forwarded_Host="evil.example", Forwarded="host=evil.example")[0] in (200, 400)
    status, headers, _ = process.ask("GET", "/", X_Forwarded_Host="evil.example")
    assert "evil" not in str(headers)
    assert status in (303, 400)
    assert process.ask("GET", "/login", Host="evil.example")[0] == 400


def test_sigterm_ends_the_process_cleanly_and_leaves_no_socket(process: Process) -> None:
    process.running.send_signal(signal.SIGTERM)
    assert process.running.wait(60) == 0
    assert list(process.settings.run_dir.iterdir()) == []
    log = process.log.read_text()
    assert "Traceback" not in log
    assert "staff.stopped" in log


def test_a_killed_process_starts_again_over_its_old_sockets(process: Process) -> None:
    process.running.kill()
    process.running.wait()
    assert process.settings.staff_socket.exists()
    process.start()
    assert process.ask("GET", "/login")[0] == 200


def test_the_log_holds_no_name_address_or_token(process: Process) -> None:
    process.try_wrong()
    process.ask("GET", "/checks/secret-id", Cookie="__Host-uketsuke=secret-token")
    process.running.send_signal(signal.SIGTERM)
    process.running.wait(60)
    log = process.log.read_text()
    for secret in ("試験", "wrong and long", "192.0.2.10", "secret-id", "secret-token"):
        assert secret not in log
    assert "staff.login_refused" in log


def test_a_store_that_is_missing_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    create_key(settings.store_key_file)
    done = subprocess.run(
        [sys.executable, "-m", "app", "staff"],
        cwd=ROOT,
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "store.outdated" in done.stderr
    assert "./uketsuke migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_importing_the_staff_site_opens_nothing() -> None:
    code = (
        "import os, threading; before = set(os.listdir('/proc/self/fd'));"
        "import app.wiring_staff, app.web.staff.server;"
        "assert set(os.listdir('/proc/self/fd')) == before; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
