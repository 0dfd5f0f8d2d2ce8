"""``doctor``: look at everything that a working box needs. One failed probe never hides the others."""

from __future__ import annotations

import json
import platform
import queue
import shutil
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from app.box.certificates import RENEW_BEFORE, certificate_files, days_left
from app.box.guidance_probe import probe_guidance
from app.box.health import Health, Result
from app.box.migrating import settings_of
from app.box.pcscd import PCSCD, pcscd_answers
from app.box.proxy import NGINX
from app.box.store_probes import probe_backup, probe_migrations, probe_people, probe_record, probe_retention
from app.box.tenkey_probe import probe_tenkey
from app.box.voice_probe import probe_voice
from app.config import Settings, SettingsError
from app.speech.phrases.certificate_words import ALARM_DAYS

LEAST_FREE_BYTES = 500_000_000
PLAN_DAYS, LEAST_DAYS, NOW_DAYS = ALARM_DAYS
REPAIRED_SQLITE = (3, 51, 3)
"""Releases before this one can damage a write-ahead log that several connections use."""

_TIMEOUT_S = 15.0
"""Of one probe. A box that has just started, or is busy, is slow and not broken."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe saw, and for a fault what to do."""

    probe: str
    health: Health
    text: str


_Result = Result
_Probe = Callable[[], _Result]


def run_doctor(state: Path, *, as_json: bool) -> int:
    """Print all findings; 0 when none is a fault."""
    try:
        settings = settings_of(state)
    except SettingsError as error:
        findings = [Finding("settings", Health.FAULT, str(error)), *examine(basic_probes())]
    else:
        findings = examine([*basic_probes(), *place_probes(settings)])
    is_well = all(finding.health is not Health.FAULT for finding in findings)
    if as_json:
        print(json.dumps({"is_well": is_well, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            print(f"{finding.health:<5}  {finding.probe:<12}  {finding.text}")
        print("All is well." if is_well else "Something needs attention: see the lines that begin with 'fault'.")
    return 0 if is_well else 1


def examine(probes: Iterable[tuple[str, _Probe]]) -> list[Finding]:
    """Run every probe; whatever one raises becomes its finding."""
    findings = []
    for name, probe in probes:
        try:
            health, text = probe()
        except Exception as error:  # noqa: BLE001 - a broken probe may not hide the next one
            health, text = Health.FAULT, f"{type(error).__name__}: {error}"
        findings.append(Finding(name, health, text))
    return findings


def basic_probes() -> list[tuple[str, _Probe]]:
    """What needs no settings."""
    return [
        ("python", lambda: (Health.OK, platform.python_version())),
        ("sqlcipher", _sqlcipher),
        ("pcscd", _pcscd),
        ("nginx", lambda: _version_of([NGINX, "-v"], "sudo apt-get install nginx-light", Health.FAULT)),
        ("chromium", lambda: _version_of(["chromium", "--version"], "only tests and a kiosk screen need it")),
    ]


def place_probes(settings: Settings) -> list[tuple[str, _Probe]]:
    """What belongs to one state directory."""
    return [
        ("reader", lambda: _reader(settings)),
        ("voice", lambda: probe_voice(settings)),
        ("tenkey", lambda: probe_tenkey(settings)),
        ("guidance", lambda: probe_guidance(settings)),
        ("migrations", lambda: probe_migrations(settings)),
        ("people", lambda: probe_people(settings)),
        ("record", lambda: probe_record(settings)),
        ("clock", lambda: _clock(settings)),
        ("retention", lambda: probe_retention(settings)),
        ("backup", lambda: probe_backup(settings)),
        ("gateway", lambda: _gateway(settings)),
        ("terminal", lambda: _certificate(settings.gateway_cert_file, "the terminal's certificate")),
        ("tls", lambda: _certificate(certificate_files(settings.state_dir / "tls").cert_file, "the box's certificate")),
        ("disk", lambda: _disk(settings.state_dir)),
        ("keys", lambda: _keys(settings)),
    ]


def _sqlcipher() -> _Result:
    import sqlcipher3.dbapi2 as sqlite3

    with sqlite3.connect(":memory:") as db:
        cipher = db.execute("PRAGMA cipher_version").fetchone()[0]
    text = f"SQLCipher {cipher}, SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < REPAIRED_SQLITE:
        return Health.FAULT, f"{text}: older than 3.51.3, its write-ahead log can be damaged; update sqlcipher3"
    return Health.OK, text


def _pcscd() -> _Result:
    health, text = _version_of([PCSCD, "--version"], "sudo apt-get install pcscd", Health.FAULT)
    if health is Health.OK and not pcscd_answers():
        return Health.NOTE, f"{text}; not running (the demo starts one)"
    return health, text


def _version_of(command: list[str], remedy: str, when_missing: Health = Health.NOTE) -> _Result:
    if shutil.which(command[0]) is None:
        return when_missing, f"not installed: {remedy}"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return when_missing, f"says no version within {_TIMEOUT_S:.0f} s"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return Health.OK, lines[0].strip().rstrip(".") if lines else "says no version"


def _reader(settings: Settings) -> _Result:
    from app.card.watcher import Presence, ReaderEvent, ReaderWatcher

    if not pcscd_answers():
        return Health.NOTE, "pcscd does not run, so no reader can be seen"
    events: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()
    watcher = ReaderWatcher(settings.reader, events.put)
    watcher.start()
    try:
        event = events.get(timeout=_TIMEOUT_S)
    except queue.Empty:
        return Health.FAULT, f"pcscd says nothing of a reader within {_TIMEOUT_S:.0f} s: restart it"
    finally:
        watcher.stop()
    if event.presence in (Presence.NO_READER, Presence.NO_SERVICE):
        return Health.FAULT, f"no reader whose name contains {settings.reader!r}: plug it in"
    return Health.OK, f"{event.reader} ({event.presence})"


def _clock(settings: Settings) -> _Result:
    from app.kernel_clock import KernelClock

    match KernelClock().is_synchronised():
        case True:
            return Health.OK, "synchronised"
        case False if not settings.trust_clock:
            return Health.NOTE, "the kernel says it is not synchronised, so nothing is purged: see timedatectl"
        case None if not settings.trust_clock:
            return Health.NOTE, "the kernel cannot be asked, so nothing is purged: see KIOSK_TRUST_CLOCK"
    return Health.NOTE, "not shown to be synchronised, taken on faith (KIOSK_TRUST_CLOCK)"


def _gateway(settings: Settings) -> _Result:
    if not settings.gateway_url:
        return Health.NOTE, "no service is set"
    address = urlsplit(settings.gateway_url)
    host, port = address.hostname or "", address.port or 443
    context = ssl.create_default_context(cafile=str(settings.gateway_ca_file))
    context.load_cert_chain(settings.gateway_cert_file, settings.gateway_key_file)
    try:
        with (
            socket.create_connection((host, port), _TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            shown = wrapped.getpeercert() or {}
    except ssl.SSLError as error:
        return Health.FAULT, f"{host}:{port} is not trusted: {error.reason or error}"
    except OSError as error:
        return Health.FAULT, f"{host}:{port} cannot be reached ({error.strerror or error}); is the service running?"
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    return _days((ends - datetime.now(UTC)).days, f"{host}:{port} answers; its certificate")


def _certificate(cert_file: Path, name: str) -> _Result:
    if not cert_file.exists():
        return Health.NOTE, f"{name} does not exist yet"
    return _days(days_left(cert_file, datetime.now(UTC)), name)


def _days(days: int, name: str) -> _Result:
    if days < 0:
        return Health.FAULT, f"{name} ended {-days} days ago: renew it"
    if days <= NOW_DAYS:
        return Health.FAULT, f"{name} ends in {days} days: renew it today"
    if days <= LEAST_DAYS:
        return Health.FAULT, f"{name} ends in {days} days: renew it"
    if days <= PLAN_DAYS:
        return Health.NOTE, f"{name} ends in {days} days: see to its renewal"
    return (Health.OK if days >= RENEW_BEFORE.days else Health.NOTE), f"{name} ends in {days} days"


def _disk(state: Path) -> _Result:
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:.1f} GB free in {there}"
    return (Health.OK, text) if free >= LEAST_FREE_BYTES else (Health.FAULT, f"{text}: make room")


def _keys(settings: Settings) -> _Result:
    state = settings.state_dir
    secrets = [settings.store_key_file, settings.gateway_key_file, settings.store_path]
    secrets += [*(state / "keys").glob("*"), *(state / "tls").glob("*.key")]
    present = sorted({path for path in secrets if path.is_file()})
    open_ones = [str(path) for path in present if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_ones:
        return Health.FAULT, f"others may read {', '.join(open_ones)}: chmod 600"
    return Health.OK, f"{len(present)} files, closed to others"
