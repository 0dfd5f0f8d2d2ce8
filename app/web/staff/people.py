"""「設定」 and its 「職員」: the owner's list of people."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.clock import TOKYO, Clock
from app.eligibility.people import NameSigns, Role
from app.speech.phrases import ROLES, reason_words
from app.store.passphrases import new_passphrase
from app.store.people import (
    NameTaken,
    PassphraseRefused,
    Person,
    add_staff,
    change_role,
    disable_staff,
    enable_staff,
    list_people,
    reset_passphrase,
)
from app.store.second_factor import remove_code
from app.web.htmx import go_to
from app.web.security import RequestRefused
from app.web.staff.ports import StaffDesk
from app.web.staff.roles import needs
from app.web.staff.sent import sent_number
from app.web.staff.session import current_staff
from app.web.staff.text import shown


def add_people(staff: Blueprint, desk: StaffDesk, clock: Clock) -> None:
    """Add the routes to the blueprint."""

    def page(
        errors: dict[str, str] | None = None,
        status: int = 200,
        *,
        made: tuple[str, str] | None = None,
        typed: dict[str, str] | None = None,
    ) -> Response:
        people = [_line(person) for person in list_people(desk.store)]
        given = typed or {"name": "", "role": Role.STAFF.value}
        words = render_template(
            "staff/people.html", people=people, roles=ROLES, errors=errors or {}, made=made, typed=given
        )
        return make_response(words, status)

    @staff.get("/settings")
    @needs(Role.VIEWER)
    def settings_page() -> str:
        return render_template("staff/people_settings.html")

    @staff.get("/settings/people")
    @needs(Role.OWNER)
    def people_page() -> Response:
        return page()

    @staff.post("/settings/people")
    @needs(Role.OWNER)
    def add_person() -> Response:
        name, role = request.form.get("name", ""), _role()
        own = request.form.get("passphrase", "")
        passphrase = own or new_passphrase()
        typed = {"name": name, "role": role.value}
        try:
            member = add_staff(
                desk.store, name, passphrase, clock.now(), role, actor=current_staff().name, must_change=True
            )
        except PassphraseRefused as refused:
            return page({"passphrase": reason_words(f"people.{refused.weakness}").staff}, 422, typed=typed)
        except NameSigns:
            return page({"name": reason_words("people.name_signs").staff}, 422, typed=typed)
        except ValueError:
            return page({"name": reason_words("people.name").staff}, 422, typed=typed)
        except NameTaken:
            return page({"name": reason_words("people.name_taken").staff}, 422, typed=typed)
        return page(made=(member.name, "" if own else passphrase))

    def change(staff_id: int, act: Callable[[int, int], None]) -> Response:
        if staff_id == current_staff().staff_id:
            return page({"list": reason_words("people.own_account").staff}, 422)
        act(staff_id, sent_number("revision"))
        return go_to(url_for("staff.people_page"))

    @staff.post("/settings/people/<int:staff_id>/role")
    @needs(Role.OWNER)
    def change_persons_role(staff_id: int) -> Response:
        role, actor = _role(), current_staff().name
        return change(staff_id, lambda who, seen: change_role(desk.store, who, seen, role, clock.now(), actor))

    @staff.post("/settings/people/<int:staff_id>/disable")
    @needs(Role.OWNER)
    def disable_person(staff_id: int) -> Response:
        actor = current_staff().name
        return change(staff_id, lambda who, seen: disable_staff(desk.store, who, seen, clock.now(), actor))

    @staff.post("/settings/people/<int:staff_id>/enable")
    @needs(Role.OWNER)
    def enable_person(staff_id: int) -> Response:
        actor = current_staff().name
        return change(staff_id, lambda who, seen: enable_staff(desk.store, who, seen, clock.now(), actor))

    @staff.post("/settings/people/<int:staff_id>/passphrase")
    @needs(Role.OWNER)
    def reset_persons_passphrase(staff_id: int) -> Response:
        if staff_id == current_staff().staff_id:
            return page({"list": reason_words("people.own_account").staff}, 422)
        passphrase = new_passphrase()
        reset_passphrase(desk.store, staff_id, sent_number("revision"), passphrase, clock.now(), current_staff().name)
        name = next(one.member.name for one in list_people(desk.store) if one.member.staff_id == staff_id)
        return page(made=(name, passphrase))

    @staff.post("/settings/people/<int:staff_id>/remove-code")
    @needs(Role.OWNER)
    def remove_persons_code(staff_id: int) -> Response:
        actor = current_staff()
        return change(staff_id, lambda who, _seen: remove_code(desk.store, who, clock.now(), actor))


def _line(person: Person) -> dict[str, object]:
    member = person.member
    return {
        "staff_id": member.staff_id,
        "name": shown(member.name),
        "role": member.role,
        "role_words": ROLES[member.role],
        "revision": person.revision,
        "is_disabled": person.disabled_at is not None,
        "has_code": member.has_code,
        "must_change": member.must_change,
        "is_self": member.staff_id == current_staff().staff_id,
        "seen": None if person.last_seen_at is None else f"{person.last_seen_at.astimezone(TOKYO):%-m月%-d日 %-H:%M}",
    }


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        raise RequestRefused() from None
