"""Orca under a virtual screen, with its words written down: one session bus, one window manager, no sound.

Needs Debian's packages ``orca xvfb at-spi2-core dbus-x11 openbox xdotool speech-dispatcher speech-dispatcher-espeak-ng
libglib2.0-bin``; nothing here installs them. Everything that is started belongs to the session and ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

PACKAGES = {
    "orca": "orca",
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "speech-dispatcher": "speech-dispatcher speech-dispatcher-espeak-ng",
    "gdbus": "libglib2.0-bin",
    "dbus-daemon": "dbus-daemon",
}
BUS_LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
QUIET_S = 3.0
"""So long nothing more is said, then a step is over."""
SAID_AT_LAST_S = 15.0
_SILENT_VOICE = """
AudioOutputMethod "alsa"
AudioALSADevice "null"
AddModule "espeak-ng" "sd_espeak-ng" ""
DefaultModule espeak-ng
"""
_PROFILE = {"profile": ["Default", "default"], "sayAllOnLoad": False}
_SETTINGS = {
    "general": {"sayAllOnLoad": False, "startingProfile": ["Default", "default"]},
    "profiles": {"default": {**_PROFILE, "pronunciations": {}, "keybindings": {}}},
    "pronunciations": {},
    "keybindings": {},
}
"""Both pages stand there since morning: nothing is being read through when something happens."""
_SPOKEN = re.compile(r"SPEECH OUTPUT: '(.*?)\s*'\s*(?:\{|$)")


def missing_packages() -> list[str]:
    """Return the Debian packages that a run would need and that are not there."""
    found = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    return found if BUS_LAUNCHER.exists() else [*found, "at-spi2-core"]


class Words:
    """What Orca writes, line by line. Its debug file is a terminal of ours: into a plain file it writes in blocks."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy.open("wb")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.place = os.ttyname(self._slave)
        self.spoken: list[str] = []
        self.last_at = time.monotonic()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with os.fdopen(self._master, "rb", closefd=False) as lines, contextlib.suppress(OSError):
            for line in lines:
                self._copy.write(line)
                found = _SPOKEN.search(line.decode("utf-8", "replace"))
                if found and found[1].strip():
                    self.spoken.append(found[1])
                    self.last_at = time.monotonic()

    def close(self) -> None:
        os.close(self._slave)
        self._thread.join(5)
        os.close(self._master)
        self._copy.close()


class Reader:
    """A running Orca: what it said, step by step."""

    def __init__(self, words: Words, environment: dict[str, str]) -> None:
        self.environment = environment
        self._words = words
        self._heard = 0

    def press(self, *keys: str) -> None:
        """Press keys of the X server one after the other, as fingers do."""
        for key in keys:
            self._do("key", key)
            time.sleep(0.25)

    def click(self, x: float, y: float) -> None:
        self._do("mousemove", str(round(x)), str(round(y)), "click", "1")

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, timeout=20)

    def said(self, act: Callable[[], object] | None = None) -> list[str]:
        """Do something; return every utterance since the last look, once it has been quiet for a while."""
        if act is not None:
            act()
        began = time.monotonic()
        while time.monotonic() - max(began, self._words.last_at) < QUIET_S:
            if time.monotonic() - began > SAID_AT_LAST_S:
                break
            time.sleep(0.1)
        found = self._words.spoken[self._heard :]
        self._heard += len(found)
        return found


@contextlib.contextmanager
def running_orca(folder: Path, log: Path | None = None) -> Iterator[Reader]:
    """Start screen, bus and Orca with a home in ``folder``; end exactly these again. ``log`` gets what Orca writes."""
    home, runtime = folder / "home", folder / "run"
    for place in (home, runtime):
        place.mkdir(parents=True, mode=0o700)
    settings = home / ".config" / "speech-dispatcher"
    settings.mkdir(parents=True)
    (settings / "speechd.conf").write_text(_SILENT_VOICE, "utf-8")
    own = home / ".local" / "share" / "orca"
    own.mkdir(parents=True)
    (own / "user-settings.conf").write_text(json.dumps(_SETTINGS), "utf-8")
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith(("DBUS_", "XDG_", "WAYLAND"))},
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_SESSION_TYPE": "x11",
        "LANG": "C.UTF-8",
        "GTK_MODULES": "gail:atk-bridge",
        "ACCESSIBILITY_ENABLED": "1",
    }
    words = Words(log or folder / "orca.log")
    with contextlib.ExitStack() as started:
        started.callback(words.close)

        def start(*command: str, **options: object) -> subprocess.Popen[bytes]:
            output = (folder / f"{Path(command[0]).name}.log").open("wb")
            started.callback(output.close)
            process = subprocess.Popen(command, env=environment, stderr=output, **{"stdout": output, **options})  # type: ignore[call-overload]
            started.callback(_end, process)
            return process  # type: ignore[no-any-return]

        bus = start("dbus-daemon", "--session", "--nofork", "--print-address=1", stdout=subprocess.PIPE)
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()  # type: ignore[union-attr]
        reading, writing = os.pipe()
        started.callback(os.close, reading)
        arguments = ("-screen", "0", "1366x1000x24", "-nolisten", "tcp", "-displayfd", str(writing))
        start("Xvfb", *arguments, pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(os.dup(reading)) as told:
            environment["DISPLAY"] = f":{told.readline().strip()}"
        start("openbox")
        start(str(BUS_LAUNCHER), "--launch-immediately")
        for name in ("IsEnabled", "ScreenReaderEnabled"):
            _switch_on(environment, name)
        start("orca", "--replace", f"--debug-file={words.place}", "--disable", "braille", "--disable", "main-window")
        _until(lambda: bool(words.spoken), 60, "Orca said nothing")
        yield Reader(words, environment)


def _switch_on(environment: dict[str, str], name: str) -> None:
    call = ["gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus", "--method"]
    words = ["org.freedesktop.DBus.Properties.Set", "org.a11y.Status", name, "<true>"]

    def is_on() -> bool:
        done = subprocess.run([*call, *words], env=environment, capture_output=True, check=False, timeout=20)
        return done.returncode == 0

    _until(is_on, 10, f"the accessibility bus does not take {name}")


def _until(is_so: Callable[[], bool], limit_s: float, words: str) -> None:
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > limit_s:
            raise TimeoutError(words)
        time.sleep(0.2)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
