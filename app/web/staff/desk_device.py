"""この端末: sound, notifications, keys and screen reader of one browser. Kept in a cookie of that browser alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Request, Response, render_template, request, url_for

from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.news_words import PRIVACY_WORDS
from app.speech.phrases.voice_modes import VoiceMode
from app.web.htmx import go_to
from app.web.staff.roles import Role, needs
from app.web.staff.search import KEY_COOKIE
from app.web.staff.voice_device import VoiceDevice, keep_voice_device, voice_device_of

COOKIE = "__Host-uketsuke-device"
"""Words joined by dots; outlives log-out and says nothing of anybody."""
_LIFE_S = 400 * 86_400
_TICKED = ("sound", "notify", "keys", "copies_old")


@dataclass(frozen=True, slots=True)
class Device:
    """What is on in this browser. Everything but the keys is off until somebody wants it."""

    sound: bool = False
    notify: bool = False
    keys: bool = True
    copies_old: bool = False
    reader: bool = False
    """スクリーンリーダーモード."""
    privacy: Privacy = Privacy.SPEAKER
    """What may be read aloud here; the middle level until somebody chose another."""

    @property
    def words(self) -> str:
        """For the page's scripts: the names of what is on. A screen reader has keys of its own, so ours are off."""
        on = [name for name in (*_TICKED, "reader") if getattr(self, name)]
        return " ".join(name for name in on if not (self.reader and name == "keys"))


def device_of(asked: Request) -> Device:
    """Read the cookies; whatever is not known in them counts as off."""
    text, voice = asked.cookies.get(COOKIE), voice_device_of(asked)
    device = Device(reader=voice.mode is VoiceMode.READER, privacy=voice.settings.privacy)
    if text is None:
        return device
    named = set(text.split("."))
    return replace(
        device,
        sound="sound" in named,
        notify="notify" in named,
        keys="keys" in named,
        copies_old="copies_old" in named,
    )


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
        voice = _wanted_voice(voice_device_of(request))
        response = go_to(url_for("staff.device_page", saved=1))
        _keep(response, COOKIE, ".".join(wanted) or "none")
        _keep(response, KEY_COOKIE, "on" if "keys" in wanted and voice.mode is not VoiceMode.READER else "off")
        keep_voice_device(response, voice)
        return response


def _wanted_voice(kept: VoiceDevice) -> VoiceDevice:
    """What the form says of mode and privacy; what it does not say stays."""
    mode, privacy = request.form.get("voice_mode", ""), request.form.get("privacy", "")
    return VoiceDevice(
        VoiceMode(mode) if mode in set(VoiceMode) else kept.mode,
        replace(kept.settings, privacy=Privacy(privacy)) if privacy in set(Privacy) else kept.settings,
    )


def _keep(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_LIFE_S, secure=True, httponly=True, samesite="Strict", path="/")
