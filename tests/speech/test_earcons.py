"""Earcons: each has its shape, none clips, none clicks, and the bytes never change."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest

from app.speech.earcons import Earcon, earcon_pcm, earcon_wav
from app.speech.sound import length_s
from tests.speech.samples import bursts, pcm_of, peak, samples_of

SHAPES = {  # notes that stand apart, shortest and longest length in seconds
    Earcon.VALID: (1, 0.4, 0.5),
    Earcon.INVALID: (2, 0.8, 1.0),
    Earcon.BLOCKED: (1, 0.7, 0.9),
    Earcon.NO_PIN: (1, 0.2, 0.4),
    Earcon.UNREACHABLE: (3, 0.4, 0.6),
    Earcon.CALL: (1, 0.9, 1.1),
    Earcon.END: (1, 0.1, 0.2),
    Earcon.KEY: (1, 0.03, 0.05),
    Earcon.STEP: (1, 0.1, 0.15),
    Earcon.TURN: (2, 0.2, 0.3),
    Earcon.REMIND: (1, 0.4, 0.6),
}


@pytest.mark.parametrize("earcon", Earcon)
def test_each_has_its_shape(earcon: Earcon) -> None:
    pcm = pcm_of(earcon_wav(earcon))
    notes, shortest_s, longest_s = SHAPES[earcon]
    assert shortest_s <= length_s(len(pcm)) <= longest_s
    assert len(bursts(pcm)) == notes
    assert 10_000 < peak(pcm) < 20_000
    samples = samples_of(pcm)
    assert max(map(abs, (*samples[:5], *samples[-5:]))) < 700, "it would click"


def pitch_hz(pcm: bytes, start_s: float, end_s: float) -> float:
    part = samples_of(pcm)[round(start_s * 48_000) : round(end_s * 48_000)]
    rises = sum(before < 0 <= after for before, after in pairwise(part))
    return rises / (end_s - start_s)


def test_valid_rises_and_invalid_falls_twice() -> None:
    valid, invalid = earcon_pcm(Earcon.VALID), earcon_pcm(Earcon.INVALID)
    assert pitch_hz(valid, 0.02, 0.12) < pitch_hz(valid, 0.16, 0.26) * 0.9
    assert pitch_hz(invalid, 0.02, 0.12) > pitch_hz(invalid, 0.16, 0.26) * 1.1
    half = len(invalid) // 2
    assert invalid[:half] == invalid[half:]


def test_bytes_are_the_same_every_time_and_differ_from_one_another() -> None:
    digests = {hashlib.sha256(earcon_wav(earcon)).hexdigest() for earcon in Earcon}
    earcon_pcm.cache_clear()
    assert digests == {hashlib.sha256(earcon_wav(earcon)).hexdigest() for earcon in Earcon}
    assert len(digests) == len(Earcon)
