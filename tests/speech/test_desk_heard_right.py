"""What the desk says cannot be taken for something else: a number, a choice, a field, a repetition."""

from __future__ import annotations

import dataclasses

from app.speech.desk_model import DeskSettings
from app.speech.earcons import Earcon
from app.speech.phrases.desk_captions import ANSWER_WORDS, DONE, PLACES, Privacy
from app.speech.phrases.desk_words import VERDICTS
from tests.speech.desk_day import HANAKO, JIRO, LOCKED, SHEET, HandSource, Listener


def test_verdict_that_names_its_field_is_said_without_its_label() -> None:
    someone = Listener(HandSource(JIRO, LOCKED))
    assert someone.hears("2 2") == "資格 無効。"
    assert someone.hears("6") == "資格、確認できません。"


def test_name_without_kanji_is_shown_as_it_is_said() -> None:
    source = HandSource(HANAKO)
    source.sheets["hanako"] = dataclasses.replace(SHEET, name="")
    assert Listener(source).hears("2") == "氏名、ｽｶﾞﾜﾗ ﾊﾅｺ。"


def test_short_reception_numbers_are_no_particles() -> None:
    said = Listener(HandSource(JIRO), DeskSettings()).keys("1")
    assert said.phrases[0].kana == "ウケツケ バンゴー ニー、"


def test_no_answer_that_is_only_chosen_sounds_like_a_deed_or_a_verdict() -> None:
    known = {words.kana for words in (*DONE.values(), *VERDICTS.values(), *PLACES.values())}
    assert not known & {words.kana for words in ANSWER_WORDS.values()}


def test_5_after_a_knock_repeats_what_was_heard_before_it() -> None:
    someone = Listener(HandSource(JIRO, HANAKO))
    heard = someone.hears("6")
    assert someone.keys("6 6").earcon is Earcon.END
    assert someone.hears("5") == heard
    told = someone.hears("/ 1 Enter")
    assert told == "まだ 入っていません。"
    someone.keys(". -")
    assert someone.hears("5").startswith("本日の受付"), "a tick is nothing to repeat either"


def test_sound_of_a_patient_is_repeated_where_nothing_is_said() -> None:
    someone = Listener(HandSource(JIRO), DeskSettings(privacy=Privacy.SOUND))
    assert someone.keys("1 4 5").earcon is Earcon.INVALID
