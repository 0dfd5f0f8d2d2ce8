"""Sound servers without a sound card, each with a home, a runtime folder and a device of its own that nobody hears.

Needs Debian's packages of ``PACKAGES``; nothing here installs them. Every process that is started belongs to the house
it was started in and ends with it. No system daemon and no session of the machine's is touched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

PACKAGES = {
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "parec": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
    "pipewire": "pipewire",
    "pw-cli": "pipewire-bin",
    "pw-metadata": "pipewire-bin",
    "pw-play": "pipewire-bin",
    "pw-record": "pipewire-bin",
    "pipewire-pulse": "pipewire-pulse",
    "wireplumber": "wireplumber",
    "aplay": "alsa-utils",
    "dbus-daemon": "dbus-daemon",
}
ALSA_PLUGINS = "libasound2-plugins"
WAIT_S = 15.0
DEVICE = "uketsuke_box"
STEADY = 8_192
PROMPT = 1_024
"""Samples of a block: hardly ever too late, and as a desktop has it."""
_ALSA_OVER_PULSE = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
_FOREIGN = ("DBUS_", "XDG_", "PULSE_", "PIPEWIRE_", "ALSA_", "KIOSK_")


def missing_packages() -> list[str]:
    """Return the Debian packages that a run would need and that are not there."""
    found = {package for program, package in PACKAGES.items() if shutil.which(program) is None}
    if not any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        found.add(ALSA_PLUGINS)
    return sorted(found)


def until(is_so: Callable[[], object], words: str) -> None:
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > WAIT_S:
            raise TimeoutError(words)
        time.sleep(0.02)


class House(ABC):
    """A home for one server and everybody who speaks to it."""

    name = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home, runtime = folder / "home", folder / "run"
        for place in (home / ".config" / "pulse", runtime):
            place.mkdir(parents=True, mode=0o700)
        (home / ".config" / "pulse" / "client.conf").write_text("autospawn = no\n", "utf-8")
        (home / ".asoundrc").write_text(_ALSA_OVER_PULSE, "utf-8")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(_FOREIGN)}
        self.environment = {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C"}
        self._running: list[subprocess.Popen[bytes]] = []

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def plug(self) -> None: ...

    @abstractmethod
    def unplug(self) -> None: ...

    @abstractmethod
    def recorder(self) -> list[str]:
        """The command that writes what the device plays to its standard output: 48 kHz, 16 bits, two channels."""

    def keep_pace(self, block: int) -> None:  # noqa: B027 - most have no pace of their own
        """Have the server make sound in blocks of so many samples, where it has a pace of its own."""

    def kill(self) -> None:
        """Take the server away as a crash does."""
        for process in reversed(self._running):
            process.kill()
            process.wait(WAIT_S)
        self._running.clear()

    def close(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self._running.clear()

    def ask(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=20)
        return done.stdout if done.returncode == 0 else ""

    def _launch(self, *command: str) -> None:
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            self._running.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))


class Pulse(House):
    """PulseAudio with a null sink. As Debian sets it up, it moves streams of a device that goes to one it makes up."""

    name = "PulseAudio"
    rescue: tuple[str, ...] = ("-L", "module-rescue-streams", "-L", "module-always-sink")

    def start(self) -> None:
        options = ("-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr")
        self._launch("pulseaudio", *options, "-L", "module-native-protocol-unix", *self.rescue)
        until(lambda: self.ask("pactl", "info"), "PulseAudio does not answer")

    def plug(self) -> None:
        self.ask("pactl", "load-module", "module-null-sink", f"sink_name={DEVICE}", "rate=48000")
        until(lambda: f"Default Sink: {DEVICE}\n" in self.ask("pactl", "info"), "the null sink is not the default")

    def unplug(self) -> None:
        modules = self.ask("pactl", "list", "short", "modules")
        for number in re.findall(rf"^(\d+)\t.*sink_name={DEVICE}\b", modules, re.MULTILINE):
            self.ask("pactl", "unload-module", number)

    def recorder(self) -> list[str]:
        sample = ("--raw", "--format=s16le", "--rate=48000", "--channels=2")
        return ["parec", *sample, "--latency-msec=10", f"--device={DEVICE}.monitor"]


class BarePulse(Pulse):
    """PulseAudio that rescues nothing: with the device goes the stream."""

    name = "PulseAudio without rescue"
    rescue = ()


class PipeWire(House):
    """PipeWire with WirePlumber and a null sink."""

    name = "PipeWire"
    with_pulse = False

    def start(self) -> None:
        bus = self.folder / "run" / "bus"
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
        bus.unlink(missing_ok=True)
        self._launch("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={bus}")
        until(bus.exists, "no session bus")
        self._launch("pipewire")
        until(lambda: self.ask("pw-cli", "ls", "Core"), "PipeWire does not answer")
        self.keep_pace(STEADY)
        self._launch("wireplumber")
        until(lambda: "WirePlumber" in self.ask("pw-cli", "ls", "Client"), "WirePlumber does not come")
        if self.with_pulse:
            self._launch("pipewire-pulse")
            until(lambda: self.ask("pactl", "info"), "pipewire-pulse does not answer")

    def plug(self) -> None:
        facts = f"factory.name=support.null-audio-sink node.name={DEVICE} media.class=Audio/Sink object.linger=true"
        self.ask("pw-cli", "create-node", "adapter", f"{{ {facts} audio.position=[FL FR] }}")
        until(self._has_ports, "the null sink does not come")
        if self.with_pulse:
            until(lambda: f"Default Sink: {DEVICE}\n" in self.ask("pactl", "info"), "the null sink is not the default")

    def keep_pace(self, block: int) -> None:
        # A block that is not made in time is lost, and this machine may be a busy one.
        self.ask("pw-metadata", "-n", "settings", "0", "clock.force-quantum", str(block))

    def unplug(self) -> None:
        for number in self._numbers():
            self.ask("pw-cli", "destroy", number)

    def recorder(self) -> list[str]:
        raw = ["--raw"] if "--raw" in self.ask("pw-record", "--help") else []
        sample = ["--format", "s16", "--rate", "48000", "--channels", "2", "--latency", "10ms"]
        return ["pw-record", *raw, *sample, "-P", "{ stream.capture.sink=true }", "--target", DEVICE, "-"]

    def _numbers(self) -> list[str]:
        nodes = self.ask("pw-cli", "ls", "Node").split("\tid ")
        return [node.partition(",")[0] for node in nodes if f'node.name = "{DEVICE}"' in node]

    def _has_ports(self) -> bool:
        ports = self.ask("pw-cli", "ls", "Port")
        return any(f'node.id = "{number}"' in ports for number in self._numbers())


class PipeWirePulse(PipeWire):
    """PipeWire in PulseAudio's place, as most desktops have it today."""

    name = "PipeWire's PulseAudio"
    with_pulse = True
