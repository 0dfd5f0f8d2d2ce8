"""Phrases as the voice is asked for them: as they sound, in stretches that it takes at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from app.speech.mora import is_speakable
from app.speech.reading_sounds import pronounced
from app.speech.utterance import Phrase, ReadingSource

LONGEST: Final = 150
"""Signs of one request; the voice takes 200."""


def audible(phrases: Sequence[Phrase]) -> list[tuple[str, bool]]:
    """Return kana as it is sounded, cut where it is too long, and whether it is our own words alone."""
    told: list[tuple[str, bool]] = []
    for phrase in phrases:
        is_fixed = phrase.source is ReadingSource.FIXED
        kana = phrase.kana if is_fixed else pronounced(phrase.kana)
        told += [(part, is_fixed) for part in _cut(kana) if is_speakable(part)]
    return told


def _cut(kana: str) -> list[str]:
    parts: list[str] = []
    for stretch in re.findall(f"[^、。 ]{{1,{LONGEST}}}[、。 ]*|[、。 ]+", kana):
        if parts and len(parts[-1]) + len(stretch) <= LONGEST:
            parts[-1] += stretch
        else:
            parts.append(stretch)
    return parts
