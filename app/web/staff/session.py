"""Who is asking: the session cookie, the page token bound to it, and the guard that keeps every route closed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from flask import Flask, Response, g, make_response, request, url_for

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.web.htmx import go_to, wants_fragment
from app.web.staff.navigation import navigation_for
from app.web.staff.ports import StaffDesk, StaffMember
from app.web.staff.roles import RoleMissing, declared_role, open_to_all

COOKIE = "__Host-uketsuke"
FORM_COOKIE = "__Host-uketsuke-form"
"""What the log-in form's token is bound to while there is no session yet."""

_FORM_LIFE = timedelta(hours=12)


def session_token() -> str:
    return request.cookies.get(COOKIE, "")


def page_token() -> str:
    """Return the token that this browser's pages carry: a MAC keyed by its secret cookie, so it outlives a restart.

    A browser without a cookie gets one with the answer; until it brings that along, nothing it posts can match.
    """
    secret = session_token() or request.cookies.get(FORM_COOKIE, "")
    if not secret:
        if "form_secret" not in g:
            g.form_secret = secrets.token_urlsafe(32)
        secret = g.form_secret
    return hmac.new(secret.encode("utf-8", "replace"), b"uketsuke page token", hashlib.sha256).hexdigest()


def current_staff() -> StaffMember:
    """Return who is logged in; only called behind the guard."""
    staff: StaffMember = g.staff
    return staff


def note(
    desk: StaffDesk,
    clock: Clock,
    action: AuditAction,
    subject: str | None = None,
    outcome: str = "ok",
    detail: str | None = None,
) -> None:
    """Write into 操作記録 what the person of this request does; call it before the answer is given away.

    Raises:
        StoreError: it is not noted, so it must not be done.
    """
    staff: StaffMember | None = g.staff
    name = None if staff is None else staff.name
    desk.note(clock.now(), name, action, subject, outcome, detail, source=request.remote_addr)


def set_session(response: Response, token: str) -> None:
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Strict", path="/")
    response.delete_cookie(FORM_COOKIE, secure=True, httponly=True, samesite="Strict", path="/")


def clear_session(response: Response) -> None:
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Strict", path="/")


def init_sessions(app: Flask, desk: StaffDesk, clock: Clock) -> None:
    """Close every route but those that declare themselves open. Must come after ``harden``."""
    open_to_all(app.view_functions["static"])
    app.jinja_env.globals["navigation_for"] = navigation_for

    @app.before_request
    def guard() -> Response | None:
        g.staff = None
        if request.endpoint is None:
            return None
        needed = declared_role(app, request.endpoint)
        if needed is None:
            return None
        token = session_token()
        g.staff = desk.session(token, clock.now()) if token else None
        if g.staff is None:
            return _ask_to_log_in()
        if not current_staff().role.covers(needed):
            raise RoleMissing()
        return None

    @app.after_request
    def keep_form_secret(response: Response) -> Response:
        if "form_secret" in g and request.method == "GET":
            response.set_cookie(
                FORM_COOKIE,
                g.form_secret,
                max_age=_FORM_LIFE,
                secure=True,
                httponly=True,
                samesite="Strict",
                path="/",
            )
        return response


def _ask_to_log_in() -> Response:
    """Pages and forms go to the log-in; scripts get 401, and htmx leaves the page by itself."""
    if wants_fragment():
        response = go_to(url_for("staff.login_page"))
        response.status_code = 401
        return response
    if request.endpoint == "staff.session_lasts":
        return make_response("", 401)
    return go_to(url_for("staff.login_page"))
