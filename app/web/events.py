"""The stream of nudges: the hub that knows every open page. ``events_app.py`` is the ASGI app in front of it.

A frame carries an event's id and a panel's name, never data: the panel fetches itself. The event table is the
queue, so nothing is lost between a commit and its frame; a page that was away names its cursor and catches up.

Source: WHATWG HTML, server-sent events (an event without a ``data`` line is not dispatched; an empty line is enough).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from app.errors import StoreError

logger = logging.getLogger(__name__)

POLL_S = 1.0
"""How often ``data_version`` is looked at: the second path, for a commit that sent no datagram or whose was lost."""
BEAT_S = 10.0
SLOW_S = 10.0
CATCH_UP = 500
"""A page that missed more than this refreshes every panel instead of replaying."""
STREAMS_A_SESSION = 40
"""More pages than anybody looks at. One session could else take every place there is and keep all others out."""


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
        self._streams: dict[Stream, None] = {}  # oldest first
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._wake: socket.socket | None = None
        self._at_ends: list[Callable[[], None]] = []
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

    def when_sessions_end(self, call: Callable[[], None]) -> None:
        """Have something called in the stream's thread whenever sessions may have ended; ``StoreError`` is logged, and
        it is called again. Before ``start``."""
        self._at_ends.append(call)

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    def close_session(self, token: str) -> None:
        """End the streams of one session at once. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_session, token)

    def join(self, token: str, cursor: int, cut: Callable[[], None]) -> Stream | None:
        """Open a stream that first catches up from ``cursor``; ``None`` when the session is over.

        A session that has ``STREAMS_A_SESSION`` loses its oldest one; that page connects again and catches up.

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
        mine = [open_one for open_one in self._streams if open_one.token == token and not open_one.is_over]
        if len(mine) >= STREAMS_A_SESSION:
            logger.info("stream.oldest_ended")
            mine[0].end()
        self._streams[stream] = None
        return stream

    def leave(self, stream: Stream) -> None:
        self._streams.pop(stream, None)

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
        for call in self._at_ends:
            call()

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
