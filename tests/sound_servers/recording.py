"""A recording with the time of each of its samples, and how it compares with the sound that was to be heard."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.speech.sound import SAMPLES_A_SECOND
from tests.sound_servers.servers import WAIT_S, House

Samples = NDArray[np.float64]
LOUD = 300.0
"""Samples above it are heard: -41 dB."""

_FRAME_BYTES = 4
_NEAR = SAMPLES_A_SECOND // 4


_PIECE = SAMPLES_A_SECOND // 4
_SLACK = SAMPLES_A_SECOND * 3 // 10
"""So much a piece may have slipped: a busy machine loses moments of sound."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a recording compares with a sound; 1 is the same in each figure.

    ``share`` counts the quarters of a second of it that are there, and in their place.
    """

    share: float
    level: float
    length: float

    @property
    def is_that_sound(self) -> bool:
        return self.share > 0.7 and 0.8 < self.level < 1.25 and 0.95 < self.length < 1.05


def samples_of(pcm: bytes, channels: int = 1) -> Samples:
    """The samples of the first channel."""
    frame_bytes = 2 * channels
    return np.frombuffer(pcm[: len(pcm) // frame_bytes * frame_bytes], "<i2")[::channels].astype(np.float64)


def loud_span(samples: Samples) -> tuple[int, int]:
    """First and one past the last sample that is heard; (0, 0) for silence."""
    loud = np.flatnonzero(np.abs(samples) > LOUD)
    return (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, 0)


def likeness(recorded: Samples, sound: Samples) -> Likeness:
    """Find the sound in the recording and compare them there."""
    start, end = loud_span(sound)
    sound = sound[start:end]
    first, last = loud_span(recorded)
    if first == last:
        return Likeness(0.0, 0.0, 0.0)
    recorded = recorded[first:last]
    level = float(np.linalg.norm(recorded) / np.linalg.norm(sound))
    pieces = [_best_match(recorded, sound, at) for at in range(0, sound.size - _PIECE, _PIECE)]
    there = [match > 0.95 for match in pieces if match is not None]
    return Likeness(sum(there) / len(there), level, recorded.size / sound.size)


def _best_match(recorded: Samples, sound: Samples, at: int) -> float | None:
    """Correlation of one piece of the sound with the likest place near it in the recording; none for a silent piece."""
    piece = sound[at : at + _PIECE]
    if loud_span(piece)[1] == 0:
        return None
    place = recorded[max(0, at - _SLACK) : at + _PIECE + _SLACK]
    if place.size < _PIECE:
        return 0.0
    size = 1 << (place.size + _PIECE).bit_length()
    products = np.fft.irfft(np.fft.rfft(place, size) * np.conj(np.fft.rfft(piece, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(place**2)])
    norms = np.sqrt(energy[_PIECE:] - energy[:-_PIECE]) * np.linalg.norm(piece)
    return float(np.max(products[: norms.size] / np.maximum(norms, 1.0)))


class Recorder:
    """What a house's device plays, by its left channel. ``played_at`` tells when a sample was heard."""

    def __init__(self, house: House) -> None:
        self._process = subprocess.Popen(
            house.recorder(), env=house.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._changed = threading.Condition()
        self._pcm = bytearray()
        self._arrivals: list[tuple[float, int]] = []
        self._loud_until = self._seen = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 65_536):
            with self._changed:
                self._pcm += chunk
                self._arrivals.append((time.monotonic(), self.count))
                _, last = loud_span(self._samples(self._seen))
                if last:
                    self._loud_until = self._seen + last
                self._seen = self.count
                self._changed.notify_all()

    @property
    def count(self) -> int:
        return len(self._pcm) // _FRAME_BYTES

    def wait_for_count(self, count: int) -> None:
        """Wait until so many samples were recorded."""
        self._wait(lambda: self.count >= count, "the recording stands still")

    def wait_until_heard(self, since: int) -> None:
        """Wait for the first loud samples after ``since``."""
        self._wait(lambda: self._loud_until > since, "nothing is heard")

    def wait_until_quiet(self, length_s: float) -> None:
        """Wait until nothing loud was recorded for so long."""
        self._wait(lambda: self.count - self._loud_until > length_s * SAMPLES_A_SECOND, "it is never quiet")

    def since(self, start: int) -> Samples:
        with self._changed:
            return self._samples(start)

    def played_at(self, sample: int) -> float:
        """When this sample was heard, by the arrivals around it. Rather too late than too early."""
        with self._changed:
            # Of its neighbours the chunk that waited least between device and us tells the time. No further: a busy
            # machine loses samples, and with them the time before.
            near = [(at, count) for at, count in self._arrivals if abs(count - sample) < _NEAR]
        return min(at - (count - sample) / SAMPLES_A_SECOND for at, count in near)

    def last_heard_at(self, since: int) -> float | None:
        """When the last loud sample after ``since`` was heard."""
        _, last = loud_span(self.since(since))
        return self.played_at(since + last) if last else None

    def _samples(self, start: int) -> Samples:
        return samples_of(bytes(self._pcm[start * _FRAME_BYTES :]), 2)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(WAIT_S)
        self._thread.join(WAIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _wait(self, is_so: Callable[[], bool], words: str) -> None:
        with self._changed:
            if not self._changed.wait_for(is_so, WAIT_S):
                raise TimeoutError(words)


@contextmanager
def recording(house: House) -> Iterator[Recorder]:
    """Record the house's device; begins when the recording runs."""
    recorder = Recorder(house)
    try:
        recorder.wait_for_count(SAMPLES_A_SECOND // 5)
        yield recorder
    finally:
        recorder.close()
