"""How tests look at samples: length, loudness, how many sounds. Without numpy, so that it is a second view."""

from __future__ import annotations

import io
import wave
from array import array

from app.speech.sound import SAMPLES_A_SECOND


def samples_of(pcm: bytes) -> array[int]:
    samples = array("h")
    samples.frombytes(pcm)
    return samples


def peak(pcm: bytes) -> int:
    return max((abs(sample) for sample in samples_of(pcm)), default=0)


def pcm_of(wav: bytes) -> bytes:
    """The samples of a WAV, which must be of our one kind and whole."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (SAMPLES_A_SECOND, 2, 1)
        pcm = file.readframes(file.getnframes())
        assert len(pcm) == file.getnframes() * 2
        assert len(wav) == 44 + len(pcm)
        return pcm


def bursts(pcm: bytes, gap_s: float = 0.02, floor: int = 300) -> list[tuple[float, float]]:
    """Start and end, in seconds, of each stretch that is louder than ``floor`` with quiet of ``gap_s`` around it."""
    samples = samples_of(pcm)
    step = SAMPLES_A_SECOND // 200
    loud = [
        index / 200
        for index, start in enumerate(range(0, len(samples), step))
        if max(map(abs, samples[start : start + step])) > floor
    ]
    found: list[tuple[float, float]] = []
    for at in loud:
        if found and at - found[-1][1] <= gap_s:
            found[-1] = (found[-1][0], at + 0.005)
        else:
            found.append((at, at + 0.005))
    return found
