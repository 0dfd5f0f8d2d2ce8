"""One https link to the service: kept-alive mutual TLS under one total deadline.

Built on httpcore (the engine of httpx) because its network layer can be replaced: httpx offers a limit for each
read, and a service that drips one byte a second passes every such limit. Here each connect, handshake, send and
receive gets only what is left of the total. This module loads httpcore, so it is imported at the first exchange.
"""

from __future__ import annotations

import ipaddress
import queue
import select
import socket
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from app.clock import Clock
from app.errors import (
    EligibilityError,
    GatewayCredentialRefused,
    GatewayTimeout,
    GatewayUnreachable,
    GatewayUntrusted,
    ReplyMalformed,
    ReplyTooLarge,
)
from app.exchange.xml_message import MAX_BODY_BYTES

KEEP_ALIVE_S = 30.0
"""Below the 60 s and more after which services and routers drop idle connections, so that we let go first."""

_CREDENTIAL_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "DECRYPT_ERROR")
"""Parts of OpenSSL's names for the alerts with which a server turns our certificate down (RFC 8446, 6.2)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, lower-case header names and the whole body."""

    status: int
    headers: dict[str, str]
    body: bytes


class LinkLost(GatewayUnreachable):
    """The connection ended before a single byte of the answer's head was understood."""

    def __init__(self, *, was_reused: bool) -> None:
        super().__init__("connection lost")
        self.was_reused = was_reused


class _Budget(threading.local):
    """What the call of this thread may still spend, and how many connections it opened."""

    end_s: float = 0.0
    connects: int = 0


class HttpsLink:
    """Sends requests one after the other; each thread has its own deadline. Safe for a worker and a warm-up."""

    def __init__(self, url: str, context: ssl.SSLContext, clock: Clock) -> None:
        """Open nothing yet. ``url`` is ``https://host[:port][/prefix]``."""
        self._url = url.rstrip("/")
        self._host = httpcore.URL(self._url).host
        self._port = httpcore.URL(self._url).port
        self._clock = clock
        self._budget = _Budget()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=2,
            keepalive_expiry=KEEP_ALIVE_S,
            http2=False,
            retries=0,
            network_backend=_Backend(self._budget, clock),
        )

    def deadline(self, timeout_s: float) -> None:
        """Start this thread's total: all that follows must be done within it."""
        self._budget.end_s = self._clock.monotonic_s() + timeout_s

    def send(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        """Send one request and take in the whole answer (at most ``MAX_BODY_BYTES``).

        Raises:
            LinkLost: no answer began; ``was_reused`` tells whether the connection was an older one.
            GatewayTimeout, GatewayUnreachable, GatewayUntrusted, GatewayCredentialRefused, ReplyTooLarge.
            ReplyMalformed: not HTTP, or the answer broke off.
        """
        self._budget.connects = 0
        host = self._host if self._port is None else self._host + b":%d" % self._port
        headers = [
            (b"Host", host),
            (b"Content-Type", content_type.encode("ascii")),
            (b"Content-Length", b"%d" % len(body)),
            (b"Accept", content_type.encode("ascii")),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", b"uketsuke"),
        ]
        request = httpcore.Request(method, self._url + path, headers=headers, content=body)
        left_s = _left_s(self._budget, self._clock)
        request.extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), left_s)}
        try:
            response = self._pool.handle_request(request)
        except EligibilityError:
            raise
        except httpcore.PoolTimeout:
            raise GatewayTimeout from None
        except httpcore.RemoteProtocolError as error:
            if str(error).startswith("Server disconnected"):
                raise self._lost() from None
            raise ReplyMalformed("not HTTP") from None
        except (httpcore.NetworkError, httpcore.ConnectionNotAvailable, _Gone):
            raise self._lost() from None
        try:
            return self._take_in(response)
        finally:
            response.close()

    def _lost(self) -> LinkLost:
        return LinkLost(was_reused=self._budget.connects == 0)

    def _take_in(self, response: httpcore.Response) -> Answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        length = headers.get("content-length", "0")
        if response.status not in (200, 204):
            # The words of an error page are of no use to anybody, and their length is unknown.
            return Answer(response.status, headers, b"")
        if not length.isascii() or not length.isdigit() or int(length[:12]) > MAX_BODY_BYTES:
            raise ReplyTooLarge
        body = bytearray()
        try:
            for block in response.iter_stream():
                body += block
                if len(body) > MAX_BODY_BYTES:
                    raise ReplyTooLarge
        except (httpcore.RemoteProtocolError, httpcore.NetworkError, _Gone):
            raise ReplyMalformed("the answer broke off") from None
        return Answer(response.status, headers, bytes(body))

    def close(self) -> None:
        """Close every connection that is idle; a call in another thread ends with an error."""
        self._pool.close()


class _Gone(Exception):
    """The socket failed while reading."""


def _left_s(budget: _Budget, clock: Clock) -> float:
    left_s = budget.end_s - clock.monotonic_s()
    if left_s <= 0:
        raise GatewayTimeout
    return left_s


class _Backend(httpcore.NetworkBackend):
    def __init__(self, budget: _Budget, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self._budget.connects += 1
        addresses = _addresses(host, port, _left_s(self._budget, self._clock))
        for index, address in enumerate(addresses):
            share_s = _left_s(self._budget, self._clock) / (len(addresses) - index)
            try:
                link = socket.create_connection((address, port), share_s)
            except TimeoutError:
                continue
            except OSError:
                if index == len(addresses) - 1:
                    raise GatewayUnreachable("no connection") from None
                continue
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Stream(link, self._budget, self._clock)
        raise GatewayTimeout


def _addresses(host: str, port: int, timeout_s: float) -> list[str]:
    """Resolve a name in a thread of its own: the resolver knows no deadline."""
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            entries = []
        found.put(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))

    threading.Thread(target=resolve, name="resolve", daemon=True).start()
    try:
        addresses = found.get(timeout=timeout_s)
    except queue.Empty:
        raise GatewayTimeout from None
    if not addresses:
        raise GatewayUnreachable("the name is not known")
    return addresses


class _Stream(httpcore.NetworkStream):
    def __init__(self, link: socket.socket, budget: _Budget, clock: Clock) -> None:
        self._link = link
        self._budget = budget
        self._clock = clock

    def _allow(self) -> None:
        self._link.settimeout(_left_s(self._budget, self._clock))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._allow()
        try:
            return self._link.recv(max_bytes)
        except TimeoutError:
            raise GatewayTimeout from None
        except ssl.SSLError as error:
            raise _tls_error(error) from None
        except OSError:
            raise _Gone from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        while view:
            self._allow()
            try:
                view = view[self._link.send(view) :]
            except TimeoutError:
                raise GatewayTimeout from None
            except OSError:
                # httpcore goes on to read: a server that closes early may have said why.
                raise httpcore.WriteError from None

    def close(self) -> None:
        self._link.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._allow()
            link = ssl_context.wrap_socket(self._link, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise GatewayTimeout from None
        except ssl.SSLError as error:
            self.close()
            raise _tls_error(error) from None
        except (OSError, ValueError):
            self.close()
            raise GatewayUnreachable("lost during the handshake") from None
        return _Stream(link, self._budget, self._clock)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return _is_readable(self._link)
        if info == "ssl_object" and isinstance(self._link, ssl.SSLSocket):
            return self._link
        return None


def _is_readable(link: socket.socket) -> bool:
    """True if an idle connection has something to read, which can only be its end."""
    if link.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(link, select.POLLIN)
    return bool(poll.poll(0))


def _tls_error(error: ssl.SSLError) -> EligibilityError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return GatewayUntrusted(str(error.verify_code))
    reason = error.reason or ""
    if "ALERT" in reason and any(part in reason for part in _CREDENTIAL_ALERTS):
        return GatewayCredentialRefused(reason)
    return GatewayUntrusted(reason)
