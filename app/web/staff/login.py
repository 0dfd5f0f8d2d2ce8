"""Log-in and log-out."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.speech.phrases import reason_words
from app.web.htmx import go_to
from app.web.staff.backoff import BackOff, may_be_name
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs, open_to_all
from app.web.staff.session import clear_session, session_token, set_session

logger = logging.getLogger(__name__)


def add_login(
    staff: Blueprint, desk: StaffDesk, clock: Clock, back_off: BackOff, close_streams: Callable[[str], None]
) -> None:
    """Add the routes to the blueprint. ``close_streams`` ends the open streams of a session token."""

    @staff.get("/login")
    @open_to_all
    def login_page() -> Response:
        token = session_token()
        if token and desk.session(token, clock.now()) is not None:
            return go_to(url_for("staff.board"))
        return _form()

    @staff.post("/login")
    @open_to_all
    def login() -> Response:
        name, passphrase = request.form.get("name", ""), request.form.get("passphrase", "")
        missing = tuple(field for field, text in (("name", name.strip()), ("passphrase", passphrase)) if not text)
        if missing:
            return _form(name, missing=missing, status=422)
        if not may_be_name(name):
            return _form(code="staff.login_refused", status=422)
        source = request.remote_addr or ""
        wait_s = back_off.begin(name, source)
        if wait_s > 0:
            return _must_wait(name, wait_s)
        member = desk.verify(name, passphrase)
        if member is None:
            logger.warning("staff.login_refused")
            return _form(name, code="staff.login_refused", status=422)
        back_off.succeeded(name, source)
        before = session_token()
        if before:
            desk.end_session(before, clock.now())
            close_streams(before)
        response = go_to(url_for("staff.board"))
        set_session(response, desk.start_session(member.staff_id, clock.now()))
        logger.info("staff.login staff_id=%d", member.staff_id)
        return response

    @staff.post("/logout")
    @needs(Role.VIEWER)
    def logout() -> Response:
        token = session_token()
        desk.end_session(token, clock.now())
        close_streams(token)
        response = go_to(url_for("staff.login_page"))
        clear_session(response)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    @staff.get("/session")
    @needs(Role.VIEWER)
    def session_lasts() -> Response:
        """What a page asks when its stream breaks: 204 while the session lasts, else 401."""
        return make_response("", 204)


def _must_wait(name: str, wait_s: float) -> Response:
    seconds = math.ceil(wait_s)
    response = _form(name, code="staff.login_wait", status=429, seconds=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(
    name: str = "", *, code: str | None = None, missing: tuple[str, ...] = (), status: int = 200, seconds: int = 0
) -> Response:
    words = None if code is None else reason_words(code)
    page = render_template("staff/login.html", name=name, words=words, code=code, missing=missing, seconds=seconds)
    return make_response(page, status)
