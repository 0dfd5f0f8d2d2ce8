"""What everybody sets for themselves: passphrase, second factor, and the list of open sessions."""

from __future__ import annotations

import math
from collections.abc import Callable

import segno
from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import TOKYO, Clock
from app.eligibility.audit import AuditAction
from app.eligibility.people import Role
from app.speech.phrases import reason_words
from app.store.people import PassphraseRefused, change_passphrase, verify_staff
from app.store.second_factor import begin_code, confirm_code, pending_secret, recovery_codes_left, remove_code
from app.store.sessions import Session, SessionState, end_public_session, list_sessions, token_digest
from app.web.htmx import go_to
from app.web.staff.backoff import BackOff
from app.web.staff.own_desk_code import add_desk_code, desk_code_facts
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs
from app.web.staff.session import current_session, current_staff, session_token
from app.web.staff.text import shown

ISSUER = "Uketsuke"


def add_own(
    staff: Blueprint,
    desk: StaffDesk,
    clock: Clock,
    back_off: BackOff,
    close_streams: Callable[[str], None],
    *,
    has_tenkey: bool = False,
) -> None:
    """Add the routes to the blueprint; those for the tenkey at the box where there is one."""

    def page(errors: dict[str, str] | None = None, status: int = 200, **more: object) -> Response:
        member = current_staff()
        secret = None if member.has_code else pending_secret(desk.store, member.staff_id)
        context = {
            "member": member,
            "errors": errors or {},
            "secret": None if secret is None else " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            "qr": None if secret is None else qr_path(otpauth_uri(secret, member.name)),
            "codes_left": recovery_codes_left(desk.store, member.staff_id) if member.has_code else 0,
            "new_codes": None,
            "desk_code": desk_code_facts(desk.store, member) if has_tenkey else None,
            "stale": None,
            "changed": request.args.get("changed") == "1",
            **more,
        }
        return make_response(render_template("staff/people_own.html", **context), status)

    def must_wait(field: str, wait_s: float) -> Response:
        seconds = math.ceil(wait_s)
        response = page({field: f"あと{seconds}秒待ってから、もう一度入れてください"}, 429)
        response.headers["Retry-After"] = str(seconds)
        return response

    def note_wrong(name: str, why: str | None = None) -> None:
        desk.note(
            clock.now(), name, AuditAction.UNLOCK_FAILED, outcome="refused", detail=why, source=request.remote_addr
        )

    def refusal(field: str, passphrase: str) -> Response | None:
        """Judge the present passphrase of whoever asks; returns the page that says at ``field`` why not."""
        member, source = current_staff(), request.remote_addr or ""
        wait_s = back_off.begin(member.name, source)
        if wait_s > 0:
            return must_wait(field, wait_s)
        known = verify_staff(desk.store, member.name, passphrase)
        if known is None or known.staff_id != member.staff_id:
            note_wrong(member.name)
            return page({field: reason_words("staff.unlock_refused").staff}, 422)
        back_off.succeeded(member.name, source)
        return None

    if has_tenkey:
        add_desk_code(staff, desk, clock, page, refusal)

    @staff.get("/settings/own")
    @needs(Role.VIEWER)
    def own_page() -> Response:
        return page()

    @staff.post("/settings/own/passphrase")
    @needs(Role.VIEWER)
    def change_own_passphrase() -> Response:
        old, new = request.form.get("old", ""), request.form.get("new", "")
        if new != request.form.get("again", ""):
            return page({"again": reason_words("people.passphrase_differs").staff}, 422)
        refused_page = refusal("old", old)
        if refused_page is not None:
            return refused_page
        if new == old:
            return page({"new": reason_words("people.passphrase_same").staff}, 422)
        try:
            change_passphrase(desk.store, current_staff(), new, clock.now(), token_digest(session_token()))
        except PassphraseRefused as refused:
            return page({"new": reason_words(f"people.{refused.weakness}").staff}, 422)
        return go_to(url_for("staff.own_page", changed=1))

    @staff.post("/settings/own/code")
    @needs(Role.VIEWER)
    def begin_own_code() -> Response:
        refused_page = refusal("passphrase", request.form.get("passphrase", ""))
        if refused_page is not None:
            return refused_page
        begin_code(desk.store, current_staff().staff_id)
        return go_to(url_for("staff.own_page") + "#second-factor")

    @staff.post("/settings/own/code/confirm")
    @needs(Role.VIEWER)
    def confirm_own_code() -> Response:
        member = current_staff()
        if member.has_code or pending_secret(desk.store, member.staff_id) is None:
            code = "staff.code_in_use" if member.has_code else "staff.code_not_prepared"
            return page(stale=reason_words(code), status=422)
        key, source = f"code {member.name}", request.remote_addr or ""
        wait_s = back_off.begin(key, source)
        if wait_s > 0:
            return must_wait("code", wait_s)
        codes = confirm_code(desk.store, member.staff_id, request.form.get("code", ""), clock.now())
        if codes is None:
            note_wrong(current_staff().name, "code")
            return page({"code": reason_words("staff.code_refused").staff}, 422)
        back_off.succeeded(key, source)
        return page(new_codes=codes, secret=None, qr=None)

    @staff.post("/settings/own/code/remove")
    @needs(Role.VIEWER)
    def remove_own_code() -> Response:
        refused_page = refusal("passphrase", request.form.get("passphrase", ""))
        if refused_page is not None:
            return refused_page
        remove_code(desk.store, current_staff().staff_id, clock.now(), current_staff())
        return go_to(url_for("staff.own_page"))

    @staff.get("/settings/sessions")
    @needs(Role.VIEWER)
    def sessions_page() -> str:
        member = current_staff()
        of = None if member.role is Role.OWNER else member.staff_id
        found = list_sessions(desk.store, clock.now(), of, desk.idle)
        return render_template("staff/people_sessions.html", sessions=[_line(one) for one in found], is_all=of is None)

    @staff.post("/settings/sessions/<public_id>/end")
    @needs(Role.VIEWER)
    def end_one_session(public_id: str) -> Response:
        member = current_staff()
        of = None if member.role is Role.OWNER else member.staff_id
        end_public_session(desk.store, public_id, clock.now(), member, of)
        if public_id == current_session().public_id:
            close_streams(session_token())
        return go_to(url_for("staff.sessions_page"))


def otpauth_uri(secret: str, name: str) -> str:
    """What authenticator apps read from the picture."""
    import pyotp

    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))


def qr_path(text: str) -> tuple[str, int]:
    """Return a QR code as the path of its dark runs and the width of its square, quiet zone of four included."""
    code = segno.make(text, micro=False, error="m")
    rows = [list(row) for row in code.matrix_iter(scale=1, border=4)]
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                parts.append(f"M{x} {y}h{run - x}v1H{x}z")
            x = max(run, x + 1)
    return "".join(parts), len(rows)


def _line(session: Session) -> dict[str, object]:
    return {
        "public_id": session.public_id,
        "name": shown(session.member.name),
        "device": session.device or "",
        "source": session.source or "",
        "started": f"{session.started_at.astimezone(TOKYO):%-m月%-d日 %-H:%M}",
        "seen": f"{session.seen_at.astimezone(TOKYO):%-m月%-d日 %-H:%M}",
        "is_locked": session.state is SessionState.LOCKED,
        "awaits_code": session.state is SessionState.AWAITS_CODE,
        "is_this": session.public_id == current_session().public_id,
    }
