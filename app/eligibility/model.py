"""What an eligibility service says about a person.

Names and order follow the regular OQS response (``ResultOfQualificationConfirmation``, layout 別紙3-1 as
transcribed in public code); values are kept as text exactly as received, apart from outer padding.
Numbers of people and insurers are text: leading zeros matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Source(StrEnum):
    """Where a result came from."""

    ONLINE = "online"
    FACE_FOLDER = "face_folder"
    COPIED_TEXT = "copied_text"
    MANUAL = "manual"


class Validity(StrEnum):
    """資格有効性, code table OQSCD006. "Invalid" is a value, not an error."""

    VALID = "1"
    INVALID = "2"
    INVALID_NEWER_EXISTS = "3"
    NO_INFORMATION = "4"
    MULTIPLE = "5"
    VALID_UNREGISTERED = "6"

    @property
    def is_valid(self) -> bool:
        return self in (Validity.VALID, Validity.VALID_UNREGISTERED)


@dataclass(frozen=True, slots=True)
class ElderlyRecipient:
    """高齢受給者証情報 (70 to 74 years)."""

    issued_on: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    contribution_ratio: str | None = None


@dataclass(frozen=True, slots=True)
class LimitCertificate:
    """限度額適用認定証関連情報."""

    classification: str | None = None
    classification_flag: str | None = None
    issued_on: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    long_term_on: str | None = None


@dataclass(frozen=True, slots=True)
class SpecificDisease:
    """特定疾病療養受療証情報."""

    category: str | None = None
    issued_on: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    self_pay: str | None = None


@dataclass(frozen=True, slots=True)
class MedicalTicket:
    """医療券・調剤券情報 of 医療扶助; ``fields`` keeps every received element as (wire name, text)."""

    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Qualification:
    """One 資格確認結果. Dates are ``yyyyMMdd`` text, ratios three digits of per cent (``030``)."""

    card_classification: str | None = None
    insurer_number: str | None = None
    symbol: str | None = None
    number: str | None = None
    branch_number: str | None = None
    personal_family: str | None = None
    insured_name: str | None = None
    name: str | None = None
    name_of_other: str | None = None
    name_kana: str | None = None
    name_of_other_kana: str | None = None
    sex1: str | None = None
    sex2: str | None = None
    birthdate: str | None = None
    address: str | None = None
    post_number: str | None = None
    qualified_on: str | None = None
    disqualified_on: str | None = None
    certificate_issued_on: str | None = None
    card_valid_from: str | None = None
    card_valid_to: str | None = None
    contribution_ratio: str | None = None
    preschool: str | None = None
    reason_of_loss: str | None = None
    insurer_name: str | None = None
    elderly_recipient: ElderlyRecipient | None = None
    limit_consent: str | None = None
    limit_consent_time: str | None = None
    limit_certificate: LimitCertificate | None = None
    diseases_consent: str | None = None
    diseases_consent_time: str | None = None
    specific_diseases: tuple[SpecificDisease, ...] = ()
    medical_tickets: tuple[MedicalTicket, ...] = ()
    reference_number: str | None = None
    extras: tuple[tuple[str, str], ...] = ()
    """Elements received but not named above, as (wire name, text): kept, never dropped."""


@dataclass(frozen=True, slots=True)
class EligibilityResult:
    """One answer: the verdict, a notice that may stand beside any verdict, and 0..n qualifications."""

    source: Source
    processed_at: datetime
    confirmed_on: date
    validity: Validity
    reference_classification: str
    institution_code: str
    notice_code: str | None = None
    notice_text: str | None = None
    prescription_issue: str | None = None
    qualifications: tuple[Qualification, ...] = ()
