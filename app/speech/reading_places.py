"""Addresses in kana: prefecture, municipality and town by the table of places, the rest by rules and a dictionary.

A town that the table does not have is left to the dictionary, but 町 at its end is read as most towns of the same
municipality read theirs (マチ in Aso, チョウ in Kyoto).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from app.speech.place_folding import fold_place, plain_place
from app.speech.places_table import Municipality, PlacesTable, load_places
from app.speech.reading_digits import read_digits
from app.speech.reading_house import read_house, read_word
from app.speech.reading_kana import LONGEST
from app.speech.reading_parts import NOTHING_KANA, Said, WordReader, join, look_at_card
from app.speech.utterance import ReadingSource

_BEFORE_TOWN = {"大字": "オオアザ", "字": "アザ"}
_PLACE_SIGNS = re.compile(r"[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffffぁ-ゖァ-ヺー]+")
_TO_TOWN = re.compile(".*(?:チョウ|マチ|ムラ|ソン)")
_UNKNOWN_PLACE = re.compile(
    r"([^0-9●〓]{1,4}?[都道府県])?([^0-9●〓]{1,7}?[市区])?([^0-9●〓]{1,7}?郡)?([^0-9●〓]{1,7}?[町村])?"
)
"""A place that no table has: cut where its kinds end, so that each part is read by itself."""
_HOUSE = re.compile(r"大字|小字|字|[甲乙丙丁第ー][0-9]|[一二三四五六七八九十]+(?:丁目|番|号|条|線|区)")
POST_CODE_KANA = "ユービン バンゴー"
_POST_CODE = re.compile(r"〒?\s*([0-9]{3}-?[0-9]{4})(?![0-9-])\s*")
_BUILDING = re.compile(r"(?<=[0-9号地])[\s　]+(?=\S)")
_STREET = re.compile(r"(?P<streets>.+?通.*?(?:上る|下る|上ル|下ル|東入る?|西入る?|東入ル|西入ル))(?P<town>.*)")

STREETS_FILE = Path(__file__).parent / "data" / "streets.tsv"
"""Streets of Kyoto, whose corners stand before the town."""


class AddressReader:
    """Reads addresses by one table. Light to make; may be used by several threads when ``words`` may."""

    def __init__(self, table: PlacesTable, words: WordReader | None) -> None:
        self._table = table
        self._words = words

    def read(self, text: str) -> Said:
        """Read an address as received. Never raises for any text."""
        plain = unicodedata.normalize("NFKC", text[:LONGEST]).strip()
        code = _POST_CODE.match(plain)
        start, building = self._parted(plain[code.end() :] if code else plain)
        parts = [join(" ", self._place(start)), self._house(building)]
        if code:
            parts.insert(0, Said(f"{POST_CODE_KANA} {read_digits(code[1]).kana}", ReadingSource.TABLE))
        return look_at_card(join("、", parts))

    @staticmethod
    def _parted(text: str) -> tuple[str, str]:
        """Part place and building where a blank follows the house's number."""
        halves = _BUILDING.split(text.strip(), maxsplit=1)
        return plain_place(halves[0]), halves[1] if len(halves) > 1 else ""

    def _house(self, text: str) -> Said:
        return join("、", [read_house(plain_place(part), self._words) for part in text.split()])

    def _place(self, text: str) -> Iterable[Said]:
        prefecture = self._table.prefecture(text)
        if prefecture is not None:
            yield Said(prefecture[1], ReadingSource.TABLE)
            text = text[len(prefecture[0]) :]
        found = self._table.municipality(text, prefecture[0] if prefecture else None)
        if found is None:
            unknown = _UNKNOWN_PLACE.match(text)
            for part in filter(None, unknown.groups() if unknown else ()):
                yield read_word(part, self._words)
            yield read_house(text[unknown.end() if unknown else 0 :], self._words)
            return
        rest = text[found.end :]
        is_sure, kana = found.is_sure, found.kana
        for one in found.municipalities if not found.is_sure else ():
            if self._table.town(_without_start(rest)[1], one) is not None:
                is_sure, kana, found = True, _kana_of(one, found.kana), type(found)(found.end, found.kana, (one,))
                break
        yield Said(kana, ReadingSource.TABLE if is_sure else ReadingSource.INFERRED)
        yield from self._town(rest, found.municipalities)

    def _town(self, text: str, municipalities: tuple[Municipality, ...]) -> Iterable[Said]:
        if (crossing := _STREET.fullmatch(text)) and municipalities[0].county == "京都市":
            yield read_streets(crossing["streets"], self._words)
            text = crossing["town"]
        start, text = _without_start(text)
        if start:
            yield Said(start, ReadingSource.TABLE)
        for one in municipalities:
            if (found := self._table.town(text, one)) is not None:
                end, town = found
                yield Said(town.kana, ReadingSource.TABLE if town.is_sure else ReadingSource.INFERRED)
                house = read_house(text[end:], self._words)
                goes_on = _PLACE_SIGNS.match(text[end:]) is not None and not _HOUSE.match(text[end:])
                if goes_on and house.source is not ReadingSource.UNREADABLE:
                    house = Said(house.kana, ReadingSource.INFERRED)
                yield _doubted(house) if _PLACE_SIGNS.match(text[end:]) else house
                return
        yield from self._unlisted_town(text, municipalities[0])

    def _unlisted_town(self, text: str, municipality: Municipality) -> Iterable[Said]:
        """A town that the table does not have: what its neighbours begin with is known, the rest is a guess."""
        name = _PLACE_SIGNS.match(text)
        shared = self._shared_start(name[0], municipality) if name is not None else None
        if name is not None and shared is not None:
            yield Said(shared[1], ReadingSource.TABLE)
            name, text = _PLACE_SIGNS.match(text[shared[0] :]), text[shared[0] :]
        if name is not None and name[0].endswith("町") and len(name[0]) > 1:
            yield self._unlisted(name[0], municipality)
            text = text[name.end() :]
        elif name is not None and (known := re.match(r"[^0-9]+", text)) is not None:
            yield _doubted(read_house(known[0], self._words))
            text = text[known.end() :]
        yield read_house(text, self._words)

    def _shared_start(self, name: str, municipality: Municipality) -> tuple[int, str] | None:
        """Read 三橋町 of 三橋町藤吉 as other towns of the place read it: how much of the name, and its kana."""
        folded, ends = fold_place(name)
        for place in range(len(folded) - 1, 0, -1):
            if folded[place] not in "町村":
                continue
            start = folded[: place + 1]
            kana = [town.kana for other, town in self._table.towns(municipality).items() if other.startswith(start)]
            found = _TO_TOWN.match(_common_start(kana)) if len(kana) > 1 else None
            if found is not None and ends[place]:
                return ends[place], found[0]
        return None

    def _unlisted(self, name: str, municipality: Municipality) -> Said:
        kana = [town.kana for folded, town in self._table.towns(municipality).items() if folded.endswith("町")]
        is_cho = 2 * sum(one.endswith("チョウ") for one in kana) >= len(kana)
        stem = read_word(name[:-1], self._words)
        if stem.source is ReadingSource.UNREADABLE:
            return stem
        return Said(stem.kana + ("チョウ" if is_cho else "マチ"), ReadingSource.INFERRED)


def _common_start(texts: list[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((place for place, sign in enumerate(first) if last[place : place + 1] != sign), len(first))
    return first[:same]


def _doubted(said: Said) -> Said:
    """Names of places that are written alike are read differently, so that a dictionary alone is never sure."""
    return Said(said.kana, ReadingSource.INFERRED) if said.source is ReadingSource.DICTIONARY else said


def _kana_of(one: Municipality, written: str) -> str:
    """The kana of as much of a municipality as was written."""
    return f"{one.county_kana} {one.name_kana}" if " " in written else one.name_kana


def _without_start(text: str) -> tuple[str, str]:
    """Take 大字 or 字 off the start of a town."""
    for sign, kana in _BEFORE_TOWN.items():
        if text.startswith(sign) and _PLACE_SIGNS.match(text[len(sign) :]):
            return kana, text[len(sign) :]
    return "", text


def read_streets(text: str, words: WordReader | None) -> Said:
    """Read a crossing of Kyoto: 烏丸通今出川上る → カラスマドオリ イマデガワ アガル."""
    parts: list[Said] = []
    streets = load_streets()
    while text:
        known = next((name for name in streets if text.startswith(name)), None)
        if known is not None:
            parts.append(Said(streets[known], ReadingSource.TABLE))
            text = text[len(known) :]
            continue
        street = re.match(r"[^通]{1,6}?通|(?:上|下|東入|西入)[るル]?|.[^上下東西通]*", text)
        assert street is not None  # noqa: S101 - the last branch takes any sign
        parts.append(read_house(street[0], words))
        text = text[street.end() :]
    return join(" ", parts)


@lru_cache(maxsize=1)
def load_streets() -> dict[str, str]:
    """Read the streets with 通, then their short names; opens the file at the first call."""
    lines = STREETS_FILE.read_text("utf-8").splitlines()
    streets: dict[str, str] = dict(line.split("	", 1) for line in lines)
    return streets | {name.removesuffix("通"): kana.removesuffix("ドオリ") for name, kana in streets.items()}


def read_address(text: str, words: WordReader | None) -> Said:
    """Read an address by the table of places; the file is opened at the first one.

    Raises:
        OSError, ValueError: the table cannot be read.
    """
    if not plain_place(text):
        return Said(NOTHING_KANA, ReadingSource.FIXED)
    return AddressReader(load_places(), words).read(text)
