"""The shell wrapper with a stand-in Python that only notes how it was called: no network, no packages."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.box.processes import command_lines, wait_for
from tests.e2e.browsers import CHROMIUM, SHELL

ROOT = Path(__file__).parent.parent.parent
STAND_IN = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
*"print(sys.executable)"*) echo "$STAND_IN" ;;
*"get_path"*) echo /opt/headers ;;
*"import ensurepip"*) exit "${VENV_MISSING:-0}" ;;
"--version") echo "Python 3.11.99" ;;
"-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
*"pip install"*)
    while [ -e "$HOLD" ]; do sleep 0.02; done
    [ -z "$PIP_SAYS" ] || { echo "$PIP_SAYS"; exit 1; } ;;
esac
"""

APT = """#!/bin/sh
case "$*" in
*install*)
    cp "$POLICY" "$POLICY.seen"
    echo $$ >"$POLICY.pid.new"
    mv "$POLICY.pid.new" "$POLICY.pid"
    while [ -e "$HOLD" ]; do sleep 0.02; done ;;
esac
[ -z "$APT_SAYS" ] || { echo "$APT_SAYS" >&2; exit 100; }
"""

SUDO = """#!/bin/sh
[ -z "$SUDO_SAYS" ] || { echo "$SUDO_SAYS" >&2; exit 1; }
[ "$1" != -n ] || shift
exec "$@"
"""

without_test_tools = pytest.mark.skipif(
    not (Path(CHROMIUM).exists() and Path(SHELL).exists()), reason="would ask apt for the test tools"
)


class Project:
    """A copy of the wrapper in an empty project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a project"
        self.calls_file = folder / "calls"
        self.hold = folder / "hold"
        (self.folder / "tests").mkdir(parents=True)
        shutil.copy(ROOT / "uketsuke", self.folder)
        (self.folder / "requirements.txt").write_text("one==1\n")
        (self.folder / "tests" / "requirements.txt").write_text("two==2\n")
        self.python = folder / "stand-in"
        self.python.write_text(STAND_IN)
        self.python.chmod(0o755)

    def start(self, *arguments: str, pip_says: str = "") -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "UKETSUKE_PYTHON": str(self.python),
            "STAND_IN": str(self.python),
            "CALLS": str(self.calls_file),
            "HOLD": str(self.hold),
            "PIP_SAYS": pip_says,
        }
        return subprocess.Popen(
            ["env", "--default-signal=HUP,INT,TERM", self.folder / "uketsuke", *arguments],  # as from a terminal
            cwd=self.folder.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, pip_says: str = "") -> tuple[int, str, list[str]]:
        """Exit code, standard error and the calls that this start made."""
        self.calls_file.write_text("")
        process = self.start(*arguments, pip_says=pip_says)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors, self.calls_file.read_text().splitlines()

    @property
    def stamps(self) -> list[str]:
        return sorted(path.name for path in (self.folder / ".venv").glob("stamp*"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def installs(calls: list[str]) -> list[str]:
    return [call for call in calls if "pip install" in call]


def test_first_start_installs_and_second_start_only_hands_on(project: Project) -> None:
    code, errors, calls = project.run("tap", "--list")
    assert code == 0, errors
    assert len(installs(calls)) == 1
    assert str(project.folder / "requirements.txt") in installs(calls)[0]
    assert "tests/requirements.txt" not in installs(calls)[0]
    assert any("compileall" in call for call in calls)
    code, errors, calls = project.run("tap", "--list")
    assert (code, errors, calls) == (0, "", ["-P -m app tap --list"])


def test_changed_requirements_are_installed_once(project: Project) -> None:
    project.run("lift")
    (project.folder / "requirements.txt").write_text("one==2\n")
    assert len(installs(project.run("lift")[2])) == 1
    assert installs(project.run("lift")[2]) == []


@without_test_tools
def test_tests_need_their_own_requirements_too(project: Project) -> None:
    project.run("lift")
    calls = project.run("test")[2]
    assert sorted(call.rpartition("a project/")[2] for call in installs(calls)) == [
        "requirements.txt",
        "tests/requirements.txt",
    ]
    assert project.stamps == ["stamp-product", "stamp-tests"]


@without_test_tools
def test_who_ran_the_tests_need_not_install_for_the_product(project: Project) -> None:
    assert len(installs(project.run("test")[2])) == 2
    assert installs(project.run("lift")[2]) == []
    (project.folder / "requirements.txt").write_text("changed==2\n")
    assert len(installs(project.run("lift")[2])) == 1


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full: make room"),
        ("Failed to establish a new connection: Temporary failure in name resolution", "No network for pip install"),
        ("error: command gcc failed", "pip install failed: the reason is in"),
    ],
)
def test_failed_install_is_one_sentence_and_is_tried_again(project: Project, pip_says: str, sentence: str) -> None:
    code, errors, calls = project.run("lift", pip_says=pip_says)
    assert code == 1
    assert sentence in errors.splitlines()[-1]
    assert project.stamps == []
    assert not any("-m app" in call for call in calls)
    code, errors, calls = project.run("lift")
    assert code == 0, errors
    assert len(installs(calls)) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_set_up_that_is_stopped_leaves_no_installer_behind(project: Project, number: signal.Signals) -> None:
    project.hold.touch()
    process = project.start("lift")
    wait_for(lambda: project.calls_file.exists() and "pip install" in project.calls_file.read_text(), 30)
    installer = next(
        pid for pid, line in command_lines().items() if "pip install" in line and str(project.folder) in line
    )
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode in (128 + number, -number)
    wait_for(lambda: installer not in command_lines(), 30)
    assert project.stamps == []


def test_starts_at_once_set_up_one_after_the_other(project: Project) -> None:
    project.hold.touch()
    first = project.start("lift")
    wait_for(lambda: project.calls_file.exists() and "pip install" in project.calls_file.read_text(), 30)
    second = project.start("lift")
    assert second.stderr is not None
    assert second.stderr.readline() == "uketsuke: waiting for another start's set-up\n"
    project.hold.unlink()
    assert (first.wait(30), second.wait(30)) == (0, 0)
    for process in (first, second):
        process.communicate()
    calls = project.calls_file.read_text().splitlines()
    assert len(installs(calls)) == 1
    assert calls.count("-P -m app lift") == 2


class Machine:
    """Stand-ins for sudo, apt-get and systemctl, a missing package, and a wrapper that holds services elsewhere."""

    def __init__(self, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.policy = folder / "policy-rc.d"
        self.pid = folder / "policy-rc.d.pid"
        wrapper = project.folder / "uketsuke"
        text = wrapper.read_text()
        assert text.count("/usr/sbin/policy-rc.d") == 1
        wrapper.write_text(text.replace("/usr/sbin/policy-rc.d", str(self.policy)))
        programs = folder / "bin"
        programs.mkdir()
        for name, script in (
            ("apt-get", APT),
            ("systemctl", "#!/bin/sh\n"),
            ("sudo", SUDO),
        ):
            (programs / name).write_text(script)
            (programs / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        monkeypatch.setenv("POLICY", str(self.policy))
        monkeypatch.setenv("VENV_MISSING", "1")
        monkeypatch.setenv("TMPDIR", str(folder))
        self._folder = folder
        self._monkeypatch = monkeypatch

    def be_somebody(self) -> None:
        """Whoever runs these tests, the wrapper takes itself for one who is not root."""
        wrapper = self.project.folder / "uketsuke"
        text = wrapper.read_text()
        assert text.count("((EUID != 0))") == 1
        wrapper.write_text(text.replace("((EUID != 0))", "((1000 != 0))"))

    def be_without_sudo(self) -> None:
        """Leave every program of this machine on the PATH but sudo."""
        programs = self._folder / "bin"
        (programs / "sudo").unlink()
        for folder in os.environ["PATH"].split(":")[1:]:
            for program in Path(folder).glob("*"):
                if program.name != "sudo" and not (programs / program.name).exists():
                    (programs / program.name).symlink_to(program)
        self._monkeypatch.setenv("PATH", str(programs))

    def start_installing(self) -> subprocess.Popen[str]:
        """Start the wrapper; returns while apt-get runs, until ``hold`` is gone."""
        self.project.hold.touch()
        wrapper = self.project.start("lift")
        wait_for(self.pid.exists, 30)
        assert self.policy.with_suffix(".d.seen").read_text().endswith("exit 101\n")
        return wrapper


@pytest.fixture
def machine(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(project, tmp_path, monkeypatch)


def test_services_are_held_only_while_packages_are_installed(machine: Machine) -> None:
    wrapper = machine.start_installing()
    assert os.access(machine.policy, os.X_OK)
    machine.project.hold.unlink()
    _, errors = wrapper.communicate(timeout=30)
    assert wrapper.returncode == 0, errors
    assert not machine.policy.exists()


def has_pending(pid: int, number: signal.Signals) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    masks = [int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd", "ShdPnd"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ended_set_up_lets_services_start_again(machine: Machine, number: signal.Signals) -> None:
    wrapper = machine.start_installing()
    wrapper.send_signal(number)
    wait_for(lambda: not has_pending(wrapper.pid, number))  # or the end of apt-get might be seen first
    os.kill(int(machine.pid.read_text()), signal.SIGKILL)
    wrapper.communicate(timeout=30)
    assert wrapper.returncode == 128 + number
    assert not machine.policy.exists()


def test_killed_apt_lets_services_start_again(machine: Machine) -> None:
    wrapper = machine.start_installing()
    os.kill(int(machine.pid.read_text()), signal.SIGKILL)
    _, errors = wrapper.communicate(timeout=30)
    assert wrapper.returncode == 1, errors
    assert not machine.policy.exists()


def test_hold_left_by_a_killed_set_up_is_taken_over(machine: Machine) -> None:
    wrapper = machine.start_installing()
    wrapper.kill()
    os.kill(int(machine.pid.read_text()), signal.SIGKILL)
    wrapper.communicate(timeout=30)
    assert machine.policy.exists(), "nobody can act on SIGKILL"
    machine.project.hold.unlink()
    assert machine.project.run("lift")[0] == 0
    assert not machine.policy.exists()


def test_hold_of_somebody_else_stays(machine: Machine) -> None:
    machine.policy.write_text("#!/bin/sh\nexit 101\n")
    assert machine.project.run("lift")[0] == 0
    assert machine.policy.read_text() == "#!/bin/sh\nexit 101\n"


@pytest.mark.parametrize(
    ("speaker", "says", "sentence"),
    [
        (
            "SUDO_SAYS",
            "sudo: a password is required",
            "No rights for apt-get install python3-venv: run it in a terminal",
        ),
        ("SUDO_SAYS", "somebody is not in the sudoers file.", "No rights for apt-get install python3-venv"),
        ("APT_SAYS", "Temporary failure resolving 'deb.debian.org'", "No network for apt-get install python3-venv"),
        ("APT_SAYS", "E: Unable to locate package python3-venv", "No network for apt-get install python3-venv"),
        ("APT_SAYS", "E: Could not get lock /var/lib/dpkg/lock", "Another program is installing packages"),
        ("APT_SAYS", "E: You don't have enough free space in /var/cache/apt/archives/.", "The disk is full: make room"),
    ],
)
def test_packages_that_cannot_be_installed_are_one_sentence(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, speaker: str, says: str, sentence: str
) -> None:
    machine.be_somebody()
    monkeypatch.setenv(speaker, says)
    code, errors, calls = machine.project.run("lift")
    assert code == 1
    assert sentence in errors.splitlines()[-1]
    assert not [line for line in errors.splitlines() if not line.startswith("uketsuke: ")], "no other noise"
    assert not any("-m app" in call or "pip install" in call for call in calls)
    assert not machine.policy.exists()
    monkeypatch.delenv(speaker)
    code, errors, _ = machine.project.run("lift")
    assert code == 0, errors


def test_missing_sudo_is_one_sentence_with_what_root_must_run(machine: Machine) -> None:
    machine.be_somebody()
    machine.be_without_sudo()
    code, errors, calls = machine.project.run("lift")
    assert code == 1
    assert (
        "Missing packages and no sudo: run as root  apt-get install --no-install-recommends" in errors.splitlines()[-1]
    )
    assert "python3-venv" in errors.splitlines()[-1]
    assert not any("-m app" in call for call in calls)
    assert not machine.pid.exists(), "apt-get was not called"


def test_ci_runs_what_people_run() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert "exec ./uketsuke test" in text
    for script in (ROOT / ".ci" / "run", ROOT / "uketsuke"):
        assert os.access(script, os.X_OK)
        subprocess.run(["bash", "-n", script], check=True)
