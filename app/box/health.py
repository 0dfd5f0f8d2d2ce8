"""What a probe of ``doctor`` answers."""

from __future__ import annotations

from enum import StrEnum


class Health(StrEnum):
    """``NOTE`` is worth knowing and no fault."""

    OK = "ok"
    NOTE = "note"
    FAULT = "fault"


Result = tuple[Health, str]
