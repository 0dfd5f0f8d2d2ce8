"""Codes and their words."""

from __future__ import annotations

import pytest

from app.eligibility import oqs_words
from app.eligibility.oqs_words import code_words, extra_words, has_hidden_signs, ratio_words, ticket_words, yen_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("010", "1割"),
        ("020", "2割"),
        ("030", "3割"),
        ("000", "0割"),
        ("100", "10割"),
        ("015", "015"),
        ("30", "30"),
        ("", ""),
    ],
)
def test_ratios_are_tenths_or_as_received(text: str, words: str) -> None:
    assert ratio_words(text) == words


def test_unknown_codes_are_shown_as_received() -> None:
    assert code_words(oqs_words.SEX, "2") == "女"
    assert code_words(oqs_words.SEX, "9") == "9"
    assert code_words(oqs_words.CARD_CLASSIFICATION, "A1") == "医療扶助"
    assert code_words(oqs_words.LIMIT_FLAG, "B02") == "現役並みⅡ"


def test_tickets_show_codes_days_and_money_in_words() -> None:
    assert ticket_words("TicketType", "01") == "医療券"
    assert ticket_words("MedicalTicketValidDate", "20261101") == "令和8年11月1日（2026年11月1日）"
    assert ticket_words("MedicalTreatmentMonth", "202611") == "令和8年11月（2026年11月）"
    assert ticket_words("SelfPayAmount", "1234") == "1,234円"
    assert ticket_words("InjuryName1", "腰痛症") == "腰痛症"
    assert yen_words("約百円") == "約百円"


def test_extras_show_consents_and_times_in_words() -> None:
    assert extra_words("PharmacistsInfoConsFlg", "0") == "なし"
    assert extra_words("DiagnosisInfoConsTime", "20261122101112") == "令和8年11月22日（2026年11月22日） 10:11:12"
    assert extra_words("SomethingNew", "x1") == "x1"


def test_signs_for_missing_characters_are_noticed() -> None:
    assert has_hidden_signs("試験　●子")
    assert has_hidden_signs(None, "〓田")
    assert not has_hidden_signs("髙﨑 𠮷", None, "")
