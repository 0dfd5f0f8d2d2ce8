"""本日の受付: what came today, who takes care of it, and the calls for help."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from app.clock import Clock
from app.web.htmx import go_to, swap, wants_fragment
from app.web.staff.board_drawing import in_place
from app.web.staff.board_view import BoardView, View
from app.web.staff.check import one_check
from app.web.staff.given import Giving
from app.web.staff.gone import Readers, told_when_gone
from app.web.staff.lines import call_line
from app.web.staff.plain_pages import either, is_plain, place, refreshes_itself
from app.web.staff.ports import StaffDesk
from app.web.staff.reader import braille_line
from app.web.staff.roles import Role, needs
from app.web.staff.sent import sent_number
from app.web.staff.session import current_staff, session_token
from app.web.staff.show import SHOW_WORDS, ShowMemory, show_named


def add_board(staff: Blueprint, desk: StaffDesk, clock: Clock, readers: Readers, giving: Giving) -> None:
    """Add the routes to the blueprint."""
    views = BoardView(desk, clock)
    memory = ShowMemory()

    def view() -> View:
        return View(show_named(request.args.get("show")) or memory.recall(session_token()), wants_all(), may_act())

    def drawn_board() -> dict[str, Any]:
        mine = view()
        return {"drawing": views.drawing(mine), "view": mine, "show_words": SHOW_WORDS}

    def whole_panel() -> Response:
        board = drawn_board()
        panel = render_template("staff/_board_panel.html", **board)
        return make_response(f"{panel}{in_place(board['drawing'].reminder)}")

    def what_is_new(shown: str) -> Response:
        changes = views.changes(view(), shown)
        if changes is not None:
            return make_response(changes)
        response = whole_panel()
        response.headers["HX-Retarget"] = "#board-panel"
        return response

    def calls() -> dict[str, object]:
        cursor, rows = desk.calls()
        return {"calls_cursor": cursor, "calls": [call_line(row) for row in rows], "may_answer": may_act()}

    def plain_board() -> dict[str, object]:
        listing = views.listing(view())
        shorts = {row.check_id: braille_line(row) for row in listing.rows}
        return {"lines": listing.drawn, "shorts": shorts, **views.words(view(), listing)}

    def whole_page() -> str:
        memory.remember(session_token(), view().show)
        board = plain_board() if is_plain() else drawn_board()
        return render_template(either("staff/board.html"), **board, **calls(), refreshes=refreshes_itself())

    def after_change(check_id: str) -> Response:
        if not wants_fragment():
            return go_to(place("staff.board"))
        if request.args.get("page") == "check":
            if not giving.has_seen(check_id):
                giving.note_view(check_id)
            return swap("staff/_check_panel.html", **one_check(desk, clock, check_id))
        return whole_panel()

    @staff.get("/plain", endpoint="plain_board")
    @staff.get("/")
    @needs(Role.VIEWER)
    def board() -> str:
        return whole_page()

    @staff.get("/board-panel")
    @needs(Role.VIEWER)
    def board_panel() -> Response:
        if wants_fragment():
            return what_is_new(request.args.get("shown", ""))
        return make_response(whole_page())

    @staff.get("/calls-panel")
    @needs(Role.VIEWER)
    def calls_panel() -> Response:
        if wants_fragment():
            return swap("staff/_calls_panel.html", **calls())
        return make_response(whole_page())

    @staff.post("/plain/checks/<check_id>/handled", endpoint="plain_handled")
    @staff.post("/checks/<check_id>/handled")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def handled(check_id: str) -> Response:
        desk.mark_handled(check_id, sent_number("version"), current_staff().staff_id, clock.now())
        return after_change(check_id)

    @staff.post("/plain/checks/<check_id>/taken", endpoint="plain_taken")
    @staff.post("/checks/<check_id>/taken")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def taken(check_id: str) -> Response:
        desk.take(check_id, sent_number("version"), current_staff().staff_id, clock.now())
        return after_change(check_id)

    @staff.post("/plain/checks/<check_id>/released", endpoint="plain_released")
    @staff.post("/checks/<check_id>/released")
    @needs(Role.STAFF)
    @told_when_gone(clock, readers)
    def released(check_id: str) -> Response:
        desk.release(check_id, sent_number("version"), current_staff().staff_id, clock.now())
        return after_change(check_id)

    @staff.post("/plain/calls/<call_id>/answered", endpoint="plain_answered")
    @staff.post("/calls/<call_id>/answered")
    @needs(Role.STAFF)
    def answered(call_id: str) -> Response:
        desk.answer_call(call_id, current_staff().staff_id, clock.now())
        if not wants_fragment():
            return go_to(place("staff.board"))
        return swap("staff/_calls_panel.html", **calls())


def wants_all() -> bool:
    return request.args.get("all") == "1"


def may_act() -> bool:
    """True for whoever may take and finish rows."""
    return current_staff().role.covers(Role.STAFF)
