"""The thread that carries the stream: uvicorn on one unix socket, woken by another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.web.events import Hub

logger = logging.getLogger(__name__)

STOP_S = 5.0
_BUFFER_BYTES = 4096


class _StreamProtocol(H11Protocol):
    """Small buffers, and a way to cut a reader that does not read: its kernel buffer would hide it for hours."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=_BUFFER_BYTES)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        inner = self.app

        async def with_cut(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), "uketsuke.cut": transport.abort}
            await inner(scope, receive, send)

        self.app = with_cut


class _RestingServer(uvicorn.Server):
    """Sleeps until it is told to end; uvicorn itself wakes ten times a second to look."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Call it in the server's loop."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)  # once, for the headers of all answers: none of them is the time
        await self._ending.wait()


class StreamServer:
    """One thread, one event loop, all open pages."""

    def __init__(
        self, hub: Hub, app: Any, events_socket: Path, wake_socket: Path, on_death: Callable[[], None]
    ) -> None:
        """``on_death`` is called from the thread when it ends unasked."""
        self._hub = hub
        self._paths = (events_socket, wake_socket)
        self._on_death = on_death
        self._is_stopping = False
        self._sockets: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server = _RestingServer(
            uvicorn.Config(
                app,
                http=_StreamProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=2,
                h11_max_incomplete_event_size=16_384,
            )
        )
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        """Bind both sockets (mode by the caller's umask) and start; connections are taken from now on.

        Raises:
            OSError: a socket cannot be bound.
        """
        events_path, wake_path = self._paths
        for path in self._paths:
            path.unlink(missing_ok=True)
        events = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wake = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sockets = [events, wake]
        events.bind(str(events_path))
        events.listen(512)
        events.setblocking(False)
        wake.bind(str(wake_path))
        wake.setblocking(False)
        self._thread.start()

    def stop(self) -> None:
        """End every stream, the server and its thread."""
        self._is_stopping = True
        self._server.should_exit = True
        if self._thread.is_alive():
            if self._loop is not None:
                # uvicorn waits for open answers, and ours never end by themselves.
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._hub.stop)
                    self._loop.call_soon_threadsafe(self._server.end)
            self._thread.join(STOP_S)
        for opened in self._sockets:
            opened.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            logger.exception("stream.died")
        finally:
            if not self._is_stopping:
                self._on_death()

    async def _serve(self) -> None:
        events, wake = self._sockets
        self._loop = asyncio.get_running_loop()
        self._hub.start(wake)
        try:
            await self._server.serve(sockets=[events])
        finally:
            self._hub.stop()
