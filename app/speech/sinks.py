"""Where sound goes: through a player program to a device, into a file, to browsers, or nowhere.

A sink is open for one utterance. ``finish`` returns only when all of it was heard (or written, for ``file``); whatever
else happens is an error, so that nothing is called spoken that was not.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from app.errors import NoAudioDevice, VoiceError
from app.speech import devices, sound
from app.speech.devices import Outlook
from app.speech.player import Player

logger = logging.getLogger(__name__)

FILE_FOLDER: Final = "voice"
Clock = Callable[[], float]


class Outlet(Protocol):
    """A sink that is open for one utterance. One thread writes; ``abort`` may come from any."""

    def write(self, pcm: bytes) -> None:
        """Take samples; blocks while enough of them wait. Raises ``VoiceError``."""

    def finish(self) -> None:
        """Return when everything was heard. Raises ``VoiceError`` when it was not."""

    def abort(self) -> None:
        """Be silent now; ``write`` and ``finish`` then raise ``VoiceError``."""


class Sink(Protocol):
    """A place for sound."""

    @property
    def name(self) -> str:
        """As in ``KIOSK_AUDIO_SINK``."""

    def look(self) -> Outlook:
        """Look for the device. Some 10 ms."""

    def open(self) -> Outlet:
        """Begin an utterance. Raises ``NoAudioDevice`` with what was tried."""


class PlayerSink:
    """A device behind a player program that takes a WAV from its standard input."""

    def __init__(
        self, name: str, command: tuple[str, ...], look: Callable[[], Outlook], clock: Clock = time.monotonic
    ) -> None:
        self.name = name
        self.look = look
        self._command = command
        self._clock = clock

    def open(self) -> Outlet:
        outlook = self.look()
        if outlook.device is None:
            raise NoAudioDevice(outlook.tried)
        return Player(self._command, self.look, self._clock)


class AutoSink:
    """The first of several sinks that has a device, looked for anew with each utterance."""

    name = "auto"

    def __init__(self, sinks: list[Sink]) -> None:
        self._sinks = sinks

    def look(self) -> Outlook:
        return devices.look_at_all([sink.look for sink in self._sinks])

    def open(self) -> Outlet:
        tried: list[str] = []
        for sink in self._sinks:
            try:
                return sink.open()
            except NoAudioDevice as error:
                tried += error.tried
        raise NoAudioDevice(tried)


class BrowserSink:
    """Browsers fetch what they play; this machine plays nothing."""

    name = "browser"

    def look(self) -> Outlook:
        return devices.no_device("browser: KIOSK_AUDIO_SINK leaves playing to the browsers")

    def open(self) -> Outlet:
        raise NoAudioDevice(self.look().tried)


class NullSink:
    """Takes everything and lets nobody hear it, for machines that test."""

    name = "null"

    def look(self) -> Outlook:
        return Outlook("null")

    def open(self) -> Outlet:
        return NullOutlet()


class NullOutlet:
    """Counts what it was given."""

    def __init__(self) -> None:
        self.taken_bytes = 0
        self._is_aborted = threading.Event()

    def write(self, pcm: bytes) -> None:
        if self._is_aborted.is_set():
            raise VoiceError(("null: stopped",))
        self.taken_bytes += len(pcm)

    def finish(self) -> None:
        self.write(b"")

    def abort(self) -> None:
        self._is_aborted.set()


class FileSink:
    """Writes each utterance as a WAV file: for tests and technicians, with sample data only. It warns at its start."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        logger.warning("voice.file_sink folder=%s everything spoken is kept on disk", folder)

    def look(self) -> Outlook:
        return Outlook(str(self._folder))

    def open(self) -> Outlet:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            taken = [int(file.stem) for file in self._folder.glob("*.wav") if file.stem.isdigit()]
            return FileOutlet(self._folder / f"{max(taken, default=0) + 1:05}.wav")
        except OSError as error:
            raise NoAudioDevice((f"file: {self._folder} {error.strerror}",)) from error


class FileOutlet:
    """A WAV under another name until it is whole."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._unfinished = target.with_name(target.name + ".part")
        self._lock = threading.Lock()
        self._is_over = False
        self._file = os.fdopen(os.open(self._unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._file.write(sound.wav(b""))

    def write(self, pcm: bytes) -> None:
        with self._lock:
            self._require_open()
            self._do(lambda: self._file.write(pcm))

    def finish(self) -> None:
        with self._lock:
            self._require_open()
            self._do(self._complete)
            self._is_over = True

    def abort(self) -> None:
        with self._lock:
            if not self._is_over:
                self._give_up()

    def _complete(self) -> None:
        size_bytes = self._file.tell() - sound.HEADER_BYTES
        self._file.seek(0)
        self._file.write(sound.header(size_bytes))
        self._file.close()
        self._unfinished.replace(self._target)

    def _do(self, step: Callable[[], object]) -> None:
        try:
            step()
        except OSError as error:
            self._give_up()
            raise VoiceError((f"file: {error.strerror}",)) from error

    def _give_up(self) -> None:
        self._is_over = True
        self._unfinished.unlink(missing_ok=True)
        try:
            self._file.close()
        except OSError:  # what was buffered found no room either
            logger.info("voice.file_dropped")

    def _require_open(self) -> None:
        if self._is_over:
            raise VoiceError(("file: stopped",))


def make_sink(name: str, state_dir: Path) -> Sink:
    """Return the sink of a ``KIOSK_AUDIO_SINK``; its names are those of ``config.AUDIO_SINKS``."""
    # pw-play takes "-" for bare stereo samples (0.3.65): a voice twice as fast. By a file's name it reads the head.
    players: dict[str, Sink] = {
        "pulse": PlayerSink("pulse", ("paplay", "--client-name=uketsuke", "--latency-msec=150"), devices.look_at_pulse),
        "pipewire": PlayerSink("pipewire", ("pw-play", "/dev/stdin"), devices.look_at_pipewire),
        "alsa": PlayerSink("alsa", ("aplay", "-q", "-"), devices.look_at_alsa),
    }
    match name:
        case "auto":
            return AutoSink(list(players.values()))
        case "browser":
            return BrowserSink()
        case "file":
            return FileSink(state_dir / FILE_FOLDER)
        case "null":
            return NullSink()
    return players[name]
