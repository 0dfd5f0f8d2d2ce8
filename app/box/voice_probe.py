"""``doctor``'s question to the voice: can it be heard, and if not, what was tried?"""

from __future__ import annotations

from app.box.health import Health, Result
from app.config import Settings


def probe_voice(settings: Settings) -> Result:
    """Ask the voice process; where none runs, look for the device alone.

    No device is a note where ``auto`` or ``browser`` leave playing to browsers, and a fault where a device was named.
    """
    from app.errors import VoiceProcessDown
    from app.speech.client import VoiceClient
    from app.speech.sinks import make_sink

    sink = settings.audio_sink
    try:
        status = VoiceClient(settings.voice_socket).status()
        device, tried, state = status.device, status.tried, "ready" if status.is_ready else "warming up, or broken"
    except VoiceProcessDown:
        outlook = make_sink(sink, settings.state_dir).look()
        device, tried, state = outlook.device, outlook.tried, "the voice process does not run"
    if device is not None:
        unheard = "" if sink not in ("file", "null") else " (nobody hears it)"
        return (Health.OK if state == "ready" else Health.NOTE), f"{sink}: {device}{unheard}; {state}"
    text = f"{sink}: no sound device, so only browsers can play; {state}; tried {'; '.join(tried)}"
    return (Health.NOTE if sink in ("auto", "browser") else Health.FAULT), text
