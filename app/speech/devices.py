"""Is there anything to be heard through? A look at ALSA, PulseAudio and PipeWire that believes no kind exit status.

``aplay -l`` answers 0 without a card and a sound server makes up a device where there is none, so each look asks for
the device itself. Measured on Debian 12: 7 to 36 ms a look.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ALSA_FOLDER: Final = Path("/proc/asound")
_TIMEOUT_S: Final = 3.0
_MADE_UP: Final = ("auto_null", "Dummy Output", "@DEFAULT_SINK@", "(null)")
"""What PulseAudio and PipeWire call the device that they make up, or none at all."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a look found: a device by name, or for each way that was tried why it is none."""

    device: str | None
    tried: tuple[str, ...] = ()


def no_device(reason: str) -> Outlook:
    return Outlook(None, (reason,))


def look_at_alsa(folder: Path = ALSA_FOLDER) -> Outlook:
    """A card that can play, by the kernel's own list."""
    try:
        cards = (folder / "cards").read_text("utf-8", "replace")
        streams = (folder / "pcm").read_text("utf-8", "replace")
    except OSError:
        return no_device(f"alsa: no sound card ({folder} is not there)")
    playing = {int(line[:2]) for line in streams.splitlines() if "playback" in line and line[:2].isdigit()}
    named = re.findall(r"^ *(\d+) \[.*?\]: .*? - (.*)$", cards, re.MULTILINE)
    names = [name.strip() for number, name in named if int(number) in playing]
    if not names:
        return no_device("alsa: no sound card that can play")
    if shutil.which("aplay") is None:
        return no_device("alsa: aplay is not installed (alsa-utils)")
    return Outlook(names[0])


def look_at_pulse() -> Outlook:
    """The default sink of a PulseAudio server, or of PipeWire in its place."""
    if shutil.which("pactl") is None or shutil.which("paplay") is None:
        return no_device("pulse: pactl and paplay are not installed (pulseaudio-utils)")
    answer = _ask("pactl", "info")
    if isinstance(answer, str):
        return no_device(f"pulse: {answer}")
    found = re.search(rb"^Default Sink: (.+)$", answer, re.MULTILINE)
    name = found[1].decode("utf-8", "replace").strip() if found else ""
    if not name or name in _MADE_UP:
        return no_device("pulse: the server has no sound device")
    return Outlook(name)


def look_at_pipewire() -> Outlook:
    """A sink node of a PipeWire server."""
    if shutil.which("pw-cli") is None or shutil.which("pw-play") is None:
        return no_device("pipewire: pw-cli and pw-play are not installed (pipewire-bin)")
    answer = _ask("pw-cli", "ls", "Node")
    if isinstance(answer, str):
        return no_device(f"pipewire: {answer}")
    for node in answer.decode("utf-8", "replace").split("\n\tid "):
        facts = dict(re.findall(r'([a-z.]+) = "([^"]*)"', node))
        if facts.get("media.class") == "Audio/Sink" and facts.get("node.name") not in _MADE_UP:
            return Outlook(facts.get("node.description") or facts.get("node.name") or "sink")
    return no_device("pipewire: the server has no sound device")


def look_at_all(looks: list[Callable[[], Outlook]]) -> Outlook:
    """The first device, or all reasons why there is none."""
    tried: list[str] = []
    for look in looks:
        outlook = look()
        if outlook.device is not None:
            return outlook
        tried += outlook.tried
    return Outlook(None, tuple(tried))


def plain_environment() -> dict[str, str]:
    """Ours, with English messages and without settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    return {**kept, "LC_ALL": "C"}


def last_words(output: bytes, program: str) -> str:
    """The last line that a program said, short; of lines that begin with its name the last of these."""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    # aplay writes a table of settings after its reason.
    lines = [line for line in lines if line.startswith(f"{program}:")] or lines
    return lines[-1].strip()[:120] if lines else "it does not say why"


def _ask(*command: str) -> bytes | str:
    """What a program answers, or as text why it does not."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env=plain_environment(),
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not answer"
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    if done.returncode != 0:
        return f"{command[0]}: {last_words(done.stderr, command[0])}"
    return done.stdout
