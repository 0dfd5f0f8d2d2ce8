"""What 「あとで確認」 says: a visit that is open, a check that may confirm it, how the service is. Words only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import TOKYO
from app.eligibility.oqs_words import has_hidden_signs
from app.eligibility.retention import days_left, days_left_words, visible_until
from app.eligibility.wareki import day_words
from app.speech.phrases import reason_words
from app.speech.phrases.counter_words import KINDS
from app.store.health import ServiceState
from app.store.pending import Candidate, PendingRow
from app.web.staff.lines import HIDDEN_SIGNS, METHODS, Verdict, clock_time, verdict_of
from app.web.staff.text import shown, shown_kana

ENDING_DAYS = 7
"""From so few days on it is said loudly that a visit will be gone before it is confirmed."""
TRIAL_PATIENCE = timedelta(seconds=30)
"""A press that no kiosk answered for so long will hardly be answered."""


@dataclass(frozen=True, slots=True)
class PendingLine:
    """One open visit, in words."""

    check_id: str
    number: str
    day: str
    time: str
    kind: str
    what: str
    name: str | None
    kana: str | None
    days: int
    days_words: str
    until: datetime
    left_words: str
    """How long the record can still be seen."""
    is_ending: bool
    needs_card: bool
    can_ask_again: bool
    version: int


@dataclass(frozen=True, slots=True)
class CandidateLine:
    check_id: str
    number: str
    day: str
    time: str
    name: str
    kana: str | None
    born: str | None
    verdict: Verdict
    method: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """``tone`` is ok, bad or open."""

    tone: str
    heading: str
    text: str


def pending_line(row: PendingRow, now: datetime) -> PendingLine:
    days = row.days_open(now)
    at = row.at.astimezone(TOKYO)
    until = visible_until(row.at)
    return PendingLine(
        check_id=row.check_id,
        number="－" if row.reception_number is None else str(row.reception_number),
        day=f"{at.month}月{at.day}日",
        time=clock_time(row.at),
        kind=KINDS[row.kind],
        what=reason_words(row.reason).staff,
        name=shown(row.name) if row.name else None,
        kana=shown_kana(row.name_kana) if row.name_kana else None,
        days=days,
        days_words=days_words(days),
        until=until,
        left_words=days_left_words(until, now),
        is_ending=days_left(until, now) < ENDING_DAYS,
        needs_card=row.needs_card,
        can_ask_again=row.can_ask_again,
        version=row.version,
    )


def days_words(days: int) -> str:
    return {0: "今日から", 1: "きのうから"}.get(days, f"{days}日前から")


def candidate_line(one: Candidate) -> CandidateLine:
    at = one.at.astimezone(TOKYO)
    return CandidateLine(
        check_id=one.check_id,
        number="－" if one.reception_number is None else str(one.reception_number),
        day=f"{at.month}月{at.day}日",
        time=clock_time(one.at),
        name=shown(one.name or ""),
        kana=shown_kana(one.name_kana) if one.name_kana else None,
        born=day_words(one.birthdate) if one.birthdate else None,
        verdict=verdict_of(one.validity, one.method),
        method=METHODS[one.method],
        hint=HIDDEN_SIGNS if has_hidden_signs(one.name, one.name_kana) else None,
    )


def service_words(state: ServiceState, now: datetime) -> ServiceWords:
    if state.is_tried and is_recent(state.tried_at, now):
        return ServiceWords("open", "照会先につないでいます", "受付機が確かめています。少しお待ちください。")
    if state.is_tried:
        return ServiceWords("bad", "受付機の返事がありません", "受付機の電源と画面を確かめて、もう一度行ってください。")
    if state.is_up is None or state.looked_at is None or state.since is None:
        return ServiceWords(
            "open", "まだ照会先とのやりとりがありません", "下のボタンで、いまつながるか確かめられます。"
        )
    looked, since = _moment(state.looked_at, now), _moment(state.since, now)
    if state.is_up:
        return ServiceWords("ok", "照会先とつながりました", f"{since}から使えています（最後に確かめたのは{looked}）。")
    words = reason_words(state.code)
    return ServiceWords("bad", words.staff, f"{since}から照会できません（最後に確かめたのは{looked}）。")


def _moment(at: datetime, now: datetime) -> str:
    local = at.astimezone(TOKYO)
    day = "" if local.date() == now.astimezone(TOKYO).date() else f"{local.month}月{local.day}日"
    return f"{day}{clock_time(at)}"


def is_recent(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < TRIAL_PATIENCE
