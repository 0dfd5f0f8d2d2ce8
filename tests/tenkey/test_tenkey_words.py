"""The words of the desk at the box can be spoken, fit one breath of listening and fit a braille line."""

from __future__ import annotations

from app.speech.braille_cells import count_cells
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, morae_of, say
from app.speech.mora import is_speakable
from app.speech.phrases import tenkey_words
from app.speech.phrases.desk_words import Words
from app.speech.phrases.tenkey_words import CLEAR_AT_POINT, CLOSED, ENTER_CODE, KIOSK_OUT, LOCKED, SERVICE_OUT

ALL = {name: value for name, value in vars(tenkey_words).items() if isinstance(value, Words)}


def test_every_sentence_is_kana_and_has_its_braille() -> None:
    assert len(ALL) >= 12
    for name, words in ALL.items():
        assert is_speakable(words.kana.replace("{time}", "ア")), name
        assert ("{time}" in words.text) == ("{time}" in words.kana), name
        assert count_cells(words.braille) <= 32, name
        assert morae_of([words.phrase]) <= MAX_CORE_MORAE, name


def test_what_is_said_together_fits_one_utterance() -> None:
    for said in (
        say(CLOSED, ENTER_CODE, CLEAR_AT_POINT),
        say(LOCKED, ENTER_CODE, CLEAR_AT_POINT),
        say(KIOSK_OUT, SERVICE_OUT),
    ):
        assert said.morae <= MAX_MORAE
