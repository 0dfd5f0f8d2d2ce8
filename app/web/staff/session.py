"""Who is asking: the session cookie, the page token bound to it, and the guard that keeps every route closed."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, g, make_response, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.errors import StoreError
from app.store.people import StaffMember, has_staff
from app.store.sessions import Session, SessionState, find_session
from app.web.htmx import go_to, wants_fragment
from app.web.security import SAFE_METHODS
from app.web.staff.navigation import SETTINGS, navigation_for
from app.web.staff.plain_pages import refreshes_itself
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import RoleMissing, declared_role, open_to_all

COOKIE = "__Host-uketsuke"
FORM_COOKIE = "__Host-uketsuke-form"
"""What the log-in form's token is bound to while there is no session yet."""

_FORM_LIFE = timedelta(hours=12)

FIRST_START = frozenset({"static", "staff.first_owner_page", "staff.first_owner"})
"""All that answers while there is no account."""
WHILE_MUST_CHANGE = frozenset({"staff.own_page", "staff.change_own_passphrase", "staff.logout", "staff.session_lasts"})
"""All that answers while somebody uses a passphrase that another person made."""


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
    return current_session().member


def current_session() -> Session:
    """Return the open session of this request; only called behind the guard."""
    session: Session = g.session
    return session


def is_logged_in() -> bool:
    """True where ``current_staff`` may be called; for pages that also stand before the guard."""
    return g.get("session") is not None


def is_by_person() -> bool:
    """True when somebody did something: opened a page, sent a form, used a key or the pointer.

    What pages ask by themselves is not: panels that a nudge or a timer fetches, the stream, the question whether
    the session lasts. ``live.js`` marks what follows from a person's own event with ``X-Acted``. A plain page that
    loads itself again is told from one that somebody opened by the browser's word (``Sec-Fetch-User``).
    """
    if refreshes_itself():
        return request.headers.get("Sec-Fetch-User") == "?1"
    if request.method not in SAFE_METHODS or request.headers.get("X-Acted") == "1":
        return True
    is_page = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return is_page and not wants_fragment() and request.endpoint != "staff.session_lasts"


def find_current(desk: StaffDesk, clock: Clock, *, by_person: bool = False) -> Session | None:
    """Return the session of this request's cookie, open or not."""
    token = session_token()
    return find_session(desk.store, token, clock.now(), idle=desk.idle, by_person=by_person) if token else None


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
    session: Session | None = g.session
    name = None if session is None else session.member.name
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
    app.jinja_env.globals["is_logged_in"] = is_logged_in
    app.jinja_env.globals["SETTINGS"] = SETTINGS
    begun = [False]

    @app.before_request
    def guard() -> Response | None:
        g.session = None
        if request.endpoint == "static":
            return None
        if request.endpoint is None:  # no such page: its words keep the way to the others
            with contextlib.suppress(StoreError):
                session = find_current(desk, clock)
                g.session = session if session is not None and session.state is SessionState.OPEN else None
            return None
        if not begun[0]:
            begun[0] = has_staff(desk.store)
            if not begun[0]:
                return None if request.endpoint in FIRST_START else go_to(url_for("staff.first_owner_page"))
        needed = declared_role(app, request.endpoint)
        if needed is None:
            return None
        session = find_current(desk, clock, by_person=is_by_person())
        if session is None:
            return leave_for(url_for("staff.login_page"))
        if session.state is SessionState.AWAITS_CODE:
            return leave_for(url_for("staff.code_page"))
        if session.state is SessionState.LOCKED:
            return leave_for(url_for("staff.lock_page", back=asked_page(app)))
        g.session = session
        if session.member.must_change and request.endpoint not in WHILE_MUST_CHANGE:
            return leave_for(url_for("staff.own_page"))
        if not session.member.role.covers(needed):
            note(desk, clock, AuditAction.REFUSED, outcome="staff.role_missing", detail=request.endpoint)
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


def asked_page(app: Flask) -> str:
    """The address of the page that this request came from or wanted to open, to return to after unlocking."""
    if wants_fragment():
        return safe_back(app, urlsplit(request.headers.get("HX-Current-URL", "")).path)
    return safe_back(app, request.path) if request.method in SAFE_METHODS else "/"


def safe_back(app: Flask, path: str) -> str:
    """Return ``path`` when it is a page of ours behind the log-in, else the board's."""
    try:
        endpoint, _values = app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RoutingException):
        return "/"
    is_page = endpoint != "staff.session_lasts" and declared_role(app, endpoint) is not None
    return path if is_page and not path.startswith("//") else "/"


def leave_for(url: str) -> Response:
    """A session is over or locked: pages and forms go there; scripts get 401, and htmx leaves the page by itself."""
    if wants_fragment():
        response = go_to(url)
        response.status_code = 401
        return response
    if request.endpoint == "staff.session_lasts":
        return make_response("", 401)
    return go_to(url)
