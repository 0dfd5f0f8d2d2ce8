"""The state directory: its shape, its one owner at a time, and what a running demo leaves there for other commands."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.box.files import write_atomically

PROJECT = Path(__file__).parent.parent.parent
DEFAULT_STATE = PROJECT / ".state"

_LONGEST_SOCKET_PATH = 107
"""Bytes of ``sun_path`` without its closing zero; Linux, unix(7)."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letters that are taken for one another when read aloud or from paper."""


class PlaceError(Exception):
    """The state directory cannot be used; the message is one sentence for the person at the terminal."""


def prepare_state(state: Path) -> Path:
    """Make the state directory and its folders, closed to others; returns the absolute path.

    Raises:
        PlaceError: no rights, no space, not a directory, somebody else's, or a path too long for unix sockets.
    """
    state = state.absolute()
    longest = len(os.fsencode(state / "run" / "service.sock"))
    if longest > _LONGEST_SOCKET_PATH:
        raise PlaceError(f"The path {state} is too long for unix sockets: choose a shorter one with --state DIR.")
    try:
        for folder in (state, state / "run", state / "log", state / "keys"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _require_own(folder)
            folder.chmod(0o700)
    except OSError as error:
        raise PlaceError(
            f"{state} cannot be used ({error.strerror}): choose another folder with --state DIR."
        ) from error
    return state


def _require_own(folder: Path) -> None:
    """Refuse a folder of another user, and a link of theirs to one of ours: keys and sockets would be in their hands.

    This holds for root as well: what root makes in a folder of somebody else, that person can replace.
    """
    for owner in {folder.lstat().st_uid, folder.stat().st_uid} - {os.geteuid()}:
        raise PlaceError(
            f"{folder} belongs to another user ({_name_of(owner)}): choose another folder with --state DIR."
        )


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


@contextmanager
def sole_owner(state: Path) -> Iterator[None]:
    """Hold the state directory's lock; the kernel frees it when the holder dies.

    Raises:
        PlaceError: another demo runs on it.
    """
    lock = state / "run" / "demo.lock"
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise PlaceError(
                f"A demo (process {holder}) runs on {state}: stop it, or choose another folder with --state DIR."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def staff_passphrase(state: Path) -> str:
    """Return the demo log-in's passphrase (four groups of five, 99 bits); made once, kept in a 0600 file."""
    path = state / "keys" / "demo-passphrase"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
        passphrase = "-".join(groups)
        write_atomically(path, passphrase.encode() + b"\n", 0o600)
        return passphrase


def remember_environment(state: Path, environment: Mapping[str, str]) -> None:
    """Keep the settings of the running demo for ``doctor``, ``migrate`` and the single processes."""
    write_atomically(_environment_file(state), json.dumps(dict(environment), indent=1).encode(), 0o600)


def remembered_environment(state: Path) -> dict[str, str]:
    """The settings of the newest demo on this state directory; empty when there was none."""
    try:
        content = json.loads(_environment_file(state).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in content.items()}


def _environment_file(state: Path) -> Path:
    return state / "run" / "settings.json"
