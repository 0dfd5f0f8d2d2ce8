"""A wrong key is told from a damaged file, at the start of every process and by every tool."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Settings, environment_of
from app.errors import StoreDamaged, StoreKeyUnusable
from app.speech.phrases import REASONS, reason_words
from app.store.database import Store, open_database
from app.store.files import create_key
from app.store.migrate import migrate
from tests.store.support import KEY, ROOT, Desk, accepted
from tests.web.staff_site import settings_in

OTHER = bytes(range(1, 33))


def damage_first_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(64))


def test_other_key_has_its_own_code_and_changes_nothing(desk: Desk) -> None:
    desk.keeper.record(accepted())
    desk.store.close()
    before = desk.path.read_bytes()
    for attempt in (lambda: Store(desk.path, OTHER).database(), lambda: migrate(desk.path, OTHER)):
        with pytest.raises(StoreKeyUnusable, match="not the key of this store") as caught:
            attempt()
        assert caught.value.code == "store.key_unusable"
    assert desk.path.read_bytes() == before
    assert open_database(desk.path, KEY).execute("SELECT count(*) FROM checks").fetchone()[0] == 1


def test_damage_is_not_taken_for_another_key(desk: Desk) -> None:
    desk.keeper.record(accepted())
    desk.store.database().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.store.close()
    damage_first_page(desk.path)
    with pytest.raises(StoreDamaged):
        open_database(desk.path, KEY)
    with pytest.raises(StoreKeyUnusable):
        open_database(desk.path, OTHER)


def test_store_that_starts_empty_takes_its_new_key(desk: Desk) -> None:
    desk.store.close()
    for file in (desk.path, *desk.path.parent.glob("*-wal"), *desk.path.parent.glob("*-shm")):
        file.unlink()
    migrate(desk.path, OTHER)
    open_database(desk.path, OTHER).close()
    with pytest.raises(StoreKeyUnusable):
        open_database(desk.path, KEY)


def test_mark_beside_the_store_is_private_and_holds_no_byte_of_the_key(desk: Desk) -> None:
    (mark,) = desk.path.parent.glob("*.key-mark")
    assert mark.stat().st_mode & 0o777 == 0o600
    content = mark.read_bytes()
    assert len(content) == 16
    assert KEY.hex().encode()[:8] not in content
    written_ns = mark.stat().st_mtime_ns
    migrate(desk.path, KEY)
    assert mark.stat().st_mtime_ns == written_ns


def test_words_name_the_key_and_not_the_disk() -> None:
    words = REASONS["store.key_unusable"]
    assert "鍵" in words.staff
    assert "store.key" in words.next_step
    assert "ディスク" not in words.staff + words.next_step


@pytest.mark.parametrize("process", ["kiosk", "staff"])
@pytest.mark.parametrize("key", [None, OTHER, b"short"])
def test_process_with_a_wrong_key_says_so_and_ends(tmp_path: Path, process: str, key: bytes | None) -> None:
    settings = prepared(tmp_path, key)
    done = started(process, settings)
    assert done.returncode == 1
    assert f"{process}.not_started code=store.key_unusable" in done.stderr
    assert reason_words("store.key_unusable").next_step in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("key", [None, OTHER, b"short"])
def test_migrate_with_a_wrong_key_is_one_sentence(tmp_path: Path, key: bytes | None) -> None:
    settings = prepared(tmp_path, key)
    done = started("migrate", settings, "--state", str(tmp_path))
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert str(settings.store_key_file) in sentence
    assert sentence.endswith("restore it.")


def prepared(state: Path, key: bytes | None) -> Settings:
    """A store that was made with ``KEY`` and whose key file holds ``key`` now."""
    settings = settings_in(state)
    create_key(settings.store_key_file)
    migrate(settings.store_path, settings.store_key_file.read_bytes())
    settings.store_key_file.unlink()
    if key is not None:
        settings.store_key_file.write_bytes(key)
    return settings


def started(command: str, settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("KIOSK_")}
    return subprocess.run(
        [sys.executable, "-m", "app", command, *arguments],
        cwd=ROOT,
        env={**inherited, **environment_of(settings)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
