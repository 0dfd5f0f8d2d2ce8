"""Guidance says what stands on the screen, and reception numbers of fixed pieces."""

from __future__ import annotations

import dataclasses

import pytest

from app.eligibility.screens import Screen
from app.eligibility.view import ScreenView
from app.speech.kiosk_guidance import MOST, all_phrases, guide, number_groups, number_pieces
from app.speech.mora import count_morae, is_speakable
from app.speech.phrases import CALLED, RECEPTION_NUMBER, SCREENS, STILL_THERE
from app.speech.phrases.guidance_words import LEFT
from app.speech.reading_numbers import alone, number_kana
from app.speech.spoken_words import spoken

FIXED = {phrase.kana for phrase in all_phrases()}


def texts(view: ScreenView) -> list[str]:
    return ["".join(piece.text for piece in group) for group in guide(view)]


@pytest.mark.parametrize("screen", Screen)
def test_every_screen_says_its_heading_and_words_first(screen: Screen) -> None:
    words = SCREENS[screen]
    said = texts(ScreenView(screen, "a"))
    assert said[0] == words.heading
    assert "。".join(said[1 : 1 + len(words.says.split("。"))]) == words.says


@pytest.mark.parametrize("screen", Screen)
def test_every_word_has_a_fixed_clip_in_kana(screen: Screen) -> None:
    view = ScreenView(screen, "a", attempts_remaining=2, reception_number=120, called=True, help_offered=True)
    for group in guide(view):
        for piece in group:
            assert piece.kana in FIXED, piece
            assert piece.text.isdecimal() or piece.kana == spoken(piece.text)


def test_every_number_is_joined_of_the_same_pieces_without_gaps() -> None:
    for number in range(1, 1000):
        pieces = number_pieces(number)
        assert "".join(piece.kana for piece in pieces) == alone(number).replace("ュウ", "ュー"), number
        assert sum(int(piece.text) for piece in pieces) == number
        assert {piece.kana for piece in pieces} <= FIXED
        assert len(pieces) <= 3
    assert [piece.kana for piece in number_pieces(4017)] == ["ヨンセン", "ジュー", "ナナ"]
    assert [piece.kana for piece in number_pieces(2)] == ["ニー"], "not the particle"
    assert [piece.kana for piece in number_pieces(25)] == ["ニジュー", "ゴー"]


def test_number_follows_its_label_and_a_large_one_is_said_digit_by_digit() -> None:
    view = ScreenView(Screen.ACCEPTED, "a", reception_number=305)
    assert texts(view)[2] == RECEPTION_NUMBER + "3005", "three hundred, five"
    large = [[piece.kana for piece in group] for group in number_groups(MOST + 1)]
    assert large == [["ウケツケ バンゴー", "イチ", "ゼロ", "ゼロ"], ["ゼロ", "ゼロ"]]
    for number in (MOST, MOST + 1, 12_345_678, 10**30, 0, -1):
        groups = guide(dataclasses.replace(view, reception_number=number))
        assert {piece.kana for group in groups for piece in group} <= FIXED
        assert all(1 <= len(group) <= 5 for group in groups)


def test_tries_left_and_the_one_notice_are_said() -> None:
    view = ScreenView(Screen.PIN, "a", attempts_remaining=2, called=True)
    assert LEFT[2] in texts(view)
    assert CALLED.split("。")[0] in texts(view)
    warned = texts(dataclasses.replace(view, warned=True))
    assert STILL_THERE.split("。")[0] in warned
    assert CALLED.split("。")[0] not in warned


def test_no_digit_of_a_pin_has_a_word_on_the_pin_screen() -> None:
    said = {piece.kana for group in guide(ScreenView(Screen.PIN, "a")) for piece in group}
    assert not said & {way(digit) for digit in range(10) for way in (number_kana, alone)}


def test_whole_guidance_can_be_rendered_and_stays_short() -> None:
    assert all(is_speakable(phrase.kana) and len(phrase.kana) <= 60 for phrase in all_phrases())
    assert len(all_phrases()) <= 110
    assert sum(count_morae(phrase.kana) for phrase in all_phrases()) < 1_000
