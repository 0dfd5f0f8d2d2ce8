"""``demo``: everything on one machine, with sample cards and the sandbox service, until somebody stops it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.box.browser import open_browser
from app.box.demo_news import news
from app.box.demo_parts import (
    STAFF_HOST,
    card_part,
    child_environment,
    desk_part,
    page_parts,
    plug_control,
    plug_part,
    service_control,
    service_part,
    voice_part,
)
from app.box.demo_ports import PortsUnusable, free_port_beside, require_ports
from app.box.part import Part
from app.box.pcscd import (
    DEFAULT_READER_PORT,
    VIRTUAL_READER,
    PcscdError,
    borrow_running,
    pcscd_answers,
    pcscd_part,
    port_sentence,
)
from app.box.place import (
    DEFAULT_STATE,
    PROJECT,
    PlaceError,
    prepare_state,
    remember_environment,
    sole_owner,
    staff_passphrase,
)
from app.box.ports import PortTaken
from app.box.supervisor import Supervisor, SupervisorError, say_to_stderr
from app.clock import TOKYO, SystemClock
from app.config import PREFIX, Settings, SettingsError, environment_of, load_settings

if TYPE_CHECKING:
    from app.store.database import Store

START_DEADLINE_S = 60.0
STAFF_NAME = "受付"


class DemoError(Exception):
    """The demo cannot run; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line chooses."""

    state: Path = DEFAULT_STATE
    kiosk_port: int = 8101
    staff_port: int = 8443
    reader_port: int = DEFAULT_READER_PORT
    people: Path | None = None
    trust: Path | None = None
    real_reader: str | None = None
    """``None``: the virtual reader. Else a part of the real reader's name, or empty for the first one."""
    panel: str = "15.6"
    browser: bool = True
    as_json: bool = False


TUNABLE = (
    "KIOSK_NAME",
    "BROWSER_USER",
    "GATEWAY_TIMEOUT_S",
    "CARD_DEADLINE_S",
    "APDU_LOG",
    "PIN_IDLE_S",
    "SHUFFLE_KEYS",
    "RESULT_STAY_S",
    "IDLE_LOCK_S",
    "METRICS_PORT",
    "TENKEY",
    "AUDIO_SINK",
    "KIOSK_SOUND",
)
"""Settings that the demo takes from its own environment; the others follow from its options."""


def run_demo(options: DemoOptions) -> int:
    """Run until Ctrl-C, SIGTERM or SIGHUP; 0 after a wanted end, 1 with a sentence on stderr otherwise."""
    os.umask(0o077)
    try:
        state = prepare_state(options.state)
        with sole_owner(state), Supervisor(PROJECT, state / "log", say_to_stderr) as supervisor:
            _Demo(options, state, supervisor).run()
    except (DemoError, PlaceError, PortsUnusable, PcscdError, SupervisorError) as error:
        say_to_stderr(f"uketsuke demo: {error}")
        return 1
    except OSError as error:  # a full disk, rights taken away: found by whoever writes first
        place = error.filename or options.state
        say_to_stderr(
            f"uketsuke demo: {place} cannot be used ({error.strerror}): free some space, or give --state DIR."
        )
        return 1
    return 0


class _Demo:
    def __init__(self, options: DemoOptions, state: Path, supervisor: Supervisor) -> None:
        self._options = options
        self._state = state
        self._supervisor = supervisor
        self._say: Callable[[str], None] = say_to_stderr
        self._reader_port = options.reader_port if options.real_reader is None else None
        ours = (options.kiosk_port, options.staff_port, options.reader_port, options.reader_port + 1)
        self._service_port = free_port_beside(*ours)
        self._ca_file = state / "tls" / "ca.crt"

    def run(self) -> None:
        options = self._options
        require_ports(options.kiosk_port, options.staff_port, self._reader_port, os.environ)
        self._start_pcscd()
        settings = self._prepare_sandbox()
        environment = child_environment(settings)
        self._supervisor.start(self._practice_parts(environment))
        self._supervisor.start([card_part(settings, environment)])
        passphrase = self._prepare_store(settings)
        proxy = self._prepare_proxy(settings)
        self._supervisor.start(page_parts(settings, environment, proxy, self._ca_file))
        remember_environment(self._state, environment_of(settings))
        if self._supervisor.wait_until_answering(START_DEADLINE_S):
            # Last, and nobody waits: its warm-up takes a processor for a second, and the pages come first.
            self._supervisor.start([voice_part(settings, environment)])
            if settings.tenkey:
                self._supervisor.start([desk_part(environment)])
            self._announce(settings, passphrase)
            self._supervisor.run()
            self._say("Stopping.")

    def _start_pcscd(self) -> None:
        if pcscd_answers():
            self._say(borrow_running(self._reader_port))
            return
        try:
            self._supervisor.start([pcscd_part(self._state / "run", self._reader_port)])
        except PortTaken as error:
            raise DemoError(port_sentence(error, "--reader-port")) from error

    def _prepare_sandbox(self) -> Settings:
        """Make the practice world's keys (some seconds at the very first start) and decide all settings."""
        from app.sandbox.people import PeopleFileError, load_people
        from app.sandbox.pki import SandboxPki, pki_folder
        from app.sandbox.trust import TrustFileError, load_card_cas

        pki = SandboxPki(pki_folder(self._state))
        try:
            if self._options.trust is not None:
                load_card_cas(self._options.trust)
            people = load_people(self._options.people)
            pki.ensure(person.card.name for person in people if person.card is not None)
        except PeopleFileError as error:
            raise DemoError(str(error)) from error
        except TrustFileError as error:
            raise DemoError(f"--trust {error}") from error
        own = Settings(
            state_dir=self._state,
            gateway_url=f"https://localhost:{self._service_port}",
            gateway_ca_file=pki.service_ca_file,
            gateway_cert_file=pki.terminal_cert_file,
            gateway_key_file=pki.terminal_key_file,
            staff_origin=f"https://{STAFF_HOST}:{self._options.staff_port}",
            kiosk_port=self._options.kiosk_port,
            reader=VIRTUAL_READER if self._options.real_reader is None else self._options.real_reader,
            panel=self._options.panel,
            practice=True,
            trust_clock=True,
        )
        wanted = {PREFIX + name: os.environ[PREFIX + name] for name in TUNABLE if PREFIX + name in os.environ}
        try:
            return load_settings({**environment_of(own), **wanted})
        except SettingsError as error:
            raise DemoError(str(error)) from error

    def _practice_parts(self, environment: dict[str, str]) -> list[Part]:
        options = self._options
        parts = [service_part(self._state, self._service_port, options.people, options.trust, environment)]
        if self._reader_port is not None:
            parts.append(plug_part(self._state, self._reader_port, options.people, environment))
        return parts

    def _prepare_store(self, settings: Settings) -> str:
        """Key, schema and the demo log-in; returns its passphrase."""
        from app.errors import StoreError, StoreKeyUnusable
        from app.store.anchors import covered
        from app.store.audit_check import anchor_file
        from app.store.database import Store
        from app.store.files import create_key, read_key
        from app.store.opening import prepare_store

        key_file, passphrase = settings.store_key_file, staff_passphrase(self._state)
        if settings.store_path.exists() and not key_file.exists():
            raise DemoError(
                f"The key {key_file} of {settings.store_path} is gone, so its records cannot be read: "
                "restore the key, or remove the file to start empty."
            )
        try:
            key = read_key(key_file) if key_file.exists() else create_key(key_file)
            prepare_store(settings.store_path, key, SystemClock())
            store = Store(settings.store_path, key)
            try:
                with covered(store, anchor_file(self._state), SystemClock().now):
                    _ensure_login(store, passphrase)
            finally:
                store.close()
        except StoreKeyUnusable as error:
            raise DemoError(
                f"The store {settings.store_path} needs its key {key_file} ({error}): "
                "restore the key, or move both away to start empty."
            ) from error
        except StoreError as error:
            raise DemoError(
                f"The store {settings.store_path} cannot be used ({error}): free some space, or move the folder away."
            ) from error
        return passphrase

    def _prepare_proxy(self, settings: Settings) -> tuple[str, ...]:
        """The box's certificate and nginx's configuration; returns the command that serves it."""
        from app.box.certificates import BoxNames, certificate_files, ensure_certificates
        from app.box.proxy import ProxyAddresses, write_proxy

        origin, names = urlsplit(settings.staff_origin), BoxNames()
        aliases = tuple(name for name in (*names.dns, *map(str, names.addresses)) if name != origin.hostname)
        try:
            ensure_certificates(self._state / "tls", names, datetime.now(TOKYO))
            addresses = ProxyAddresses(f"127.0.0.1:{origin.port}", aliases)
            return write_proxy(settings, certificate_files(self._state / "tls"), addresses)
        except ValueError as error:
            raise DemoError(f"The state directory {self._state} cannot be used: {error}") from error

    def _announce(self, settings: Settings, passphrase: str) -> None:
        kiosk_url = f"http://127.0.0.1:{settings.kiosk_port}/"
        virtual = self._reader_port is not None
        facts: dict[str, str | int | None] = {
            "kiosk_url": kiosk_url,
            "staff_url": settings.staff_origin + "/",
            "staff_name": STAFF_NAME,
            "staff_passphrase": passphrase,
            "ca_file": str(self._ca_file),
            "reader_port": self._reader_port,
            "state_dir": str(self._state),
            "service_control": str(service_control(self._state)),
            "plug_control": str(plug_control(self._state)) if virtual else None,
        }
        for line in news(facts, self._state):
            self._say(line)
        if settings.metrics_port:
            self._say(f"figures      http://127.0.0.1:{settings.metrics_port}/metrics")
        if self._options.as_json:
            sys.stdout.write(json.dumps(facts) + "\n")  # ASCII: safe in any locale
            sys.stdout.flush()
        if self._options.browser:
            open_browser(kiosk_url)


def _ensure_login(store: Store, passphrase: str) -> None:
    from app.eligibility.people import Role
    from app.store.people import NameTaken, add_staff, verify_staff

    try:
        add_staff(store, STAFF_NAME, passphrase, datetime.now(TOKYO), Role.OWNER)
    except NameTaken:
        if verify_staff(store, STAFF_NAME, passphrase) is None:
            raise DemoError(
                f"The log-in {STAFF_NAME} in {store.path} has another passphrase than keys/demo-passphrase: "
                "restore that file, or remove the store's folder to start empty."
            ) from None
