"""Who speaks at this browser, how fast and how much: chosen by the listener, kept in a cookie of that browser alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Request, Response

from app.speech.desk_model import DeskSettings
from app.speech.mora import RATES
from app.speech.phrases.desk_captions import Privacy
from app.speech.phrases.voice_modes import VoiceMode

COOKIE = "__Host-uketsuke-voice"
"""Mode, rate step and privacy level joined by dots; outlives log-out and says nothing of anybody."""
_LIFE_S = 400 * 86_400


@dataclass(frozen=True, slots=True)
class VoiceDevice:
    mode: VoiceMode = VoiceMode.NONE
    settings: DeskSettings = field(default_factory=DeskSettings)

    @property
    def words(self) -> str:
        return f"{self.mode}.{self.settings.rate_step}.{self.settings.privacy}"


def voice_device_of(asked: Request) -> VoiceDevice:
    """Read the cookie; whatever is not known in it counts as the default."""
    mode, _, rest = asked.cookies.get(COOKIE, "").partition(".")
    step, _, privacy = rest.partition(".")
    usual = DeskSettings()
    is_step = step.isascii() and step.isdigit() and len(step) == 1 and 1 <= int(step) <= len(RATES)
    return VoiceDevice(
        VoiceMode(mode) if mode in set(VoiceMode) else VoiceMode.NONE,
        DeskSettings(
            int(step) if is_step else usual.rate_step,
            Privacy(privacy) if privacy in set(Privacy) else usual.privacy,
        ),
    )


def keep_voice_device(response: Response, device: VoiceDevice) -> None:
    response.set_cookie(COOKIE, device.words, max_age=_LIFE_S, secure=True, httponly=True, samesite="Strict", path="/")
