"""Values of the domain as SQLite keeps them, and back without loss."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any

from app.clock import TOKYO
from app.eligibility.model import (
    ElderlyRecipient,
    EligibilityResult,
    LimitCertificate,
    MedicalTicket,
    Qualification,
    Source,
    SpecificDisease,
    Validity,
)

QUALIFICATION_COLUMNS = tuple(field.name for field in fields(Qualification))
RESULT_COLUMNS = tuple(f"result_{field.name}" for field in fields(EligibilityResult) if field.name != "qualifications")

Cell = str | int | bytes | None


def to_text(at: datetime) -> str:
    """Return ISO 8601 in Asia/Tokyo with whole seconds (cut, not rounded), which sorts as text.

    Raises:
        ValueError: ``at`` is naive.
    """
    return _tokyo(at).isoformat(timespec="seconds")


def to_exact_text(at: datetime) -> str:
    """Return ISO 8601 in Asia/Tokyo with the fraction of the second, where there is one.

    It sorts as text, also beside what ``to_text`` wrote: "+" stands before ".".

    Raises:
        ValueError: ``at`` is naive.
    """
    return _tokyo(at).isoformat()


def from_text(text: str) -> datetime:
    """Return the aware time that ``to_text`` or ``to_exact_text`` wrote."""
    written = datetime.fromisoformat(text)
    try:
        return written.astimezone(TOKYO)
    except OverflowError:  # a row of the calendar's first or last hours: its wall time is all that can be shown
        return written.replace(tzinfo=TOKYO)


def tokyo_day(at: datetime) -> str:
    """Return the clinic's calendar day, ``yyyy-mm-dd``. Raises ``ValueError`` for a naive time."""
    return _tokyo(at).date().isoformat()


def result_cells(result: EligibilityResult | None) -> list[Cell]:
    """Return the values of ``RESULT_COLUMNS``, all NULL without a result."""
    if result is None:
        return [None] * len(RESULT_COLUMNS)
    return [
        result.source.value,
        to_exact_text(result.processed_at),  # kept as received
        result.confirmed_on.isoformat(),
        result.validity.value,
        result.reference_classification,
        result.institution_code,
        result.notice_code,
        result.notice_text,
        result.prescription_issue,
    ]


def qualification_cells(qualification: Qualification) -> list[Cell]:
    """Return the values of ``QUALIFICATION_COLUMNS``."""
    return [_cell(getattr(qualification, name)) for name in QUALIFICATION_COLUMNS]


def build_result(head: Sequence[Any], qualifications: Sequence[Sequence[Any]]) -> EligibilityResult | None:
    """Rebuild what ``result_cells`` and ``qualification_cells`` took apart."""
    if head[0] is None:
        return None
    source, processed_at, confirmed_on, validity, *rest = head
    result = EligibilityResult(
        Source(source), from_text(processed_at), date.fromisoformat(confirmed_on), Validity(validity), *rest
    )
    return replace(result, qualifications=tuple(build_qualification(cells) for cells in qualifications))


def build_qualification(cells: Sequence[Any]) -> Qualification:
    """Rebuild one row of ``QUALIFICATION_COLUMNS``."""
    values = dict(zip(QUALIFICATION_COLUMNS, cells, strict=True))
    values["elderly_recipient"] = elderly_from_json(values["elderly_recipient"])
    if values["limit_certificate"] is not None:
        values["limit_certificate"] = LimitCertificate(**json.loads(values["limit_certificate"]))
    values["specific_diseases"] = tuple(SpecificDisease(**item) for item in json.loads(values["specific_diseases"]))
    values["medical_tickets"] = tuple(
        MedicalTicket(_pairs(item["fields"])) for item in json.loads(values["medical_tickets"])
    )
    values["extras"] = _pairs(json.loads(values["extras"]))
    return Qualification(**values)


def elderly_from_json(text: str | None) -> ElderlyRecipient | None:
    """Rebuild 高齢受給者証情報 from its column."""
    return None if text is None else ElderlyRecipient(**json.loads(text))


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        plain: object = [item if isinstance(item, tuple) else asdict(item) for item in value]
    else:
        plain = asdict(value)  # type: ignore[call-overload]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _pairs(items: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in items)


def _tokyo(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("times are aware")
    return at.astimezone(TOKYO)
