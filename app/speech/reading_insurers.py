"""Insurers in kana: kinds of insurers by our own words, municipalities by the table of places, known names by a
reviewed table, and the rest by a dictionary.

Not in any dictionary of the engine: a name added there rewrites dates and places (measured 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.eligibility.kanji_variants import KANJI_VARIANTS
from app.speech.place_folding import plain_place
from app.speech.places_table import PlacesTable, load_places
from app.speech.reading_house import read_house
from app.speech.reading_kana import LONGEST
from app.speech.reading_letters import spell_latin
from app.speech.reading_parts import NOTHING_KANA, Said, WordReader, join, look_at_card
from app.speech.utterance import ReadingSource

INSURERS_FILE = Path(__file__).parent / "data" / "insurers.tsv"


@dataclass(frozen=True, slots=True)
class KnownNames:
    """``kinds`` stand anywhere in a name, ``names`` at its start; ``letters`` are names in letters said as words."""

    kinds: Mapping[str, str]
    names: Mapping[str, str]
    prefectures: Mapping[str, str]
    letters: Mapping[str, str]

    def find(self, text: str, *, is_start: bool) -> tuple[int, str] | None:
        """Return length and kana of the longest known stretch at the start of a text."""
        folded = text.translate(KANJI_VARIANTS)
        for length in range(min(_LONGEST_KNOWN, len(text)), 1, -1):
            if (kana := self.kinds.get(folded[:length])) is not None:
                return length, kana
            kana = self.names.get(folded[:length]) if is_start else None
            if kana is not None and self._is_whole(folded[length:]):
                return length, kana
        return None

    def _is_whole(self, rest: str) -> bool:
        """True unless a known name is only the start of another: 石油 of 石油資源開発, not of 石油健康保険組合."""
        lengths = range(min(_LONGEST_KNOWN, len(rest)), 1, -1)
        return not rest or any(rest[:length] in self.kinds or rest[:length] in self.names for length in lengths)


@lru_cache(maxsize=1)
def load_names() -> KnownNames:
    """Read our reviewed table; opens the file at the first call."""
    tables: dict[str, dict[str, str]] = {"kind": {}, "name": {}, "prefecture": {}, "letters": {}}
    for line in INSURERS_FILE.read_text("utf-8").splitlines():
        table, name, kana = line.split("\t")
        tables[table][name.translate(KANJI_VARIANTS)] = kana
    return KnownNames(tables["kind"], tables["name"], tables["prefecture"], tables["letters"])


_LONGEST_KNOWN = 20
_STEM = re.compile(r"[A-Za-z]+|(?s:.)")


class InsurerReader:
    """Reads names of insurers by one table of places."""

    def __init__(self, table: PlacesTable, words: WordReader | None) -> None:
        self._table = table
        self._words = words
        self._names = load_names()

    def read(self, text: str) -> Said:
        """Read an insurer's name as received. Never raises for any text."""
        said = [join(" ", self._part(plain_place(part))) for part in _apart(text[:LONGEST])]
        return look_at_card(join(" ", said)) if said else Said(NOTHING_KANA, ReadingSource.FIXED)

    def _part(self, text: str) -> list[Said]:
        parts: list[Said] = []
        unknown = ""
        while text:
            found = self._known(text, is_start=not unknown)
            if found is None:
                sign = _STEM.match(text)
                assert sign is not None  # noqa: S101 - any sign matches
                unknown, text = unknown + sign[0], text[sign.end() :]
                continue
            parts += self._unknown(unknown)
            end, said = found
            parts.append(said)
            unknown, text = "", text[end:]
        return parts + self._unknown(unknown)

    def _known(self, text: str, *, is_start: bool) -> tuple[int, Said] | None:
        if (found := self._names.find(text, is_start=is_start)) is not None:
            return found[0], Said(found[1], ReadingSource.TABLE)
        return self._place(text) if is_start else None

    def _place(self, text: str) -> tuple[int, Said] | None:
        end, parts, name = 0, [], None
        if (prefecture := self._table.prefecture(text)) is not None:
            name, kana = prefecture
            end = len(name)
            parts.append(Said(kana, ReadingSource.TABLE))
        elif short := next((one for one in self._names.prefectures if text.startswith(one + "支部")), None):
            return len(short), Said(self._names.prefectures[short], ReadingSource.TABLE)
        if (found := self._table.municipality(text[end:], name)) is not None:
            source = ReadingSource.TABLE if found.is_sure else ReadingSource.INFERRED
            parts.append(Said(found.kana, source))
            end += found.end
        return (end, join(" ", parts)) if parts else None

    def _unknown(self, text: str) -> list[Said]:
        said: list[Said] = []
        for stretch in re.findall("[A-Za-z]+|[^A-Za-z]+", text):
            if stretch[0].isascii() and stretch[0].isalpha():
                kana = self._names.letters.get(stretch.upper()) or spell_latin(stretch).replace(" ", "")
                said.append(Said(kana, ReadingSource.TABLE))
            else:
                said.append(read_house(stretch, self._words))
        return said


def _apart(text: str) -> list[str]:
    """Parts at blanks; a blank that only spaces the parts of a long word apart (健康保険　組合) parts nothing."""
    together = re.sub(r"\s+(?=組合|共済組合|連合会|健康保険組合)", "", text.strip())
    return together.split()


def read_insurer(text: str, words: WordReader | None) -> Said:
    """Read an insurer by the table of places; the file is opened at the first one.

    Raises:
        OSError, ValueError: the table cannot be read.
    """
    return InsurerReader(load_places(), words).read(text)
