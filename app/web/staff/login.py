"""Log-in in one or two steps, log-out, and the locked screen."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.speech.phrases import reason_words
from app.store.people import StaffMember, known_name, verify_staff
from app.store.second_factor import spend_code
from app.store.sessions import (
    Session,
    SessionState,
    end_session,
    lock_session,
    start_session,
    unlock_session,
)
from app.web.htmx import go_to
from app.web.staff.backoff import MAX_NAME, BackOff, may_be_name
from app.web.staff.device import device_words
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs, open_to_all
from app.web.staff.session import (
    clear_session,
    current_session,
    find_current,
    safe_back,
    session_token,
    set_session,
)

logger = logging.getLogger(__name__)


def add_login(
    staff: Blueprint, desk: StaffDesk, clock: Clock, back_off: BackOff, close_streams: Callable[[str], None]
) -> None:
    """Add the routes to the blueprint. ``close_streams`` ends the open streams of a session token."""

    @staff.get("/login")
    @open_to_all
    def login_page() -> Response:
        session = find_current(desk, clock)
        if session is not None:
            return go_to(_place_of(session))
        return _form()

    @staff.post("/login")
    @open_to_all
    def login() -> Response:
        name, passphrase = request.form.get("name", ""), request.form.get("passphrase", "")
        errors: dict[str, str] = {}
        if not name.strip():
            errors["name"] = "名前を入れてください"
        elif not may_be_name(name):
            errors["name"] = f"名前は{MAX_NAME}文字までです。短くしてください"
        if not passphrase:
            errors["passphrase"] = "合言葉を入れてください"  # noqa: S105 no secret
        if errors:
            return _form(name, errors=errors, status=422)
        source = request.remote_addr or ""
        wait_s = back_off.begin(name, source)
        if wait_s > 0:
            return _must_wait(wait_s, lambda code, seconds: _form(name, code=code, status=429, seconds=seconds))
        member = verify_staff(desk.store, name, passphrase)
        if member is None:
            logger.warning("staff.login_refused")
            known = known_name(desk.store, name)
            _note_failure(AuditAction.LOGIN_FAILED, known, "passphrase" if known else "unknown name")
            return _form(name, code="staff.login_refused", status=422)
        back_off.succeeded(name, source)
        return _enter(member, awaits_code=member.has_code)

    @staff.get("/login/code")
    @open_to_all
    def code_page() -> Response:
        session = find_current(desk, clock)
        if session is None or session.state is not SessionState.AWAITS_CODE:
            return go_to(url_for("staff.login_page"))
        return _code_form()

    @staff.post("/login/code")
    @open_to_all
    def code() -> Response:
        session = find_current(desk, clock)
        if session is None or session.state is not SessionState.AWAITS_CODE:
            return go_to(url_for("staff.login_page"))
        typed = request.form.get("code", "")
        if not typed.strip():
            return _code_form(code="staff.code_missing", status=422)
        key, source = f"code {session.member.name}", request.remote_addr or ""
        wait_s = back_off.begin(key, source)
        if wait_s > 0:
            return _must_wait(wait_s, lambda code, seconds: _code_form(code=code, status=429, seconds=seconds))
        if not spend_code(desk.store, session.member.staff_id, typed, clock.now(), source):
            _note_failure(AuditAction.LOGIN_FAILED, session.member.name, "code")
            return _code_form(code="staff.code_refused", status=422)
        back_off.succeeded(key, source)
        return _enter(session.member, awaits_code=False)

    @staff.post("/logout")
    @open_to_all
    def logout() -> Response:
        """Open, so that a locked screen can be left too; whose session it is, its cookie and page token say."""
        token = session_token()
        end_session(desk.store, token, clock.now())
        close_streams(token)
        response = go_to(url_for("staff.login_page"))
        clear_session(response)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    @staff.post("/lock")
    @needs(Role.VIEWER)
    def lock() -> Response:
        token = session_token()
        lock_session(desk.store, token, clock.now())
        close_streams(token)
        return go_to(url_for("staff.lock_page", back=_back()))

    @staff.get("/lock")
    @open_to_all
    def lock_page() -> Response:
        session = find_current(desk, clock)
        if session is None:
            return go_to(url_for("staff.login_page"))
        if session.state is not SessionState.LOCKED:
            return go_to(_back() if session.state is SessionState.OPEN else _place_of(session))
        return _lock_form(session)

    @staff.post("/unlock")
    @open_to_all
    def unlock() -> Response:
        session = find_current(desk, clock)
        if session is None or session.state is SessionState.AWAITS_CODE:
            return go_to(url_for("staff.login_page"))
        passphrase = request.form.get("passphrase", "")
        if not passphrase:
            return _lock_form(session, "staff.passphrase_missing", status=422)
        name, source = session.member.name, request.remote_addr or ""
        wait_s = back_off.begin(name, source)
        if wait_s > 0:
            return _must_wait(wait_s, lambda code, seconds: _lock_form(session, code, status=429, seconds=seconds))
        member = verify_staff(desk.store, name, passphrase)
        if member is None or member.staff_id != session.member.staff_id:
            _note_failure(AuditAction.UNLOCK_FAILED, name, "passphrase")
            return _lock_form(session, code="staff.unlock_refused", status=422)
        back_off.succeeded(name, source)
        unlock_session(desk.store, session_token(), clock.now())
        return go_to(_back())

    @staff.get("/session")
    @needs(Role.VIEWER)
    def session_lasts() -> Response:
        """What a page asks when its stream breaks, and tells when somebody acts: 204 while it may stay, else 401.

        Two headers say how many seconds are left until an idle screen locks, and until the session ends anyway.
        """
        session, now = current_session(), clock.now()
        response = make_response("", 204)
        response.headers["X-Idle-Left"] = str(max(0, math.floor((session.locks_at - now).total_seconds())))
        response.headers["X-Session-Left"] = str(max(0, math.floor((session.ends_at - now).total_seconds())))
        return response

    def _enter(member: StaffMember, *, awaits_code: bool) -> Response:
        """Start a session with a new token; whatever this browser had before is over."""
        before = session_token()
        if before:
            end_session(desk.store, before, clock.now())
            close_streams(before)
        token = start_session(
            desk.store,
            member.staff_id,
            clock.now(),
            source=request.remote_addr,
            device=device_words(request.headers.get("User-Agent", "")),
            awaits_code=awaits_code,
        )
        response = go_to(url_for("staff.code_page" if awaits_code else "staff.board"))
        set_session(response, token)
        logger.info("staff.login staff_id=%d step=%s", member.staff_id, "passphrase" if awaits_code else "whole")
        return response

    def _note_failure(action: AuditAction, name: str | None, why: str) -> None:
        desk.note(clock.now(), name, action, outcome="refused", detail=why, source=request.remote_addr)


def _place_of(session: Session) -> str:
    return url_for(
        {
            SessionState.OPEN: "staff.board",
            SessionState.LOCKED: "staff.lock_page",
            SessionState.AWAITS_CODE: "staff.code_page",
        }[session.state]
    )


def _back() -> str:
    return safe_back(current_app, request.values.get("back", "/"))


def _must_wait(wait_s: float, form: Callable[[str, int], Response]) -> Response:
    seconds = math.ceil(wait_s)
    response = form("staff.login_wait", seconds)
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(
    name: str = "",
    *,
    code: str | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    seconds: int = 0,
) -> Response:
    words = None if code is None else reason_words(code)
    page = render_template("staff/login.html", name=name, words=words, code=code, errors=errors or {}, seconds=seconds)
    return make_response(page, status)


def _code_form(code: str | None = None, status: int = 200, seconds: int = 0) -> Response:
    words = None if code is None else reason_words(code)
    return make_response(render_template("staff/login_code.html", words=words, seconds=seconds), status)


def _lock_form(session: Session, code: str | None = None, status: int = 200, seconds: int = 0) -> Response:
    words = None if code is None else reason_words(code)
    page = render_template("staff/lock.html", name=session.member.name, words=words, seconds=seconds, back=_back())
    return make_response(page, status)
