"""The number by which somebody opens the spoken desk at the box's tenkey: made and given up on one's own page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from app.clock import TOKYO, Clock
from app.speech.phrases import reason_words
from app.store.database import Store
from app.store.desk_codes import TooManyDeskCodes, desk_code_made_at, make_desk_code, remove_desk_code
from app.store.people import StaffMember
from app.web.htmx import go_to
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import Role, needs
from app.web.staff.session import current_staff

FIELD = "desk_passphrase"


@dataclass(frozen=True, slots=True)
class DeskCodeFacts:
    """What the page says of one's number; ``made`` is empty where there is none."""

    made: str


def desk_code_facts(store: Store, member: StaffMember) -> DeskCodeFacts | None:
    """``None`` for people who do not work at the desk. Raises ``StoreError``."""
    if not member.role.covers(Role.STAFF):
        return None
    made_at = desk_code_made_at(store, member.staff_id)
    return DeskCodeFacts("" if made_at is None else f"{made_at.astimezone(TOKYO):%-m月%-d日 %-H:%M}")


def add_desk_code(
    staff: Blueprint,
    desk: StaffDesk,
    clock: Clock,
    page: Callable[..., Response],
    refusal: Callable[[str, str], Response | None],
) -> None:
    """Add the routes to the blueprint.

    Args:
        page: draws one's own page, with more for its template.
        refusal: judges a passphrase typed in a field; the page that says why not, or ``None``.
    """

    @staff.post("/settings/own/desk-code")
    @needs(Role.STAFF)
    def make_own_desk_code() -> Response:
        refused_page = refusal(FIELD, request.form.get(FIELD, ""))
        if refused_page is not None:
            return refused_page
        try:
            digits = make_desk_code(desk.store, current_staff(), clock.now())
        except TooManyDeskCodes as error:
            return page({FIELD: reason_words(error.code).staff}, error.http_status)
        return page(new_desk_code=f"{digits[:4]} {digits[4:]}")

    @staff.post("/settings/own/desk-code/remove")
    @needs(Role.STAFF)
    def remove_own_desk_code() -> Response:
        remove_desk_code(desk.store, current_staff(), clock.now())
        return go_to(url_for("staff.own_page") + "#desk-code")
