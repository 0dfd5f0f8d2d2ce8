"""What a screen reader says of what came in: one sentence for the eye and the ear, and its line in braille.

The sentence stands once in the page's status region and stays in 「お知らせ」; both and the voice take the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.eligibility.model import Validity
from app.speech.braille import MAX_NUMBER, BrailleEvent, BrailleNotice, short_form
from app.speech.phrases import VERDICT_AT_COUNTER, VERDICT_UNKNOWN, VERDICTS, reason_words
from app.speech.phrases.connection_words import BACK, BACK_SHORT, LOST, LOST_SHORT
from app.speech.phrases.desk_captions import Privacy

PRIVACY_WORDS: Final[dict[Privacy, tuple[str, str]]] = {
    Privacy.EARPHONE: ("イヤホン", "氏名と負担割合も読みます。"),
    Privacy.SPEAKER: ("スピーカー小", "受付番号と結果だけを読みます。氏名は読みません。"),
    Privacy.SOUND: ("音だけ", "読まずに「お知らせ」に残します。音は「新しい受付を知らせる」で選びます。"),
}


@dataclass(frozen=True, slots=True)
class News:
    """``sentence`` is plain text without a key's name; ``short`` has at most 32 cells of braille."""

    sentence: str
    short: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is told of a check. Texts as received, already safe to show."""

    number: int | None
    validity: Validity | None
    reason: str | None
    is_seen_at_counter: bool = False
    is_waiting: bool = False
    name: str = ""
    name_kana: str = ""
    share_words: str = ""
    """Empty where nobody knows it."""
    share_percent: int | None = None


ATTENTION: Final = "注意。"
WAITING: Final = "対応待ち"
PIN_WRONG_TWICE: Final = "暗証番号が2回ちがいました"
_ANSWERED_NO = "check.not_valid"
_EVENTS = {
    "check.pin_last": BrailleEvent.PIN_WRONG_TWICE,
    "check.patient_asked": BrailleEvent.PIN_WRONG_TWICE,
    "card.pin_locked": BrailleEvent.PIN_LOCKED,
    "card.pin_missing": BrailleEvent.NO_PIN_CARD,
}
_GATEWAY = "gateway."

CONNECTION_LOST: Final = News(LOST, LOST_SHORT)
CONNECTION_BACK: Final = News(BACK, BACK_SHORT)
LOOK_SHORT: Final = "オシラセ アリ"
"""For a banner of the board: its own words are longer than a line."""


def arrival_news(one: Arrival, privacy: Privacy) -> News:
    """Say a check: number, name (by earphone alone), verdict, why, and whether somebody has to do something."""
    has_name = privacy is Privacy.EARPHONE
    number = "－" if one.number is None else str(one.number)
    who = one.name_kana or one.name
    parts = [f"受付番号{number}"]
    if has_name and who:
        parts.append(f"{who} さま")
    parts += _told(one)
    is_valid = one.validity is not None and one.validity.is_valid
    if has_name and is_valid and one.share_words:
        parts.append(one.share_words)
    if one.is_waiting:
        parts.append(WAITING)
    needs_care = one.validity is not None and not is_valid
    return News((ATTENTION if needs_care else "") + "、".join(parts), arrival_short(one, privacy))


def arrival_short(one: Arrival, privacy: Privacy) -> str:
    """The braille line of a check alone."""
    if one.validity is None and one.is_seen_at_counter:
        return _numbered(one.number, "マドグチ カクニン")
    has_name = privacy is Privacy.EARPHONE
    return short_form(
        BrailleNotice(
            event=_event_of(one),
            reception_number=_that_fits(one.number),
            name_kana=one.name_kana if has_name else "",
            validity=one.validity,
            share_percent=one.share_percent if has_name else None,
        )
    )


def call_news(kiosk: str) -> News:
    return News(f"{kiosk}で係員を呼んでいます", short_form(BrailleNotice(BrailleEvent.CALL_FOR_HELP)))


def call_over(kiosk: str) -> News:
    return News(f"{kiosk}の呼び出しは終わりました", "ヨビダシ オワリ")


def visual_news(kiosk: str, reason: str | None) -> News:
    """A request for 目視確認; why stands in the sentence of its check, which came in the same moment."""
    event = _EVENTS.get(reason or "")
    return News(
        f"{kiosk}で目視確認を待っています", "モクシ カクニン" if event is None else short_form(BrailleNotice(event))
    )


def visual_over(kiosk: str) -> News:
    return News(f"{kiosk}の目視確認は終わりました", "モクシ カクニン オワリ")


def handled_news(number: int | None, who: str) -> News:
    """Somebody else is done with a check."""
    shown = "－" if number is None else str(number)
    return News(f"受付番号{shown}、対応済み、{who}", _numbered(number, "タイオー ズミ"))


def taken_news(number: int | None, who: str) -> News:
    """Somebody else takes care of a check."""
    shown = "－" if number is None else str(number)
    return News(f"受付番号{shown}、担当、{who}", _numbered(number, "タントー アリ"))


def _numbered(number: int | None, words: str) -> str:
    return words if _that_fits(number) is None else f"{number} {words}"


def _that_fits(number: int | None) -> int | None:
    """No number rather than a line that is too long; the sentence has it."""
    return number if number is not None and 0 <= number <= MAX_NUMBER else None


def _event_of(one: Arrival) -> BrailleEvent:
    if one.validity is not None:
        return BrailleEvent.CHECKED
    if (one.reason or "").startswith(_GATEWAY):
        return BrailleEvent.COULD_NOT_ASK
    return _EVENTS.get(one.reason or "", BrailleEvent.CHECKED)


def _told(one: Arrival) -> list[str]:
    """The verdict, and why where the verdict alone does not say it."""
    if one.validity is not None:
        told = VERDICTS[one.validity]
        return [told] if one.reason in (None, _ANSWERED_NO) else [told, reason_words(one.reason).staff]
    if one.is_seen_at_counter:
        return [VERDICT_AT_COUNTER]
    if one.reason == "check.pin_last":
        return [VERDICT_UNKNOWN, PIN_WRONG_TWICE]
    return [VERDICT_UNKNOWN] if one.reason is None else [VERDICT_UNKNOWN, reason_words(one.reason).staff]
