"""Fixed sounds: earcons, and sentences for moments when nobody may be logged in. They hold nothing of anybody."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from werkzeug.exceptions import NotFound

from app.speech.earcons import Earcon, earcon_wav
from app.speech.phrases.desk_words import NOTICES, Words
from app.speech.phrases.session_words import SESSION_NOTICES
from app.web.staff.roles import open_to_all
from app.web.staff.voice_device import voice_device_of
from app.web.staff.voice_sounds import VoiceKit

_NOTICES: dict[str, Words] = {
    **{notice.value: words for notice, words in NOTICES.items()},
    **{notice.value: words for notice, words in SESSION_NOTICES.items()},
}


def add_fixed_sounds(staff: Blueprint, kit: VoiceKit) -> None:
    """Add the routes to the blueprint. Open, so that a locked screen can say that it is locked; each sound is made
    once for each of the nine rates."""

    @staff.get("/voice/earcon/<sound>")
    @open_to_all
    def voice_earcon(sound: str) -> Response:
        if sound not in set(Earcon):
            raise NotFound()
        return wav_response(earcon_wav(Earcon(sound)))

    @staff.get("/voice/notice/<sound>")
    @open_to_all
    def voice_notice(sound: str) -> Response:
        words = _NOTICES.get(sound)
        if words is None:
            raise NotFound()
        rate = voice_device_of(request).settings.rate
        return wav_response(kit.maker.wav(words.kana + "。", rate, is_fixed=True))


def wav_response(sound: bytes) -> Response:
    response = make_response(sound)
    response.headers["Content-Type"] = "audio/wav"
    return response
