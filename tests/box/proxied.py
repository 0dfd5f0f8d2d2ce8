"""Small unix-socket servers to stand behind nginx, and a way to ask through it."""

from __future__ import annotations

import http.client
import http.server
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import Settings

CLOSED = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}


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
        self.send_response(int(self.headers.get("X-Answer", 200)))
        self.send_header("Content-Length", str(len(answer)))
        if "X-Answer" in self.headers:
            for name, text in CLOSED.items():
                self.send_header(name, f"{text}; of the staff process")
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
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context(), timeout=30)
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
