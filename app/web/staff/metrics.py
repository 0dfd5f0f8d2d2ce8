"""Figures for a Prometheus on the same machine: http on 127.0.0.1 alone, text format 0.0.4, nothing personal.

Every name and every label's value comes from our own lists; a test holds it to them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.clock import TOKYO, Clock
from app.eligibility.numbers import NO_VERDICT, Measure
from app.errors import StoreError
from app.logs import log_bug
from app.store.database import Store
from app.store.health import service_state
from app.store.numbers import read_period
from app.store.pending import count_pending

logger = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]

HELP = {
    "uketsuke_build_info": "Version of the product; always 1.",
    "uketsuke_store_up": "1 when the store could be read for this answer.",
    "uketsuke_checks_today": "Checks of today by verdict (code of OQSCD006, or none) and method.",
    "uketsuke_reasons_today": "Checks of today that needed somebody, by the code of the reason.",
    "uketsuke_told_seconds_today": "Median of today: from the card to the answer.",
    "uketsuke_handled_seconds_today": "Median of today: from the answer until staff had taken care.",
    "uketsuke_pending": "Visits in あとで確認.",
    "uketsuke_pending_oldest_seconds": "Age of the oldest of them; 0 without any.",
    "uketsuke_service_up": "1 when the eligibility service answered the last time a kiosk asked or tried.",
}


class MetricsServer:
    """One small listener with threads of its own. ``port`` 0 takes a free one."""

    def __init__(self, store: Store, clock: Clock, port: int, version: str) -> None:
        """Bind. Raises ``OSError``: the port is taken."""
        handler = _handler(lambda: metrics_text(store, clock, version), store)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    def start(self) -> None:
        self._thread.start()
        logger.info("metrics.serving port=%d", self.port)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def metrics_text(store: Store, clock: Clock, version: str) -> str:
    """Return all figures. A store that cannot be read leaves ``uketsuke_store_up 0`` and no other of its own."""
    lines: list[str] = []
    for name, labels, value in _figures(store, clock, version):
        if f"# HELP {name} {HELP[name]}" not in lines:
            lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"]
        inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(lines) + "\n"


def _figures(store: Store, clock: Clock, version: str) -> Iterator[tuple[str, Labels, float]]:
    yield "uketsuke_build_info", {"version": version}, 1
    now = clock.now()
    today = now.astimezone(TOKYO).date()
    try:
        period = read_period(store, today, today, now)
        pending, oldest = count_pending(store, now)
        service = service_state(store)
    except StoreError:
        yield "uketsuke_store_up", {}, 0
        return
    yield "uketsuke_store_up", {}, 1
    for label, count in sorted(period.numbers.labels(Measure.CHECKS).items()):
        verdict, method = label.split()
        shown = "none" if verdict == NO_VERDICT else verdict
        yield "uketsuke_checks_today", {"verdict": shown, "method": method}, count
    for code, count in sorted(period.numbers.labels(Measure.REASON).items()):
        yield "uketsuke_reasons_today", {"code": code}, count
    if period.told_s is not None:
        yield "uketsuke_told_seconds_today", {}, period.told_s
    if period.handled_s is not None:
        yield "uketsuke_handled_seconds_today", {}, period.handled_s
    yield "uketsuke_pending", {}, pending
    yield "uketsuke_pending_oldest_seconds", {}, 0 if oldest is None else (now - oldest).total_seconds()
    if service.is_up is not None:
        yield "uketsuke_service_up", {}, int(service.is_up)


def _handler(text: Callable[[], str], store: Store) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "uketsuke"
        sys_version = ""
        timeout = 5

        def do_GET(self) -> None:
            try:
                self._answer()
            except Exception as error:  # noqa: BLE001 - a bug must not print a traceback with data to the log
                log_bug(logger, "metrics.bug", error)
            finally:
                store.close()  # this thread's connection ends with its request

        server: ThreadingHTTPServer

        def _answer(self) -> None:
            port = self.server.server_port
            # Another site's page must not read this by a name that leads here.
            if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
                self._send(403, "")
            elif self.path != "/metrics":
                self._send(404, "")
            else:
                self._send(200, text())

        def _send(self, status: int, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_given: object) -> None:
            """Nothing: a line per scrape would fill the log."""

    return Handler
