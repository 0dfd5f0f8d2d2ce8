"""The qualifications of a people file: element names and value shapes, turned into the model's fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime

from app.clock import TOKYO
from app.eligibility.model import (
    ElderlyRecipient,
    LimitCertificate,
    MedicalTicket,
    Qualification,
    SpecificDisease,
)
from app.exchange import oqs_tables as wire
from app.exchange.xml_message import MAX_TEXT_CHARS, TURNS


class FieldError(Exception):
    """A mistake at a place: "FIELD: what is expected"."""


_CHOICES = {
    "InsuredCardClassification": ("01", "02", "03", "04", "05", "06", "07", "A1"),
    "PersonalFamilyClassification": ("1", "2"),
    "Sex1": ("1", "2", "3"),
    "Sex2": ("1", "2", "3"),
    "PreschoolClassification": ("1",),
    "ReasonOfLoss": ("01", "02", "03", "99"),
    "LimitApplicationCertificateClassification": ("01", "02", "03"),
    "LimitApplicationCertificateClassificationFlag": (
        *(f"A{number:02}" for number in range(1, 7)),
        *(f"B{number:02}" for number in range(1, 11)),
    ),
    "SpecificDiseasesDiseaseCategory": ("1", "2", "3"),
    "TicketType": ("01", "02"),
    "MedicalTreatmentType": ("01", "02", "03", "04", "05"),
    "SingleOrCombinedUse": ("01", "02"),
    "StatusOfSocialInsurance": ("01", "02"),
    "ConsistencyFlag": ("1",),
    "StatusOfInfecton": ("01", "02"),
    "StatusOfElderlyMedicalCare": ("01", "02"),
    "StatusOfPrefecturalExpenses": ("01", "02"),
}
"""Code lists 別紙5-1 as far as a qualification holds them."""

_SHAPES = {
    "InsuredBranchNumber": (re.compile(r"[0-9]{2}"), "two digits"),
    "PostNumber": (re.compile(r"[0-9]{3}-[0-9]{4}"), "a postal code like 480-0001"),
    wire.INSURER_NUMBER: (re.compile(r"[0-9]{8}|[0-9]{6}"), "6 or 8 digits, without spaces"),
    "InsuredPartialContributionRatio": (re.compile(r"0[0-9]0|100"), "per cent in three digits: 010, 020 or 030"),
    "ElderlyRecipientContributionRatio": (re.compile(r"0[0-9]0|100"), "per cent in three digits: 010, 020 or 030"),
    "DesignatedMedicalInstitutionCode": (re.compile(r"[0-9]{10}"), "ten digits"),
    "SelfPayAmount": (re.compile(r"[0-9]{1,9}"), "an amount in yen, digits only"),
    "SpecificDiseasesSelfPay": (re.compile(r"[0-9]{1,9}"), "an amount in yen, digits only"),
}


def _is_no_text(char: str) -> bool:
    """Signs that turn the direction of what follows, and those that no XML may hold."""
    return char in TURNS or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF


def read_text(value: object, where: str) -> str:
    """Return a non-empty text of at most 1,000 characters without control characters. Raises ``FieldError``."""
    if not isinstance(value, str):
        raise FieldError(f"{where}: expected text in quotes")
    if not value.strip():
        raise FieldError(f"{where}: empty; leave the field out instead")
    if value != value.strip() or len(value) > MAX_TEXT_CHARS:
        raise FieldError(f"{where}: expected at most {MAX_TEXT_CHARS} characters without spaces around them")
    if any(unicodedata.category(char) in ("Cc", "Cs") or _is_no_text(char) for char in value):
        raise FieldError(f"{where}: holds control characters")
    return value


def read_object(
    value: object, where: str, required: tuple[str, ...] = (), optional: tuple[str, ...] | None = ()
) -> Mapping[str, object]:
    """Check an object's fields; ``optional=None`` leaves the fields to whoever reads them."""
    if not isinstance(value, dict):
        raise FieldError(f"{where}: expected an object in {{}}")
    prefix = "" if where in ("the file", "entry") else where + "."
    if optional is not None:
        allowed = (*required, *optional)
        for key in value:
            if key not in allowed:
                raise FieldError(f"{prefix}{key}: not a field here; expected {', '.join(allowed)}")
    for key in required:
        if key not in value:
            raise FieldError(f"{prefix}{key}: missing")
    return value


def read_qualification(value: object, where: str) -> Qualification:
    """Turn one object of element names into a ``Qualification``. Raises ``FieldError``."""
    fields = _object(value, where)
    if "Name" not in fields:
        raise FieldError(f"{where}.Name: missing")
    groups: dict[str, Callable[[object, str], object]] = {
        wire.ELDERLY: lambda given, at: ElderlyRecipient(**_group(given, at, wire.ELDERLY_FIELDS)),
        wire.LIMIT: lambda given, at: LimitCertificate(**_group(given, at, wire.LIMIT_FIELDS)),
        wire.DISEASES: lambda given, at: tuple(
            SpecificDisease(**_group(item, place, wire.DISEASE_FIELDS)) for item, place in _list(given, at)
        ),
        wire.TICKETS: lambda given, at: tuple(_ticket(item, place) for item, place in _list(given, at)),
    }
    members = {
        wire.ELDERLY: "elderly_recipient",
        wire.LIMIT: "limit_certificate",
        wire.DISEASES: "specific_diseases",
        wire.TICKETS: "medical_tickets",
    }
    found: dict[str, object] = {}
    extras: list[tuple[str, str]] = []
    scalars = dict(wire.SCALARS)
    for name, given in fields.items():
        place = f"{where}.{name}"
        if name in groups:
            found[members[name]] = groups[name](given, place)
        elif name in scalars:
            found[scalars[name]] = _value(name, given, place)
        elif name in wire.UNMODELLED:
            extras.append((name, _value(name, given, place)))
        else:
            raise FieldError(f"{place}: not an element of {wire.RESULT}")
    return Qualification(**found, extras=tuple(extras))  # type: ignore[arg-type]


def _ticket(value: object, where: str) -> MedicalTicket:
    fields = _object(value, where)
    for name in fields:
        if name not in wire.TICKET_ELEMENTS:
            raise FieldError(f"{where}.{name}: not an element of {wire.TICKET}")
    return MedicalTicket(tuple((name, _value(name, given, f"{where}.{name}")) for name, given in fields.items()))


def _group(value: object, where: str, table: tuple[tuple[str, str], ...]) -> dict[str, str]:
    names = dict(table)
    found = {}
    for name, given in _object(value, where).items():
        if name not in names:
            raise FieldError(f"{where}.{name}: not an element here; expected {', '.join(names)}")
        found[names[name]] = _value(name, given, f"{where}.{name}")
    return found


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict) or not value:
        raise FieldError(f"{where}: expected an object in {{}} with element names and texts")
    return value


def _list(value: object, where: str) -> list[tuple[object, str]]:
    if not isinstance(value, list) or not value:
        raise FieldError(f"{where}: expected a list of at least one object")
    return [(item, f"{where}[{index}]") for index, item in enumerate(value)]


def _value(name: str, value: object, where: str) -> str:
    text = read_text(value, where)
    if name in _CHOICES and text not in _CHOICES[name]:
        raise FieldError(f"{where}: expected one of {', '.join(_CHOICES[name])}")
    if name in _SHAPES and not _SHAPES[name][0].fullmatch(text):
        raise FieldError(f"{where}: expected {_SHAPES[name][1]}")
    if name.endswith("ConsFlg") and text not in ("0", "1", "2", "3"):
        raise FieldError(f"{where}: expected one of 0, 1, 2, 3")
    if name == "MedicalTreatmentMonth" and not _is_time(text, "%Y%m", 6):
        raise FieldError(f"{where}: expected a month as yyyyMM")
    if name.endswith(("Date", "date")) and not _is_time(text, "%Y%m%d", 8):
        raise FieldError(f"{where}: expected a day of the calendar as yyyyMMdd")
    if name == "Birthdate" and text > datetime.now(TOKYO).strftime("%Y%m%d"):
        raise FieldError(f"{where}: expected a day that has come")
    if name.endswith("Time") and not _is_time(text, "%Y%m%d%H%M%S", 14):
        raise FieldError(f"{where}: expected a time as yyyyMMddHHmmss")
    return text


def _is_time(text: str, shape: str, length: int) -> bool:
    if not (len(text) == length and text.isascii() and text.isdigit()):
        return False
    try:
        datetime.strptime(text, shape).replace(tzinfo=TOKYO)
    except ValueError:
        return False
    return True
