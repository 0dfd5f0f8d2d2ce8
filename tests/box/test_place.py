"""Whose state directory it is, and what children inherit."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app.box.demo_parts import child_environment
from app.box.environment import clean_environment
from app.box.pcscd import PCSCD, pcscd_part
from app.box.place import PROJECT, PlaceError, prepare_state
from app.config import Settings

SOMEBODY = 65_534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.mark.parametrize("name", [".", "run", "keys"])
def test_folder_of_another_user_is_refused_in_one_sentence(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = prepare_state(tmp_path / "state")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    mode = state.stat().st_mode
    with pytest.raises(PlaceError, match=r"state belongs to another user \(.+\): choose .* --state DIR\.$"):
        prepare_state(state)
    assert state.stat().st_mode == mode
    monkeypatch.undo()
    if os.geteuid() == 0:
        os.chown(state / name, SOMEBODY, -1)
        with pytest.raises(PlaceError, match=re.escape(str((state / name).absolute()))):
            prepare_state(state)


@needs_root
@pytest.mark.parametrize(("owner_of_link", "owner_of_folder"), [(SOMEBODY, 0), (0, SOMEBODY)])
def test_link_is_followed_only_when_link_and_folder_are_ours(
    tmp_path: Path, owner_of_link: int, owner_of_folder: int
) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir(mode=0o755)
    link.symlink_to(folder)
    os.chown(folder, owner_of_folder, -1)
    os.chown(link, owner_of_link, -1, follow_symlinks=False)
    with pytest.raises(PlaceError, match="belongs to another user"):
        prepare_state(link)
    assert folder.stat().st_mode & 0o777 == 0o755
    assert list(folder.iterdir()) == []


def test_link_of_ours_to_a_folder_of_ours_is_used(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    assert prepare_state(link) == link
    assert (folder / "keys").stat().st_mode & 0o777 == 0o700


HOOKS = (
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "PCSCLITE_CSOCK_NAME",
    "LIBPCSCLITE_DELEGATE",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONHOME",
    "PYTHONWARNINGS",
)


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HOOKS:
        monkeypatch.setenv(name, "/somewhere/else")
    monkeypatch.setenv("KIOSK_STRAY", "1")
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")


@pytest.mark.usefixtures("hooks")
def test_children_inherit_no_hook_into_themselves_or_pcsc() -> None:
    nowhere = Path("/nonexistent")
    settings = Settings(nowhere, "https://localhost:1", nowhere, nowhere, nowhere, "https://localhost:2")
    environment = child_environment(settings)
    assert not {*HOOKS, "KIOSK_STRAY"} & environment.keys()
    assert (environment["LANG"], environment["KIOSK_STATE_DIR"]) == ("ja_JP.UTF-8", "/nonexistent")
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.usefixtures("hooks")
@pytest.mark.skipif(not os.access(PCSCD, os.X_OK), reason="pcscd is missing; ./uketsuke test installs it")
def test_pcscd_inherits_no_hook_either(tmp_path: Path) -> None:
    environment = pcscd_part(tmp_path, None).environment
    assert environment is not None
    assert environment["LANG"] == "ja_JP.UTF-8"
    assert not set(HOOKS) & environment.keys()


@pytest.mark.parametrize(
    ("given", "kept"), [(str(PROJECT), str(PROJECT)), ("/elsewhere", None), (f"{PROJECT}:/x", None)]
)
def test_module_path_is_kept_only_as_the_wrapper_sets_it(
    given: str, kept: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", given)
    assert clean_environment().get("PYTHONPATH") == kept
