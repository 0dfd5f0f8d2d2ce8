"""この端末: sound, notifications, keys and screen reader of one browser. Kept in a cookie of that browser alone."""

from __future__ import annotations

from dataclasses import dataclass, fields

from flask import Blueprint, Request, Response, render_template, request, url_for

from app.speech.news_words import PRIVACY_WORDS, Privacy
from app.web.htmx import go_to
from app.web.staff.roles import Role, needs
from app.web.staff.search import KEY_COOKIE

COOKIE = "__Host-uketsuke-device"
"""Words joined by dots; outlives log-out and says nothing of anybody."""
_LIFE_S = 400 * 86_400
_LEVELS: dict[str, str] = {Privacy.EARPHONE: "earphone", Privacy.SOUND: "sound_only"}
_TICKED = ("sound", "notify", "keys", "copies_old", "reader")


@dataclass(frozen=True, slots=True)
class Device:
    """What is on in this browser. Everything but the keys is off until somebody wants it."""

    sound: bool = False
    notify: bool = False
    keys: bool = True
    copies_old: bool = False
    reader: bool = False
    """スクリーンリーダーモード."""
    earphone: bool = False
    sound_only: bool = False

    @property
    def words(self) -> str:
        """For the page's scripts: the names of what is on. A screen reader has keys of its own, so ours are off."""
        on = [field.name for field in fields(self) if getattr(self, field.name)]
        return " ".join(name for name in on if not (self.reader and name == "keys"))

    @property
    def privacy(self) -> Privacy:
        """What may be read aloud here; the middle level until somebody chose another."""
        if self.earphone:
            return Privacy.EARPHONE
        return Privacy.SOUND if self.sound_only else Privacy.SPEAKER


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
        is_saved = request.args.get("saved") == "1"
        return render_template("staff/device.html", is_saved=is_saved, privacy_words=PRIVACY_WORDS)

    @staff.post("/device")
    @needs(Role.VIEWER)
    def keep_device() -> Response:
        wanted = [name for name in _TICKED if request.form.get(name) == "on"]
        level = _LEVELS.get(request.form.get("privacy", ""))
        wanted += [level] if level else []
        response = go_to(url_for("staff.device_page", saved=1))
        _keep(response, COOKIE, ".".join(wanted) or "none")
        _keep(response, KEY_COOKIE, "on" if "keys" in wanted and "reader" not in wanted else "off")
        return response


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_LIFE_S, secure=True, httponly=True, samesite="Strict", path="/")
