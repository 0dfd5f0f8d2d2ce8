"""Addresses read aloud: how many of a fresh random sample are right, and what the reader weighs.

``python -m tests.bench.readings`` draws 1,000 towns of Japan with a new seed each time (printed; ``--seed`` repeats
one), writes each as people and insurers write addresses (prefecture or county left out, 大字, ヶ and が, full-width
digits, kanji numerals, hyphens, buildings, rooms) and compares the kana with the postal kana and with numbers spelled
by this file's own rules.

What is fair about it: towns that the table lists are read right by construction, so the first figure measures what
can still go wrong with them: finding municipality and town in all these spellings, the house's number, the building.
The second figure takes each drawn town out of the table first, so that municipality, rules and dictionary alone read
it, as they would a place that is younger than the table. It has no bar: nobody can know such names for certain, and
they are marked as inferred (the third figure says how many of the wrong ones were not).
"""

from __future__ import annotations

import argparse
import random
import re
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.speech.place_folding import folded_place
from app.speech.places_table import Municipality, PlacesTable, Town, load_places, written_towns
from app.speech.reading_parts import WordReader
from app.speech.reading_places import AddressReader
from app.speech.reading_words import EDITION, SudachiReader
from app.speech.utterance import ReadingSource

BAR = 0.96
_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
_ONES = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
_CHOME = ("", "イッ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハッ", "キュウ")
_KANJI = "〇一二三四五六七八九"
_BUILDINGS = (
    ("サンハイツ", "サンハイツ"),
    ("コーポみどり", "コーポミドリ"),
    ("メゾン中央", "メゾンチュウオウ"),
    ("グランドハイツ山田", "グランドハイツヤマダ"),
    ("ひまわり荘", "ヒマワリソウ"),
    ("中野第二ビル", "ナカノダイニビル"),
    ("県営住宅", "ケンエイジュウタク"),
    ("ロイヤルマンション駅前", "ロイヤルマンションエキマエ"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    municipality: Municipality
    town: str
    text: str
    kana: str


def draw(count: int, chance: random.Random) -> list[Sample]:
    """Draw towns from all of Japan, each equally likely, and write their addresses."""
    municipalities = load_places().municipalities
    weights = [one.size for one in municipalities]
    samples: list[Sample] = []
    while len(samples) < count:
        (one,) = chance.choices(municipalities, weights)
        towns = [(name, town.kana) for name, town in written_towns(one) if town.is_sure]
        if towns:
            samples.append(_written(one, *chance.choice(towns), chance))
    return samples


def _written(one: Municipality, town: str, kana: str, chance: random.Random) -> Sample:
    text, said = "", ""
    without_county = one.county and not one.county.endswith("市") and chance.random() < 0.3
    if chance.random() < 0.7 or without_county:
        text, said = one.prefecture, one.prefecture_kana
    if one.county and not without_county:
        text, said = text + one.county, said + one.county_kana
    text, said = text + one.name, said + one.name_kana
    if chance.random() < 0.1 and not town[0].isdigit():
        text, said = text + "大字", said + "オオアザ"
    shown = re.sub("[ヶケが]", lambda _: chance.choice("ヶケが"), town) if re.search(".[ヶケが].", town) else town
    house, house_kana = _house(chance)
    if chance.random() < 0.4:
        house = house.translate(_WIDE)
    text, said = text + shown + house, said + kana + house_kana
    if chance.random() < 0.3:
        building, building_kana = chance.choice(_BUILDINGS)
        room = chance.randint(101, 999)
        text, said = f"{text}　{building}{room}号室", f"{said}{building_kana}{number(room)}ゴウシツ"
    return Sample(one, town, text, said)


def _house(chance: random.Random) -> tuple[str, str]:
    a, b, c = chance.randint(1, 9), chance.randint(1, 99), chance.randint(1, 99)
    big = chance.randint(1, 4999)
    return chance.choice(
        (
            (f"{a}-{b}-{c}", f"{number(a)}ノ{number(b)}ノ{number(c)}"),
            (f"{a}丁目{b}番{c}号", f"{_CHOME[a]}チョウメ{number(b)}バン{number(c)}ゴウ"),
            (f"{_KANJI[a]}丁目{b}-{c}", f"{_CHOME[a]}チョウメ{number(b)}ノ{number(c)}"),
            (f"{big}番地", f"{number(big)}バンチ"),
            (f"{big}番地の{c}", f"{number(big)}バンチノ{number(c)}"),
            (f"{b}-{c}", f"{number(b)}ノ{number(c)}"),
        )
    )


def number(value: int) -> str:
    """Spell 1 to 9999; written apart from the product's own rules, so that both must be right."""
    said = ""
    for unit, word in ((1000, "セン"), (100, "ヒャク"), (10, "ジュウ"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            said += ("" if digit == 1 and word else _ONES[digit]) + word
    changed = (
        ("サンヒャ", "サンビャ"),
        ("ロクヒャ", "ロッピャ"),
        ("ハチヒャ", "ハッピャ"),
        ("サンセ", "サンゼ"),
        ("ハチセ", "ハッセ"),
    )
    for plain, spoken in changed:
        said = said.replace(plain, spoken)
    return said


def sounds(kana: str) -> str:
    """What is compared: no pauses, ヂ and ヅ as ジ and ズ."""
    return re.sub("[ 、。]", "", kana).translate(str.maketrans("ヂヅ", "ジズ"))


def withheld(samples: list[Sample]) -> PlacesTable:
    """Make the table without the towns of these samples."""
    gone: dict[Municipality, set[str]] = {}
    for sample in samples:
        gone.setdefault(sample.municipality, set()).add(folded_place(sample.town))
    full = load_places()

    def towns(one: Municipality) -> Mapping[str, Town]:
        return {name: town for name, town in full.towns(one).items() if name not in gone.get(one, ())}

    return PlacesTable(full.municipalities, towns)


def score(samples: list[Sample], table: PlacesTable, words: WordReader) -> tuple[int, int, list[str]]:
    """Return how many are right, how many wrong ones claimed to be sure, and the wrong ones as lines."""
    reader = AddressReader(table, words)
    wrong, claimed = [], 0
    for sample in samples:
        said = reader.read(sample.text)
        if sounds(said.kana) != sounds(sample.kana):
            claimed += said.source not in (ReadingSource.INFERRED, ReadingSource.UNREADABLE)
            wrong.append(f"{sample.text}\n      said {said.kana}\n      kana {sample.kana}")
    return len(samples) - len(wrong), claimed, wrong


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def measure_readings(count: int, seed: int, edition: str = EDITION, show_wrong: int = 0) -> list[str]:
    """Measure and return the lines of the report."""
    before = resident_mb()
    words = SudachiReader(edition=edition)
    loaded = resident_mb()
    samples = draw(count, random.Random(seed))
    start_s = time.perf_counter()
    right, claimed, wrong = score(samples, load_places(), words)
    each_ms = (time.perf_counter() - start_s) * 1000 / count
    bare, bare_claimed, bare_wrong = score(samples, withheld(samples), words)
    verdict = "ok" if right >= BAR * count else "MISS"
    lines = [
        f"\nAddresses read aloud (seed {seed}, {count} towns, sudachidict-{edition})",
        f"right with the table of places        {right / count:7.1%}  {verdict} (>= {BAR:.0%})",
        f"right with the drawn towns taken out  {bare / count:7.1%}",
        f"wrong and not marked as inferred      {claimed:4d} with the table, {bare_claimed} without",
        f"time for one address                  {each_ms:7.2f} ms",
        f"memory: {before:.0f} MB, with the dictionary {loaded:.0f} MB, after all this {resident_mb():.0f} MB",
    ]
    lines += [f"  wrong: {line}" for line in wrong[:show_wrong]]
    lines += [f"  wrong without the town: {line}" for line in bare_wrong[:show_wrong]]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.readings", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="addresses (default 1000)")
    parser.add_argument("--seed", type=int, default=None, help="repeat a sample")
    parser.add_argument("--edition", default=EDITION, help="another edition of the dictionary, if installed")
    parser.add_argument("--wrong", type=int, default=0, help="show so many wrong ones")
    options = parser.parse_args()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    lines = measure_readings(options.count, seed, options.edition, options.wrong)
    print("\n".join(lines))
    return int(any("MISS" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main())
