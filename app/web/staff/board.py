"""本日の受付: what came today, who takes care of it, and the calls for help."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from app.clock import Clock
from app.web.htmx import go_to, swap, wants_fragment
from app.web.staff.check import one_check
from app.web.staff.drawn import DrawnOnce
from app.web.staff.given import Giving
from app.web.staff.gone import Readers, told_when_gone
from app.web.staff.lines import call_line, check_line
from app.web.staff.plain_pages import either, is_plain, place, refreshes_itself
from app.web.staff.ports import StaffDesk
from app.web.staff.reader import braille_line
from app.web.staff.roles import Role, needs
from app.web.staff.sent import sent_number
from app.web.staff.session import current_staff, session_token
from app.web.staff.show import NOTHING_WORDS, SHOW_WORDS, Show, ShowMemory, belongs, counted, show_named

SHOWN = 40
"""Lines of the board besides waiting ones; a long day's older ones are a press away."""


def add_board(staff: Blueprint, desk: StaffDesk, clock: Clock, readers: Readers, giving: Giving) -> None:
    """Add the routes to the blueprint."""
    # One drawing for all who see the same: a filter, short or whole, with or without the buttons of a role.
    drawings = {
        (show, is_whole, may_act): DrawnOnce()
        for show in Show
        for is_whole in (False, True)
        for may_act in (False, True)
    }
    memory = ShowMemory()

    def chosen() -> Show:
        return show_named(request.args.get("show")) or memory.recall(session_token())

    def checks(show: Show) -> dict[str, object]:
        cursor, rows = desk.board(clock.now())
        lines = [check_line(row) for row in rows]
        fitting = [line for line in lines if belongs(line, show)]
        drawn = [line for place, line in enumerate(fitting) if place < SHOWN or line.is_waiting or wants_all()]
        drawn_ids = {line.check_id for line in drawn}
        counts = counted(lines)
        return {
            "board_cursor": cursor,
            "lines": drawn,
            "not_drawn": [line for line in lines if line.check_id not in drawn_ids],
            "count": len(rows),
            "waiting": counts[Show.WAITING],
            "left_out": len(fitting) - len(drawn),
            "shows_all": wants_all(),
            "newest": SHOWN,
            "show": show,
            "filters": [(one, SHOW_WORDS[one], counts[one]) for one in Show],
            "nothing": NOTHING_WORDS[Show.ALL if not rows else show],
            "may_act": may_act(),
            "shorts": {row.check_id: braille_line(row) for row in rows} if is_plain() else {},
        }

    def shared_board() -> Response:
        key = (desk.cursor(), clock.now().replace(microsecond=0))
        show = chosen()
        panel = drawings[show, wants_all(), may_act()]
        return make_response(panel.get(key, lambda: render_template("staff/_board_panel.html", **checks(show))))

    def calls() -> dict[str, object]:
        cursor, rows = desk.calls()
        return {"calls_cursor": cursor, "calls": [call_line(row) for row in rows], "may_answer": may_act()}

    def whole_board() -> str:
        show = chosen()
        memory.remember(session_token(), show)
        return render_template(either("staff/board.html"), **checks(show), **calls(), refreshes=refreshes_itself())

    def after_change(check_id: str) -> Response:
        if not wants_fragment():
            return go_to(place("staff.board"))
        if request.args.get("page") == "check":
            if not giving.has_seen(check_id):
                giving.note_view(check_id)
            return swap("staff/_check_panel.html", **one_check(desk, clock, check_id))
        return shared_board()

    @staff.get("/plain", endpoint="plain_board")
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
