"""One day as people write it on a form, in 和暦 or 西暦. Pure; wider than the search box, which reads ranges too."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from app.eligibility.wareki import NoSuchDay, era_named, western_day

__all__ = ["NoSuchDay", "NotADay", "read_day"]


class NotADay(ValueError):
    """The text has no form of a day that we know."""


_MARKS = re.compile(r"[\s年月./\-‐‑‒–—―−ー]+")
_ERA = re.compile(
    r"(明治|大正|昭和|平成|令和|[明大昭平令]|[MTSHR])(?:\.?)(元|[0-9]+)((?: [0-9]{1,2}){2})?", re.IGNORECASE
)
_WESTERN = re.compile(r"([0-9]{4}) ([0-9]{1,2}) ([0-9]{1,2})")


def read_day(typed: str) -> date:
    """Read 昭和32年4月12日, S32.4.12, s320412, 1957/4/12, 西暦1957年4月12日 or 19570412, in any width.

    Raises:
        NotADay: it has none of these forms.
        NoSuchDay: it has, but the calendar or the era has no such day.
    """
    text = unicodedata.normalize("NFKC", typed).strip().removeprefix("西暦")
    if len(text) > 40:
        raise NotADay(typed[:40])
    text = text.removesuffix("日").rstrip()
    if re.fullmatch(r"[0-9]{8}", text):
        return _western(int(text[:4]), int(text[4:6]), int(text[6:]))
    text = _MARKS.sub(" ", text).strip()
    if found := _WESTERN.fullmatch(text):
        return _western(int(found[1]), int(found[2]), int(found[3]))
    # "S.32" and "S 32" are the era and its year as well.
    found = _ERA.fullmatch(re.sub(r"^([^0-9元]+) ", r"\1", text))
    era = era_named(found[1]) if found else None
    if found is None or era is None:
        raise NotADay(typed[:40])
    numbers = found[2]
    if found[3] is None and len(numbers) == 6:
        return western_day(era, int(numbers[:2]), int(numbers[2:4]), int(numbers[4:]))
    if found[3] is None or len(numbers) > 2:
        raise NotADay(typed[:40])
    month, day = (int(part) for part in found[3].split())
    return western_day(era, 1 if numbers == "元" else int(numbers), month, day)


def _western(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchDay() from None
