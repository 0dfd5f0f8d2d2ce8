"""The real nginx with the filled template, in front of small unix-socket servers."""

from __future__ import annotations

import http.client
import http.server
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.box.certificates import BoxNames, certificate_files, ensure_certificates
from app.box.ports import free_port, is_listening
from app.box.proxy import NGINX, ProxyAddresses, render_proxy, write_proxy
from app.clock import TOKYO
from tests.box.processes import wait_for
from tests.box.proxied import CLOSED, Place, settings_in, unix_server

pytestmark = pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx-light is missing; ./uketsuke test installs it")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running(tmp_path_factory.mktemp("with a space")) as place:
        yield place


@contextmanager
def running(state: Path, *, practice: bool = False) -> Iterator[Place]:
    port, plain = free_port(), free_port()
    settings = replace(settings_in(state, port), practice=practice)
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
        nginx.wait(30)


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
    connection = http.client.HTTPConnection("127.0.0.1", place.plain_port, timeout=30)
    connection.request("GET", "/board")
    reply = connection.getresponse()
    assert (reply.status, reply.headers["Location"]) == (308, f"https://localhost:{place.port}/board")
    assert reply.headers.get_all("Content-Security-Policy") == [CLOSED["Content-Security-Policy"]]
    assert "Strict-Transport-Security" not in reply.headers, "browsers take it over TLS alone"
    connection.close()


def test_practice_leaves_other_servers_of_localhost_alone(tmp_path: Path) -> None:
    with running(tmp_path, practice=True) as place:
        for path, host in (("/board", "localhost"), ("/", "evil.example")):
            reply, _ = place.ask(path, host=host)
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert "Strict-Transport-Security" not in reply.headers


@pytest.mark.parametrize(
    ("status", "path", "options"),
    [
        (400, "/", {"headers": {"X-Long": "x" * 9000}}),
        (403, "/events", {"method": "POST"}),
        (413, "/login", {"method": "POST", "body": b"x" * 262_145}),
        (414, "/" + "x" * 9000, {}),
        (421, "/", {"host": "evil.example"}),
        (308, "/", {"host": "127.0.0.1"}),
    ],
)
def test_pages_of_nginx_itself_are_closed(place: Place, status: int, path: str, options: dict[str, Any]) -> None:
    reply, _ = place.ask(path, **options)
    assert reply.status == status
    assert {name: reply.headers.get_all(name) for name in CLOSED} == {name: [text] for name, text in CLOSED.items()}


@pytest.mark.parametrize("raw", [b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"])
def test_answers_to_broken_requests_are_closed_too(place: Place, raw: bytes) -> None:
    with (
        socket.create_connection(("127.0.0.1", place.port), timeout=30) as plain,
        place.context().wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        wrapped.sendall(raw)
        answer = b""
        while part := wrapped.recv(65_536):
            answer += part
    head = answer.partition(b"\r\n\r\n")[0].decode().splitlines()
    assert head[0].split()[1] in {"400", "505"}
    for name, text in CLOSED.items():
        assert head.count(f"{name}: {text}") == 1


@pytest.mark.parametrize("status", [200, 303, 404, 422, 503])
def test_headers_of_the_staff_process_are_not_doubled(place: Place, status: int) -> None:
    reply, _ = place.ask("/board", headers={"X-Answer": str(status)})
    assert reply.status == status
    for name, text in CLOSED.items():
        assert reply.headers.get_all(name) == [f"{text}; of the staff process"]


def test_events_arrive_at_once_and_stay_open(place: Place) -> None:
    connection = http.client.HTTPSConnection("localhost", place.port, context=place.context(), timeout=30)
    started = time.monotonic()
    connection.request("GET", "/events?after=0")
    reply = connection.getresponse()
    assert reply.read1(100) == b"id: 1\n\n"
    assert time.monotonic() - started < 15, "the first piece was held back"
    connection.close()


def test_events_take_only_get(place: Place) -> None:
    reply, _ = place.ask("/events", method="POST", body=b"x")
    assert reply.status == 403


@pytest.mark.parametrize(("size", "status"), [(262_144, 200), (262_145, 413)])
def test_bodies_end_at_256_kib(place: Place, size: int, status: int) -> None:
    reply, _ = place.ask("/login", method="POST", body=b"x" * size)
    assert reply.status == status


def test_bodies_never_reach_the_disk(place: Place) -> None:
    place.ask("/login", method="POST", body=b"x" * 250_000)
    nginx_dir = place.settings.run_dir / "nginx"
    assert [path for path in nginx_dir.rglob("*") if path.is_file()] == []
    assert "buffered to a temporary file" not in place.log.read_text()


def test_oversized_headers_are_refused(place: Place) -> None:
    reply, _ = place.ask("/", headers={"X-Long": "x" * 9000})
    assert reply.status == 400


def test_half_sent_request_is_dropped_and_others_are_served(place: Place) -> None:
    with (
        socket.create_connection(("127.0.0.1", place.port), timeout=60) as raw,
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
        socket.create_connection(("127.0.0.1", place.port), timeout=30) as raw,
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
        timeout=60,
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
            assert {name: reply.headers.get_all(name) for name in CLOSED} == {
                name: [text] for name, text in CLOSED.items()
            }
        finally:
            nginx.terminate()
            nginx.wait(30)
    assert "canary-query" not in log.read_text()


def test_path_that_nginx_would_misread_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "a$b", 8443)
    with pytest.raises(ValueError, match="quote, dollar or backslash"):
        render_proxy(settings, certificate_files(tmp_path), ProxyAddresses("127.0.0.1:8443"))
