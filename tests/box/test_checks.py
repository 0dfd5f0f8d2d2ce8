"""``test``: its lanes take every end-to-end file, each once, and one that fails is named whichever it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.box import checks
from app.box.place import PROJECT


def test_every_file_is_in_one_lane_and_only_those_of_the_reader_need_it() -> None:
    found = checks.lanes(PROJECT)
    files = {path.relative_to(PROJECT) for path in (PROJECT / checks.END_TO_END).rglob("test_*.py")}
    assert sorted([*found.pcscd, *found.pages]) == sorted(files)
    for path in found.pages:
        text = (PROJECT / path).read_text("utf-8")
        assert not any(word in text for word in ("no_pcscd", "running_demo", "VirtualReader")), path


@pytest.mark.parametrize("is_apart", [True, False])
def test_every_file_of_the_tests_is_run_in_one_lane(is_apart: bool) -> None:
    browsers, others = checks.shared_out(PROJECT, is_apart=is_apart)
    shared = [path for files in (*browsers, *others) for path in files]
    assert sorted(shared) == sorted(path.relative_to(PROJECT) for path in (PROJECT / "tests").rglob("test_*.py"))
    readers = set(checks.lanes(PROJECT).pcscd)
    assert sum(bool(readers & set(files)) for files in browsers) == (2 if is_apart else 1)


@pytest.mark.parametrize("failing", ["first", "second", "last"])
def test_any_lane_that_fails_is_told_with_its_output(
    failing: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def lane(name: str) -> tuple[str, list[str]]:
        told = f"print('what {name} says'); raise SystemExit({int(name == failing)})"
        return name, [sys.executable, "-c", told]

    monkeypatch.setattr(checks, "PROJECT", tmp_path)
    assert checks._run_beside([lane("first"), lane("second")], [lane("last")], tmp_path) == [failing]
    told = capfd.readouterr().out
    assert [told.count(f"what {name} says") for name in ("first", "second", "last")] == [1, 1, 1]


def test_lanes_are_not_left_behind_when_the_others_are_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(begin(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    def stopped(*steps: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(checks, "PROJECT", tmp_path)
    monkeypatch.setattr(checks.subprocess, "Popen", noted)
    monkeypatch.setattr(checks, "_run", stopped)
    quick = ("quick", [sys.executable, "-c", "pass"])
    with pytest.raises(KeyboardInterrupt):
        checks._run_beside([quick, quick], [], tmp_path)
    assert [process.poll() for process in started] == [0, 0]


def test_files_of_tests_are_in_memory_where_there_is_room_and_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checks, "ROOM_BYTES", 1)
    with checks.scratch(tmp_path) as folder:
        (folder / "left").write_text("behind")
        assert folder.parent == tmp_path
    assert not folder.exists()
    with checks.scratch(tmp_path / "missing") as elsewhere:
        assert elsewhere.parent != tmp_path
    monkeypatch.setattr(checks, "ROOM_BYTES", 1 << 62)
    with checks.scratch(tmp_path) as elsewhere:
        assert elsewhere.parent != tmp_path
    assert list(tmp_path.iterdir()) == []


def test_where_no_program_may_run_no_test_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    flags = SimpleNamespace(f_flag=os.ST_NOEXEC, f_bavail=found.f_bavail, f_frsize=found.f_frsize)
    monkeypatch.setattr(checks.os, "statvfs", lambda _: flags)
    with checks.scratch(tmp_path) as folder:
        assert folder.parent != tmp_path


def test_each_lane_with_a_reader_has_a_folder_of_its_own_for_pcscd() -> None:
    apart = checks.own_pcscd()
    if not apart:
        assert os.geteuid() != 0 or not os.access("/run", os.W_OK), "root of a machine may have one"
        return
    look = "import os, pathlib; p = pathlib.Path('/run/pcscd'); (p / 'mine').touch(); print(os.listdir(p))"
    runs = [subprocess.run([*apart, sys.executable, "-c", look], capture_output=True, text=True) for _ in range(2)]
    assert [run.stdout for run in runs] == ["['mine']\n"] * 2
    assert not (checks.PCSCD_FOLDER / "mine").exists()


def test_without_the_rights_there_is_one_lane_with_a_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checks, "PCSCD_FOLDER", tmp_path / "pcscd")
    monkeypatch.setattr(checks, "APART", ("false",))
    assert checks.own_pcscd() == ()
    monkeypatch.setattr(checks, "APART", ("no-such-program",))
    assert checks.own_pcscd() == ()
    monkeypatch.setattr(checks, "PCSCD_FOLDER", tmp_path / "missing" / "pcscd")
    assert checks.own_pcscd() == ()
