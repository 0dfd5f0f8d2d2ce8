"""What the board says of a check and of a call: every word of a line, decided here and only drawn by the templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.clock import TOKYO
from app.eligibility.changes import CHANGE_WORDS, Comparison, Link
from app.eligibility.contribution import RatioSource
from app.eligibility.model import Validity
from app.eligibility.oqs_words import has_hidden_signs
from app.eligibility.ports import Method, Outcome
from app.eligibility.screens import Screen
from app.speech.phrases import NOT_VALID_STEPS, SCREENS, VERDICT_AT_COUNTER, VERDICT_UNKNOWN, VERDICTS, reason_words
from app.web.staff.ports import BoardRow, OpenCall
from app.web.staff.text import shown, shown_kana

METHODS = {
    Method.PIN: "暗証番号",
    Method.VISUAL: "目視確認",
    Method.CERTIFICATE: "資格確認書",
    Method.CARD_AND_NOTICE: "カードとお知らせ",
    Method.CARD_AND_PORTAL: "カードとマイナポータル",
    Method.STATEMENT: "申立書",
    Method.EMERGENCY: "緊急",
}
NO_METHOD = "未確認"
NO_NAME = "氏名は届いていません"
PASSED = "確認は済みました"
HIDDEN_SIGNS = "表示できない漢字があります。券面を確かめてください。"


class Shape(StrEnum):
    """The drawn sign of a verdict: each has a form of its own, so that colour is never needed."""

    VALID = "valid"
    INVALID = "invalid"
    NEWER = "newer"
    NOTHING = "nothing"
    SEVERAL = "several"
    COUNTER = "counter"
    """Seen by staff on paper or a screen; no service was asked."""
    UNKNOWN = "unknown"


_SHAPES = {
    Validity.VALID: Shape.VALID,
    Validity.VALID_UNREGISTERED: Shape.VALID,
    Validity.INVALID: Shape.INVALID,
    Validity.INVALID_NEWER_EXISTS: Shape.NEWER,
    Validity.NO_INFORMATION: Shape.NOTHING,
    Validity.MULTIPLE: Shape.SEVERAL,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    words: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of 本日の受付."""

    check_id: str
    number: str
    at: datetime
    time: str
    kiosk: str
    name: str | None
    kana: str | None
    hint: str | None
    verdict: Verdict
    ratio: str | None
    """The share that was received or that the law gives, ``None`` where nobody knows it."""
    is_ratio_by_law: bool
    changed: str | None
    """What changed since the person's last check."""
    is_change_doubtful: bool
    """The last check may be a namesake's."""
    needs_attention: bool
    """Not valid, not known, changed, or with a notice; also after it was taken care of."""
    taken: str | None
    method: str
    what: str | None
    """What happened, where the verdict alone does not say it."""
    next_step: str
    has_notice: bool
    is_waiting: bool
    version: int
    handled: str | None
    news: str
    """The sentence for an arrival: number and verdict, no name."""
    news_key: str
    sound: str
    """Name of the sound of an arrival."""


@dataclass(frozen=True, slots=True)
class CallLine:
    call_id: str
    kiosk: str
    at: datetime
    time: str
    screen: str
    news: str


def check_line(row: BoardRow) -> CheckLine:
    verdict = verdict_of(row.validity, row.method)
    what, next_step = explain(row.validity, row.reason)
    number = "－" if row.reception_number is None else str(row.reception_number)
    share, comparison = row.contribution, row.comparison
    hint = HIDDEN_SIGNS if has_hidden_signs(row.name, row.name_kana) else None
    is_changed = comparison is not None and bool(comparison.changes)
    is_confirmed = verdict.shape in (Shape.VALID, Shape.COUNTER)
    return CheckLine(
        check_id=row.check_id,
        number=number,
        at=row.at,
        time=clock_time(row.at),
        kiosk=shown(row.kiosk),
        name=shown(row.name) if row.name else None,
        kana=shown_kana(row.name_kana) if row.name_kana else None,
        hint=hint,
        verdict=verdict,
        ratio=share.words if share is not None and share.ratio else None,
        is_ratio_by_law=share is not None and share.source is RatioSource.LAW,
        changed=changed_words(comparison),
        is_change_doubtful=comparison is not None and comparison.link is Link.PERSON,
        needs_attention=not is_confirmed or row.has_notice or is_changed or hint is not None,
        taken=None if row.taken_by is None else f"担当: {shown(row.taken_by)}",
        method=METHODS[row.method] if row.validity is not None or row.method.is_at_counter else NO_METHOD,
        what=what,
        next_step=next_step,
        has_notice=row.has_notice,
        is_waiting=row.is_waiting,
        version=row.version,
        handled=handled_words(row.outcome, row.handled_at, row.handled_by),
        news=f"受付番号{number}、{verdict.words}" + ("、対応待ち" if row.is_waiting else ""),
        news_key=f"{row.check_id} {verdict.shape} {row.reason or ''}",
        sound="waiting" if row.is_waiting else "arrival",
    )


def call_line(call: OpenCall) -> CallLine:
    kiosk = shown(call.kiosk)
    screen = SCREENS[Screen(call.screen)].heading if call.screen in set(Screen) else shown(call.screen)
    return CallLine(
        call.call_id, kiosk, call.called_at, clock_time(call.called_at), screen, f"{kiosk}で係員を呼んでいます"
    )


def verdict_of(validity: Validity | None, method: Method | None = None) -> Verdict:
    """Say what is known: the answer's verdict or, without one, whether staff saw a document."""
    if validity is None and method is not None and method.is_seen_at_counter:
        return Verdict(VERDICT_AT_COUNTER, Shape.COUNTER)
    if validity is None:
        return Verdict(VERDICT_UNKNOWN, Shape.UNKNOWN)
    return Verdict(VERDICTS[validity], _SHAPES[validity])


def changed_words(comparison: Comparison | None) -> str | None:
    """Name what changed since the last check, ``None`` when nothing did."""
    if comparison is None or not comparison.changes:
        return None
    return "、".join(CHANGE_WORDS[change.kind] for change in comparison.changes)


def explain(validity: Validity | None, reason: str | None) -> tuple[str | None, str]:
    """Return what happened (if a verdict does not say it) and what to do next."""
    told_by_verdict = reason in (None, "check.not_valid")
    if validity in NOT_VALID_STEPS and told_by_verdict:
        return None, NOT_VALID_STEPS[validity]
    if told_by_verdict and validity is not None:
        return None, PASSED
    words = reason_words(reason)
    next_step = words.next_step
    if validity in NOT_VALID_STEPS:
        next_step += NOT_VALID_STEPS[validity]
    return words.staff, next_step


def handled_words(outcome: Outcome, handled_at: datetime | None, handled_by: str | None) -> str | None:
    if not outcome.needs_staff or handled_at is None:
        return None
    return f"対応済み（{shown(handled_by or '')} {clock_time(handled_at)}）"


def clock_time(at: datetime) -> str:
    local = at.astimezone(TOKYO)
    return f"{local.hour}:{local.minute:02d}"
