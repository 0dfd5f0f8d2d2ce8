"""``doctor``'s look at the kiosk's spoken guidance: are its phrases there, and if not, why?"""

from __future__ import annotations

from app.box.health import Health, Result
from app.config import Settings


def probe_guidance(settings: Settings) -> Result:
    """Count the clips; those that are missing keep 「音声案内」 off the kiosk, which is a note and no fault."""
    from app.errors import VoiceProcessDown
    from app.speech.client import VoiceClient
    from app.speech.guidance_clips import GuidanceClips

    if not settings.kiosk_sound:
        return Health.OK, "off: KIOSK_KIOSK_SOUND is 0, so the kiosk is silent"
    client = VoiceClient(settings.voice_socket)
    clips = GuidanceClips(settings.guidance_dir, client)
    missing, count = len(clips.missing()), len(clips.names)
    if not missing:
        return Health.OK, f"{count} phrases are ready"
    try:
        is_warm = client.status().is_ready
    except VoiceProcessDown:
        why = "the voice process, which makes them, does not run"
    else:
        why = "the voice process makes them now" if is_warm else "the voice is warming up, or broken"
    return Health.NOTE, f"{missing} of {count} phrases are missing, so the kiosk does not offer 音声案内; {why}"
