"""Makes the sounds of the staff board beside itself: ``python static/audio/make_sounds.py``.

They are told apart by their shape, not by their pitch alone: two rising notes for somebody who was received, two
falling notes twice for somebody who waits, a bell for a call. 16 kHz, mono, 16 bits; the same bytes every time.
"""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Sequence
from pathlib import Path

RATE = 16_000
PEAK = 0.5

Partials = Sequence[tuple[float, float]]
"""Multiples of a note's pitch and how loud each is."""

SOFT: Partials = ((1.0, 0.8), (2.0, 0.15), (3.0, 0.05))
BELL: Partials = ((1.0, 0.5), (2.0, 0.2), (2.76, 0.2), (5.4, 0.1))


def note(pitch_hz: float, length_s: float, partials: Partials, decay_s: float) -> list[float]:
    """One struck note: 5 ms to rise, falling away by ``decay_s``, 10 ms to end without a click."""
    samples = []
    count = round(length_s * RATE)
    for place in range(count):
        at = place / RATE
        body = sum(loud * math.sin(2 * math.pi * pitch_hz * times * at) for times, loud in partials)
        edge = min(1.0, at / 0.005, (count - place) / (0.01 * RATE))
        samples.append(body * edge * math.exp(-at / decay_s))
    return samples


def silence(length_s: float) -> list[float]:
    return [0.0] * round(length_s * RATE)


SOUNDS = {
    "arrival": note(659.26, 0.14, SOFT, 0.2) + note(880.0, 0.32, SOFT, 0.12),
    "waiting": (note(880.0, 0.14, SOFT, 0.2) + note(587.33, 0.24, SOFT, 0.12) + silence(0.08)) * 2,
    "call": note(1046.5, 0.35, BELL, 0.18) + note(1046.5, 0.7, BELL, 0.22),
}


def wav(path: Path, samples: Sequence[float]) -> None:
    loudest = max(abs(sample) for sample in samples)
    words = array("h", (round(sample / loudest * PEAK * 32_767) for sample in samples))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(words.tobytes())


def main(folder: Path) -> None:
    for name, samples in SOUNDS.items():
        wav(folder / f"{name}.wav", samples)


if __name__ == "__main__":
    main(Path(__file__).parent)
