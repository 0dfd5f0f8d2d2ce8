"""One real demo: every part, the real pcscd, nginx; parts are killed and come back."""

from __future__ import annotations

import json
import os
import signal
import ssl
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.box.pcscd import pcscd_answers
from app.box.probes import answers_http, answers_https, answers_on_socket
from app.sandbox.plug_client import card_status
from app.store.database import Store
from app.store.files import read_key
from app.store.people import verify_staff
from tests.box.processes import wait_for
from tests.e2e.demo_process import PARTS, ROOT, DemoProcess, demo_arguments, run_app, running_demo


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with running_demo(tmp_path_factory.mktemp("demo") / "state", spoken=frozenset(), has_own_authority=True) as running:
        yield running


def trusting(demo: DemoProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=demo.facts["ca_file"])


def everything_answers(demo: DemoProcess) -> bool:
    facts, run = demo.facts, demo.state / "run"
    staff_port = int(facts["staff_url"].rstrip("/").rpartition(":")[2])
    kiosk_port = int(facts["kiosk_url"].rstrip("/").rpartition(":")[2])
    return (
        pcscd_answers()
        and all(answers_on_socket(run / f"{name}.sock")() for name in ("plug", "service", "card", "events", "voice"))
        and answers_http(kiosk_port)()
        and answers_https("localhost", staff_port, Path(facts["ca_file"]))()
    )


def test_json_names_everything_a_script_needs(demo: DemoProcess) -> None:
    assert demo.facts.keys() == {
        *("kiosk_url", "staff_url", "staff_name", "staff_passphrase", "ca_file", "reader_port", "state_dir"),
        *("service_control", "plug_control"),
    }
    assert demo.parts().keys() == PARTS.keys()
    assert demo.facts["staff_name"] == "受付"
    assert len(demo.facts["staff_passphrase"]) >= 15


def test_both_addresses_serve_pages_that_say_practice(demo: DemoProcess) -> None:
    with urllib.request.urlopen(demo.facts["kiosk_url"], timeout=30) as reply:  # noqa: S310 - our own addresses
        assert "練習" in reply.read().decode()
    with urllib.request.urlopen(demo.facts["staff_url"], context=trusting(demo), timeout=30) as reply:  # noqa: S310 - our own addresses
        assert reply.status == 200
        assert "練習" in reply.read().decode()


def test_terminal_output_is_for_people_and_goes_to_standard_error(demo: DemoProcess) -> None:
    facts = demo.facts
    needed = (facts["kiosk_url"], facts["staff_url"], facts["staff_passphrase"], "./uketsuke tap")
    wait_for(lambda: all(words in "".join(demo.errors) for words in (*needed, "listens on every address")))


def test_demo_log_in_is_in_the_store(demo: DemoProcess) -> None:
    store = Store(demo.state / "store" / "uketsuke.db", read_key(demo.state / "keys" / "store.key"))
    try:
        assert verify_staff(store, demo.facts["staff_name"], demo.facts["staff_passphrase"])
        assert not verify_staff(store, demo.facts["staff_name"], "another-long-passphrase")
    finally:
        store.close()


def test_secrets_are_closed_to_others_and_not_in_logs(demo: DemoProcess) -> None:
    assert stat.S_IMODE(demo.state.stat().st_mode) == 0o700
    for path in demo.state.rglob("*"):
        with suppress(FileNotFoundError):  # a journal that was just taken in
            assert not path.is_file() or stat.S_IMODE(path.stat().st_mode) & 0o022 == 0, path
    for path in [*demo.state.rglob("*.key"), *(demo.state / "log").iterdir(), demo.state / "keys" / "demo-passphrase"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for log in (demo.state / "log").iterdir():
        assert demo.facts["staff_passphrase"] not in log.read_text("utf-8", "replace")


def test_tap_and_lift_move_a_card(demo: DemoProcess) -> None:
    plug, place = Path(demo.facts["plug_control"]), ("--state", str(demo.state))
    names = [card["name"] for card in json.loads(run_app("tap", "--list", "--json").stdout)]
    assert "employee" in names
    done = run_app("tap", "employee", *place)
    assert (done.returncode, done.stdout) == (0, "employee lies on the reader.\n"), done.stderr
    wait_for(lambda: card_status(plug).is_noticed)
    done = run_app("lift", *place)
    assert (done.returncode, done.stdout) == (0, "employee was taken off.\n"), done.stderr
    assert card_status(plug).card is None
    done = run_app("tap", "nobody", *place)
    assert done.returncode == 1
    assert "tap --list" in done.stderr


def test_doctor_finds_the_running_demo_well(demo: DemoProcess) -> None:
    wait_for(lambda: everything_answers(demo), 60)
    for _ in range(3):  # probes give up after 5 s, which a machine that does other things may take; a fault stays
        done = run_app("doctor", "--json", "--state", str(demo.state))
        report = json.loads(done.stdout)
        if report["is_well"]:
            break
    assert [finding for finding in report["findings"] if finding["health"] == "fault"] == []
    found = {finding["probe"]: finding for finding in report["findings"]}
    assert found["gateway"]["health"] == "ok"
    assert found["migrations"]["text"] == "none pending"
    assert "Virtual PCD" in found["reader"]["text"]
    assert done.returncode == 0


@pytest.mark.parametrize("name", sorted(PARTS))
def test_killed_part_comes_back(demo: DemoProcess, name: str) -> None:
    before = demo.parts()[name]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: demo.parts().get(name, before) != before)
    wait_for(lambda: everything_answers(demo), 60)
    assert demo.process.poll() is None
    wait_for(lambda: f"{name} ended (SIGKILL); it is started again.\n" in demo.errors)


def test_card_that_lies_there_is_read_again_after_pcscd_was_killed(demo: DemoProcess) -> None:
    plug = Path(demo.facts["plug_control"])
    assert run_app("tap", "family", "--state", str(demo.state)).returncode == 0
    wait_for(lambda: card_status(plug).commands > 0)
    before = card_status(plug).total_commands
    os.kill(demo.parts()["pcscd"], signal.SIGKILL)
    wait_for(lambda: card_status(plug).total_commands > before, 60)
    assert card_status(plug).total_verifies == 0
    assert run_app("lift", "--state", str(demo.state)).returncode == 0


def test_second_demo_on_the_same_folder_is_refused(demo: DemoProcess) -> None:
    done = subprocess.run(
        demo_arguments(demo.state), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert f"A demo (process {demo.process.pid}) runs on {demo.state}" in done.stderr
    assert "--state" in done.stderr
    assert done.stdout == ""


def test_running_pcscd_without_our_reader_is_explained(demo: DemoProcess, tmp_path: Path) -> None:
    done = subprocess.run(
        demo_arguments(tmp_path / "other"), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "A pcscd runs already, but no virtual reader listens on port" in done.stderr
