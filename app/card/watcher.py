"""What happens at the reader: a thread that survives everything that can happen to pcscd.

pyscard's own monitor ends for good, and silently, when pcscd goes away; this one looks for it four times a second
until it is back. It watches one reader, chosen by a part of its name, and the list of readers.

pcscd counts the events of a reader in the upper 16 bits of its state. A card that was swapped between two looks shows
as "present" both times with a counter that went on by two; it is reported as out and in.

A pcscd that lives and answers nothing (stopped, or deep in a driver) says so to nobody: a call into it just does not
return. So the thread notes the time of each answer, and ``Desk`` looks at how old that is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from smartcard import scard as _scard

scard: Any = _scard
logger = logging.getLogger(__name__)

_READER_LIST: Final = "\\\\?PnP?\\Notification"
_LOOK_AGAIN_MS: Final = 2000
"""The list of readers is read anew at least this often: a change between reading it and waiting is not announced."""
TURN_S: Final = _LOOK_AGAIN_MS / 1000
"""A watcher that is well has an answer, if only that nothing happened, at least this often."""
_SERVICE_RETRY_S: Final = 0.25


class Presence(StrEnum):
    """What the reader says. ``INSERTED`` is said once for every card that is put on."""

    NO_SERVICE = "no_service"
    NO_READER = "no_reader"
    EMPTY = "empty"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """One change. ``reader`` is the full name of the watched reader, empty where there is none."""

    presence: Presence
    reader: str = ""


def choose_reader(names: Sequence[str], wanted: str) -> str | None:
    """Return the first reader by name whose name contains ``wanted``; ``None`` where none does."""
    return next((name for name in sorted(names) if wanted in name), None)


class ReaderTracker:
    """Turns states of one reader into events. No I/O."""

    def __init__(self) -> None:
        self._last: ReaderEvent | None = None
        self._counter = 0
        self._mute = False

    def lost(self, presence: Presence) -> list[ReaderEvent]:
        """There is no reader, or no pcscd."""
        return self._say(ReaderEvent(presence))

    def observe(self, reader: str, state: int) -> list[ReaderEvent]:
        """Take the 32-bit state of ``reader`` as pcscd gives it."""
        counter, mute = state >> 16 & 0xFFFF, bool(state & scard.SCARD_STATE_MUTE)
        if not state & scard.SCARD_STATE_PRESENT:
            self._counter = counter
            return self._say(ReaderEvent(Presence.EMPTY, reader))
        inserted = ReaderEvent(Presence.INSERTED, reader)
        if self._last != inserted:
            self._counter, self._mute = counter, mute
            return self._say(inserted)
        if counter == self._counter and not (self._mute and not mute):
            self._mute = mute
            return []
        # Another card, or the same one that lay badly at first and answers to power now.
        self._counter, self._mute = counter, mute
        return [*self._say(ReaderEvent(Presence.EMPTY, reader)), *self._say(inserted)]

    def _say(self, event: ReaderEvent) -> list[ReaderEvent]:
        if event == self._last:
            return []
        self._last = event
        return [event]


class _ServiceGone(Exception):
    pass


class ReaderWatcher:
    """The watching thread. ``post`` is called on it for every event and must return at once."""

    def __init__(self, wanted: str, post: Callable[[ReaderEvent], None]) -> None:
        self._wanted = wanted
        self._post = post
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._context: int | None = None
        self._answered_at_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="reader-watcher", daemon=True)

    def start(self) -> None:
        self._answered_at_s = time.monotonic()
        self._thread.start()

    def answered_at_s(self) -> float:
        """When a call into PC/SC last came back, be it with "there is no service"; monotonic. From any thread."""
        return self._answered_at_s

    def stop(self, timeout_s: float = 1.0) -> None:
        """End the thread; it is left behind if pcscd does not let go of it in time."""
        self._stopping.set()
        # On a thread of its own: it is a call into pcscd, too, and who stops us must not wait for that.
        threading.Thread(target=self._cancel, name="reader-cancel", daemon=True).start()
        self._thread.join(timeout_s)

    def _cancel(self) -> None:
        with self._lock:
            if self._context is not None:
                scard.SCardCancel(self._context)

    def _run(self) -> None:
        tracker = ReaderTracker()
        while not self._stopping.is_set():
            try:
                self._open()
                self._watch(tracker)
            except _ServiceGone:
                self._tell(tracker.lost(Presence.NO_SERVICE))
            finally:
                self._release()
            self._stopping.wait(_SERVICE_RETRY_S)

    def _open(self) -> None:
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._answered_at_s = time.monotonic()
        if result != scard.SCARD_S_SUCCESS:
            raise _ServiceGone
        with self._lock:
            self._context = context

    def _release(self) -> None:
        with self._lock:
            context, self._context = self._context, None
            if context is not None:
                scard.SCardReleaseContext(context)

    def _watch(self, tracker: ReaderTracker) -> None:
        reader: str | None = None
        state = scard.SCARD_STATE_UNAWARE
        while not self._stopping.is_set():
            chosen = choose_reader(self._names(), self._wanted)
            if chosen != reader or chosen is None:
                reader, state = chosen, scard.SCARD_STATE_UNAWARE
            watched = [(_READER_LIST, scard.SCARD_STATE_UNAWARE)]
            if reader is None:
                self._tell(tracker.lost(Presence.NO_READER))
            else:
                watched.append((reader, state))
            result, states = scard.SCardGetStatusChange(self._context, _LOOK_AGAIN_MS, watched)
            self._answered_at_s = time.monotonic()
            if result == scard.SCARD_E_TIMEOUT:
                continue
            if result == scard.SCARD_E_UNKNOWN_READER:
                reader = None
                continue
            if result != scard.SCARD_S_SUCCESS:
                raise _ServiceGone
            if reader is None:
                continue
            _, seen, _ = states[1]
            if seen & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE):
                self._tell(tracker.lost(Presence.NO_READER))
                reader = None
                # The list may still name it for a moment; do not spin until it does not.
                self._stopping.wait(0.05)
                continue
            state = seen & ~scard.SCARD_STATE_CHANGED
            self._tell(tracker.observe(reader, seen))

    def _names(self) -> list[str]:
        result, names = scard.SCardListReaders(self._context, [])
        self._answered_at_s = time.monotonic()
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        if result != scard.SCARD_S_SUCCESS:
            raise _ServiceGone
        return list(names)

    def _tell(self, events: list[ReaderEvent]) -> None:
        for event in events:
            logger.info("reader.%s", event.presence)
            self._post(event)
