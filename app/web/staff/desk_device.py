"""この端末: what one browser does with sound, notifications and keys. Kept in a cookie of that browser alone."""

from __future__ import annotations

from dataclasses import dataclass, fields

from flask import Blueprint, Request, Response, render_template, request, url_for

from app.web.htmx import go_to
from app.web.staff.roles import Role, needs
from app.web.staff.search import KEY_COOKIE

COOKIE = "__Host-uketsuke-device"
"""Words joined by dots; outlives log-out and says nothing of anybody."""
_LIFE_S = 400 * 86_400


@dataclass(frozen=True, slots=True)
class Device:
    """What is on in this browser. Everything but the keys is off until somebody wants it."""

    sound: bool = False
    notify: bool = False
    keys: bool = True
    copies_old: bool = False

    @property
    def words(self) -> str:
        """For the page's scripts: the names of what is on."""
        return " ".join(field.name for field in fields(self) if getattr(self, field.name))


def device_of(asked: Request) -> Device:
    """Read the cookie; whatever is not known in it counts as off."""
    text = asked.cookies.get(COOKIE)
    if text is None:
        return Device()
    named = set(text.split("."))
    return Device(**{field.name: field.name in named for field in fields(Device)})


def add_device(staff: Blueprint) -> None:
    """Add the routes to the blueprint, and ``device`` to every template."""

    @staff.app_context_processor
    def give_device() -> dict[str, object]:
        return {"device": device_of(request)}

    @staff.get("/device")
    @needs(Role.VIEWER)
    def device_page() -> str:
        return render_template("staff/device.html", is_saved=request.args.get("saved") == "1")

    @staff.post("/device")
    @needs(Role.VIEWER)
    def keep_device() -> Response:
        wanted = [field.name for field in fields(Device) if request.form.get(field.name) == "on"]
        response = go_to(url_for("staff.device_page", saved=1))
        _keep(response, COOKIE, ".".join(wanted) or "none")
        _keep(response, KEY_COOKIE, "on" if "keys" in wanted else "off")
        return response


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_LIFE_S, secure=True, httponly=True, samesite="Strict", path="/")
