"""The table of places: prefectures, municipalities and towns with the kana of the postal code data.

The file is read a municipality at a time, so that the table costs about 2 MB of memory and not 30. Reading it opens
the file; nothing is opened at import. How the file is made and where its data come from: ``data/build_places.py``.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.speech.place_folding import fold_place, folded_place

PLACES_FILE = Path(__file__).parent / "data" / "places.bin"
MAGIC = b"PLACES1\n"


@dataclass(frozen=True, slots=True)
class Municipality:
    """``county`` is a 郡, or the city of a ward; names as in the postal data, kana with voiced and small letters."""

    prefecture: str
    prefecture_kana: str
    county: str
    county_kana: str
    name: str
    name_kana: str
    start: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Town:
    """``is_sure`` is false where the municipality has two towns of this name with different kana."""

    kana: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """Municipalities a text may begin with, and how much of it they are; ``kana`` is what was written of them."""

    end: int
    kana: str
    municipalities: tuple[Municipality, ...]
    is_sure: bool = True


class PlacesTable:
    """All municipalities in memory, their towns on demand. May be used by several threads."""

    def __init__(
        self,
        municipalities: Iterable[Municipality],
        towns: Callable[[Municipality], Mapping[str, Town]] | None = None,
    ) -> None:
        """Take municipalities; ``towns`` gives those of one by folded names, from the file unless told otherwise."""
        self._prefectures: dict[str, str] = {}
        self._named: dict[str, list[tuple[str, Municipality]]] = defaultdict(list)
        """Folded name without prefecture → kana of that much, and whose name it is."""
        self._towns = towns or _load_towns
        self.municipalities = tuple(municipalities)
        for one in self.municipalities:
            self._prefectures[one.prefecture] = one.prefecture_kana
            self._named[folded_place(one.name)].append((one.name_kana, one))
            if one.county:
                self._named[folded_place(one.county + one.name)].append((one.county_kana + " " + one.name_kana, one))
            if one.county.endswith("市"):
                self._named[folded_place(one.county)].append((one.county_kana, one))
        self._longest = max(map(len, self._named), default=0)

    def prefecture(self, text: str) -> tuple[str, str] | None:
        """Return name and kana of the prefecture that ``text`` begins with."""
        return next(((name, kana) for name, kana in self._prefectures.items() if text.startswith(name)), None)

    def municipality(self, text: str, prefecture: str | None) -> Match | None:
        """Find the longest municipality at the start of a text; in any prefecture where ``prefecture`` is ``None``."""
        folded, ends = fold_place(text)
        for length in range(min(self._longest, len(folded)), 1, -1):
            found = self._named.get(folded[:length], ())
            found = [pair for pair in found if prefecture in (None, pair[1].prefecture)]
            if found and ends[length - 1]:
                kana = {kana for kana, _ in found}
                return Match(ends[length - 1], found[0][0], tuple(one for _, one in found), len(kana) == 1)
        return None

    def town(self, text: str, municipality: Municipality) -> tuple[int, Town] | None:
        """Find the longest town of a municipality at the start of a text: where it ends, and its kana."""
        folded, ends = fold_place(text)
        towns = self.towns(municipality)
        for length in range(min(24, len(folded)), 0, -1):
            end = ends[length - 1]
            if not end or (town := towns.get(folded[:length])) is None or _is_cut(text, end, length):
                continue
            return end, town
        return None

    def towns(self, municipality: Municipality) -> Mapping[str, Town]:
        """Return all towns of a municipality by their folded names."""
        return self._towns(municipality)


def _is_cut(text: str, end: int, length: int) -> bool:
    """True when what was found is probably only the beginning of another name: 東 of 東山."""
    follows = text[end : end + 1]
    if text[end - 1].isdigit() and (follows.isdigit() or follows == "-"):
        return True
    return length == 1 and "\u3400" <= follows <= "\u9fff" and follows not in "一二三四五六七八九十大字"


@lru_cache(maxsize=1)
def load_places() -> PlacesTable:
    """Read the index of the file.

    Raises:
        OSError: the file is not there.
        ValueError: it is no such file.
    """
    with PLACES_FILE.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("not a table of places")
        (size,) = struct.unpack(">I", file.read(4))
        rows = zlib.decompress(file.read(size)).decode().split("\n")
    offset = len(MAGIC) + 4 + size
    return PlacesTable(_municipality(row.split("\t"), offset) for row in rows)


def _municipality(row: list[str], offset: int) -> Municipality:
    return Municipality(row[0], row[1], row[2], row[3], row[4], row[5], offset + int(row[6]), int(row[7]))


def written_towns(municipality: Municipality) -> list[tuple[str, Town]]:
    """Read the towns of one municipality from the file, with their names as the postal data write them."""
    with PLACES_FILE.open("rb") as file:
        file.seek(municipality.start)
        text = zlib.decompress(file.read(municipality.size)).decode()
    rows = [line.split("\t") for line in text.split("\n") if line]
    return [(name, Town(kana.removeprefix("?"), not kana.startswith("?"))) for name, kana in rows]


@lru_cache(maxsize=16)
def _load_towns(municipality: Municipality) -> Mapping[str, Town]:
    return {folded_place(name): town for name, town in written_towns(municipality)}
