"""``migrate``: bring a state directory's database to the newest schema."""

from __future__ import annotations

import sys
from pathlib import Path

from app.box.place import remembered_environment
from app.clock import SystemClock
from app.config import Settings, load_settings
from app.errors import StoreError, StoreKeyUnusable


def run_migrate(state: Path) -> int:
    """Apply what is pending and say what was done; 1 with a sentence when it cannot."""
    from app.store.files import create_key, read_key
    from app.store.opening import prepare_store

    settings = settings_of(state)
    key_file = settings.store_key_file
    try:
        if not key_file.exists() and settings.store_path.exists():
            sys.stderr.write(f"uketsuke migrate: the key {key_file} is missing; restore it.\n")
            return 1
        key = read_key(key_file) if key_file.exists() else create_key(key_file)
        done = prepare_store(settings.store_path, key, SystemClock())
    except StoreKeyUnusable as error:
        sys.stderr.write(f"uketsuke migrate: {settings.store_path} needs its key {key_file} ({error}): restore it.\n")
        return 1
    except StoreError as error:
        sys.stderr.write(f"uketsuke migrate: {settings.store_path} cannot be used ({error}).\n")
        return 1
    print(f"{settings.store_path}: {', '.join(done) if done else 'nothing to do'}")
    return 0


def settings_of(state: Path) -> Settings:
    """The settings of the newest demo on ``state``, else those of the ``KIOSK_`` variables, else only the place.

    Raises:
        SettingsError: the variables are wrong.
    """
    remembered = remembered_environment(state)
    if remembered:
        return load_settings({**remembered, "KIOSK_STATE_DIR": str(state)})
    import os

    if any(name.startswith("KIOSK_") for name in os.environ):
        return load_settings()
    nowhere = Path("/nonexistent")
    return Settings(state, "", nowhere, nowhere, nowhere, "")
