"""What a person pays, and that a share by law is never told as received."""

from __future__ import annotations

from datetime import date

import pytest

from app.eligibility.contribution import REASON_WORDS, RatioReason, RatioSource, contribution_of
from app.eligibility.model import ElderlyRecipient, Qualification

DAY = date(2026, 11, 24)
CERTIFIED = ElderlyRecipient(valid_from="20260801", valid_to="20270731", contribution_ratio="020")
CARD, CERTIFICATE, LAW, UNKNOWN = RatioSource
R = RatioReason


def born(text: str, **changes: object) -> Qualification:
    values: dict[str, object] = {"card_classification": "01", "insurer_number": "06480016", "birthdate": text}
    return Qualification(**{**values, **changes})  # type: ignore[arg-type]


ADULT, CHILD, OF_72, OF_80 = "19800229", "20220510", "19540311", "19460101"


@pytest.mark.parametrize(
    ("one", "ratio", "source", "reason"),
    [
        (born(OF_80, insurer_number="39481239", contribution_ratio="010"), "010", CARD, R.RECEIVED),
        (born(ADULT, contribution_ratio="030"), "030", CARD, R.RECEIVED),
        (born(OF_72, elderly_recipient=CERTIFIED), "020", CERTIFICATE, R.RECEIVED),
        (born(OF_72, elderly_recipient=CERTIFIED, contribution_ratio="020"), "020", CERTIFICATE, R.RECEIVED),
        (born(OF_72, elderly_recipient=CERTIFIED, contribution_ratio="030"), None, UNKNOWN, R.CONFLICT),
        (
            born(OF_72, elderly_recipient=ElderlyRecipient(valid_to="20261123", contribution_ratio="020")),
            None,
            UNKNOWN,
            R.ELDERLY_WITHOUT_CERTIFICATE,
        ),
        (
            born(OF_72, elderly_recipient=ElderlyRecipient(valid_from="20261125", contribution_ratio="020")),
            None,
            UNKNOWN,
            R.ELDERLY_WITHOUT_CERTIFICATE,
        ),
        (
            born(OF_72, elderly_recipient=ElderlyRecipient(valid_to="20261124", contribution_ratio="030")),
            "030",
            CERTIFICATE,
            R.RECEIVED,
        ),
        (born(OF_72), None, UNKNOWN, R.ELDERLY_WITHOUT_CERTIFICATE),
        (born(OF_80), None, UNKNOWN, R.LATE_ELDERLY_WITHOUT_RATIO),
        (born("19580101", insurer_number="39481239"), None, UNKNOWN, R.LATE_ELDERLY_WITHOUT_RATIO),  # 68, disabled
        (born(ADULT), "030", LAW, R.WORKING_AGE),
        (born("19561125"), "030", LAW, R.WORKING_AGE),  # 69; from December on it is another matter
        (born("19561102"), "030", LAW, R.WORKING_AGE),  # 70 since the 2nd: still, to the month's end
        (born("19561101"), None, UNKNOWN, R.ELDERLY_WITHOUT_CERTIFICATE),
        (born(CHILD, preschool="1"), "020", LAW, R.PRESCHOOL_FLAG),
        (born(CHILD), "020", LAW, R.PRESCHOOL_AGE),
        (born(None, preschool="1"), "020", LAW, R.PRESCHOOL_FLAG),  # type: ignore[arg-type]
        (born(ADULT, preschool="1"), None, UNKNOWN, R.FLAG_AGAINST_AGE),
        (born(ADULT, preschool="2"), "030", LAW, R.WORKING_AGE),
        (born(None), None, UNKNOWN, R.NO_BIRTHDATE),  # type: ignore[arg-type]
        (born("99999999"), None, UNKNOWN, R.NO_BIRTHDATE),
        (born("20270101"), None, UNKNOWN, R.NO_BIRTHDATE),
        (born(ADULT, card_classification="A1", contribution_ratio="030"), None, UNKNOWN, R.WELFARE),
        (born(ADULT, card_classification="05"), None, UNKNOWN, R.FULL_PAYER),
        (born(ADULT, contribution_ratio="035"), "035", CARD, R.RECEIVED),  # odd, but what was received
    ],
)
def test_share_source_and_reason(
    one: Qualification, ratio: str | None, source: RatioSource, reason: RatioReason
) -> None:
    found = contribution_of(one, True, DAY)
    assert (found.ratio, found.source, found.reason) == (ratio, source, reason)
    assert found.is_received is (reason is R.RECEIVED)
    assert (ratio is None) == (source is UNKNOWN)


@pytest.mark.parametrize("one", [born(ADULT), born(CHILD), born(CHILD, preschool="1"), born(OF_72), born(OF_80)])
def test_nothing_is_derived_from_a_right_that_is_not_valid(one: Qualification) -> None:
    assert contribution_of(one, False, DAY).reason is R.NOT_VALID


def test_what_was_received_stays_when_the_right_is_not_valid() -> None:
    assert contribution_of(born(OF_80, contribution_ratio="010"), False, DAY).ratio == "010"


def test_every_reason_says_so_and_derived_ones_say_that_they_were_not_received() -> None:
    assert set(REASON_WORDS) == set(RatioReason)
    for reason in (R.PRESCHOOL_FLAG, R.PRESCHOOL_AGE, R.WORKING_AGE):
        assert REASON_WORDS[reason].startswith("届いた割合ではありません")
    assert contribution_of(born(ADULT), True, DAY).words == "3割"
    assert contribution_of(born(OF_72), True, DAY).words == "不明"
    assert contribution_of(born(OF_72, elderly_recipient=CERTIFIED), True, DAY).explanation == (
        "高齢受給者証として届いた割合です"
    )
