"""The short form: one line of at most 32 cells that a screen reader's braille display shows at once.

「12 スガワラ ハナコ ユーコー 3ワリ」: reception number, name, verdict, share. It is plain text; our own words are
written as braille writes them (ユーコー). Number, verdict and share always stand whole: the name gives way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.eligibility.model import Validity
from app.speech.braille_cells import braille_kana, count_cells, sounds

MAX_CELLS = 32
MAX_NUMBER = 9_999_999


class BrailleEvent(StrEnum):
    """What happened; the events of the practitioner's voice that have words."""

    CHECKED = "checked"
    PIN_WRONG_TWICE = "pin_wrong_twice"
    PIN_LOCKED = "pin_locked"
    NO_PIN_CARD = "no_pin_card"
    COULD_NOT_ASK = "could_not_ask"
    CALL_FOR_HELP = "call_for_help"


@dataclass(frozen=True, slots=True)
class BrailleNotice:
    """What a short form is made of.

    ``name_kana`` is 氏名カナ as received, surname and given name parted by a space, or empty. ``validity`` counts for
    ``CHECKED`` alone; None there says that nobody could tell. ``share_percent`` is per cent (30 is 3割) and is said
    beside a valid right only.
    """

    event: BrailleEvent = BrailleEvent.CHECKED
    reception_number: int | None = None
    name_kana: str = ""
    validity: Validity | None = None
    share_percent: int | None = None


VERDICTS: dict[Validity, str] = {
    Validity.VALID: "ユーコー",
    Validity.INVALID: "ムコー",
    Validity.INVALID_NEWER_EXISTS: "ムコー シンアリ",
    Validity.NO_INFORMATION: "シカク ナシ",
    Validity.MULTIPLE: "フクスー",
    Validity.VALID_UNREGISTERED: "ユーコー",
}
VERDICT_UNKNOWN = "フメイ"
EVENTS: dict[BrailleEvent, str] = {
    BrailleEvent.PIN_WRONG_TWICE: "アンショー 2カイ チガウ",
    BrailleEvent.PIN_LOCKED: "ロック",
    BrailleEvent.NO_PIN_CARD: "アンショー ナシ",
    BrailleEvent.COULD_NOT_ASK: "ツナガラズ",
    BrailleEvent.CALL_FOR_HELP: "ヨビダシ",
}


def short_form(notice: BrailleNotice) -> str:
    """Write a notice in at most 32 cells.

    A name that does not fit is shortened in this order: without the space between its parts; surname and the first
    sound of the given name with 「.」; the surname's beginning with 「.」; nothing. 「.」 ends each shortened name.

    Raises:
        ValueError: a reception number below 0 or above 9,999,999, or a share outside 0 to 100.
    """
    number = "" if notice.reception_number is None else _number(notice.reception_number)
    told = _told(notice)
    for name in _names(braille_kana(notice.name_kana)):
        line = " ".join(part for part in (number, name, told) if part)
        if count_cells(line) <= MAX_CELLS:
            return line
    return f"{number} {told}".strip()


def _number(number: int) -> str:
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError("reception number")
    return str(number)


def _told(notice: BrailleNotice) -> str:
    if notice.event is not BrailleEvent.CHECKED:
        return EVENTS[notice.event]
    if notice.validity is None:
        return VERDICT_UNKNOWN
    verdict = VERDICTS[notice.validity]
    if notice.share_percent is None or not notice.validity.is_valid:
        return verdict
    return f"{verdict} {_share(notice.share_percent)}"


def _share(percent: int) -> str:
    if not 0 <= percent <= 100:
        raise ValueError("share")
    tenths, rest = divmod(percent, 10)
    return f"{percent}パーセント" if rest else f"{tenths}ワリ"


def _names(name: str) -> Iterator[str]:
    """Yield a name, then ever shorter forms of it, the last one empty."""
    yield name
    surname, _, given = name.partition(" ")
    yield name.replace(" ", "")
    if given:
        yield f"{surname} {sounds(given)[0]}."
    kept = sounds(surname)
    for length in range(min(len(kept) - 1, MAX_CELLS), 0, -1):
        yield "".join(kept[:length]) + "."
    yield ""
