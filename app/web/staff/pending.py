"""「あとで確認」: what is not confirmed yet, whom to call when the service is back, and the reminder on the board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import TOKYO, Clock
from app.eligibility.oqs_words import has_hidden_signs
from app.eligibility.pending import CloseReason
from app.eligibility.people import Role
from app.eligibility.retention import days_left, days_left_words, visible_until
from app.eligibility.search_query import MAX_TYPED, QueryFault, QueryRefused
from app.eligibility.wareki import day_words
from app.errors import AlreadyHandled, RecordMissing
from app.speech.counter_words import CLOSE_REASONS, KINDS, NEEDS_CARD, NEEDS_NO_CARD
from app.speech.phrases import reason_words
from app.speech.search_words import fault_words
from app.store.events import latest_event_id
from app.store.health import ServiceState, ask_for_trial, service_state
from app.store.pending import (
    Candidate,
    PendingRow,
    candidates,
    close_pending,
    count_pending,
    pending_rows,
    settle_by_check,
)
from app.web.htmx import go_to, swap, wants_fragment
from app.web.security import RequestRefused
from app.web.staff.fallback_sheet import settled_words
from app.web.staff.lines import HIDDEN_SIGNS, METHODS, Verdict, clock_time, verdict_of
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs
from app.web.staff.session import current_staff
from app.web.staff.text import shown, shown_kana

MAX_NOTE = 200
ENDING_DAYS = 7
"""From so few days on it is said loudly that a visit will be gone before it is confirmed."""
CHANGED = "この受付は、開いている間に変わりました。いまの内容を見て、もう一度押してください"
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


def add_pending(staff: Blueprint, desk: StaffDesk, clock: Clock) -> None:
    """Add the routes to the blueprint, and to every template ``pending_reminder``."""

    @staff.app_context_processor
    def for_templates() -> dict[str, object]:
        return {"pending_reminder": lambda: _reminder(desk, clock.now())}

    def context() -> dict[str, object]:
        now = clock.now()
        with desk.store.reading() as db:
            cursor = latest_event_id(db)
            rows, state = pending_rows(desk.store, now), service_state(desk.store)
        lines = [_line(row, now) for row in rows]
        return {
            "pending_cursor": cursor,
            "lines": lines,
            "to_call": [line for line in lines if line.needs_card],
            "to_ask": [line for line in lines if line.can_ask_again],
            "service": _service_words(state, now),
            "is_tried": state.is_tried and _is_recent(state.tried_at, now),
            "needs_card": NEEDS_CARD,
            "needs_no_card": NEEDS_NO_CARD,
        }

    def panel() -> Response:
        if wants_fragment():
            return swap("staff/_pending_panel.html", **context())
        return make_response(render_template("staff/pending.html", **context()))

    @staff.get("/pending")
    @needs(Role.STAFF)
    def pending_page() -> str:
        return render_template("staff/pending.html", **context())

    @staff.get("/pending/panel")
    @needs(Role.STAFF)
    def pending_panel() -> Response:
        return panel()

    @staff.get("/pending/reminder")
    @needs(Role.VIEWER)
    def pending_reminder() -> Response:
        if wants_fragment():
            return swap("staff/_pending_reminder.html")
        return go_to(url_for("staff.board"))

    @staff.post("/pending/try")
    @needs(Role.STAFF)
    def try_service() -> Response:
        ask_for_trial(desk.store, desk.wake, current_staff().staff_id, clock.now())
        return panel() if wants_fragment() else go_to(url_for("staff.pending_page"))

    def settle_page(
        check_id: str, words: str = "", errors: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        now = clock.now()
        row = next((one for one in pending_rows(desk.store, now) if one.check_id == check_id), None)
        if row is None:
            return gone_page(check_id, now)
        found, is_more = candidates(desk.store, check_id, now, "" if "q" in (errors or {}) else words)
        page = render_template(
            "staff/pending_settle.html",
            line=_line(row, now),
            words=words,
            candidates=[_candidate(one) for one in found],
            is_more=is_more,
            reasons=[(one.value, CLOSE_REASONS[one]) for one in CloseReason],
            typed={"reason": request.form.get("reason", ""), "note": request.form.get("note", "")},
            errors=errors or {},
        )
        return make_response(page, status)

    def gone_page(check_id: str, now: datetime) -> Response:
        """Somebody settled the visit meanwhile: what was typed stays readable. Raises ``RecordMissing``."""
        kept = desk.sheet(check_id, now)[1].kept
        note = request.form.get("note", "")
        if kept.settlement is None or not request.form:
            raise RecordMissing()
        words = render_template(
            "staff/pending_gone.html", check_id=check_id, how=settled_words(kept.settlement), note=note
        )
        return make_response(words, 409)

    @staff.get("/pending/<check_id>")
    @needs(Role.STAFF)
    def pending_one(check_id: str) -> Response:
        return settle_page(check_id)

    @staff.post("/pending/<check_id>/find")
    @needs(Role.STAFF)
    def find_candidates(check_id: str) -> Response:
        typed = request.form.get("q", "")
        if len(typed) > MAX_TYPED:
            return settle_page(check_id, typed, {"q": fault_words(QueryRefused(QueryFault.TOO_LONG))}, 422)
        return settle_page(check_id, typed)

    @staff.post("/pending/<check_id>/confirmed")
    @needs(Role.STAFF)
    def confirm_pending(check_id: str) -> Response:
        by_check = request.form.get("by", "")
        if not by_check:
            return settle_page(
                check_id, request.form.get("q", ""), {"by": "どの確認がこの方のものか、選んでください"}, 422
            )
        staff_id = current_staff().staff_id
        try:
            settle_by_check(desk.store, desk.wake, check_id, _version(), by_check, staff_id, clock.now())
        except AlreadyHandled:
            return settle_page(check_id, request.form.get("q", ""), {"by": CHANGED}, 409)
        return go_to(url_for("staff.pending_page"))

    @staff.post("/pending/<check_id>/closed")
    @needs(Role.STAFF)
    def close_one(check_id: str) -> Response:
        reason, note = request.form.get("reason", ""), request.form.get("note", "").strip()
        errors: dict[str, str] = {}
        if reason not in set(CloseReason):
            errors["reason"] = "閉じる理由を選んでください"
        if len(note) > MAX_NOTE:
            errors["note"] = f"メモは{MAX_NOTE}文字までです（いま{len(note)}文字）"
        elif shown(note.replace("\r\n", "").replace("\n", "")) != note.replace("\r\n", "").replace("\n", ""):
            errors["note"] = "メモに、目に見えない制御文字が入っています。打ち直してください"
        if errors:
            return settle_page(check_id, errors=errors, status=422)
        staff_id = current_staff().staff_id
        why = CloseReason(reason)
        try:
            close_pending(desk.store, desk.wake, check_id, _version(), why, note or None, staff_id, clock.now())
        except AlreadyHandled:
            return settle_page(check_id, errors={"close": CHANGED}, status=409)
        return go_to(url_for("staff.pending_page"))


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestRefused()
    return int(text)


def _reminder(desk: StaffDesk, now: datetime) -> dict[str, object]:
    """Count and oldest, with the cursor that goes with them."""
    with desk.store.reading() as db:
        cursor = latest_event_id(db)
        count, oldest = count_pending(desk.store, now)
    days = 0 if oldest is None else (now.astimezone(TOKYO).date() - oldest.astimezone(TOKYO).date()).days
    return {"cursor": cursor, "count": count, "oldest": None if oldest is None else _days_words(days), "days": days}


def _line(row: PendingRow, now: datetime) -> PendingLine:
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
        days_words=_days_words(days),
        left_words=days_left_words(until, now),
        is_ending=days_left(until, now) < ENDING_DAYS,
        needs_card=row.needs_card,
        can_ask_again=row.can_ask_again,
        version=row.version,
    )


def _days_words(days: int) -> str:
    return "今日から" if days == 0 else f"{days}日前から"


def _candidate(one: Candidate) -> CandidateLine:
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


def _service_words(state: ServiceState, now: datetime) -> ServiceWords:
    if state.is_tried and _is_recent(state.tried_at, now):
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


def _is_recent(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < TRIAL_PATIENCE
