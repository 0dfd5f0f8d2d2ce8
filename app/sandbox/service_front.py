"""The https front of the sandbox service: mutual TLS on 127.0.0.1, keep-alive, one thread a connection.

Written on ``ssl`` and the handler of ``http.server`` (``service_http``) because the faults need what a finished
server hides: closing the port, changing the certificate, breaking off and dripping answers.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

from app.sandbox.service_checks import EligibilityDesk
from app.sandbox.service_faults import Fault, FaultBoard
from app.sandbox.service_http import ServiceHandler

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
HANDSHAKE_S = 10.0


class ServiceFront:
    """The port, its connections and the certificate in use."""

    def __init__(
        self,
        desk: EligibilityDesk,
        board: FaultBoard,
        context_for: Callable[[str], ssl.SSLContext],
        terminal_cert_file: Path,
        port: int,
    ) -> None:
        """``context_for`` takes "service", "expired-certificate" or "wrong-name-certificate"."""
        self.desk = desk
        self.board = board
        self.port = port
        self._context_for = context_for
        self._terminal_cert_file = terminal_cert_file
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._links: set[socket.socket] = set()

    def open(self) -> None:
        """Listen. Port 0 becomes a free one, kept from then on. Raises ``OSError``."""
        with self._lock:
            if self._listener is not None:
                return
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, self.port))
                listener.listen(64)
            except OSError:
                listener.close()
                raise
            self.port = listener.getsockname()[1]
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="service-accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening and cut every connection."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut every open connection, so that the next request needs a new handshake."""
        with self._lock:
            links = list(self._links)
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def apply_fault(self, fault: Fault | None) -> None:
        """Put a fault in force. What concerns connections has happened when this returns."""
        before = self.board.current()
        names = {one.name for one in (before, fault) if one}
        seconds = fault.options.get("seconds", 3 * 86_400) if fault and fault.name == "clock-skew" else 0
        self.desk.set_skew(float(cast(float, seconds)))
        self.board.set(fault)
        if fault and fault.name == "refuse":
            self.close()
        else:
            if names & {"expired-certificate", "wrong-name-certificate"}:
                self.cut()
            self.open()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link, address), name="service-link", daemon=True).start()

    def _serve(self, link: socket.socket, address: tuple[str, int]) -> None:
        try:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.settimeout(HANDSHAKE_S)
            tls = self._context().wrap_socket(link, server_side=True, do_handshake_on_connect=False)
        except OSError:
            link.close()
            return
        with tls:
            with self._lock:
                self._links.add(tls)
            try:
                if self._shake_hands(tls):
                    ServiceHandler(tls, address, self.desk, self.board, is_registered=self._is_registered(tls))
            except OSError:
                logger.info("service.link_lost")
            finally:
                with self._lock:
                    self._links.discard(tls)

    def _shake_hands(self, tls: ssl.SSLSocket) -> bool:
        try:
            tls.do_handshake()
        except ssl.SSLError:
            self.board.count("tls_refused")
            logger.info("service.tls_refused")
            _drain(tls)
            return False
        self.board.count("connections")
        return True

    def _context(self) -> ssl.SSLContext:
        fault = self.board.current()
        name = fault.name if fault and fault.name.endswith("-certificate") else "service"
        with self._lock:
            if name not in self._contexts:
                self._contexts[name] = self._context_for(name)
            return self._contexts[name]

    def _is_registered(self, tls: ssl.SSLSocket) -> bool:
        """The terminal CA vouches at TLS level; this looks whether it is the registered terminal itself."""
        registered = ssl.PEM_cert_to_DER_cert(self._terminal_cert_file.read_text("ascii"))
        return hmac.compare_digest(tls.getpeercert(binary_form=True) or b"", registered)


def _drain(link: socket.socket) -> None:
    """Let the alert reach the other side: closing with unread bytes would reset the connection."""
    with contextlib.suppress(OSError):
        raw = socket.socket(fileno=socket.dup(link.fileno()))
        with raw:
            raw.settimeout(1.0)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
