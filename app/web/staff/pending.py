"""「あとで確認」: what is not confirmed yet, whom to call when the service is back, and the reminder on the board."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import TOKYO, Clock
from app.eligibility.audit import AuditAction
from app.eligibility.pending import CloseReason
from app.eligibility.people import Role
from app.eligibility.search_query import MAX_TYPED, QueryFault, QueryRefused
from app.errors import AlreadyHandled
from app.speech.phrases.counter_words import CLOSE_REASONS, NEEDS_CARD, NEEDS_NO_CARD
from app.speech.phrases.search_words import fault_words
from app.store.events import latest_event_id
from app.store.health import ask_for_trial, service_state
from app.store.pending import (
    Candidate,
    candidates,
    close_pending,
    count_pending,
    pending_rows,
    settle_by_check,
)
from app.store.questions import answered_again
from app.web.htmx import go_to, swap, wants_fragment
from app.web.staff.fallback_sheet import settled_words
from app.web.staff.given import Budget, Giving, TooMuch, too_much_words
from app.web.staff.gone import Readers, told_when_gone
from app.web.staff.pending_lines import candidate_line, days_words, is_recent, pending_line, service_words
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs
from app.web.staff.sent import sent_number
from app.web.staff.session import current_staff, note
from app.web.staff.text import shown

MAX_NOTE = 200
SETTLED_FIRST = "この受付は、ほかの人が先に済ませました"
SETTLED = "この受付は、もう済んでいます"
NOT_OPEN = ("この受付は、もう確認を待っていません", "答えが届いたか、もう一度確認されました。")
CHANGED = "この受付は、開いている間に変わりました。いまの内容を見て、もう一度押してください"


def add_pending(staff: Blueprint, desk: StaffDesk, clock: Clock, readers: Readers, giving: Giving) -> None:
    """Add the routes to the blueprint, and to every template ``pending_reminder``."""

    @staff.app_context_processor
    def for_templates() -> dict[str, object]:
        return {"pending_reminder": lambda: reminder_of(desk, clock.now())}

    def context() -> dict[str, object]:
        giving.note_list("pending")
        now = clock.now()
        with desk.store.reading() as db:
            cursor = latest_event_id(db)
            rows, state = pending_rows(desk.store, now), service_state(desk.store)
            answered = answered_again(desk.store, now)
        lines = [pending_line(row, now) for row in rows]
        return {
            "pending_cursor": cursor,
            "lines": lines,
            "to_call": [line for line in lines if line.needs_card],
            "to_ask": [line for line in lines if line.can_ask_again],
            "service": service_words(state, now),
            "answered": [(candidate_line(one), is_waiting) for one, is_waiting in answered],
            "is_tried": state.is_tried and is_recent(state.tried_at, now),
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

    @staff.post("/pending/try")
    @needs(Role.STAFF)
    def try_service() -> Response:
        ask_for_trial(desk.store, desk.wake, current_staff().staff_id, clock.now())
        return panel() if wants_fragment() else go_to(url_for("staff.pending_page"))

    def settle_page(
        check_id: str, words: str = "", errors: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        now, wrong = clock.now(), dict(errors or {})
        row = next((one for one in pending_rows(desk.store, now) if one.check_id == check_id), None)
        if row is None:
            return gone_page(check_id, now)
        line = pending_line(row, now)
        readers.remember(check_id, line.until)
        wait_s = giving.wait_for(Budget.SEARCH)
        found: list[Candidate] = []
        is_more = False
        if wait_s is None:
            found, is_more = candidates(desk.store, check_id, now, "" if "q" in wrong else words)
            count = f"{len(found)}{'+' if is_more else ''}"
            if words.strip():
                note(desk, clock, AuditAction.SEARCHED, check_id, detail=f"by=candidates found={count}")
            else:
                giving.note_view(check_id, f"candidates={count}")
        else:  # what was typed stays: only the candidates are not given
            wrong, status = {**wrong, "by": too_much_words()}, TooMuch.http_status
            if not giving.has_seen(check_id):
                giving.note_view(check_id, "candidates=0")
        page = render_template(
            "staff/pending_settle.html",
            line=line,
            words=words,
            candidates=[candidate_line(one) for one in found],
            is_more=is_more,
            reasons=[(one.value, CLOSE_REASONS[one]) for one in CloseReason],
            typed={"reason": request.form.get("reason", ""), "note": request.form.get("note", "")},
            errors=wrong,
        )
        response = make_response(page, status)
        if wait_s is not None:
            response.headers["Retry-After"] = str(wait_s)
        return response

    def gone_page(check_id: str, now: datetime) -> Response:
        """Say how the visit was settled meanwhile; what was typed stays readable. Raises ``RecordMissing``."""
        kept = desk.sheet(check_id, now)[1].kept
        is_late = request.method == "POST"
        heading, how = SETTLED_FIRST if is_late else SETTLED, settled_words(kept.settlement)
        if how is None:
            heading, how = NOT_OPEN
        if not giving.has_seen(check_id):
            giving.note_view(check_id)
        written = request.form.get("note", "")
        page = render_template(
            "staff/pending_gone.html", check_id=check_id, heading=heading, how=how, note=written, is_late=is_late
        )
        return make_response(page, 409 if is_late else 200)

    @staff.get("/pending/<check_id>")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def pending_one(check_id: str) -> Response:
        return settle_page(check_id)

    @staff.post("/pending/<check_id>/find")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def find_candidates(check_id: str) -> Response:
        typed = request.form.get("q", "")
        if len(typed) > MAX_TYPED:
            return settle_page(check_id, typed, {"q": fault_words(QueryRefused(QueryFault.TOO_LONG))}, 422)
        return settle_page(check_id, typed)

    @staff.post("/pending/<check_id>/confirmed")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def confirm_pending(check_id: str) -> Response:
        by_check = request.form.get("by", "")
        if not by_check:
            return settle_page(
                check_id, request.form.get("q", ""), {"by": "どの確認がこの方のものか、選んでください"}, 422
            )
        staff_id = current_staff().staff_id
        try:
            settle_by_check(desk.store, desk.wake, check_id, sent_number("version"), by_check, staff_id, clock.now())
        except AlreadyHandled:
            return settle_page(check_id, request.form.get("q", ""), {"by": CHANGED}, 409)
        return go_to(url_for("staff.pending_page"))

    @staff.post("/pending/<check_id>/closed")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def close_one(check_id: str) -> Response:
        reason, memo = request.form.get("reason", ""), request.form.get("note", "").strip()
        errors: dict[str, str] = {}
        if reason not in set(CloseReason):
            errors["reason"] = "閉じる理由を選んでください"
        if len(memo) > MAX_NOTE:
            errors["note"] = f"メモは{MAX_NOTE}文字までです（いま{len(memo)}文字）"
        elif shown(memo.replace("\r\n", "").replace("\n", "")) != memo.replace("\r\n", "").replace("\n", ""):
            errors["note"] = "メモに、目に見えない制御文字が入っています。打ち直してください"
        if errors:
            return settle_page(check_id, errors=errors, status=422)
        staff_id = current_staff().staff_id
        why = CloseReason(reason)
        try:
            close_pending(
                desk.store, desk.wake, check_id, sent_number("version"), why, memo or None, staff_id, clock.now()
            )
        except AlreadyHandled:
            return settle_page(check_id, errors={"close": CHANGED}, status=409)
        return go_to(url_for("staff.pending_page"))


def reminder_of(desk: StaffDesk, now: datetime) -> dict[str, object]:
    """Count and oldest, with the cursor that goes with them."""
    with desk.store.reading() as db:
        cursor = latest_event_id(db)
        count, oldest = count_pending(desk.store, now)
    days = 0 if oldest is None else (now.astimezone(TOKYO).date() - oldest.astimezone(TOKYO).date()).days
    return {"cursor": cursor, "count": count, "oldest": None if oldest is None else days_words(days), "days": days}
