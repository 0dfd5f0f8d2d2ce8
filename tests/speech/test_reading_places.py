"""The table of places, spellings of one place, and a small run of the benchmark of addresses."""

from __future__ import annotations

import random

import pytest

from app.speech.place_folding import folded_place, kanji_number, parse_kanji_number
from app.speech.places_table import PLACES_FILE, load_places
from app.speech.reading_places import AddressReader
from app.speech.reading_words import SudachiReader
from app.speech.utterance import ReadingSource
from tests.bench.readings import draw, score, withheld


def test_the_table_is_small_and_whole() -> None:
    assert PLACES_FILE.stat().st_size < 5_000_000
    municipalities = load_places().municipalities
    assert len({one.prefecture for one in municipalities}) == 47
    assert len(municipalities) > 1800
    assert sum(len(load_places().towns(one)) for one in municipalities[::50]) > 1000


@pytest.mark.parametrize(
    "spellings",
    ["龍ケ崎市 竜ヶ崎市 龍が崎市", "北1条西 北一条西 北１条西", "丸ノ内 丸の内 丸之内", "桧山 檜山"],
)
def test_spellings_of_one_place_are_one(spellings: str) -> None:
    assert len({folded_place(spelling) for spelling in spellings.split()}) == 1


def test_kanji_numbers_go_both_ways() -> None:
    assert all(parse_kanji_number(kanji_number(number)) == number for number in range(1, 1000))
    assert [parse_kanji_number(text) for text in ("", "百十十", "一二", "千", "〇")] == [None] * 5


def test_a_fixed_sample_of_addresses_is_read_right(words: SudachiReader) -> None:
    samples = draw(300, random.Random(20261128))
    right, claimed, wrong = score(samples, load_places(), words)
    assert right >= 0.96 * len(samples), wrong
    assert claimed == 0


def test_towns_that_no_table_has_are_never_claimed_to_be_sure(words: SudachiReader) -> None:
    samples = draw(150, random.Random(20261129))
    right, claimed, _ = score(samples, withheld(samples), words)
    assert right >= 0.35 * len(samples)
    assert claimed <= 2


def test_a_town_that_two_places_share_is_read_by_its_prefecture(words: SudachiReader) -> None:
    reader = AddressReader(load_places(), words)
    assert reader.read("群馬県邑楽郡明和町新里250").kana.startswith("グンマケン オウラグン メイワマチ ニッサト")
    assert reader.read("三重県多気郡明和町馬之上945").kana.startswith("ミエケン タキグン メイワチョウ ウマノウエ")
    assert reader.read("明和町馬之上945").kana.startswith("メイワチョウ ウマノウエ")
    assert reader.read("明和町1").source is ReadingSource.INFERRED
