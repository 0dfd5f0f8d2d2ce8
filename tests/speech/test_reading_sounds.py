"""Long vowels are written as they sound, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.speech.reading_sounds import pronounced


@pytest.mark.parametrize(
    ("kana", "sounded"),
    [
        ("トウキョウト", "トーキョート"),
        ("レイワ ガンネン", "レーワ ガンネン"),
        ("ショウワ ニジュウネン", "ショーワ ニジュウネン"),
        ("タロウ", "タロー"),
        ("ケイコ", "ケーコ"),
        ("ヨウイチロウ", "ヨーイチロー"),
        ("イノウエ", "イノウエ"),
        ("タケノウチ", "タケノウチ"),
        ("ノウリン", "ノーリン"),
        ("オオウチ", "オオウチ"),
        ("オオサカ", "オオサカ"),
        ("ミウラ", "ミウラ"),
        ("フオン、ハツカ。", "フオン、ハツカ。"),
        ("イチゴウ", "イチゴー"),
        ("モー イチド", "モー イチド"),
    ],
)
def test_long_vowels_are_written_as_they_sound(kana: str, sounded: str) -> None:
    assert pronounced(kana) == sounded


@given(st.text("アイウエオノコケンー、 チラ", max_size=30))
def test_every_sound_stays_at_its_place(kana: str) -> None:
    sounded = pronounced(kana)
    assert len(sounded) == len(kana)
    assert all(new in (old, "ー") for old, new in zip(kana, sounded, strict=True))
    assert pronounced(sounded) == sounded
