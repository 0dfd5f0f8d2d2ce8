"""What sound is in this house: 48 kHz, 16 bits, one channel; as bare samples (PCM) or as a WAV."""

from __future__ import annotations

import struct
from typing import Final

SAMPLES_A_SECOND: Final = 48_000
BYTES_A_SAMPLE: Final = 2
BYTES_A_SECOND: Final = SAMPLES_A_SECOND * BYTES_A_SAMPLE
HEADER_BYTES: Final = 44
_ENDLESS_BYTES: Final = 0x7FFF_F000
"""Length in the head of a WAV whose end is not known yet; players stop at the end of the pipe."""


def wav(pcm: bytes) -> bytes:
    """Return a complete WAV file."""
    return header(len(pcm)) + pcm


def stream_header() -> bytes:
    """Return the head of a WAV that is written while it is made."""
    return header(_ENDLESS_BYTES)


def silence(length_s: float) -> bytes:
    """Return samples of nothing."""
    return bytes(round(length_s * SAMPLES_A_SECOND) * BYTES_A_SAMPLE)


def length_s(size_bytes: int) -> float:
    """How long this many bytes of PCM sound."""
    return size_bytes / BYTES_A_SECOND


def header(size_bytes: int) -> bytes:
    """Return the head of a WAV with this many bytes of PCM."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        size_bytes + HEADER_BYTES - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        SAMPLES_A_SECOND,
        BYTES_A_SECOND,
        BYTES_A_SAMPLE,
        BYTES_A_SAMPLE * 8,
        b"data",
        size_bytes,
    )
