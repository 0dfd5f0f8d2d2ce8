"""One life of a player program: a WAV goes into its standard input, and its end says whether that was heard.

The audio passes through a pipe alone; nothing of it is ever a file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import subprocess
from collections.abc import Callable
from typing import IO, Final

from app.errors import NoAudioDevice, VoiceError
from app.speech import sound
from app.speech.devices import Outlook, last_words, plain_environment

logger = logging.getLogger(__name__)

_BLOCK_BYTES: Final = sound.BYTES_A_SECOND // 20
_STALL_S: Final = 5.0
"""A device keeps at most two seconds; a player that takes nothing for longer hangs."""
_LOOK_S: Final = 1.0
"""A sound server moves the stream of a device that was unplugged to one that nobody hears, and the player ends well."""
_LEAST_SHARE: Final = 0.9
_BUFFERED_S: Final = 0.5
"""Sound takes its time. A player that ends well sooner than its audio lasts played it to nobody, or too fast."""


class Player:
    """An outlet over a player program, ended by ``finish`` or ``abort``."""

    def __init__(self, command: tuple[str, ...], look: Callable[[], Outlook], clock: Callable[[], float]) -> None:
        self._name = command[0]
        self._look = look
        self._clock = clock
        self._sent_bytes = self._looked_at_bytes = 0
        self._is_aborted = False
        self._failed: VoiceError | None = None
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=plain_environment(),
            )
        except OSError as error:
            raise NoAudioDevice((f"{self._name}: {error.strerror}",)) from error
        self._started_s = clock()
        os.set_blocking(self._input.fileno(), False)
        self._head = sound.stream_header()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        return self._process.stdin

    def write(self, pcm: bytes) -> None:
        self._send_head()
        for start in range(0, len(pcm), _BLOCK_BYTES):
            block = pcm[start : start + _BLOCK_BYTES]
            self._send(block)
            self._sent_bytes += len(block)
            if sound.length_s(self._sent_bytes - self._looked_at_bytes) >= _LOOK_S:
                self._looked_at_bytes = self._sent_bytes
                self._require_device()

    def finish(self) -> None:
        if self._failed is not None:
            raise self._failed
        self._send_head()
        lasts_s = sound.length_s(self._sent_bytes)
        with contextlib.suppress(OSError):
            self._input.close()
        status = self._end(max(0.0, lasts_s - (self._clock() - self._started_s)) + _STALL_S)
        took_s = self._clock() - self._started_s
        if status != 0 or self._is_aborted:
            raise self._failure()
        if took_s < lasts_s * _LEAST_SHARE - _BUFFERED_S:
            raise self._failure(f"it took {took_s:.1f} s for {lasts_s:.1f} s of sound")
        self._require_device()
        self._let_go()

    def abort(self) -> None:
        # KILL: the kernel closes the device at once, and no player first plays what it still has.
        self._is_aborted = True
        self._process.kill()

    def _end(self, limit_s: float) -> int:
        """Wait for the program's exit status while there is a device."""
        while True:
            try:
                return self._process.wait(min(_LOOK_S, limit_s))
            except subprocess.TimeoutExpired:
                limit_s -= _LOOK_S
            if limit_s <= 0:
                raise self._failure("it did not end")
            self._require_device()

    def _require_device(self) -> None:
        if not self._is_aborted and self._look().device is None:
            raise self._failure("the device went away")

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        self._send(head)

    def _send(self, data: bytes) -> None:
        if self._failed is not None:
            raise self._failed
        descriptor = self._input.fileno()
        while data:
            if self._is_aborted:
                raise self._failure()
            self._wait_for_room(descriptor)
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._failure() from None

    def _wait_for_room(self, descriptor: int) -> None:
        left_s = _STALL_S
        while not select.select([], [descriptor], [], min(_LOOK_S, left_s))[1]:
            left_s -= _LOOK_S
            if left_s <= 0:
                raise self._failure("it takes no more sound")
            self._require_device()

    def _failure(self, reason: str = "") -> VoiceError:
        """End the program and say why it failed; without a device that is the reason."""
        if reason:
            self._process.kill()
        with contextlib.suppress(OSError):
            self._input.close()
        try:
            self._process.wait(_STALL_S)
        except subprocess.TimeoutExpired:  # it closed its input and lives on
            self._process.kill()
            self._process.wait()
        reason = reason or self._last_words()
        self._let_go()
        self._failed = VoiceError((f"{self._name}: stopped",)) if self._is_aborted else self._explain(reason)
        return self._failed

    def _explain(self, reason: str) -> VoiceError:
        logger.warning("voice.player_failed player=%s status=%s", self._name, self._process.returncode)
        outlook = self._look()
        tried = (f"{self._name}: {reason}", *outlook.tried)
        return NoAudioDevice(tried) if outlook.device is None else VoiceError(tried)

    def _last_words(self) -> str:
        errors = self._process.stderr
        if errors is None:
            return ""
        # A child of the player may hold the pipe open: take what is there and wait for nobody.
        os.set_blocking(errors.fileno(), False)
        with contextlib.suppress(OSError):
            return last_words(errors.read(65_536) or b"", self._name)
        return ""

    def _let_go(self) -> None:
        for stream in (self._process.stdin, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
