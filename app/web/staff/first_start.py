"""The wizard of a new box: the owner's account, made with the code that only the box's console shows."""

from __future__ import annotations

import logging
import math

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import Clock
from app.eligibility.audit import AuditAction
from app.eligibility.people import NameSigns, checked_name
from app.speech.phrases import reason_words
from app.store.first_owner import is_owner_code, make_first_owner
from app.store.people import PassphraseRefused, has_staff
from app.store.sessions import start_session
from app.web.htmx import go_to
from app.web.staff.backoff import BackOff
from app.web.staff.device import device_words
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import open_to_all
from app.web.staff.session import set_session

logger = logging.getLogger(__name__)


def add_first_start(staff: Blueprint, desk: StaffDesk, clock: Clock, back_off: BackOff) -> None:
    """Add the routes to the blueprint. They lead to the log-in once there is an account."""

    @staff.get("/first-start")
    @open_to_all
    def first_owner_page() -> Response:
        return go_to(url_for("staff.login_page")) if has_staff(desk.store) else _form({}, "", "", 200)

    @staff.post("/first-start")
    @open_to_all
    def first_owner() -> Response:
        if has_staff(desk.store):
            return go_to(url_for("staff.login_page"))
        code, name = request.form.get("code", ""), request.form.get("name", "")
        passphrase = request.form.get("passphrase", "")
        errors: dict[str, str] = {}
        source = request.remote_addr or ""
        wait_s = back_off.begin("owner code", source)
        if wait_s > 0:
            seconds = math.ceil(wait_s)
            response = _form({"code": f"あと{seconds}秒待ってから、もう一度入れてください"}, code, name, 429)
            response.headers["Retry-After"] = str(seconds)
            return response
        if not is_owner_code(desk.store, code, clock.now()):
            errors["code"] = reason_words("people.owner_code_refused").staff
            desk.note(
                clock.now(), None, AuditAction.LOGIN_FAILED, outcome="refused", detail="owner code", source=source
            )
        else:
            back_off.succeeded("owner code", source)
        try:
            checked_name(name)
        except NameSigns:
            errors["name"] = reason_words("people.name_signs").staff
        except ValueError:
            errors["name"] = reason_words("people.name").staff
        if passphrase != request.form.get("again", ""):
            errors["again"] = reason_words("people.passphrase_differs").staff
        if errors:
            return _form(errors, code, name, 422)
        try:
            member = make_first_owner(desk.store, code, name, passphrase, clock.now())
        except PassphraseRefused as refused:
            return _form({"passphrase": reason_words(f"people.{refused.weakness}").staff}, code, name, 422)
        if member is None:
            return _form({"code": reason_words("people.owner_code_refused").staff}, code, name, 422)
        logger.info("staff.first_owner staff_id=%d", member.staff_id)
        response = go_to(url_for("staff.board"))
        device = device_words(request.headers.get("User-Agent", ""))
        set_session(response, start_session(desk.store, member.staff_id, clock.now(), source=source, device=device))
        return response


def _form(errors: dict[str, str], code: str, name: str, status: int) -> Response:
    page = render_template("staff/people_first_start.html", errors=errors, code=code, name=name)
    return make_response(page, status)
