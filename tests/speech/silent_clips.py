"""Silent clips in place of the kiosk's guidance: the button is offered at once, and nobody renders ninety phrases."""

from __future__ import annotations

from pathlib import Path

from app.speech import sound
from app.speech.client import VoiceClient
from app.speech.guidance_clips import GuidanceClips


def silent_clips(folder: Path, *, but: frozenset[str] = frozenset()) -> GuidanceClips:
    """Fill a folder and look at it once. Those named in ``but`` are left for a real voice."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    clips = GuidanceClips(folder, VoiceClient(folder / "none.sock"))
    for name in set(clips.names) - but:
        (folder / f"{name}.wav").write_bytes(sound.wav(sound.silence(0.05)))
    if not but:
        clips.start()
        clips.close()
    return clips
