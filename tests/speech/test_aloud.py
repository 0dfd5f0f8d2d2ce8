"""読み上げ of a whole check: the desk's words, as much of them as the device may say."""

from __future__ import annotations

import dataclasses

import pytest

from app.eligibility.voice_desk import DeskPatient, DeskSheet
from app.sandbox.people import Person, load_people
from app.speech.aloud import read_aloud
from app.speech.earcons import Earcon
from app.speech.mora import is_speakable
from app.speech.phrases.desk_captions import Privacy
from app.speech.reading_sounds import pronounced
from tests.speech.desk_day import HANAKO, JIRO, MORNING, SHEET, PlainReader
from tests.speech.test_desk_words import sample

READER = PlainReader()


def read(patient: DeskPatient, privacy: Privacy = Privacy.EARPHONE, captions: tuple[str, ...] = ()) -> str:
    return read_aloud(patient, SHEET, captions, privacy, READER).text


def test_earphone_hears_the_whole_sheet_numbers_digit_by_digit() -> None:
    said = read_aloud(HANAKO, SHEET, (), Privacy.EARPHONE, READER)
    assert said.earcon is Earcon.VALID
    assert said.text == (
        "菅原　花子 さま、資格 有効、3わり。"
        "保険者番号、01480011、記号、４８０１０２０３。番号、1024、枝番、01。"
        "保険者、全国健康保険協会　東京支部。生年月日、昭和32年4月1日。期限、令和9年3月31日。"
    )
    assert "ゼロ イチ ヨン ハチ、ゼロ ゼロ イチ イチ、" in [phrase.kana for phrase in said.phrases]
    assert said.viewed == ("hanako",)


def test_loudspeaker_says_number_verdict_and_what_to_do_and_that_there_is_more() -> None:
    said = read(JIRO, Privacy.SPEAKER, ("対応待ち", "前回から変更"))
    assert said == (
        "注意。受付番号 2、資格 無効。対応待ち。前回から変更。ほかの 項目、声に 出しません。"
        "イヤホンの ときだけ 読みます、設定の 声で かえます。"
    )
    for secret in ("架空", "1024", "01480011", "昭和", "全国"):
        assert secret not in said


def test_sound_alone_is_its_earcon_with_the_braille_line() -> None:
    said = read_aloud(JIRO, SHEET, ("対応待ち",), Privacy.SOUND, READER)
    assert (said.earcon, said.text) == (Earcon.INVALID, "")
    assert said.braille


def test_numbers_of_a_right_that_is_not_valid_are_for_reference() -> None:
    assert "参考、保険者番号" in read(JIRO)


def test_nothing_received_is_not_read_as_missing_one_by_one() -> None:
    lost = DeskPatient("out", 4, MORNING, reason="gateway.timeout", is_waiting=True, taken_by="架空 見本")
    said = read_aloud(lost, DeskSheet(), (), Privacy.EARPHONE, READER).text
    assert said.startswith("受付番号 4、確認できません。つながりません。")
    assert "届いていません" not in said
    assert "担当 あり" in said


@pytest.mark.parametrize("person", [one for one in load_people() if one.answer], ids=lambda one: one.name)
def test_every_sample_person_can_be_read_at_every_level(person: Person) -> None:
    patient, sheet = sample(person, 12_345)
    for privacy in Privacy:
        said = read_aloud(patient, sheet, ("対応待ち", "だれも知らない見出し"), privacy, READER)
        assert "だれも知らない見出し" not in said.text
        assert all(is_speakable(pronounced(phrase.kana)) for phrase in said.phrases)


@pytest.mark.parametrize(
    ("name", "kana"), [("", ""), ("●●", "●●"), ("寿限無" * 70, "ジュゲム" * 50), ("\u202e山\u0000", "ー")]
)
def test_odd_values_are_read_too(name: str, kana: str) -> None:
    patient = dataclasses.replace(HANAKO, name=name, name_kana=kana)
    said = read_aloud(patient, DeskSheet(*[name] * 9), (), Privacy.EARPHONE, READER)
    assert all(is_speakable(pronounced(phrase.kana)) for phrase in said.phrases)
