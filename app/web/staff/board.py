"""本日の受付 and 資格情報: what staff read and the two things they can say, "done" and "I go"."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.web.htmx import go_to, swap, wants_fragment
from app.web.security import RequestRefused
from app.web.staff.drawn import DrawnOnce
from app.web.staff.lines import call_line, check_line, clock_time, explain, handled_words, verdict_of
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import current_staff, note
from app.web.staff.sheet import answer_section, qualification_sheets
from app.web.staff.text import shown, shown_kana

SHOWN = 40
"""Lines of the board besides waiting ones; a long day's older ones are a press away."""


def add_board(staff: Blueprint, desk: StaffDesk, clock: Clock) -> None:
    """Add the routes to the blueprint."""
    drawn, drawn_all = DrawnOnce(), DrawnOnce()

    def checks() -> dict[str, object]:
        cursor, rows = desk.board(clock.now())
        shown_rows = [row for place, row in enumerate(rows) if place < SHOWN or row.is_waiting or wants_all()]
        return {
            "board_cursor": cursor,
            "lines": [check_line(row) for row in shown_rows],
            "count": len(rows),
            "waiting": sum(row.is_waiting for row in rows),
            "left_out": len(rows) - len(shown_rows),
            "shows_all": wants_all(),
            "newest": SHOWN,
        }

    def shared_board() -> Response:
        key = (desk.cursor(), clock.now().replace(microsecond=0))
        panel = drawn_all if wants_all() else drawn
        return make_response(panel.get(key, lambda: render_template("staff/_board_panel.html", **checks())))

    def calls() -> dict[str, object]:
        cursor, rows = desk.calls()
        return {"calls_cursor": cursor, "calls": [call_line(row) for row in rows]}

    def whole_board() -> str:
        return render_template("staff/board.html", **checks(), **calls())

    @staff.get("/")
    @needs(Role.VIEWER)
    def board() -> str:
        return whole_board()

    @staff.get("/board-panel")
    @needs(Role.VIEWER)
    def board_panel() -> Response:
        if wants_fragment():
            return shared_board()
        return make_response(whole_board())

    @staff.get("/calls-panel")
    @needs(Role.VIEWER)
    def calls_panel() -> Response:
        if wants_fragment():
            return swap("staff/_calls_panel.html", **calls())
        return make_response(whole_board())

    @staff.get("/checks/<check_id>")
    @needs(Role.VIEWER)
    def check(check_id: str) -> str:
        context = _one_check(desk, clock, check_id)
        note(desk, clock, AuditAction.VIEWED, check_id)
        return render_template("staff/check.html", **context)

    @staff.get("/checks/<check_id>/panel")
    @needs(Role.VIEWER)
    def check_panel(check_id: str) -> Response:
        context = _one_check(desk, clock, check_id)
        if wants_fragment():
            return swap("staff/_check_panel.html", **context)
        return make_response(render_template("staff/check.html", **context))

    @staff.post("/checks/<check_id>/handled")
    @needs(Role.STAFF)
    def handled(check_id: str) -> Response:
        desk.mark_handled(check_id, _version(), current_staff().staff_id, clock.now())
        if not wants_fragment():
            return go_to(url_for("staff.board"))
        if request.args.get("page") == "check":
            return swap("staff/_check_panel.html", **_one_check(desk, clock, check_id))
        return shared_board()

    @staff.post("/calls/<call_id>/answered")
    @needs(Role.STAFF)
    def answered(call_id: str) -> Response:
        desk.answer_call(call_id, current_staff().staff_id, clock.now())
        if not wants_fragment():
            return go_to(url_for("staff.board"))
        return swap("staff/_calls_panel.html", **calls())


def wants_all() -> bool:
    return request.args.get("all") == "1"


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestRefused()
    return int(text)


def _one_check(desk: StaffDesk, clock: Clock, check_id: str) -> dict[str, object]:
    cursor, kept = desk.check(check_id, clock.now())
    record, result = kept.record, kept.record.result
    what, next_step = explain(result.validity if result else None, record.reason)
    first = result.qualifications[0] if result and result.qualifications else None
    until = kept.visible_until
    return {
        "cursor": cursor,
        "check_id": record.check_id,
        "number": "－" if kept.reception_number is None else str(kept.reception_number),
        "at": record.at,
        "time": clock_time(record.at),
        "kiosk": shown(record.kiosk),
        "name": shown(first.name) if first and first.name else None,
        "kana": shown_kana(first.name_kana) if first and first.name_kana else None,
        "verdict": verdict_of(result.validity if result else None),
        "what": what,
        "next_step": next_step,
        "service_code": shown(record.service_code) if record.service_code else None,
        "service_message": shown(record.service_message) if record.service_message else None,
        "notice": shown(result.notice_text) if result and result.notice_text else None,
        "is_waiting": kept.is_waiting,
        "version": kept.version,
        "handled": handled_words(record.outcome, kept.handled_at, kept.handled_by),
        "is_reference": result is not None and not result.validity.is_valid and bool(result.qualifications),
        "answer": answer_section(result) if result else None,
        "sheets": qualification_sheets(result) if result else (),
        "until": f"{until.year}年{until.month}月{until.day}日",
    }
