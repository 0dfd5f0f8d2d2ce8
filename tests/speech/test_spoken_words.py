"""Every caption has kana, so that what is seen can be heard in the same words."""

from __future__ import annotations

import re

import pytest

from app.speech.spoken_words import SPOKEN_FILE, caption_phrase, load_spoken, spoken, spoken_filled
from app.speech.utterance import ReadingSource
from tests.speech.captions import tables

SPEECH = re.compile(r"([ァ-ヴー、。 ]|{[a-z]+})+")
LINES = [line.split("\t") for line in SPOKEN_FILE.read_text("utf-8").splitlines()]


def test_every_caption_has_kana() -> None:
    silent = {f"{where}: {text}" for where, text in tables() if spoken(text) is None}
    assert not silent


def test_every_line_of_the_table_is_kana_alone_and_stands_once() -> None:
    assert all(len(line) == 2 and SPEECH.fullmatch(line[1]) for line in LINES)
    assert len({text for text, _ in LINES}) == len(LINES)
    assert all(not re.search("  |^ | $| 、|、 ", kana) for _, kana in LINES)
    assert len(load_spoken()) == len(LINES)


def test_kana_in_a_caption_are_heard_as_they_stand() -> None:
    """Guards against a line slipped by one: the kana words of a caption turn up in its reading, in order."""
    for text, kana in LINES:
        heard = kana.replace(" ", "")
        for word in re.findall("[ァ-ヺ][ァ-ヺー]{2,}", text):
            assert word.replace("ヅ", "ズ") in heard, text


def test_numbers_in_captions_are_spoken_as_numbers() -> None:
    assert spoken("もう一度入れますか。3回ちがうとカードがロックされます") == (
        "モー イチド イレマスカ。サンカイ チガウト カードガ ロックサレマス"
    )


@pytest.mark.parametrize(
    ("caption", "kana"),
    [
        ("資格(有効)", "シカク ユーコー"),
        ("資格（有効）", "シカク ユーコー"),
        ("目視確認", "モクシ カクニン"),
        ("「目視確認」", "モクシ カクニン"),
        ("カードを読めません。カードが残っています。", "カードオ ヨメマセン。カードガ ノコッテイマス"),
        ("続柄", "ツヅキガラ"),
    ],
)
def test_captions_and_joined_sentences_are_found(caption: str, kana: str) -> None:
    assert spoken(caption) == kana


def test_gaps_of_sentences_are_the_same_in_both_columns_and_are_filled() -> None:
    gaps = re.compile(r"{([a-z]+)[^}]*}")
    assert all(sorted(gaps.findall(text)) == sorted(gaps.findall(kana)) for text, kana in LINES)
    said = spoken_filled("{label}を入れてください", label="シメイ")
    assert said == "シメイオ イレテクダサイ"
    assert spoken_filled("「{part}」という日付はありません。{meant}のことですか", part="ア", meant="イ") == (
        "アトユー ヒヅケワ アリマセン。イノ コトデスカ"
    )
    assert spoken_filled("だれも知らない{label}", label="ア") is None


def test_a_caption_that_nobody_wrote_kana_for_is_told() -> None:
    assert spoken("だれも知らない見出し") is None
    assert spoken("") is None
    with pytest.raises(KeyError):
        caption_phrase("だれも知らない見出し")
    assert caption_phrase("もどる").source is ReadingSource.FIXED
