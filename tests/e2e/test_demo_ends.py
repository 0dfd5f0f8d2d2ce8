"""How a real demo starts and ends: signals, crashes of the whole, ports and files that do not fit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from app.box.pcscd import PCSCD_SOCKET, pcscd_answers
from tests.box.processes import wait_for, wait_until_none_names
from tests.e2e.demo_process import PARTS, ROOT, demo_arguments, running_demo, wait_until_gone
from tests.pcsc_stack import PcscStack, free_port_pair


@pytest.fixture(scope="module")
def used_state(tmp_path_factory: pytest.TempPathFactory, no_pcscd: None) -> Path:
    """A state directory whose keys are made already."""
    state = tmp_path_factory.mktemp("used") / "state"
    with running_demo(state):
        pass
    return state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stop_signal_leaves_nothing(used_state: Path, number: signal.Signals) -> None:
    with running_demo(used_state) as demo:
        pids = demo.all_pids()
        assert len(pids) > len(PARTS), "nginx has a worker"
        assert demo.stop(number) == 0
        assert demo.process.stdout is not None
        assert demo.process.stdout.read() == "", "exactly one line"
        wait_until_gone(pids)
        wait_until_none_names(str(used_state))
        assert list((used_state / "run").glob("*.sock")) == []
        assert not PCSCD_SOCKET.exists()


def test_log_in_stays_the_same_over_a_restart(used_state: Path) -> None:
    with running_demo(used_state) as first:
        passphrase = first.facts["staff_passphrase"]
    with running_demo(used_state) as second:
        assert second.facts["staff_passphrase"] == passphrase


def test_killed_demo_takes_all_its_parts_along(used_state: Path) -> None:
    with running_demo(used_state) as demo:
        pids = demo.all_pids()
        demo.process.kill()
        demo.process.wait(60)
        wait_until_gone(pids)
        wait_until_none_names(str(used_state))


def test_part_that_keeps_crashing_ends_the_demo_with_a_sentence(used_state: Path) -> None:
    with running_demo(used_state) as demo:
        pids = demo.all_pids()
        killed: set[int] = set()
        while demo.process.poll() is None:
            wait_for(lambda: demo.process.poll() is not None or demo.parts().get("card", 0) not in {0, *killed})
            if demo.process.poll() is None:
                newest = demo.parts()["card"]
                killed.add(newest)
                os.kill(newest, signal.SIGKILL)
        assert demo.process.returncode == 1
        assert len(killed) == 5
        wait_until_gone(pids | killed)
    assert any("card ended 5 times within 60 s (last SIGKILL)" in line for line in demo.errors)
    wait_until_none_names(str(used_state))


def test_running_pcscd_with_a_virtual_reader_is_used(pcsc_stack: PcscStack, used_state: Path) -> None:
    pcsc_stack.start()
    try:
        with running_demo(used_state, reader_port=pcsc_stack.reader_port) as demo:
            assert "pcscd" not in demo.parts()
            wait_for(lambda: any("The pcscd of this machine is used" in line for line in demo.errors))
            demo.stop()
        assert pcscd_answers()
    finally:
        pcsc_stack.stop()


@pytest.mark.parametrize(
    ("option", "offset"), [("kiosk_port", 0), ("staff_port", 0), ("reader_port", 0), ("reader_port", 1)]
)
def test_port_in_use_is_one_sentence(no_pcscd: None, tmp_path: Path, option: str, offset: int) -> None:
    port = free_port_pair()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + offset))
        taken.listen()
        arguments = demo_arguments(tmp_path / "state", **{option: port})
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert f"Port {port + offset} is in use" in done.stderr
    assert "--" + option.replace("_", "-") in done.stderr
    wait_until_none_names(str(tmp_path))


@pytest.mark.parametrize(
    ("chosen", "environ", "both"),
    [
        ({"kiosk_port": 20_007, "staff_port": 20_007}, {}, "--kiosk-port and --staff-port"),
        ({"staff_port": 20_007, "reader_port": 20_006}, {}, "--staff-port and --reader-port (N and N+1)"),
        ({"reader_port": 20_007}, {"KIOSK_METRICS_PORT": "20007"}, "KIOSK_METRICS_PORT and --reader-port"),
    ],
)
def test_two_options_for_one_port_are_one_sentence(
    tmp_path: Path, chosen: dict[str, int], environ: dict[str, str], both: str
) -> None:
    arguments = demo_arguments(tmp_path / "state", **chosen)
    environ = {**os.environ, **environ}
    done = subprocess.run(arguments, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)
    said = f"uketsuke demo: {both} both want port 20007: give each a port of its own.\n"
    assert (done.returncode, done.stderr) == (1, said)
    wait_until_none_names(str(tmp_path))


def test_mistake_in_the_people_file_is_one_sentence(no_pcscd: None, tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    people.write_text('{"format": 1, "people": [{"name": "a"}]}')
    arguments = demo_arguments(tmp_path / "state", people=str(people))
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert f"{people}: person 'a', purpose: missing" in done.stderr
    assert "Traceback" not in done.stderr
