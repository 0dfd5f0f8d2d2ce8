"""The real nginx with the filled template, in front of small unix-socket servers."""

from __future__ import annotations

import http.client
import http.server
import json
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from app.box.certificates import BoxNames, certificate_files, ensure_certificates
from app.box.ports import free_port, is_listening
from app.box.proxy import NGINX, ProxyAddresses, render_proxy, write_proxy
from app.clock import TOKYO
from app.config import Settings
from tests.box.processes import wait_for

pytestmark = pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx-light is missing; ./uketsuke test installs it")


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        request, _ = super().get_request()
        return request, ("unix", 0)


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what arrived; ``/events`` sends one piece and holds the connection."""

    protocol_version = "HTTP/1.1"
    release = threading.Event()

    def do_GET(self) -> None:
        if self.path.startswith("/events"):
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"id: 1\n\n")
            self.release.wait(20)
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        seen = {"path": self.path, "headers": dict(self.headers.items()), "size": len(body)}
        answer = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Place:
    port: int
    plain_port: int
    settings: Settings
    ca_file: Path
    log: Path

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    def ask(
        self, path: str, host: str = "localhost", method: str = "GET", **options: object
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send one request to 127.0.0.1 with any Host header."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context(), timeout=10)
        headers = {"Host": f"{host}:{self.port}", **options.get("headers", {})}  # type: ignore[dict-item]
        connection.request(method, path, body=options.get("body"), headers=headers)  # type: ignore[arg-type]
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        return reply, content


def settings_in(state: Path, port: int) -> Settings:
    return Settings(
        state_dir=state,
        gateway_url="https://localhost:1",
        gateway_ca_file=state,
        gateway_cert_file=state,
        gateway_key_file=state,
        staff_origin=f"https://localhost:{port}",
    )


@contextmanager
def unix_server(path: Path) -> Iterator[None]:
    server = UnixServer(str(path), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        Echo.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    state = tmp_path_factory.mktemp("with a space")
    port, plain = free_port(), free_port()
    settings = settings_in(state, port)
    ensure_certificates(state / "tls", BoxNames(), datetime.now(TOKYO))
    files = certificate_files(state / "tls")
    addresses = ProxyAddresses(f"127.0.0.1:{port}", ("127.0.0.1", "uketsuke.local"), f"127.0.0.1:{plain}")
    command = write_proxy(settings, files, addresses)
    log = state / "nginx.log"
    with unix_server(settings.staff_socket), unix_server(settings.events_socket), log.open("wb") as out:
        nginx = subprocess.Popen(command, stdout=out, stderr=out)
        wait_for(lambda: is_listening(port))
        yield Place(port, plain, settings, files.ca_file, log)
        nginx.terminate()
        nginx.wait(10)


def test_pages_reach_the_staff_process_with_our_own_headers(place: Place) -> None:
    lies = {"X-Forwarded-For": "10.9.9.9", "X-Forwarded-Host": "evil.example", "X-Real-IP": "10.9.9.9"}
    reply, body = place.ask("/board?x=1", headers=lies)
    seen = json.loads(body)
    assert reply.status == 200
    assert seen["path"] == "/board?x=1"
    assert seen["headers"]["Host"] == f"localhost:{place.port}"
    assert seen["headers"]["X-Forwarded-Proto"] == "https"
    assert seen["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert seen["headers"]["X-Forwarded-Host"] == f"localhost:{place.port}"
    assert "X-Real-IP" not in seen["headers"]
    assert reply.headers["Server"] == "nginx"


def test_unknown_host_is_refused(place: Place) -> None:
    reply, _ = place.ask("/", host="evil.example")
    assert reply.status == 421


@pytest.mark.parametrize("alias", ["127.0.0.1", "uketsuke.local"])
def test_other_names_of_ours_lead_to_the_one_origin(place: Place, alias: str) -> None:
    reply, _ = place.ask("/board", host=alias)
    assert reply.status == 308
    assert reply.headers["Location"] == f"https://localhost:{place.port}/board"


def test_plain_http_is_sent_to_https(place: Place) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", place.plain_port, timeout=5)
    connection.request("GET", "/board")
    reply = connection.getresponse()
    assert (reply.status, reply.headers["Location"]) == (308, f"https://localhost:{place.port}/board")
    connection.close()


def test_events_arrive_at_once_and_stay_open(place: Place) -> None:
    connection = http.client.HTTPSConnection("localhost", place.port, context=place.context(), timeout=10)
    started = time.monotonic()
    connection.request("GET", "/events?after=0")
    reply = connection.getresponse()
    assert reply.read1(100) == b"id: 1\n\n"
    assert time.monotonic() - started < 5, "the first piece was held back"
    connection.close()


def test_events_take_only_get(place: Place) -> None:
    reply, _ = place.ask("/events", method="POST", body=b"x")
    assert reply.status == 403


@pytest.mark.parametrize(("size", "status"), [(65_536, 200), (65_537, 413)])
def test_bodies_end_at_64_kib(place: Place, size: int, status: int) -> None:
    reply, _ = place.ask("/login", method="POST", body=b"x" * size)
    assert reply.status == status


def test_bodies_never_reach_the_disk(place: Place) -> None:
    place.ask("/login", method="POST", body=b"x" * 60_000)
    nginx_dir = place.settings.run_dir / "nginx"
    assert [path for path in nginx_dir.rglob("*") if path.is_file()] == []
    assert "buffered to a temporary file" not in place.log.read_text()


def test_oversized_headers_are_refused(place: Place) -> None:
    reply, _ = place.ask("/", headers={"X-Long": "x" * 9000})
    assert reply.status == 400


def test_half_sent_request_is_dropped_and_others_are_served(place: Place) -> None:
    with (
        socket.create_connection(("127.0.0.1", place.port), timeout=20) as raw,
        place.context().wrap_socket(raw, server_hostname="localhost") as slow,
    ):
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        reply, _ = place.ask("/")
        assert reply.status == 200
        with suppress(ConnectionResetError):
            assert slow.recv(100) == b""


def test_old_tls_is_refused_and_http2_is_spoken(place: Place) -> None:
    context = place.context()
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", place.port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.selected_alpn_protocol() == "h2"
        assert wrapped.version() == "TLSv1.3"
    openssl = shutil.which("openssl")
    assert openssl
    old = subprocess.run(
        [openssl, "s_client", "-tls1_1", "-connect", f"127.0.0.1:{place.port}"],
        input=b"",
        capture_output=True,
        timeout=10,
        check=False,
    )
    assert b"Cipher is (NONE)" in old.stdout or b"no protocols available" in old.stderr


def test_log_holds_no_address_path_or_query(place: Place) -> None:
    place.ask("/patients/shiken-hanako?kana=canary-query", headers={"Referer": "https://canary-referer"})
    wait_for(lambda: " GET 200 " in place.log.read_text())
    text = place.log.read_text()
    assert "canary" not in text
    assert "shiken" not in text
    assert "127.0.0.1" not in "".join(line for line in text.splitlines() if " GET " in line)


def test_staff_process_that_is_away_gives_502_without_naming_pages(tmp_path: Path) -> None:
    port = free_port()
    settings = settings_in(tmp_path, port)
    ensure_certificates(tmp_path / "tls", BoxNames(), datetime.now(TOKYO))
    files = certificate_files(tmp_path / "tls")
    command = write_proxy(settings, files, ProxyAddresses(f"127.0.0.1:{port}"))
    log = tmp_path / "nginx.log"
    with log.open("wb") as out:
        nginx = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            wait_for(lambda: is_listening(port))
            reply, _ = Place(port, 0, settings, files.ca_file, log).ask("/board?kana=canary-query")
            assert reply.status == 502
        finally:
            nginx.terminate()
            nginx.wait(10)
    assert "canary-query" not in log.read_text()


def test_path_that_nginx_would_misread_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "a$b", 8443)
    with pytest.raises(ValueError, match="quote, dollar or backslash"):
        render_proxy(settings, certificate_files(tmp_path), ProxyAddresses("127.0.0.1:8443"))
