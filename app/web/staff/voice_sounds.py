"""Sounds on their way to a browser: phrases under short-lived names that say nothing, fixed ones made once.

In memory alone: kana of a patient is in no address and on no disk, and is forgotten after two minutes, or with
its session.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.clock import Clock
from app.errors import VoiceProcessDown
from app.speech.audible import audible
from app.speech.client import VoiceClient
from app.speech.utterance import Phrase

KEPT_S: Final = 120.0
MOST: Final = 2000
BEGUN_MOST: Final = 4
"""Sounds made ahead; one that nobody fetched gives way to the next."""
MADE_MOST_BYTES: Final = 16_000_000
READ_S: Final = 1.0
"""A place that is not read by then is told by our own tables."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch of speech that a browser may fetch. ``is_fixed``: our own words, which may be kept."""

    owner: bytes
    kana: str
    rate: float
    is_fixed: bool
    until_s: float


class SoundShelf:
    """Names for phrases. Safe to call from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, Wanted] = {}

    def put(self, owner: bytes, phrases: Sequence[Phrase], rate: float) -> tuple[str, ...]:
        """Keep phrases for one session and return their names, in order."""
        now_s = self._clock.monotonic_s()
        names: list[str] = []
        with self._lock:
            self._drop_old(now_s)
            for kana, is_fixed in audible(phrases):
                name = secrets.token_urlsafe(18)
                self._kept[name] = Wanted(owner, kana, rate, is_fixed, now_s + KEPT_S)
                names.append(name)
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return tuple(names)

    def find(self, owner: bytes, name: str) -> Wanted | None:
        """Return what was put under that name by the same session, while it is kept."""
        with self._lock:
            self._drop_old(self._clock.monotonic_s())
            found = self._kept.get(name)
        return found if found is not None and found.owner == owner else None

    def owners(self) -> frozenset[bytes]:
        with self._lock:
            self._drop_old(self._clock.monotonic_s())
            return frozenset(one.owner for one in self._kept.values())

    def forget(self, owner: bytes) -> None:
        with self._lock:
            self._kept = {name: one for name, one in self._kept.items() if one.owner != owner}

    def _drop_old(self, now_s: float) -> None:
        for name in [name for name, one in self._kept.items() if one.until_s < now_s]:
            del self._kept[name]


class SoundMaker:
    """Asks the voice process; keeps the sounds of fixed words, which hold nothing of anybody."""

    def __init__(self, client: VoiceClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._made: dict[tuple[str, float], bytes] = {}
        self._begun: dict[tuple[str, float], Future[bytes]] = {}
        self._ahead: ThreadPoolExecutor | None = None

    def begin(self, kana: str, rate: float) -> None:
        """Begin to make a sound that will be asked for at once, while its address is still on its way."""
        with self._lock:
            if (kana, rate) in self._made or (kana, rate) in self._begun:
                return
            self._ahead = self._ahead or ThreadPoolExecutor(2, thread_name_prefix="voice-ahead")
            self._begun[(kana, rate)] = self._ahead.submit(self._render, kana, rate)
            while len(self._begun) > BEGUN_MOST:
                del self._begun[next(iter(self._begun))]

    def wav(self, kana: str, rate: float, *, is_fixed: bool) -> bytes:
        """Return one WAV. Raises ``VoiceError``."""
        with self._lock:
            begun = self._begun.pop((kana, rate), None)
            made = self._made.get((kana, rate)) if is_fixed else None
        if made is not None:
            return made
        sound = self._render(kana, rate) if begun is None else begun.result()
        if is_fixed:
            with self._lock:
                self._made[(kana, rate)] = sound
                while sum(map(len, self._made.values())) > MADE_MOST_BYTES:
                    del self._made[next(iter(self._made))]
        return sound

    def forget(self) -> None:
        """Drop what was made ahead and nobody fetched."""
        with self._lock:
            self._begun.clear()

    def _render(self, kana: str, rate: float) -> bytes:
        sounds = list(self._client.render([kana], rate))
        if len(sounds) != 1:
            raise VoiceProcessDown()
        return sounds[0]


class VoiceKit:
    """What every page with our voice shares. Opens nothing."""

    def __init__(self, clock: Clock, voice_socket: Path) -> None:
        self.shelf = SoundShelf(clock)
        self.maker = SoundMaker(VoiceClient(voice_socket))
        self.reader = VoiceClient(voice_socket, READ_S)

    def put(self, owner: bytes, phrases: Sequence[Phrase], rate: float) -> tuple[str, ...]:
        """Keep phrases for one session; the first begins to be made at once. Returns their names, in order."""
        names = self.shelf.put(owner, phrases, rate)
        if names and (first := self.shelf.find(owner, names[0])) is not None:
            self.maker.begin(first.kana, first.rate)
        return names

    def forget(self, owner: bytes) -> None:
        self.shelf.forget(owner)
        self.maker.forget()
