"""Morae are counted, sounds are written in one way, and long kana is cut where nobody hears it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.speech.mora import (
    COMMA_S,
    DEFAULT_RATE,
    END_S,
    MAX_PIECE_MORAE,
    RATES,
    STOP_S,
    Piece,
    count_morae,
    is_speakable,
    long_vowels,
    morae,
    pieces,
)

SIGNS = st.sampled_from([chr(code) for code in range(ord("ァ"), ord("ヺ") + 1)] + list("ー、。 　"))


def test_rates_are_nine_steps_from_4_to_16_with_7_among_them() -> None:
    assert len(RATES) == 9
    assert (RATES[0], RATES[-1], DEFAULT_RATE in RATES) == (4.0, 16.0, True)
    assert list(RATES) == sorted(RATES)


@pytest.mark.parametrize(
    ("kana", "count"),
    [
        ("スガワラ", 4),
        ("キョー", 2),
        ("ティッシュ", 3),
        ("ガンネン", 4),
        ("ア、イ。", 2),
        ("ー", 0),
        ("フオン", 3),
        ("ヵヶヷー", 4),
    ],
)
def test_morae_are_counted(kana: str, count: int) -> None:
    assert count_morae(kana) == count


@pytest.mark.parametrize("kana", ["ア", "ティー、ア。", "スガワラ　ハナコ", "ヴァ", "ーア"])
def test_prepared_kana_is_speakable(kana: str) -> None:
    assert is_speakable(kana)


@pytest.mark.parametrize(
    "kana", ["", " ", "、。", "ー", "ッ", "あ", "ｱ", "1", "山", "ア1", "ア\n", "ア・イ", "ア-", "ア\0"]
)
def test_anything_else_is_not(kana: str) -> None:
    assert not is_speakable(kana)


def test_commas_and_stops_become_pauses() -> None:
    assert list(pieces("ア、イ ウ。エ")) == [Piece("ア", COMMA_S), Piece("イ ウ", STOP_S), Piece("エ", END_S)]
    assert list(pieces("、ア、。")) == [Piece("ア", STOP_S)]


def test_long_vowels_are_compared_however_they_are_written() -> None:
    assert long_vowels("トウキョウト") == long_vowels("トーキョート")
    assert long_vowels("オオサカ") == long_vowels("オーサカ")
    assert long_vowels("フオン") != long_vowels("フォン")
    assert long_vowels("ハツカ") != long_vowels("ハッカ")


@given(st.text(SIGNS, max_size=200))
def test_cutting_loses_no_mora_and_leaves_only_short_pieces(kana: str) -> None:
    cut = list(pieces(kana))
    for piece in cut:
        assert 0 < len(morae(piece.kana)) <= MAX_PIECE_MORAE
        assert not piece.kana.startswith("ー")
    spoken = "".join("".join(morae(piece.kana)) for piece in cut).replace("ー", "")
    assert spoken == "".join(morae(kana)).replace("ー", "")
