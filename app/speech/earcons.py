"""Our own short sounds, made from numbers: 48 kHz, 16 bits, mono; the same bytes every time.

They are told apart by shape (how many notes, rising or falling, long or short), not by pitch alone.
"""

from __future__ import annotations

import cmath
import math
import sys
from array import array
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Final

from app.speech import sound
from app.speech.sound import SAMPLES_A_SECOND


class Earcon(StrEnum):
    """What a sound says."""

    VALID = "valid"
    """資格 有効: two rising notes."""
    INVALID = "invalid"
    """資格 無効: two falling notes, twice."""
    BLOCKED = "blocked"
    """A wrong PIN twice, or a locked card: one long low note."""
    NO_PIN = "no-pin"
    """A card without a PIN: one note."""
    UNREACHABLE = "unreachable"
    """We could not ask: three short notes."""
    CALL = "call"
    """Somebody calls for help: a bell."""
    END = "end"
    """The end of a list: a dull knock."""
    KEY = "key"
    """A key was taken: a short tick, the same for all ten digits."""
    STEP = "step"
    """The next step, nothing to do: one short soft note."""
    TURN = "turn"
    """Somebody is asked to do something: two short notes of one pitch."""
    REMIND = "remind"
    """Something is still there: two falling notes, the second longer."""


_Partials = Sequence[tuple[float, float]]
"""Multiples of a note's pitch and how loud each is; the loudnesses add up to 1."""

_SOFT: Final = ((1.0, 0.8), (2.0, 0.15), (3.0, 0.05))
_BELL: Final = ((1.0, 0.5), (2.0, 0.2), (2.76, 0.2), (5.4, 0.1))
_DULL: Final = ((1.0, 0.7), (1.6, 0.2), (2.3, 0.1))
_PEAK: Final = 0.5
_ATTACK_S: Final = 0.005
_RELEASE_S: Final = 0.01


def earcon_wav(earcon: Earcon) -> bytes:
    """Return the sound as a WAV file."""
    return sound.wav(earcon_pcm(earcon))


def make_all() -> None:
    """Make every sound once (a quarter of a second), so that nobody waits for one later."""
    for earcon in Earcon:
        earcon_pcm(earcon)


@cache
def earcon_pcm(earcon: Earcon) -> bytes:
    """Return the sound as samples, all sounds equally loud at their loudest."""
    samples = _samples(earcon)
    loudest = max(max(samples), -min(samples))
    words = array("h", (round(sample / loudest * _PEAK * 32_767) for sample in samples))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def _samples(earcon: Earcon) -> list[float]:
    match earcon:
        case Earcon.VALID:
            return _note(659.26, 0.14, 0.2) + _note(880.0, 0.32, 0.12)
        case Earcon.INVALID:
            return (_note(880.0, 0.14, 0.2) + _note(587.33, 0.24, 0.12) + _rest(0.08)) * 2
        case Earcon.BLOCKED:
            return _note(196.0, 0.8, 0.6)
        case Earcon.NO_PIN:
            return _note(659.26, 0.3, 0.15)
        case Earcon.UNREACHABLE:
            return (_note(523.25, 0.09, 0.08) + _rest(0.07)) * 3
        case Earcon.CALL:
            return _note(1046.5, 0.35, 0.18, _BELL) + _note(1046.5, 0.7, 0.22, _BELL)
        case Earcon.END:
            return _note(110.0, 0.14, 0.03, _DULL)
        case Earcon.KEY:
            return _note(1318.5, 0.04, 0.008)
        case Earcon.STEP:
            return _note(440.0, 0.12, 0.05)
        case Earcon.TURN:
            return _note(783.99, 0.1, 0.06) + _rest(0.08) + _note(783.99, 0.1, 0.06)
        case Earcon.REMIND:
            return _note(987.77, 0.16, 0.2) + _note(783.99, 0.34, 0.15)


def _note(pitch_hz: float, length_s: float, decay_s: float, partials: _Partials = _SOFT) -> list[float]:
    """One struck note: it rises at once, falls away by ``decay_s`` and ends without a click."""
    count = round(length_s * SAMPLES_A_SECOND)
    samples = [0.0] * count
    for times, loud in partials:
        # A wave that falls away is a number that turns and shrinks by the same step from sample to sample, which is
        # reckoned faster than a sine for each.
        step = cmath.exp(complex(-1 / decay_s, 2 * math.pi * pitch_hz * times) / SAMPLES_A_SECOND)
        now = complex(loud)
        for place in range(count):
            samples[place] += now.imag
            now *= step
    rising, falling = math.ceil(_ATTACK_S * SAMPLES_A_SECOND), math.ceil(_RELEASE_S * SAMPLES_A_SECOND)
    for place in (*range(rising), *range(count - falling, count)):
        samples[place] *= min(1.0, place / rising, (count - 1 - place) / falling)
    return samples


def _rest(length_s: float) -> list[float]:
    return [0.0] * round(length_s * SAMPLES_A_SECOND)
