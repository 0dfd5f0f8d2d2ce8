"""目視確認: who waits at which kiosk to be looked at, the two answers, and 認証方法 with its choice for one patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.eligibility.visual import NEXT_ONLY, Preference
from app.speech.phrases import reason_words
from app.speech.phrases.method_words import NEXT_ONLY_WORDS, PREFERENCES
from app.store.events import latest_event_id
from app.store.preferences import Methods, NextChoice, choose_next, methods, set_preference
from app.store.visual import OpenRequest, decide_request, open_requests
from app.web.htmx import go_to, swap, wants_fragment
from app.web.security import RequestRefused
from app.web.staff.lines import clock_time
from app.web.staff.plain_pages import place
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import current_staff
from app.web.staff.text import shown


@dataclass(frozen=True, slots=True)
class RequestLine:
    """Somebody who waits; nothing is known of them yet."""

    request_id: str
    kiosk: str
    at: datetime
    time: str
    why: str
    news: str


@dataclass(frozen=True, slots=True)
class KioskLine:
    """A kiosk and how its next patient is confirmed. ``offered`` is the way that is not taken anyway."""

    kiosk: str
    name: str
    chosen: str | None
    until: str | None
    offered: Preference
    offered_words: str


def add_visual(staff: Blueprint, desk: StaffDesk, clock: Clock, own_kiosk: str) -> None:
    """Add the routes to the blueprint, and to every template ``visual_requests``.

    ``own_kiosk`` is the kiosk of this box: a choice for its next patient is offered before anybody used it.
    """

    @staff.app_context_processor
    def for_templates() -> dict[str, object]:
        return {"visual_requests": waiting}

    def waiting() -> dict[str, object]:
        with desk.store.reading() as db:
            return {"cursor": latest_event_id(db), "lines": [_line(one) for one in open_requests(desk.store)]}

    def all_kiosks(found: Methods) -> list[str]:
        return sorted({own_kiosk, *found.kiosks})

    def method() -> dict[str, object]:
        with desk.store.reading() as db:
            cursor, found = latest_event_id(db), methods(desk.store, clock.now())
        chosen = {choice.kiosk: choice for choice in found.next_choices}
        return {
            "method_cursor": cursor,
            "preference": found.preference,
            "preferences": PREFERENCES,
            "kiosks": [_kiosk_line(kiosk, found.preference, chosen.get(kiosk)) for kiosk in all_kiosks(found)],
        }

    @staff.get("/visual")
    @needs(Role.VIEWER)
    def visual_page() -> str:
        return render_template("staff/visual.html", **method())

    @staff.get("/visual/panel")
    @needs(Role.VIEWER)
    def visual_panel() -> Response:
        if wants_fragment():
            return swap("staff/_visual_panel.html")
        return make_response(visual_page())

    @staff.get("/visual/method")
    @needs(Role.VIEWER)
    def method_panel() -> Response:
        if wants_fragment():
            return swap("staff/_method_panel.html", **method())
        return make_response(visual_page())

    def decide(request_id: str, *, is_confirmed: bool) -> Response:
        who = current_staff().staff_id
        decide_request(desk.store, desk.wake, request_id, who, clock.now(), is_confirmed=is_confirmed)
        if wants_fragment():
            return swap("staff/_visual_panel.html")
        return go_to(place("staff.visual_page"))

    @staff.post("/plain/visual/<request_id>/confirmed", endpoint="plain_visual_confirmed")
    @staff.post("/visual/<request_id>/confirmed")
    @needs(Role.STAFF)
    def visual_confirmed(request_id: str) -> Response:
        return decide(request_id, is_confirmed=True)

    @staff.post("/plain/visual/<request_id>/refused", endpoint="plain_visual_refused")
    @staff.post("/visual/<request_id>/refused")
    @needs(Role.STAFF)
    def visual_refused(request_id: str) -> Response:
        return decide(request_id, is_confirmed=False)

    @staff.post("/visual/next")
    @needs(Role.STAFF)
    def choose_next_only() -> Response:
        # One button, one field: the way, then the kiosk that it is for ("" takes a choice back).
        way, _, kiosk = request.form.get("next", "").partition(" ")
        if kiosk not in all_kiosks(methods(desk.store, clock.now())) or way not in {"usual", *NEXT_ONLY}:
            raise RequestRefused()
        preference = None if way == "usual" else Preference(way)
        choose_next(desk.store, desk.wake, kiosk, preference, current_staff().staff_id, clock.now())
        if wants_fragment():
            return swap("staff/_method_panel.html", **method())
        return go_to(url_for("staff.visual_page"))

    @staff.get("/settings/method")
    @needs(Role.VIEWER)
    def method_page() -> str:
        return render_template("staff/visual_method.html", **method(), saved=request.args.get("saved") == "1")

    @staff.post("/settings/method")
    @needs(Role.OWNER)
    def change_method() -> Response:
        chosen = request.form.get("preference", "")
        if chosen not in set(Preference):
            raise RequestRefused()
        set_preference(desk.store, desk.wake, Preference(chosen), current_staff().staff_id, clock.now())
        return go_to(url_for("staff.method_page", saved="1"))


def _line(one: OpenRequest) -> RequestLine:
    kiosk = shown(one.kiosk)
    return RequestLine(
        one.request_id,
        kiosk,
        one.opened_at,
        clock_time(one.opened_at),
        reason_words(one.reason).staff,
        f"{kiosk}で目視確認を待っています",
    )


def _kiosk_line(kiosk: str, usual: Preference, choice: NextChoice | None) -> KioskLine:
    offered = Preference.PIN_FIRST if usual.starts_with_staff else Preference.VISUAL_FIRST
    return KioskLine(
        kiosk,
        shown(kiosk),
        NEXT_ONLY_WORDS[choice.preference] if choice else None,
        clock_time(choice.ends_at) if choice else None,
        offered,
        NEXT_ONLY_WORDS[offered],
    )
