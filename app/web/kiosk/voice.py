"""What the kiosk page sounds like: one earcon for each change of the screen, and guidance for who asks for it.

The page gets names of clips and earcons as attributes and plays them by itself; every name stands for fixed words.
"""

from __future__ import annotations

from flask import Flask, Response, abort, make_response, render_template

from app.eligibility.screens import Screen
from app.eligibility.view import ScreenView
from app.speech import kiosk_guidance as words
from app.speech.earcons import Earcon, earcon_wav
from app.speech.guidance_clips import GuidanceClips
from app.speech.phrases import CALL_FAILED, CALLED, RETYPE, STILL_THERE, guidance_words
from app.speech.spoken_words import caption_phrase

LASTING = frozenset({"voice_sound"})
REMIND_S = 4
_EARCON = "earcon-"

SCREEN_EARCONS: dict[Screen, Earcon] = {
    Screen.WELCOME: Earcon.END,
    Screen.READING: Earcon.STEP,
    Screen.PIN: Earcon.TURN,
    Screen.ASKING: Earcon.STEP,
    Screen.ACCEPTED: Earcon.VALID,
    Screen.PIN_WRONG: Earcon.BLOCKED,
    Screen.PIN_LAST: Earcon.BLOCKED,
    Screen.PIN_LOCKED: Earcon.BLOCKED,
    Screen.NO_PIN: Earcon.NO_PIN,
    Screen.UNREADABLE: Earcon.INVALID,
    Screen.OTHER_CARD: Earcon.INVALID,
    Screen.COUNTER: Earcon.NO_PIN,  # the waiting room learns nothing: neither "invalid" nor "could not ask"
    Screen.TAKE_CARD: Earcon.REMIND,
    Screen.OUT_OF_ORDER: Earcon.UNREACHABLE,
}
NOTICE_EARCONS = {
    STILL_THERE: Earcon.REMIND,
    CALL_FAILED: Earcon.UNREACHABLE,
    CALLED: Earcon.CALL,
    RETYPE: Earcon.TURN,
}


class KioskVoice:
    """Names of sounds for templates."""

    caption = guidance_words.GUIDANCE

    def __init__(self, clips: GuidanceClips) -> None:
        self._clips = clips

    @property
    def is_ready(self) -> bool:
        """The button may be offered: every phrase is there."""
        return self._clips.is_ready

    def facts(self) -> dict[str, str | float]:
        """What the player needs to know once."""
        return {
            "data-address": "/voice/",
            "data-gap": words.GAP_S,
            "data-earcons": " ".join(_EARCON + earcon for earcon in Earcon),
            "data-starts": self._groups(((caption_phrase(guidance_words.STARTS),),)),
            "data-ends": self._groups(((caption_phrase(guidance_words.ENDS),),)),
        }

    def screen(self, view: ScreenView) -> dict[str, str | int | None]:
        """The earcon of a screen, its notice, and all that is said of it: phrases apart, pieces joined by commas."""
        notice = words.notice_of(view)
        return {
            "data-visit": view.check_id,
            "data-earcon": _EARCON + SCREEN_EARCONS[view.screen],
            "data-repeat": REMIND_S if view.screen is Screen.TAKE_CARD else None,
            "data-guide": self._groups(words.guide(view)),
            "data-notice": _EARCON + NOTICE_EARCONS[notice] if notice else None,
            "data-notice-guide": self._groups(words.sentences(notice)) or None,
        }

    def button(self, caption: str) -> dict[str, str | None]:
        """The clip of a button or field that the keys reach."""
        return {"data-clip": self._groups(words.sentences(caption))}

    def sound(self, name: str) -> bytes | None:
        """A WAV by its name."""
        if name.startswith(_EARCON):
            kind = name.removeprefix(_EARCON)
            return earcon_wav(Earcon(kind)) if kind in set(Earcon) else None
        return self._clips.read(name)

    def _groups(self, groups: tuple[words.Group, ...]) -> str:
        return " ".join(",".join(self._clips.name_of(piece.kana) for piece in group) for group in groups)


def add_voice(app: Flask, clips: GuidanceClips | None) -> None:
    """Give templates their attributes and the page its sounds; nothing of either without ``clips``."""
    voice = KioskVoice(clips) if clips is not None else None
    app.jinja_env.globals.update(
        voice=voice,
        heard_screen=voice.screen if voice else lambda view: {},
        heard=voice.button if voice else lambda caption: {},
    )
    if voice is None:
        return

    @app.get("/voice")
    def voice_panel() -> str:
        return render_template("kiosk/_voice_panel.html")

    @app.get("/voice/<name>.wav")
    def voice_sound(name: str) -> Response:
        wav = voice.sound(name)
        if wav is None:
            abort(404)
        return make_response(wav, {"Content-Type": "audio/wav"})
