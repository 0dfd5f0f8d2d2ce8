"""``GET /events``: the stream as a bare ASGI app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from app.errors import StoreError
from app.web.events import Hub, Stream
from app.web.security import HEADERS

logger = logging.getLogger(__name__)

MAX_STREAMS = 500

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class StreamApp:
    """``GET /events?after=N`` as a bare ASGI app.

    200 with ``text/event-stream`` for a living session; 401 without; 400, 403, 404, 405 and 503 without words.
    """

    def __init__(self, hub: Hub, cookie: str, hosts: frozenset[str]) -> None:
        self._hub = hub
        self._cookie = cookie
        self._hosts = hosts

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        status, stream = self._open(scope)
        if stream is None:
            await send({"type": "http.response.start", "status": status, "headers": _headers(b"text/plain")})
            await send({"type": "http.response.body", "body": b""})
            return
        watcher = asyncio.create_task(_end_with_connection(receive, stream))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _headers(b"text/event-stream")})
            while True:
                await stream.changed.wait()
                stream.changed.clear()
                frames = stream.take()
                is_last = stream.is_over
                if frames or is_last:
                    stream.sending_since = asyncio.get_running_loop().time()
                    await send({"type": "http.response.body", "body": frames, "more_body": not is_last})
                    stream.sending_since = None
                if is_last:
                    return
        finally:
            self._hub.leave(stream)
            watcher.cancel()

    def _open(self, scope: Any) -> tuple[int, Stream | None]:
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
        if headers.get("host") not in self._hosts:
            return 400, None
        if scope["path"] != "/events":
            return 404, None
        if scope["method"] != "GET":
            return 405, None
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, None
        cursor = _cursor(scope["query_string"].decode("latin-1"))
        if cursor is None:
            return 400, None
        token = _token(headers.get("cookie", ""), self._cookie)
        if not token:
            return 401, None
        if self._hub.open_streams >= MAX_STREAMS:
            return 503, None
        try:
            stream = self._hub.join(token, cursor, scope.get("extensions", {}).get("uketsuke.cut", _cannot_cut))
        except StoreError as error:
            logger.warning("stream.store code=%s", error.code)
            return 503, None
        return 401 if stream is None else 200, stream


async def _end_with_connection(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _headers(content_type: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", content_type + b"; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        *((name.lower().encode(), text.encode()) for name, text in HEADERS.items()),
    ]


def _cursor(query: str) -> int | None:
    given = parse_qs(query, max_num_fields=4).get("after", []) if len(query) < 200 else []
    if len(given) != 1 or len(given[0]) > 18 or not (given[0].isascii() and given[0].isdigit()):
        return None
    return int(given[0])


def _token(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _cannot_cut() -> None:
    """Without the server's help a slow reader is left to the proxy."""
