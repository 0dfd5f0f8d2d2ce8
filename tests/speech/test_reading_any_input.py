"""Whatever arrives is read without an error, and only kana ever reach the engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.speech.reading import explain_reading, read_day_more, read_day_slowly, read_field
from app.speech.reading_kana import SPEAKABLE, mend
from app.speech.reading_numbers import COUNTERS, counted, number_kana
from app.speech.reading_words import SudachiReader
from app.speech.utterance import Field, FieldKind, ReadingSource

ROOT = Path(__file__).resolve().parents[2]
PLAIN = (
    "0123456789０１９-－ー年月日割円歳丁目番地号のノア・（）() 　、。ｱ"
    "ｶﾞﾊﾟｯｬﾞﾟ々ゝゞヽヾ●〓□髙𠮷令和昭元東京都市区町村大字第棟F"
)
STRANGE = "\x00\t\n\u200b\u200d\u202e\ufeff\ufffd\ue000\U000e0100\U0001f600\u3099ヰヱヵㇰ〆〇ℳ①ⅣÄßж\U000f0000\U0003ffff"
TEXTS = st.one_of(st.text(max_size=60), st.text(st.sampled_from(PLAIN + STRANGE), max_size=40))
SHORT = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],  # cores are shared
)
ODD = (
    "",
    " ",
    "　",
    "\x00\x1b[31m",
    "😀👨‍👩‍👧",
    "\ud800",
    "あ" * 200,
    "鬱" * 200,
    "1" * 200,
    "ﾞ" * 200,
    "ー" * 200,
    "●" * 200,
    "A" * 200,
    "二" * 200,
    "東京都" * 100,
    "1-" * 100,
)


@pytest.mark.parametrize("kind", FieldKind)
@SHORT
@given(text=TEXTS, kana=st.one_of(st.just(""), TEXTS))
def test_any_text_is_read_as_kana_alone(kind: FieldKind, words: SudachiReader, text: str, kana: str) -> None:
    for reader in (words, None):
        phrase = read_field(Field(kind, text, kana), reader)
        assert SPEAKABLE.fullmatch(phrase.kana)
        assert phrase.kana.strip()
        assert explain_reading(phrase)


@pytest.mark.parametrize("kind", FieldKind)
@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_and_long_texts_are_read_too(kind: FieldKind, text: str, words: SudachiReader) -> None:
    for field in (Field(kind, text), Field(kind, "", text), Field(kind, text, text)):
        phrase = read_field(field, words)
        assert SPEAKABLE.fullmatch(phrase.kana)
        assert phrase.kana
        assert read_field(field).kana


@SHORT
@given(text=TEXTS)
def test_other_forms_of_any_day_are_kana_alone(text: str) -> None:
    assert SPEAKABLE.fullmatch(read_day_more(text).kana)
    assert SPEAKABLE.fullmatch(read_day_slowly(text).kana)


@SHORT
@given(number=st.integers(0, 10**16 - 1), counter=st.sampled_from(sorted(COUNTERS)))
def test_any_number_is_counted_in_kana(number: int, counter: str) -> None:
    assert SPEAKABLE.fullmatch(counted(number, counter))
    assert mend(number_kana(number)) == number_kana(number)


def test_numbers_are_told_apart() -> None:
    said = [number_kana(number) for number in range(20_000)]
    assert len(set(said)) == len(said)


@SHORT
@given(digits=st.text("0123456789", min_size=1, max_size=30))
def test_digits_keep_their_order_and_their_groups_are_short(digits: str) -> None:
    kana = read_field(Field(FieldKind.DIGITS, digits)).kana
    names = dict(zip("ゼイニサヨゴロナハキ", digits_of("0123456789"), strict=True))
    groups = [group.split(" ") for group in kana.split("、")]
    assert "".join(names[word[0]] for group in groups for word in group) == digits
    assert all(len(group) <= 4 for group in groups)


def digits_of(text: str) -> list[str]:
    return list(text)


def test_a_name_of_two_hundred_letters_is_said_whole() -> None:
    phrase = read_field(Field(FieldKind.NAME, "", "ﾊﾅｺ" * 66 + "ﾀﾛ"))
    assert phrase.kana == "ハナコ" * 66 + "タロ"
    assert phrase.source is ReadingSource.RECEIVED


def test_pages_may_import_the_readings_without_loading_a_dictionary() -> None:
    code = (
        "import sys; import app.speech.reading as r, app.speech.spoken_words, app.speech.reading_words; "
        "from app.speech.utterance import Field, FieldKind; "
        "r.read_field(Field(FieldKind.ADDRESS, '東京都千代田区霞が関1-2-2')); "
        "sys.exit('sudachipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
