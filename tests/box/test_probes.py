"""What a probe asks for, and what it takes for an answer."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.box.ports import LOOPBACK, free_port
from app.box.probes import answers_http


@contextmanager
def kiosk_like(status: int) -> Iterator[tuple[int, list[str]]]:
    """A server on a free port that answers ``status``; yields the port and the request lines it got."""
    seen: list[str] = []

    class Noting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.requestline)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer((LOOPBACK, 0), Noting) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port, seen
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.box.probes._TIMEOUT_S", 30.0)


def test_kiosk_probe_never_asks_for_the_page_that_a_patient_sees() -> None:
    with kiosk_like(200) as (port, seen):
        assert answers_http(port)()
    assert seen == ["GET /healthz HTTP/1.1"]


def test_kiosk_that_fails_or_is_away_does_not_answer() -> None:
    with kiosk_like(503) as (port, _):
        assert not answers_http(port)()
    assert not answers_http(free_port())()
