"""The command line: help for every command, lazy imports, sentences instead of tracebacks."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import build_parser
from app.box import doctor
from app.box.browser import open_browser
from app.box.certificates import BoxNames, ensure_certificates
from app.box.demo_news import news
from app.box.doctor import Health, examine
from app.box.place import PlaceError, prepare_state, remember_environment, sole_owner, staff_passphrase
from app.box.ports import free_port
from app.clock import SystemClock
from app.config import Settings, environment_of
from app.sandbox import faults as card_faults
from app.sandbox import service_faults

ROOT = Path(__file__).parent.parent.parent
COMMANDS = ("demo", "test", "bench", "doctor", "migrate", "card", "kiosk", "staff", "voice", "tap", "lift", "fault")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: ./uketsuke {command}")
    assert len(done.stdout.splitlines()) > 2


def test_overview_names_every_command() -> None:
    text = build_parser().format_help()
    assert all(f"\n    {command} " in text for command in COMMANDS)


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("app.__main__", ("flask", "cryptography", "sqlite_utils", "smartcard", "httpx")),
        ("app.wiring_voice", ("flask", "sqlite_utils", "smartcard", "numpy", "pyttsx3")),
        ("app.speech.agent", ("flask", "sqlite_utils", "numpy", "pyttsx3", "pyopenjtalk")),
        ("app.web.staff.server", ("numpy", "pyttsx3", "pyopenjtalk", "sudachipy")),
        ("app.web.kiosk.server", ("numpy", "pyttsx3", "pyopenjtalk", "sudachipy")),
        ("app.card.agent", ("flask", "sqlite_utils", "httpx")),
        ("app.box.demo", ("flask", "sqlite_utils", "smartcard", "cryptography")),
    ],
)
def test_commands_load_only_what_they_need(module: str, unwanted: tuple[str, ...]) -> None:
    script = f"import {module}, sys; print([name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("command", ["card", "kiosk", "staff", "voice"])
def test_process_without_settings_says_which_one_is_missing(command: str) -> None:
    done = run(command)
    assert done.returncode == 2
    assert "KIOSK_STATE_DIR is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_sample_cards_are_listed_without_a_demo() -> None:
    rows = json.loads(run("tap", "--list", "--json").stdout)
    names = [row["name"] for row in rows]
    assert {"employee", "locked", "foreign-ca"} <= set(names)
    assert all(row.keys() == {"name", "purpose", "pin"} for row in rows)
    table = run("tap", "--list").stdout.splitlines()
    assert [line.split()[0] for line in table] == names


def test_locale_without_japanese_still_lists_the_cards() -> None:
    done = run("tap", "--list", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert "employee" in done.stdout


def test_browser_is_opened_only_where_there_is_a_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opener, opened = tmp_path / "xdg-open", tmp_path / "opened"
    opener.write_text(f'#!/bin/sh\necho "$1" >"{opened}.new"\nmv "{opened}.new" "{opened}"\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert open_browser("http://127.0.0.1:1/") is None
    monkeypatch.setenv("DISPLAY", ":9")
    child = open_browser("http://127.0.0.1:2/")
    assert child is not None
    assert child.wait(60) == 0
    assert opened.read_text() == "http://127.0.0.1:2/\n"


def test_faults_are_listed_without_a_demo() -> None:
    done = run("fault", "--list")
    assert (done.returncode, done.stderr) == (0, "")
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert listed == [*service_faults.KNOWN, *card_faults.KNOWN]


def test_news_quote_a_state_folder_whose_name_holds_a_space(tmp_path: Path) -> None:
    facts: dict[str, str | int | None] = dict.fromkeys(("kiosk_url", "staff_url", "staff_name", "ca_file"), "x")
    facts |= {"staff_passphrase": "x", "reader_port": 1}
    state = tmp_path / "a place"
    commands = [line.split("./uketsuke ")[1] for line in news(facts, state) if line.startswith("  card o")]
    words = [shlex.split(command) for command in commands]
    assert words[0][:4] == ["tap", "NAME", "--state", str(state)]
    assert words[1] == ["lift", "--state", str(state)]


@pytest.mark.parametrize("words", [("tap", "employee"), ("lift",), ("fault",), ("fault", "none"), ("fault", "timeout")])
def test_tap_and_lift_without_a_demo_say_what_to_do(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words, "--state", str(tmp_path))
    assert done.returncode == 1
    assert "Start ./uketsuke demo first" in done.stderr


@pytest.mark.parametrize("port", ["0", "65535", "http", "-1", "１"])
def test_impossible_port_is_refused(port: str) -> None:
    done = run("demo", f"--kiosk-port={port}")
    assert done.returncode == 2
    assert "is not a port" in done.stderr


def test_migrate_makes_the_database_once(tmp_path: Path) -> None:
    first, second = run("migrate", "--state", str(tmp_path)), run("migrate", "--state", str(tmp_path))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "m0001" in first.stdout
    assert second.stdout.endswith("nothing to do\n")


def test_migrate_never_makes_a_second_key(tmp_path: Path) -> None:
    assert run("migrate", "--state", str(tmp_path)).returncode == 0
    (tmp_path / "keys" / "store.key").unlink()
    done = run("migrate", "--state", str(tmp_path))
    assert done.returncode == 1
    assert "store.key is missing" in done.stderr
    assert not (tmp_path / "keys" / "store.key").exists()


def test_failed_probe_hides_no_other() -> None:
    def broken() -> tuple[Health, str]:
        raise RuntimeError("no luck")

    findings = examine([("first", broken), ("second", lambda: (Health.OK, "fine"))])
    assert [(finding.probe, finding.health, finding.text) for finding in findings] == [
        ("first", Health.FAULT, "RuntimeError: no luck"),
        ("second", Health.OK, "fine"),
    ]


def test_program_that_is_slow_to_say_its_version_is_no_worse_than_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("nginx", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\nexec sleep 60\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(doctor, "_TIMEOUT_S", 0.2)
    needed = doctor._version_of([str(tmp_path / "nginx")], "install it", Health.FAULT)
    wished = doctor._version_of([str(tmp_path / "chromium")], "install it")
    assert [needed[0], wished[0]] == [Health.FAULT, Health.NOTE]
    assert needed[1] == wished[1] == "says no version within 0 s"


def test_doctor_reports_what_is_wrong_and_its_exit_code_says_so(tmp_path: Path) -> None:
    ensure_certificates(tmp_path / "tls", BoxNames(), SystemClock().now())
    key = tmp_path / "tls" / "server.key"
    key.chmod(0o644)
    (tmp_path / "run").mkdir()
    settings = Settings(
        state_dir=tmp_path,
        gateway_url=f"https://localhost:{free_port()}",
        gateway_ca_file=tmp_path / "tls" / "ca.crt",
        gateway_cert_file=tmp_path / "tls" / "server.crt",
        gateway_key_file=key,
        staff_origin="https://localhost",
    )
    remember_environment(tmp_path, environment_of(settings))
    done = run("doctor", "--json", "--state", str(tmp_path))
    report = json.loads(done.stdout)
    found = {finding["probe"]: finding for finding in report["findings"]}
    assert done.returncode == 1
    assert not report["is_well"]
    assert found["gateway"]["health"] == "fault"
    assert "cannot be reached" in found["gateway"]["text"]
    assert found["keys"]["health"] == "fault"
    assert str(key) in found["keys"]["text"]
    assert found["tls"]["health"] == "ok"
    assert found["python"]["health"] == "ok"


def test_state_directory_has_one_owner_at_a_time(tmp_path: Path) -> None:
    state = prepare_state(tmp_path / "state")
    with sole_owner(state), pytest.raises(PlaceError, match=rf"process {os.getpid()}\) runs on"), sole_owner(state):
        pass
    with sole_owner(state):
        pass


def test_unusable_state_directories_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match="choose another folder with --state"):
        prepare_state(tmp_path / "file")
    with pytest.raises(PlaceError, match="too long for unix sockets"):
        prepare_state(tmp_path / ("x" * 120))


def test_demo_passphrase_is_long_stable_and_private(tmp_path: Path) -> None:
    state = prepare_state(tmp_path)
    passphrase = staff_passphrase(state)
    assert len(passphrase) == 23
    assert staff_passphrase(state) == passphrase
    assert (state / "keys" / "demo-passphrase").stat().st_mode & 0o777 == 0o600
