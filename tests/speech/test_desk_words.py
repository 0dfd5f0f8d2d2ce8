"""Every event, question and error has words for screen, sound and braille, and every sample person fits the limits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import libkuraji
import pytest

from app.eligibility.contribution import RatioSource, contribution_of
from app.eligibility.model import Validity
from app.eligibility.voice_desk import DeskActKind, DeskDay, DeskPatient, DeskSheet
from app.errors import KioskError
from app.sandbox.people import Person, load_people
from app.speech.braille_cells import count_cells
from app.speech.client import VoiceClient
from app.speech.desk import Desk
from app.speech.desk_announce import announced, announcement
from app.speech.desk_model import MAX_CORE_MORAE, MAX_MORAE, DeskSettings, Key, Utterance, morae_of
from app.speech.desk_news import News, say_news
from app.speech.desk_say import event_of, reception_phrase, summary
from app.speech.mora import count_morae, is_speakable
from app.speech.phrases import (
    REASONS,
    desk_captions,
    desk_counter_words,
    desk_words,
    menu_words,
    reason_words,
    session_words,
)
from app.speech.phrases.desk_captions import Asked, Privacy
from app.speech.phrases.desk_words import (
    ANNOUNCED,
    EARCONS,
    EXPLANATIONS,
    NOTICES,
    VERDICTS,
    DeskEvent,
    Words,
    error_words,
)
from app.speech.phrases.news_words import Arrival, arrival_news, handled_news
from app.speech.reading import read_field
from app.speech.reading_sounds import pronounced
from app.speech.utterance import Field, FieldKind, ReadingSource
from tests.speech.desk_day import MORNING, HandSource, Listener, PlainReader

READER = PlainReader()
PEOPLE = [one for one in load_people() if one.answer is not None]


def all_words() -> Iterator[tuple[str, Words]]:
    for module in (desk_words, desk_captions, desk_counter_words, menu_words, session_words):
        for name, value in vars(module).items():
            members = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            yield from ((name, one) for one in members if isinstance(one, Words))


def news_of(patient: DeskPatient, privacy: Privacy) -> Utterance:
    """What is said of a check that comes."""
    desk = Listener(HandSource(), DeskSettings(privacy=privacy)).desk
    return say_news([News(event_of(patient), patient=patient)], desk, is_muted=False)


def demand_fit(said: Utterance) -> None:
    assert morae_of(said.core) <= MAX_CORE_MORAE, said.text
    assert said.morae <= MAX_MORAE, said.text
    assert len(said.hint) <= 1
    assert count_cells(said.braille) <= 32
    for phrase in said.phrases:
        assert phrase.text.strip()
        assert is_speakable(pronounced(phrase.kana)), phrase


def test_words_are_kana_that_can_be_spoken_and_braille_that_fits() -> None:
    found = list(all_words())
    assert len(found) > 80
    for name, words in found:
        kana = words.kana
        for gap in ("{count}", "{key}", "{all}", "{here}", "{kana}", "{step}", "{time}", "{days}", "{day}", "{what}"):
            assert (gap in words.text) == (gap in kana), name
            kana = kana.replace(gap, "ア")
        assert is_speakable(kana), name
        assert count_cells(words.braille) <= 32, name
        assert "□" not in libkuraji.translate(words.braille), name


def test_every_event_is_seen_heard_and_felt() -> None:
    for event in DeskEvent:
        assert event in EARCONS
        assert event in ANNOUNCED or event in VERDICTS
        if event in ANNOUNCED and event is not DeskEvent.MANY:
            said = announced(event)
            demand_fit(said)
            assert said.text
            assert said.braille


def test_every_question_has_an_answer_that_is_said() -> None:
    for asked, words in desk_captions.QUESTIONS.items():
        assert words.braille
        assert asked in desk_captions.DONE or asked.value in set(Privacy) or asked is Asked.DROP_ENTRY
    assert {asked.value for asked in desk_captions.DONE} == {kind.value for kind in DeskActKind}
    assert set(desk_captions.QUESTIONS) == set(desk_captions.Asked)


def test_a_check_of_another_day_says_of_which() -> None:
    patient = DeskPatient("a", 1, MORNING, "菅原　花子", "ｽｶﾞﾜﾗ ﾊﾅｺ", Validity.VALID, share_percent=30)
    today, later = MORNING.date(), MORNING.date() + timedelta(days=20)
    assert (
        summary(patient, Privacy.EARPHONE, READER, today, is_whole=True).text == "菅原　花子 さま、資格 有効、3わり。"
    )
    said = summary(patient, Privacy.EARPHONE, READER, later, is_whole=True)
    assert said.text == "菅原　花子 さま、資格 有効、3わり。11月24日の 受付。"
    assert said.phrases[-1].kana == "ジュウイチガツ ニジュウヨッカノ ウケツケ。"


@pytest.mark.parametrize("reason", ["check.not_told", "check.card_removed_early"])
def test_a_valid_result_that_nobody_was_told_never_sounds_settled(reason: str) -> None:
    patient = DeskPatient("a", 1, MORNING, "菅原　花子", "ｽｶﾞﾜﾗ ﾊﾅｺ", Validity.VALID, reason=reason, is_waiting=True)
    assert event_of(patient) is DeskEvent.NOT_TOLD
    assert announcement(patient, Privacy.EARPHONE, READER, MORNING.date()).text.startswith(
        "注意。菅原　花子 さま、資格 有効"
    )
    said = summary(patient, Privacy.EARPHONE, READER, MORNING.date(), is_whole=True)
    assert "患者さんに まだ 伝えていません" in said.text
    assert "対応待ち" in said.text
    assert event_of(replace(patient, is_waiting=False)) is DeskEvent.VALID


def test_key_1_says_the_reason_that_the_screen_shows() -> None:
    for reason in REASONS:
        patient = DeskPatient("a", 1, MORNING, reason=reason, is_waiting=True)
        if event_of(patient) not in (DeskEvent.UNKNOWN, DeskEvent.COULD_NOT_ASK, DeskEvent.NO_ANSWER):
            continue
        said = summary(patient, Privacy.EARPHONE, READER, MORNING.date(), is_whole=True)
        words = reason_words(reason).staff.split("。")[0]
        explained = EXPLANATIONS[event_of(patient)].text.split("。")[0]
        assert words in said.text or explained in said.text
        if count_morae(error_words(reason).kana) <= 30:
            assert words in said.text, reason


def test_only_a_service_that_was_not_reached_is_said_to_be_out_of_reach() -> None:
    unreached = {"gateway.unreachable", "gateway.timeout", "gateway.busy"}
    for reason in REASONS:
        event = event_of(DeskPatient("a", 1, MORNING, reason=reason, is_waiting=True))
        assert (event is DeskEvent.COULD_NOT_ASK) == (reason in unreached), reason


def test_every_error_is_seen_heard_and_felt() -> None:
    for code in REASONS:
        words = error_words(code)
        assert words.text
        assert words.kana != "モンダイガ オキマシタ"
        assert words.braille not in ("", "エラー"), code
        assert "□" not in libkuraji.translate(words.braille), code
        assert is_speakable(words.kana)
        assert count_cells(words.braille) <= 32
        if code.startswith(("store.", "voice.", "staff.")):
            assert count_morae(words.kana) <= MAX_MORAE, code


def test_every_error_of_the_program_has_its_code_in_the_words() -> None:
    kinds: list[type[KioskError]] = [KioskError]
    while kinds:
        kind = kinds.pop()
        assert kind.code in REASONS
        kinds += kind.__subclasses__()


def test_notices_are_the_sentences_of_the_contract() -> None:
    assert NOTICES[desk_words.Notice.PRESS_5].text == "テンキーの5を押してください"
    assert NOTICES[desk_words.Notice.NUM_LOCK].text == "ナムロックを押してからもう一度"


def sample(person: Person, number: int = 12) -> tuple[DeskPatient, DeskSheet]:
    assert person.answer is not None
    first = person.answer.qualifications[0] if person.answer.qualifications else None
    is_valid = person.answer.validity.is_valid
    share = None if first is None else contribution_of(first, is_valid, MORNING.date())
    ratio = share.ratio if share else None
    patient = DeskPatient(
        person.name,
        number,
        MORNING,
        (first.name if first else None) or "",
        (first.name_kana if first else None) or "",
        person.answer.validity,
        share_percent=int(ratio) if ratio and ratio.isdigit() else None,
        is_share_by_law=share is not None and share.source is RatioSource.LAW,
        is_waiting=not is_valid,
    )
    if first is None:
        return patient, DeskSheet()
    return patient, DeskSheet(
        first.name or "",
        first.name_kana or "",
        first.insurer_name or "",
        first.insurer_number or "",
        first.symbol or "",
        first.number or "",
        first.branch_number or "",
        first.birthdate or "",
        first.card_valid_to or "",
    )


@pytest.mark.parametrize("person", PEOPLE, ids=lambda one: one.name)
def test_every_sample_person_fits_the_limits_in_every_utterance(person: Person) -> None:
    patient, sheet = sample(person)
    source = HandSource(patient)
    source.sheets[patient.check_id] = sheet
    for privacy in Privacy:
        someone = Listener(source, DeskSettings(privacy=privacy))
        for key in [
            "1",
            "+",
            "2",
            "2",
            "2",
            "2",
            "2",
            "2",
            "2",
            "0",
            ".",
            "3",
            "3",
            "3",
            "3",
            "*",
            "*",
            "*",
            "*",
            "*",
            "*",
            "0",
            "Enter",
            "Enter",
            "/",
            "4",
            "/",
            "3",
            "/",
            "5",
            "1",
            "Enter",
            ".",
        ]:
            demand_fit(someone.keys(key))
        demand_fit(news_of(patient, privacy))


REASONS_OF_EACH_KIND = (
    *(None, "card.pin_locked", "card.pin_missing", "check.pin_last", "check.pin_unknown"),
    *("gateway.timeout", "check.not_told", "card.failed"),
)


@pytest.mark.parametrize("number", [None, 0, 128, 9_876, 12_345, 9_999_999])
def test_every_kind_of_check_fits_the_limits(number: int | None) -> None:
    for validity, reason in itertools.product((*Validity, None), REASONS_OF_EACH_KIND):
        patient = DeskPatient(
            "a",
            number,
            MORNING,
            "架空　竜之介",
            "ｶｸｳ ﾘｭｳﾉｽｹ",
            validity,
            share_percent=30,
            reason=reason,
            is_waiting=True,
        )
        for privacy in (Privacy.EARPHONE, Privacy.SPEAKER):
            for today in (patient.at.date(), patient.at.date() + timedelta(days=40)):
                demand_fit(summary(patient, privacy, READER, today, is_whole=True))
            demand_fit(news_of(patient, privacy))


def test_large_reception_numbers_are_said_digit_by_digit_and_never_fail() -> None:
    assert reception_phrase(9_876).kana == "ウケツケ バンゴー キュウセンハッピャクナナジュウロク"
    assert reception_phrase(12_345).kana == "ウケツケ バンゴー イチ ニー サン、ヨン ゴー"
    assert read_field(Field(FieldKind.RECEPTION, "12345")).kana == "イチ ニー サン、ヨン ゴー バン"
    assert read_field(Field(FieldKind.RECEPTION, "9999番")).kana.endswith("キュウバン")
    for number in (10_000, 123_456_789, 10**18, 10**25, -1):
        patient = DeskPatient("a", number, MORNING, validity=Validity.VALID, share_percent=30)
        for said in (
            summary(patient, Privacy.SPEAKER, READER, patient.at.date(), is_whole=True),
            news_of(patient, Privacy.SPEAKER),
        ):
            assert all(is_speakable(pronounced(phrase.kana)) for phrase in said.phrases)
            assert count_cells(said.braille) <= 32
        told = arrival_news(Arrival(number, Validity.VALID, None, False, False), Privacy.SPEAKER)
        assert count_cells(told.short) <= 32
        assert count_cells(handled_news(number, "架空 見本").short) <= 32


def test_words_of_the_contract_are_said_as_written() -> None:
    def hears(**changes: object) -> str:
        patient = DeskPatient("a", 1, MORNING, "すがわら はなこ", "スガワラ ハナコ", **changes)  # type: ignore[arg-type]
        return news_of(patient, Privacy.EARPHONE).text

    assert hears(validity=Validity.VALID, share_percent=30) == "受付しました、すがわら はなこ さま、資格 有効、3わり。"
    assert hears(validity=Validity.INVALID) == "注意。すがわら はなこ さま、資格 無効。くわしくは 1。"
    assert (
        hears(reason="check.pin_last")
        == "暗証番号が 2回 ちがいました。受付番号 1、目視確認に かえますか。決定で かえます。"
    )
    assert (
        hears(reason="card.pin_locked") == "カードの 暗証番号が ロックされています。受付番号 1、目視確認が できます。"
    )
    assert hears(reason="card.pin_missing") == "暗証番号の ない カードです。受付番号 1、目視確認で うけつけます。"
    assert hears(reason="gateway.timeout") == "つながりません。受付番号 1、あとで確認に いれました。決定で もう一度。"


@pytest.mark.parametrize(
    ("name", "kana"),
    [
        ("", ""),
        ("　", " "),
        ("寿限無" * 70, "ジュゲム" * 50),
        ("●●", "●●"),
        ("A" * 200, "ヴァ" * 100),
        ("\u202e山\u0000", "\u3099ー"),
        ("𠮷 " * 100, "ｱ " * 100),
    ],
)
def test_odd_names_never_break_an_utterance(name: str, kana: str) -> None:
    source = HandSource(DeskPatient("odd", 1, MORNING, name, kana, Validity.VALID, share_percent=35))
    source.sheets["odd"] = DeskSheet(*[name] * 9)
    someone = Listener(source)
    for key in ["1", "+", "2", "2", "2", "2", "2", "2", "2", "3", "3", "3", "*", "*", "*", "0"]:
        said = someone.keys(key)
        assert count_cells(said.braille) <= 32
        for phrase in said.phrases:
            assert is_speakable(pronounced(phrase.kana)), (key, phrase)
    demand_fit(someone.keys(". 1"))


def test_desk_needs_no_voice_to_read_all_but_places() -> None:
    """A voice process that is down keeps nobody from hearing of verdicts: the reader is asked for insurers alone."""
    from pathlib import Path

    source = HandSource(DeskPatient("a", 1, MORNING, "架空　花子", "ｶｸｳ ﾊﾅｺ", Validity.VALID))
    desk = Desk(source, VoiceClient(Path("/nowhere/voice.sock"), 0.1), DeskSettings(privacy=Privacy.EARPHONE))
    heard = [desk.press(Key(key)) for key in ["1", "2", "2", "2", "2"]]
    assert heard[0].text == "架空　花子 さま、資格 有効。"
    assert heard[4].phrases[1].source is not ReadingSource.FIXED
    assert DeskDay().waiting == 0
    assert source.now() - MORNING < timedelta(minutes=1)
