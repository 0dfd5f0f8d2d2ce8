"""Key file, folder and file modes: what lies around the database on disk."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from app.errors import StoreKeyUnusable
from app.store.faults import translated

KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """Return the store's key.

    Args:
        path: a file of exactly 32 raw bytes.

    Raises:
        StoreKeyUnusable: the file is missing, unreadable or of another size; the message says which.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise StoreKeyUnusable("the key file is missing") from None
    except OSError as error:
        raise StoreKeyUnusable(f"the key file cannot be read: {os.strerror(error.errno or 0)}") from None
    if len(key) != KEY_BYTES:
        raise StoreKeyUnusable(f"the key file has {len(key)} bytes and not {KEY_BYTES}")
    return key


def note_key(path: Path, key: bytes) -> None:
    """Keep beside the database at ``path`` a mark of the key that opens it; the key does not follow from the mark.

    Without it a wrong key and a damaged first page look the same. Raises ``StoreUnwritable``.
    """
    mark = _mark_of(key)
    with translated():
        if _noted_mark(path) == mark:
            return
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(mark)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(key_mark_file(path))
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)


def has_other_key(path: Path, key: bytes) -> bool:
    """True when the database at ``path`` is known to have another key; False also when nothing is known."""
    try:
        noted = _noted_mark(path)
    except OSError:
        return False
    return noted is not None and noted != _mark_of(key)


def has_this_key(path: Path, key: bytes) -> bool:
    """True when the database at ``path`` is known to have this key; False also when nothing is known."""
    try:
        return _noted_mark(path) == _mark_of(key)
    except OSError:
        return False


def key_mark_file(path: Path) -> Path:
    """Where the mark of a database's key lies."""
    return path.with_name(f"{path.name}.key-mark")


def _noted_mark(path: Path) -> bytes | None:
    try:
        return key_mark_file(path).read_bytes()
    except FileNotFoundError:
        return None


def _mark_of(key: bytes) -> bytes:
    return hmac.new(key, b"uketsuke mark of the store's key", hashlib.sha256).hexdigest()[:16].encode("ascii")


def create_key(path: Path) -> bytes:
    """Write a new random key (mode 0600) and return it. Appears whole or not at all.

    Without its key a database is lost for good, so an existing file is never replaced.

    Raises:
        FileExistsError: there is a key already; it stays.
        StoreUnwritable: the disk did not take it.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists")
    make_private_folder(path.parent)
    key = secrets.token_bytes(KEY_BYTES)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with translated():
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            taken = False
            try:
                os.link(draft, path)  # unlike a rename, a link never replaces
            except FileExistsError:
                taken = True
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(path.parent)
    if taken:
        raise FileExistsError(f"{path} exists")
    return key


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and give it to its owner alone (0700). Raises ``StoreUnwritable``."""
    with translated():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)


def create_private_file(path: Path) -> bool:
    """Create an empty file with mode 0600, which SQLite then fills; WAL and index files take its mode.

    Returns:
        False when the file was there already (untouched).

    Raises:
        StoreUnwritable.
    """
    there = False
    with translated():
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            there = True
        else:
            sync_folder(path.parent)
    return not there


def sync_folder(folder: Path) -> None:
    """Make names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
