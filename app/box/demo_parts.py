"""The parts of a demo: which program, with what, and when it answers."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from app.box.environment import clean_environment
from app.box.part import Part
from app.box.probes import answers_http, answers_https, answers_on_port, answers_on_socket
from app.config import Settings, environment_of

STAFF_HOST = "localhost"
"""Another name than the kiosk's 127.0.0.1, so that the two share no cookies (cookies know no ports)."""


def child_environment(settings: Settings) -> dict[str, str]:
    """Ours without hooks and stray settings, plus all settings: the children read nothing else."""
    return {**clean_environment(), **environment_of(settings)}


def plug_control(state: Path) -> Path:
    """Where the sample cards' plug listens."""
    return state / "run" / "plug.sock"


def service_control(state: Path) -> Path:
    """Where the sandbox service takes faults."""
    return state / "run" / "service.sock"


def service_part(state: Path, port: int, people: Path | None, trust: Path | None, environment: dict[str, str]) -> Part:
    """The sandbox eligibility service."""
    place = ("--state", str(state), "--port", str(port), "--pki", str(state / "sandbox" / "pki"))
    command = _module("app.sandbox.service", *place, *_file("--people", people), *_file("--trust", trust))
    return Part("service", command, answers_on_port(port), environment, (service_control(state),))


def plug_part(state: Path, reader_port: int, people: Path | None, environment: dict[str, str]) -> Part:
    """The drawer of sample cards beside the virtual reader."""
    place = ("--state", str(state), "--reader-port", str(reader_port))
    command = _module("app.sandbox.plug", *place, *_file("--people", people))
    control = plug_control(state)
    return Part("plug", command, answers_on_socket(control), environment, (control,))


def card_part(settings: Settings, environment: dict[str, str]) -> Part:
    """The card process."""
    door = settings.card_socket
    return Part("card", _module("app", "card"), answers_on_socket(door), environment, (door,))


def voice_part(settings: Settings, environment: dict[str, str]) -> Part:
    """The voice process. Its door opens at once; it warms up behind it."""
    door = settings.voice_socket
    return Part("voice", _module("app", "voice"), answers_on_socket(door), environment, (door,))


def desk_part(environment: dict[str, str]) -> Part:
    """The desk at the box's own tenkey. It has no door; its log says whether the tenkey was found."""
    return Part("desk", _module("app", "desk"), lambda: True, environment)


def page_parts(settings: Settings, environment: dict[str, str], proxy: tuple[str, ...], ca_file: Path) -> list[Part]:
    """Kiosk, staff, and nginx (``proxy`` is its command) in front of staff."""
    origin = urlsplit(settings.staff_origin)
    doors = (settings.staff_socket, settings.events_socket)
    through_proxy = answers_https(origin.hostname or "", origin.port or 443, ca_file)
    pid_file = settings.run_dir / "nginx.pid"
    return [
        Part("kiosk", _module("app", "kiosk"), answers_http(settings.kiosk_port), environment),
        Part("staff", _module("app", "staff"), answers_on_socket(*doors), environment, (*doors, settings.wake_socket)),
        # nginx ends its workers itself, so it gets a signal that it can act on.
        Part("nginx", proxy, through_proxy, environment, (pid_file,), signal.SIGTERM),
    ]


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


def _file(option: str, path: Path | None) -> tuple[str, ...]:
    return () if path is None else (option, str(path.absolute()))
