"""The stream of nudges: a hub in one asyncio thread and the bare ASGI app in front of it.

A frame carries an event's id and a panel's name, never data: the panel fetches itself. The event table is the
queue, so nothing is lost between a commit and its frame; a page that was away names its cursor and catches up.

Source: WHATWG HTML, server-sent events (an event without a ``data`` line is not dispatched; an empty line is enough).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, Protocol
from urllib.parse import parse_qs

from app.errors import StoreError
from app.web.security import HEADERS

logger = logging.getLogger(__name__)

POLL_S = 0.1
"""How often ``data_version`` is looked at: the second path beside the datagram."""
BEAT_S = 10.0
SLOW_S = 10.0
MAX_STREAMS = 500
CATCH_UP = 500
"""A page that missed more than this refreshes every panel instead of replaying."""

_Message = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Nudge(Protocol):
    """One row of the event table."""

    @property
    def event_id(self) -> int: ...
    @property
    def kind(self) -> str: ...


class Feed(Protocol):
    """What the stream asks the store. Called in the stream's thread only; every call may raise ``StoreError``."""

    def version(self) -> int:
        """A number that changes when another connection committed; about 10 us."""
        ...

    def latest(self) -> int: ...

    def after(self, cursor: int, limit: int) -> Sequence[Nudge]:
        """Events younger than ``cursor``, oldest first."""
        ...

    def is_open(self, token: str) -> bool:
        """True while the session of this token lasts."""
        ...


class Stream:
    """One open page: what it has seen and what it is still to be told."""

    __slots__ = (
        "changed",
        "cursor",
        "cut",
        "is_over",
        "must_say_bye",
        "pending",
        "sending_since",
        "token",
        "wants_beat",
    )

    def __init__(self, token: str, cursor: int, cut: Callable[[], None]) -> None:
        self.token = token
        self.cursor = cursor
        self.cut = cut
        self.pending: dict[str, int] = {}
        self.changed = asyncio.Event()
        self.wants_beat = False
        self.must_say_bye = False
        self.is_over = False
        self.sending_since: float | None = None

    def tell(self, panel: str, event_id: int) -> None:
        """Queue a nudge; several of one panel become the newest one."""
        if event_id > self.cursor:
            self.pending[panel] = event_id
            self.changed.set()

    def beat(self) -> None:
        self.wants_beat = True
        self.changed.set()

    def end(self, *, bye: bool = False) -> None:
        """No more frames; ``bye`` tells the page that its session is over."""
        self.is_over = True
        self.must_say_bye = self.must_say_bye or bye
        self.changed.set()

    def take(self) -> bytes:
        """Return the frames that are due, in the order of their ids, and move the cursor past them."""
        frames: list[str] = []
        if self.must_say_bye:
            return b"event: bye\ndata:\n\n"
        for panel, event_id in sorted(self.pending.items(), key=lambda item: item[1]):
            frames.append(f"id: {event_id}\nevent: {panel}\ndata:\n\n")
            self.cursor = max(self.cursor, event_id)
        self.pending.clear()
        if self.wants_beat:
            self.wants_beat = False
            frames.append(f"id: {self.cursor}\nevent: hb\ndata:\n\n")
        return "".join(frames).encode("ascii")


class Hub:
    """Knows every open page and what the event table holds. Lives in one event loop."""

    def __init__(self, feed: Feed, panels: Sequence[str]) -> None:
        self._feed = feed
        self._panels = tuple(panels)
        self._streams: set[Stream] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._wake: socket.socket | None = None
        self._cursor = 0
        self._version: int | None = None

    def start(self, wake: socket.socket) -> None:
        """Begin to listen for wake-ups on a bound, non-blocking datagram socket; call inside the running loop.

        Raises:
            StoreError: the event table cannot be read.
        """
        self._loop = asyncio.get_running_loop()
        self._cursor = self._feed.latest()
        self._wake = wake
        self._loop.add_reader(wake.fileno(), self._woken)
        self._poll()
        self._timers["beat"] = self._loop.call_later(BEAT_S, self._beat)

    def stop(self) -> None:
        """End every stream and all timers."""
        for timer in self._timers.values():
            timer.cancel()
        if self._loop is not None and self._wake is not None:
            self._loop.remove_reader(self._wake.fileno())
        for stream in self._streams:
            stream.end()

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    def close_session(self, token: str) -> None:
        """End the streams of one session at once. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_session, token)

    def join(self, token: str, cursor: int, cut: Callable[[], None]) -> Stream | None:
        """Open a stream that first catches up from ``cursor``; ``None`` when the session is over.

        Raises:
            StoreError.
        """
        if not self._feed.is_open(token):
            return None
        latest = self._feed.latest()
        stream = Stream(token, cursor, cut)
        missed = self._feed.after(cursor, CATCH_UP) if cursor <= latest else ()
        if cursor > latest or len(missed) == CATCH_UP:
            # A cursor from before a restore, or too long away: everything is refreshed.
            stream.cursor = -1
            for panel in self._panels:
                stream.tell(panel, latest)
        for nudge in missed if len(missed) < CATCH_UP else ():
            stream.tell(nudge.kind, nudge.event_id)
        stream.beat()
        self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        self._streams.discard(stream)

    def _end_session(self, token: str) -> None:
        for stream in self._streams:
            if stream.token == token:
                stream.end(bye=True)

    def _woken(self) -> None:
        assert self._wake is not None  # noqa: S101 the reader exists only with it
        try:
            while self._wake.recv(64):
                pass
        except BlockingIOError:
            pass
        self._look()

    def _poll(self) -> None:
        assert self._loop is not None  # noqa: S101 started
        self._timers["poll"] = self._loop.call_later(POLL_S, self._poll)
        try:
            version = self._feed.version()
        except StoreError as error:
            logger.warning("stream.store code=%s", error.code)
            return
        if version != self._version and self._look():
            self._version = version

    def _look(self) -> bool:
        """Read what is new and tell every stream; then see whose session ended. False when the store failed."""
        try:
            while nudges := self._feed.after(self._cursor, CATCH_UP):
                self._cursor = nudges[-1].event_id
                newest = {nudge.kind: nudge.event_id for nudge in nudges}
                for stream in self._streams:
                    for panel, event_id in newest.items():
                        stream.tell(panel, event_id)
            self._end_dead_sessions()
        except StoreError as error:
            logger.warning("stream.store code=%s", error.code)
            return False
        return True

    def _end_dead_sessions(self) -> None:
        for token in {stream.token for stream in self._streams}:
            if not self._feed.is_open(token):
                self._end_session(token)

    def _beat(self) -> None:
        assert self._loop is not None  # noqa: S101 started
        self._timers["beat"] = self._loop.call_later(BEAT_S, self._beat)
        try:
            self._end_dead_sessions()  # sessions also end by time
        except StoreError as error:
            logger.warning("stream.store code=%s", error.code)
        now_s = self._loop.time()
        for stream in list(self._streams):
            if stream.sending_since is not None and now_s - stream.sending_since > SLOW_S:
                logger.info("stream.slow_reader_cut")
                stream.cut()
            else:
                stream.beat()


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
