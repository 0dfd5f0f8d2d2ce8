"""Days and times of OQS messages."""

from __future__ import annotations

from datetime import date, datetime

from app.clock import TOKYO
from app.errors import ReplyMalformed

_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def parse_day(text: str) -> date:
    """Turn ``yyyyMMdd``, of 1900 to 2200, into a date. Raises ``ReplyMalformed``."""
    return parse_time(text + "000000").date()


def parse_time(text: str) -> datetime:
    """Turn ``yyyyMMddHHmmss`` (Japan time, no zone on the wire) into an aware time.

    Raises:
        ReplyMalformed: another shape, no day of the calendar, or a year outside 1900 to 2200: no time of a check, and
            at the ends of the calendar arithmetic with zones fails.
    """
    if not (len(text) == 14 and text.isascii() and text.isdigit()):
        raise ReplyMalformed("a date or time of another shape")
    if not _FIRST_YEAR <= int(text[:4]) <= _LAST_YEAR:
        raise ReplyMalformed("a year that cannot be")
    numbers = [int(text[:4]), *(int(text[at : at + 2]) for at in range(4, 14, 2))]
    try:
        return datetime(*numbers, tzinfo=TOKYO)  # type: ignore[arg-type,misc]
    except ValueError:
        raise ReplyMalformed("a day that is not in the calendar") from None
