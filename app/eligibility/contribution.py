"""負担割合 and where it comes from. What the law gives is never told as something that was received.

Sources: items 22, 23 and 26 of ``ResultOfQualificationConfirmation``; 健康保険法 74条 and 110条, 国民健康保険法 42条
(3割; 2割 before school; 70 to 74 by certificate); 高齢者の医療の確保に関する法律 67条 (by the notice of the insurer).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.eligibility.age import AgeBand, age_on
from app.eligibility.model import ElderlyRecipient, Qualification
from app.eligibility.oqs_words import ratio_words
from app.eligibility.wareki import parse_day

WELFARE = "A1"
FULL_PAYER = "05"
"""特別療養費支給対象者: pays in full and is paid back."""
_LATE_ELDERLY_SCHEME = "39"


class RatioSource(StrEnum):
    INSURED_CARD = "insured_card"
    ELDERLY_CERTIFICATE = "elderly_certificate"
    LAW = "law"
    UNKNOWN = "unknown"


class RatioReason(StrEnum):
    """Why a share was derived, or why there is none."""

    RECEIVED = "received"
    PRESCHOOL_FLAG = "preschool_flag"
    PRESCHOOL_AGE = "preschool_age"
    WORKING_AGE = "working_age"
    NOT_VALID = "not_valid"
    WELFARE = "welfare"
    FULL_PAYER = "full_payer"
    CONFLICT = "conflict"
    FLAG_AGAINST_AGE = "flag_against_age"
    ELDERLY_WITHOUT_CERTIFICATE = "elderly_without_certificate"
    LATE_ELDERLY_WITHOUT_RATIO = "late_elderly_without_ratio"
    NO_BIRTHDATE = "no_birthdate"


REASON_WORDS: dict[RatioReason, str] = {
    RatioReason.RECEIVED: "",
    RatioReason.PRESCHOOL_FLAG: "届いた割合ではありません。未就学区分が届いたため、法律では2割です",
    RatioReason.PRESCHOOL_AGE: "届いた割合ではありません。就学前のため、法律では2割です",
    RatioReason.WORKING_AGE: "届いた割合ではありません。就学〜69歳のため、法律では3割です",
    RatioReason.NOT_VALID: "資格が有効でないため、割合はわかりません",
    RatioReason.WELFARE: "医療扶助です。医療券の本人支払額を見てください",
    RatioReason.FULL_PAYER: "特別療養費の対象です。窓口ではいったん全額になります",
    RatioReason.CONFLICT: "証によって割合がちがいます。保険者に確かめてください",
    RatioReason.FLAG_AGAINST_AGE: "未就学区分と生年月日が合いません。保険者に確かめてください",
    RatioReason.ELDERLY_WITHOUT_CERTIFICATE: "70〜74歳ですが、今日使える高齢受給者証の割合が届いていません",
    RatioReason.LATE_ELDERLY_WITHOUT_RATIO: "後期高齢者ですが、割合が届いていません",
    RatioReason.NO_BIRTHDATE: "生年月日がわからないため、割合を求められません",
}
SOURCE_WORDS: dict[RatioSource, str] = {
    RatioSource.INSURED_CARD: "被保険者証として届いた割合です",
    RatioSource.ELDERLY_CERTIFICATE: "高齢受給者証として届いた割合です",
    RatioSource.LAW: "法律から",
    RatioSource.UNKNOWN: "不明",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """``ratio`` is three digits of per cent as on the wire (``030``), or text as received that is none."""

    ratio: str | None
    source: RatioSource
    reason: RatioReason

    @property
    def is_received(self) -> bool:
        return self.source in (RatioSource.INSURED_CARD, RatioSource.ELDERLY_CERTIFICATE)

    @property
    def words(self) -> str:
        return ratio_words(self.ratio) if self.ratio else SOURCE_WORDS[self.source]

    @property
    def explanation(self) -> str:
        """A sentence: which certificate, which law, or why nobody knows."""
        return REASON_WORDS[self.reason] or SOURCE_WORDS[self.source]


def contribution_of(one: Qualification, is_valid: bool, day: date) -> Contribution:
    """Decide what a person pays of a treatment on ``day``, the day for which the right was confirmed.

    Args:
        is_valid: a right that is not valid keeps what was received; nothing is derived from it.
    """
    if one.card_classification == WELFARE:
        return _unknown(RatioReason.WELFARE)
    if one.card_classification == FULL_PAYER:
        return _unknown(RatioReason.FULL_PAYER)
    received = received_ratio(one.contribution_ratio, one.elderly_recipient, day)
    if received is not None:
        return received
    if not is_valid:
        return _unknown(RatioReason.NOT_VALID)
    age = age_on(parse_day(one.birthdate), day)
    if _is_of_late_elderly_scheme(one.insurer_number):
        return _unknown(RatioReason.LATE_ELDERLY_WITHOUT_RATIO)
    if one.preschool == "1":
        if age is not None and age.band is not AgeBand.PRESCHOOL:
            return _unknown(RatioReason.FLAG_AGAINST_AGE)
        return Contribution("020", RatioSource.LAW, RatioReason.PRESCHOOL_FLAG)
    if age is None:
        return _unknown(RatioReason.NO_BIRTHDATE)
    match age.band:
        case AgeBand.PRESCHOOL:
            return Contribution("020", RatioSource.LAW, RatioReason.PRESCHOOL_AGE)
        case AgeBand.WORKING:
            return Contribution("030", RatioSource.LAW, RatioReason.WORKING_AGE)
        case AgeBand.ELDERLY:
            return _unknown(RatioReason.ELDERLY_WITHOUT_CERTIFICATE)
        case AgeBand.LATE_ELDERLY:
            return _unknown(RatioReason.LATE_ELDERLY_WITHOUT_RATIO)


def received_ratio(insured: str | None, elderly: ElderlyRecipient | None, day: date) -> Contribution | None:
    """Choose between the two places of 一部負担金割合; the elderly certificate's counts inside its own dates.

    Returns:
        ``None`` when neither place holds one that counts on ``day``.
    """
    certified = _certified(elderly, day)
    if certified and insured and certified != insured:
        return _unknown(RatioReason.CONFLICT)
    if certified:
        return Contribution(certified, RatioSource.ELDERLY_CERTIFICATE, RatioReason.RECEIVED)
    if insured:
        return Contribution(insured, RatioSource.INSURED_CARD, RatioReason.RECEIVED)
    return None


def _certified(elderly: ElderlyRecipient | None, day: date) -> str | None:
    if elderly is None or not elderly.contribution_ratio:
        return None
    if not (elderly.valid_from or "") <= f"{day:%Y%m%d}" <= (elderly.valid_to or "99999999"):
        return None
    return elderly.contribution_ratio


def _is_of_late_elderly_scheme(insurer_number: str | None) -> bool:
    number = (insurer_number or "").strip()
    return len(number) == 8 and number.startswith(_LATE_ELDERLY_SCHEME)


def _unknown(reason: RatioReason) -> Contribution:
    return Contribution(None, RatioSource.UNKNOWN, reason)
