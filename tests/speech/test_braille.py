"""The short form: never more than 32 cells, and what matters always whole. Counts are compared with libkuraji."""

from __future__ import annotations

import libkuraji
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.eligibility.model import Validity
from app.speech.braille import EVENTS, MAX_CELLS, VERDICT_UNKNOWN, VERDICTS, BrailleEvent, BrailleNotice, short_form
from app.speech.braille_cells import braille_kana, count_cells

KANA = [chr(code) for code in range(ord("ァ"), ord("ヺ") + 1)] + ["ー", " ", "　"]
NAMES = st.lists(st.sampled_from(KANA), max_size=200).map("".join)
NOTICES = st.builds(
    BrailleNotice,
    event=st.sampled_from(BrailleEvent),
    reception_number=st.none() | st.integers(0, 9_999_999),
    name_kana=NAMES | st.text(max_size=200),
    validity=st.none() | st.sampled_from(Validity),
    share_percent=st.none() | st.integers(0, 100),
)


def cells_of_kuraji(text: str) -> int:
    written: str = libkuraji.translate(text)
    assert "□" not in written, text
    return len(written)


def test_valid_arrival_says_number_name_verdict_and_share() -> None:
    notice = BrailleNotice(reception_number=12, name_kana="スガワラ ハナコ", validity=Validity.VALID, share_percent=30)
    assert short_form(notice) == "12 スガワラ ハナコ ユーコー 3ワリ"
    assert count_cells(short_form(notice)) == 23


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (BrailleNotice(reception_number=3, name_kana="ｻﾄｳ ﾀﾛｳ", validity=Validity.INVALID), "3 サトウ タロウ ムコー"),
        (BrailleNotice(reception_number=4, name_kana="さとう", validity=None), "4 サトウ フメイ"),
        (BrailleNotice(validity=Validity.VALID, share_percent=0), "ユーコー 0ワリ"),
        (BrailleNotice(validity=Validity.INVALID, share_percent=30), "ムコー"),
        (BrailleNotice(BrailleEvent.PIN_WRONG_TWICE, 5, "サトウ"), "5 サトウ アンショー 2カイ チガウ"),
        (BrailleNotice(BrailleEvent.PIN_LOCKED, 5), "5 ロック"),
        (BrailleNotice(BrailleEvent.NO_PIN_CARD, 5), "5 アンショー ナシ"),
        (BrailleNotice(BrailleEvent.COULD_NOT_ASK, 5, "サトウ"), "5 サトウ ツナガラズ"),
        (BrailleNotice(BrailleEvent.CALL_FOR_HELP), "ヨビダシ"),
    ],
)
def test_each_event_has_its_words(notice: BrailleNotice, line: str) -> None:
    assert short_form(notice) == line


def test_every_verdict_and_event_has_words_that_fit_beside_the_longest_number() -> None:
    assert set(VERDICTS) == set(Validity)
    assert set(EVENTS) == set(BrailleEvent) - {BrailleEvent.CHECKED}
    for words in (*VERDICTS.values(), *EVENTS.values(), VERDICT_UNKNOWN):
        assert count_cells(f"9999999 {words}") <= MAX_CELLS
    assert count_cells("9999999 ユーコー 100パーセント") <= MAX_CELLS


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("グエン ティ ホン アン ダック ニャン", "12 グエンティホンアンダックニャン ユーコー 3ワリ"),
        ("タチバナノアソン ギョウブサブロウ", "12 タチバナノアソン ギョ. ユーコー 3ワリ"),
        ("サラゴサバルセロナマドリード マリア", "12 サラゴサバルセロナマドリー. ユーコー 3ワリ"),
        ("ア" * 200, "12 アアアアアアアアアアアアアアアアア. ユーコー 3ワリ"),
    ],
)
def test_long_name_gives_way_and_says_so(name: str, line: str) -> None:
    notice = BrailleNotice(reception_number=12, name_kana=name, validity=Validity.VALID, share_percent=30)
    assert short_form(notice) == line


@pytest.mark.parametrize("wrong", [{"reception_number": -1}, {"reception_number": 10_000_000}, {"share_percent": 101}])
def test_numbers_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"number|share"):
        short_form(BrailleNotice(validity=Validity.VALID, **wrong))


def test_text_is_reduced_to_what_braille_writes() -> None:
    assert braille_kana("  ー髙橋 さとう・ﾊﾅｺ\tテュー x") == "サトウハナコ テユー"


@settings(max_examples=250, deadline=None)
@given(NOTICES)
def test_short_form_always_fits_and_keeps_number_and_verdict(notice: BrailleNotice) -> None:
    line = short_form(notice)
    assert count_cells(line) <= MAX_CELLS
    words = EVENTS.get(notice.event) or (VERDICTS[notice.validity] if notice.validity else VERDICT_UNKNOWN)
    assert words in line
    if notice.reception_number is not None:
        assert line.split(" ")[0] == str(notice.reception_number)
    assert cells_of_kuraji(line) == count_cells(line)


@pytest.mark.parametrize("text", ["3ワリ", "2カイ", "25パーセント", "3ア", "3ラ", "10", "キャギャファヴァヴガパッー"])
def test_numbers_and_joined_sounds_are_counted_as_libkuraji_writes_them(text: str) -> None:
    assert count_cells(text) == cells_of_kuraji(text)


@settings(max_examples=200, deadline=None)
@given(NAMES, st.none() | st.integers(0, 9999))
def test_cells_are_counted_as_libkuraji_writes_them(name: str, number: int | None) -> None:
    text = f"{'' if number is None else number} {braille_kana(name)}".strip()
    assert count_cells(text) == cells_of_kuraji(text)
