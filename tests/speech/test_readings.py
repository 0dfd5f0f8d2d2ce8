"""Every row of the reading table is read as it says: kind, text, 氏名カナ, kana, source. People in it are invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.sandbox.people import PACKAGED_FILE, load_people
from app.speech.reading import explain_reading, read_day_more, read_day_slowly, read_field
from app.speech.reading_kana import SPEAKABLE
from app.speech.reading_parts import WordReading
from app.speech.reading_words import SudachiReader
from app.speech.spoken_words import spoken
from app.speech.utterance import Field, FieldKind, Phrase, ReadingSource

ROWS = [line.split("\t") for line in (Path(__file__).parent / "readings.tsv").read_text("utf-8").splitlines()]


def test_the_table_is_large_and_knows_every_kind() -> None:
    assert len(ROWS) >= 300
    assert {row[0] for row in ROWS} == set(FieldKind)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1] or row[2]}")
def test_each_row_is_read_as_the_table_says(row: list[str], words: SudachiReader) -> None:
    kind, text, received, kana, source = row
    phrase = read_field(Field(FieldKind(kind), text, received), words)
    assert (phrase.kana, phrase.source) == (kana, ReadingSource(source))
    assert phrase.text == text
    assert SPEAKABLE.fullmatch(phrase.kana)


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("19570412", "セイレキ センキュウヒャクゴジュウナナネン、シガツ ジュウニニチ。ロクジュウキュウサイ"),
        ("S32.4.12", "セイレキ センキュウヒャクゴジュウナナネン、シガツ ジュウニニチ。ロクジュウキュウサイ"),
        ("20061128", "セイレキ ニセンロクネン、ジュウイチガツ ニジュウハチニチ。ハタチ"),
        ("20261129", "セイレキ ニセンニジュウロクネン、ジュウイチガツ ニジュウクニチ"),
        ("99999999", "キゲン ナシ"),
    ],
)
def test_the_second_form_of_a_day_tells_the_western_year_and_the_age(text: str, kana: str) -> None:
    assert read_day_more(text, date(2026, 11, 28)).kana == kana


def test_without_a_day_of_today_no_age_is_told() -> None:
    assert read_day_more("19570412").kana == "セイレキ センキュウヒャクゴジュウナナネン、シガツ ジュウニニチ"


@pytest.mark.parametrize(
    ("text", "kana"),
    [
        ("20260401", "レイワ ハチネン、ヨンガツ、イチニチ"),
        ("20260402", "レイワ ハチネン、ヨンガツ、ニニチ"),
        ("20260720", "レイワ ハチネン、ナナガツ、ニジュウニチ"),
    ],
)
def test_the_slow_form_tells_days_apart_that_sound_alike(text: str, kana: str) -> None:
    assert read_day_slowly(text).kana == kana


def test_a_name_without_kana_is_never_said_without_a_warning(words: SudachiReader) -> None:
    for name in ("月見里　花子", "ＳＭＩＴＨ", "髙﨑　𠮷●"):
        phrase = read_field(Field(FieldKind.NAME, name), words)
        assert phrase.source in (ReadingSource.INFERRED, ReadingSource.UNREADABLE)
        assert phrase.kana.startswith(("ヨミワ スイテイ", "ヨミガナ ナシ"))


def test_without_a_dictionary_kanji_are_said_to_be_unreadable_and_tables_still_read() -> None:
    assert read_field(Field(FieldKind.NAME, "試験　花子")).source is ReadingSource.UNREADABLE
    assert read_field(Field(FieldKind.ADDRESS, "岐阜県各務原市那加桜町1-69")).source is ReadingSource.TABLE
    assert read_field(Field(FieldKind.INSURER, "各務原市")).kana == "カカミガハラシ"
    assert read_field(Field(FieldKind.SYMBOL, "試12")).source is ReadingSource.UNREADABLE


def test_kana_that_came_with_any_field_is_what_is_said() -> None:
    assert read_field(Field(FieldKind.ADDRESS, "試験町", "ｼｹﾝﾏﾁ")) == Phrase(
        "試験町", "シケンマチ", ReadingSource.RECEIVED
    )


def test_a_second_reader_makes_a_reading_sure(caplog: pytest.LogCaptureFixture) -> None:
    agreeing = SudachiReader(lambda _: "マンセーヨーツー")
    assert agreeing.read("慢性腰痛") == WordReading("マンセイヨウツウ", True)
    other = SudachiReader(lambda _: "ナガツヅキ")
    assert other.read("慢性腰痛") == WordReading("マンセイヨウツウ", False)

    def broken(_: str) -> str:
        raise RuntimeError

    assert SudachiReader(broken).read("慢性腰痛") == WordReading("マンセイヨウツウ", False)
    assert "reading.second_failed" in caplog.text
    assert "慢性" not in caplog.text


@pytest.mark.parametrize("source", ReadingSource)
def test_how_it_was_read_can_be_answered_and_spoken(source: ReadingSource) -> None:
    answer = explain_reading(Phrase("試験", "シケン", source))
    assert answer
    assert spoken(answer)


def test_every_sample_person_is_read_without_a_gap(words: SudachiReader) -> None:
    count = 0
    for spec in load_people(PACKAGED_FILE):
        for one in spec.answer.qualifications if spec.answer is not None else ():
            fields = [
                Field(FieldKind.NAME, one.name or "", one.name_kana or ""),
                Field(FieldKind.INSURER, one.insurer_name or ""),
                Field(FieldKind.ADDRESS, one.address or ""),
                Field(FieldKind.SYMBOL, one.symbol or ""),
                Field(FieldKind.DIGITS, one.number or ""),
                Field(FieldKind.DAY, one.birthdate or ""),
            ]
            for field in fields:
                phrase = read_field(field, words)
                assert phrase.source is not ReadingSource.UNREADABLE, field
                count += 1
    assert count > 100
