"""The supervisor with small real programs as parts."""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.box.part import Part, bound_log
from app.box.supervisor import Supervisor, SupervisorError
from tests.box.processes import is_alive, processes_naming, wait_for, wait_until_none_names
from tests.box.supervised import parts_of

ROOT = Path(__file__).parent.parent.parent
STAYS = "import pathlib,signal,sys; pathlib.Path(sys.argv[1]).touch(); signal.pause()"
ENDS = "import sys; print('cannot go on'); sys.exit(3)"
STUBBORN = (
    "import pathlib,signal,sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "pathlib.Path(sys.argv[1]).touch(); signal.pause(); signal.pause()"
)
WITH_CHILD = (
    "import pathlib,signal,subprocess,sys; child = subprocess.Popen([sys.executable, '-c', "
    "'import signal; signal.pause()', 'child-of-' + sys.argv[1]]); "
    "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); signal.pause()"
)


class QuickSupervisor(Supervisor):
    stop_deadline_s = 0.3


def until(supervisor: Supervisor, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end
        supervisor._turn(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    with QuickSupervisor(tmp_path, tmp_path / "log", said.append) as made:
        yield made


def test_parts_run_until_the_end_and_nothing_stays(tmp_path: Path) -> None:
    with Supervisor(tmp_path, tmp_path / "log", print) as supervisor:
        supervisor.start(parts_of(tmp_path, [STAYS, STAYS]))
        assert supervisor.wait_until_answering(60)
        pids = supervisor.pids().values()
        assert all(is_alive(pid) for pid in pids)
    assert not any(is_alive(pid) for pid in pids)
    wait_until_none_names(str(tmp_path))
    assert not list(tmp_path.glob("*.up"))


def test_killed_part_is_started_again_at_once(tmp_path: Path, supervisor: Supervisor, said: list[str]) -> None:
    supervisor.start(parts_of(tmp_path, [STAYS]))
    assert supervisor.wait_until_answering(60)
    first = supervisor.pids()["part0"]
    os.kill(first, signal.SIGKILL)
    assert supervisor.restart_delay_s < 0.5
    until(supervisor, lambda: supervisor.pids().get("part0", first) != first)
    assert supervisor.wait_until_answering(60)
    assert said == ["part0 ended (SIGKILL); it is started again."]


def test_remains_of_a_crashed_part_are_killed_before_it_returns(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start(parts_of(tmp_path, [WITH_CHILD]))
    assert supervisor.wait_until_answering(60)
    wait_for(lambda: (tmp_path / "0.up").read_text())
    grandchild = int((tmp_path / "0.up").read_text())
    first = supervisor.pids()["part0"]
    os.kill(first, signal.SIGKILL)
    until(supervisor, lambda: supervisor.pids().get("part0", first) != first)
    wait_for(lambda: not is_alive(grandchild))


def test_part_that_keeps_crashing_stops_everything_with_its_last_words(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(parts_of(tmp_path, [STAYS, ENDS]))
    with pytest.raises(SupervisorError, match=r"part1 ended 5 times .*exit code 3") as caught:
        supervisor.wait_until_answering(60)
    assert "cannot go on" in str(caught.value)
    assert len(said) == 4
    supervisor.stop()
    wait_until_none_names(str(tmp_path))


def test_part_that_was_started_wrongly_is_not_tried_again(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(parts_of(tmp_path, ["import sys; print('No such people file.'); sys.exit(2)"]))
    with pytest.raises(SupervisorError, match=r"^part0 cannot run: No such people file\.$"):
        supervisor.wait_until_answering(60)
    assert said == []


def test_crashes_spread_over_more_than_the_window_are_forgiven(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.crash_window_s = 0.0
    supervisor.start(parts_of(tmp_path, [STAYS]))
    for _ in range(supervisor.crash_limit + 1):
        assert supervisor.wait_until_answering(60)
        pid = supervisor.pids()["part0"]
        os.kill(pid, signal.SIGKILL)
        until(supervisor, lambda pid=pid: supervisor.pids().get("part0", pid) != pid)  # type: ignore[misc]


def test_silent_part_is_named(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start([Part("mute", (sys.executable, "-c", "import signal; signal.pause()"), lambda: False)])
    with pytest.raises(SupervisorError, match="No answer from mute"):
        supervisor.wait_until_answering(0.2)


def test_missing_program_is_one_sentence(supervisor: Supervisor) -> None:
    with pytest.raises(SupervisorError, match="gone cannot be started: /nowhere/gone No such file"):
        supervisor.start([Part("gone", ("/nowhere/gone",), lambda: True)])


def test_part_that_ignores_term_is_killed_after_the_deadline(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start(parts_of(tmp_path, [STUBBORN]))
    assert supervisor.wait_until_answering(60)
    pid = supervisor.pids()["part0"]
    supervisor.stop()
    assert not is_alive(pid)


def test_part_that_missed_the_first_term_is_asked_once_more(tmp_path: Path, supervisor: Supervisor) -> None:
    # Two signals that wait are one: the part needs the time to take the first, and takes it wherever it is.
    supervisor.ask_again_s, supervisor.stop_deadline_s = 2.0, 60.0
    script = (
        "import pathlib,signal,sys; term = {signal.SIGTERM}; signal.pthread_sigmask(signal.SIG_BLOCK, term); "
        "up = pathlib.Path(sys.argv[1]); up.touch(); signal.sigwait(term); signal.sigwait(term); "
        "(up.parent / 'ended').write_text('2')"
    )
    supervisor.start(parts_of(tmp_path, [script]))
    assert supervisor.wait_until_answering(60)
    supervisor.stop()
    assert (tmp_path / "ended").read_text() == "2"


def test_logs_are_private_and_bounded(tmp_path: Path, supervisor: Supervisor) -> None:
    supervisor.start(parts_of(tmp_path, [STAYS]))
    log = tmp_path / "log" / "part0.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    with log.open("ab") as writer:
        writer.write(b"old\n" * 100)
        writer.flush()
        bound_log(log, limit_bytes=40)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    older = log.with_name("part0.log.1")
    assert older.stat().st_size == 40
    assert stat.S_IMODE(older.stat().st_mode) == 0o600


def start_host(folder: Path, *scripts: str) -> subprocess.Popen[str]:
    host = subprocess.Popen(
        [sys.executable, "-m", "tests.box.supervised", str(folder), *scripts],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert host.stdout is not None
    readable, _, _ = select.select([host.stdout], [], [], 60)
    assert readable, "not ready"
    assert host.stdout.readline() == "ready\n"
    return host


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    host = start_host(tmp_path, STAYS, WITH_CHILD)
    host.send_signal(number)
    _, errors = host.communicate(timeout=60)
    assert host.returncode == 0, errors
    wait_until_none_names(str(tmp_path))


def test_killed_supervisor_takes_its_parts_along(tmp_path: Path) -> None:
    host = start_host(tmp_path, STAYS, STUBBORN)
    assert len(processes_naming(str(tmp_path))) == 3
    host.kill()
    host.communicate(timeout=60)
    wait_until_none_names(str(tmp_path))
