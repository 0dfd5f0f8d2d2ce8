"""Nothing of a person can be read from the files, nor from the log."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from app.store.database import open_database
from app.store.migrate import copy_database
from app.store.people import add_staff
from app.store.sessions import start_session
from tests.store.support import KEY, MORNING, Desk, accepted, answer, person, waiting

NAME, KANA, NUMBER, PLACE = "架空野　夢見子", "カクウノ　ユメミコ", "48765432", "試験県まぼろし市９９－９"
PERSON = person(name=NAME, name_kana=KANA, number=NUMBER, address=PLACE, extras=(("Extra", NAME),))


def traces(folder: Path, *words: str | bytes) -> set[tuple[str, str | bytes]]:
    """Name every file under ``folder`` that holds a word in any of the encodings SQLite knows."""
    found: set[tuple[str, str | bytes]] = set()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for word in words:
            forms = (
                [word]
                if isinstance(word, bytes)
                else [word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
            )
            found |= {(path.name, word) for form in forms if form in content}
    return found


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_search_finds_the_name_in_a_database_that_is_not_encrypted(tmp_path: Path, encoding: str) -> None:
    plain = sqlite3.connect(tmp_path / "plain.db")
    plain.execute(f"PRAGMA encoding='{encoding}'")
    plain.execute("CREATE TABLE t (name TEXT)")
    plain.execute("INSERT INTO t VALUES (?)", [NAME])
    plain.commit()
    plain.close()
    assert traces(tmp_path, NAME) == {("plain.db", NAME)}


def test_no_file_holds_anything_of_a_person(desk: Desk) -> None:
    for count in range(30):
        desk.keeper.record(accepted(f"c{count}", result=answer(PERSON, notice_text=NAME)))
    passphrase = "まぼろしの長い合い言葉です、はい"
    staff = add_staff(desk.store, NAME, passphrase, MORNING)
    token = start_session(desk.store, staff.staff_id, MORNING)
    copy_database(desk.store.database(), desk.path.with_name("uketsuke.db.before-x"), KEY)
    names = {path.name for path in desk.path.parent.iterdir()}
    assert {"uketsuke.db", "uketsuke.db-wal", "uketsuke.db-shm", "uketsuke.db.before-x"} <= names
    assert (desk.path.with_name("uketsuke.db-wal")).stat().st_size > 0
    words = (NAME, KANA, NUMBER, PLACE, passphrase, token, KEY, KEY.hex())
    assert traces(desk.folder, *words) == set()
    desk.store.database().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert traces(desk.folder, *words) == set()
    copy = open_database(desk.path.with_name("uketsuke.db.before-x"), KEY)
    assert {row["name"] for row in copy["qualifications"].rows} == {NAME}
    copy.close()


def test_no_log_line_holds_anything_of_a_person(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk.keeper.record(waiting(service_message=NAME))
        desk.keeper.record(accepted(result=answer(PERSON)))
        desk.keeper.record(waiting(service_message=NAME))
        desk.wake.failure = OSError(NAME)
        desk.keeper.record(accepted("other", result=answer(PERSON)))
    assert "store.wake_failed OSError" in caplog.text
    assert not any(word in caplog.text for word in (NAME, KANA, NUMBER, PLACE))


def test_events_hold_ids_only(desk: Desk) -> None:
    desk.keeper.record(accepted(result=answer(PERSON)))
    desk.keeper.call_staff("受付1", "pin", MORNING)
    rows = list(desk.store.database()["event"].rows)
    assert {tuple(row) for row in rows} == {("id", "kind", "subject_id", "at")}
    assert NAME not in repr(rows)
