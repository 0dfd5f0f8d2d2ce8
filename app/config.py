"""Settings: one frozen dataclass, filled from ``KIOSK_*`` variables by looping over its fields.

Unknown names and bad values stop start-up with a sentence that names the variable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

PREFIX = "KIOSK_"


class SettingsError(Exception):
    """A setting is missing, unknown or out of range; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a process needs to know of its place. Durations are seconds."""

    state_dir: Path
    gateway_url: str
    gateway_ca_file: Path
    gateway_cert_file: Path
    gateway_key_file: Path
    staff_origin: str
    institution_code: str = "4890000001"
    kiosk_name: str = "受付1"
    kiosk_port: int = 8101
    browser_user: str = ""
    reader: str = ""
    gateway_timeout_s: float = 20.0
    card_deadline_s: float = 10.0
    apdu_log: bool = False
    """Log each command to the card by header, lengths, status word and time; never its data."""
    pin_idle_s: float = 120.0
    result_stay_s: float = 20.0
    idle_lock_s: float = 600.0
    tenkey: str = ""
    """The USB port, as ``usb-0000:00:14.0-2``, of a tenkey at the box that works the desk by ear; empty: none."""
    audio_sink: str = "auto"
    """Where the voice process plays: one of ``AUDIO_SINKS``."""
    kiosk_sound: bool = True
    """The kiosk page has earcons and spoken guidance."""
    metrics_port: int = 0
    """Figures for Prometheus on 127.0.0.1; 0 is off."""
    panel: str = "15.6"
    shuffle_keys: bool = False
    """A new order of the PIN keys for each keypad, against eyes; harder for whoever finds keys by their place."""
    practice: bool = False
    trust_clock: bool = False
    """Destroy records by a clock whose synchronisation cannot be shown: for practice and containers."""

    @property
    def run_dir(self) -> Path:
        return self.state_dir / "run"

    @property
    def card_socket(self) -> Path:
        return self.run_dir / "card.sock"

    @property
    def voice_socket(self) -> Path:
        return self.run_dir / "voice.sock"

    @property
    def guidance_dir(self) -> Path:
        """The kiosk's fixed phrases as WAV files; nothing of a patient."""
        return self.state_dir / "guidance"

    @property
    def staff_socket(self) -> Path:
        return self.run_dir / "staff.sock"

    @property
    def events_socket(self) -> Path:
        return self.run_dir / "events.sock"

    @property
    def wake_socket(self) -> Path:
        """Unix datagram socket of the staff process: one byte means "look at the event table"."""
        return self.run_dir / "wake.sock"

    @property
    def store_path(self) -> Path:
        return self.state_dir / "store" / "uketsuke.db"

    @property
    def store_key_file(self) -> Path:
        """32 raw bytes; a systemd credential named ``dbkey`` wins where there is one."""
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        if credentials and (Path(credentials) / "dbkey").exists():
            return Path(credentials) / "dbkey"
        return self.state_dir / "keys" / "store.key"


IDLE_LOCK_S = (300.0, 900.0)
"""Five to fifteen minutes. Practice (sample cards, invented people) may show the lock sooner or later."""
PANELS = ("10.1", "15.6", "15.6-hd", "21.5")
AUDIO_SINKS = ("auto", "alsa", "pulse", "pipewire", "browser", "file", "null")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read ``KIOSK_*`` from ``environ`` (default: the process environment).

    Raises:
        SettingsError: unknown name, missing value or a value of the wrong shape.
    """
    given = {
        name[len(PREFIX) :].lower(): text
        for name, text in (os.environ if environ is None else environ).items()
        if name.startswith(PREFIX)
    }
    known = {field.name: field for field in fields(Settings)}
    for name in given:
        if name not in known:
            raise SettingsError(f"{PREFIX}{name.upper()} is not a setting. Known: {', '.join(sorted(known))}.")
    values: dict[str, object] = {}
    for name, field in known.items():
        if name in given:
            values[name] = _parse(name, str(field.type), given[name])
        elif field.default is MISSING:
            raise SettingsError(f"{PREFIX}{name.upper()} is not set. ./uketsuke demo sets it; README.md lists all.")
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.panel not in PANELS:
        raise SettingsError(f"{PREFIX}PANEL must be one of {', '.join(PANELS)}.")
    if settings.audio_sink not in AUDIO_SINKS:
        raise SettingsError(f"{PREFIX}AUDIO_SINK must be one of {', '.join(AUDIO_SINKS)}.")
    if not 0 <= settings.metrics_port <= 65_535:
        raise SettingsError(f"{PREFIX}METRICS_PORT must be a port, or 0 for none.")
    if not re.fullmatch(r"[0-9]{10}", settings.institution_code):
        raise SettingsError(f"{PREFIX}INSTITUTION_CODE must be ten digits.")
    least_s, most_s = IDLE_LOCK_S
    if not least_s <= settings.idle_lock_s <= most_s and not settings.practice:
        raise SettingsError(f"{PREFIX}IDLE_LOCK_S must be {least_s:.0f} to {most_s:.0f} seconds; any while practising.")
    return settings


def _parse(name: str, kind: str, text: str) -> object:
    try:
        if kind == "Path":
            return Path(text)
        if kind == "int":
            return int(text)
        if kind == "float":
            number = float(text)
            if not 0 < number < 86_400:
                raise ValueError
            return number
        if kind == "bool":
            return {"0": False, "1": True}[text]
    except (ValueError, KeyError):
        raise SettingsError(f"{PREFIX}{name.upper()} has a value that is not a {kind}.") from None
    return text


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the ``KIOSK_*`` variables that ``load_settings`` turns back into ``settings``."""
    variables: dict[str, str] = {}
    for field in fields(Settings):
        value = getattr(settings, field.name)
        variables[PREFIX + field.name.upper()] = str(int(value)) if isinstance(value, bool) else str(value)
    return variables
