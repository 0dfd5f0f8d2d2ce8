"""The judge of what was said, and that the kept expectation covers every event and every way to enter a PIN."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screen_reader import judge, orca
from tests.screen_reader.day import KIOSK, PIN

STEPS = [("kiosk: top row 1", ["•"]), ("kiosk: top row 4", ["•", "受付しました panel.", "受付番号 1"])]


def test_what_is_written_is_read_again() -> None:
    assert judge.read(judge.written(STEPS)) == STEPS


@pytest.mark.parametrize("words", ["7", "7 ", "seven", "暗証番号 7", "ナナ"])
def test_a_digit_during_entry_is_found(words: str) -> None:
    assert judge.spoken_digits([("kiosk: numpad 2", ["•", words])], PIN)


def test_how_often_a_mark_is_said_does_not_matter_but_any_word_does() -> None:
    assert judge.essential(("kiosk: mouse 3", ["•", "•••"])) == ("kiosk: mouse 3", ["•"])
    assert judge.essential(("kiosk: mouse 3", [])) == ("kiosk: mouse 3", [])
    assert judge.essential(("kiosk: mouse 3", ["•", "9"])) == ("kiosk: mouse 3", ["•", "9"])
    assert judge.essential(("desk: valid", ["clickable.", "a", "a"])) == ("desk: valid", ["a", "a"])


def test_marks_and_the_next_screens_number_are_no_digits() -> None:
    assert judge.spoken_digits(STEPS, PIN) == []


def test_one_utterance_too_many_or_too_few_differs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judge, "EXPECTED", tmp_path / "expected.txt")
    assert judge.differences(STEPS) == ["there is no expectation yet"]
    judge.EXPECTED.write_text(judge.written(STEPS), "utf-8")
    assert judge.differences(STEPS) == []
    assert judge.differences([STEPS[0], ("kiosk: top row 4", ["•", "•"])])
    assert judge.differences(STEPS[:1]) == ["the steps themselves differ"]


def test_the_expectation_holds_each_sentence_once_and_a_mark_a_key() -> None:
    steps = dict(judge.read(judge.EXPECTED.read_text("utf-8")))
    for name, sentence in (
        ("valid", "受付番号1、資格(有効)"),
        ("invalid", "注意。受付番号2、資格(無効)、対応待ち"),
        ("PIN wrong twice", "受付番号3、確認できません、暗証番号が2回ちがいました、対応待ち"),
        ("locked", "受付番号4、確認できません、暗証番号がロックされています、対応待ち"),
        ("no-PIN card", "受付番号5、確認できません、暗証番号のないカード（顔認証カード）です、対応待ち"),
        ("目視確認 wanted", f"{KIOSK}で目視確認を待っています"),
        ("could not ask", "受付番号6、確認できません、照会先の返事が時間内に届きませんでした、対応待ち"),
        ("call for help", f"{KIOSK}で係員を呼んでいます"),
        ("connection lost", "接続が切れています"),
        ("connection back", "接続が戻りました"),
    ):
        assert steps[f"desk: {name}"] == [sentence]
    for way in ("top row", "numpad", "touch", "mouse"):
        for place in (1, 2, 3):
            assert steps[f"kiosk: {way} {place}"] == ["•"]
    assert judge.spoken_digits(list(steps.items()), PIN) == []


def test_what_is_missing_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orca.shutil, "which", lambda program: None)
    assert {"orca", "xvfb", "xdotool"} <= set(orca.missing_packages())
