"""The queue for push and the nudge."""

from __future__ import annotations

import socket
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.store.database import open_database
from app.store.events import Event, Waker, data_version, events_after, latest_event_id
from tests.store.support import KEY, KIOSK, MORNING, Desk, accepted, waiting


def test_events_come_in_order_after_the_cursor(desk: Desk) -> None:
    db = desk.store.database()
    assert (latest_event_id(db), events_after(db, 0, 10)) == (0, [])
    desk.keeper.record(accepted("a"))
    desk.keeper.call_staff(KIOSK, "pin", MORNING)
    desk.keeper.record(waiting("b"))
    (call_id,) = (subject for kind, subject in desk.events() if kind == "calls-panel")
    found = [Event(1, "board-panel", "a"), Event(2, "calls-panel", call_id), Event(3, "board-panel", "b")]
    assert events_after(db, 0, 10) == found
    assert events_after(db, 1, 1) == found[1:2]
    assert events_after(db, 3, 10) == []
    assert latest_event_id(db) == 3


def test_event_ids_are_never_used_again(desk: Desk) -> None:
    desk.keeper.record(accepted("a"))
    with desk.store.writing() as db:
        db.execute("DELETE FROM event")
    assert latest_event_id(desk.store.database()) == 1
    desk.keeper.record(accepted("b"))
    assert events_after(desk.store.database(), 1, 10) == [Event(2, "board-panel", "b")]


def test_no_event_is_missed_by_a_reader_beside_many_writers(desk: Desk) -> None:
    def write(name: str) -> None:
        for number in range(15):
            desk.keeper.record(accepted(f"{name}-{number}"))

    writers = [threading.Thread(target=write, args=[name]) for name in "abc"]
    for writer in writers:
        writer.start()
    seen: list[Event] = []
    db = desk.store.database()
    version, cursor = -1, 0
    while len(seen) < 45:
        alive = any(writer.is_alive() for writer in writers)
        if (now := data_version(db)) != version or not alive:
            version = now
            fresh = events_after(db, cursor, 4)
            seen += fresh
            cursor = seen[-1].event_id if seen else 0
            version = -1 if fresh else version
            assert fresh or alive or len(seen) == 45, "writers are done and events are missing"
    for writer in writers:
        writer.join()
    assert [event.event_id for event in seen] == list(range(1, 46))
    assert {event.subject_id for event in seen} == {f"{name}-{number}" for name in "abc" for number in range(15)}


def test_data_version_moves_with_other_connections_only(desk: Desk) -> None:
    other: Database = open_database(desk.path, KEY)
    before = data_version(other)
    assert data_version(other) == before
    desk.keeper.record(accepted())
    after = data_version(other)
    assert after != before
    assert data_version(other) == after
    other.close()


def test_nudge_arrives_as_one_byte(tmp_path: Path) -> None:
    path = tmp_path / "wake.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(60)
        Waker(path).wake()
        assert listener.recv(16) == b"\x01"


def test_nudge_never_raises_and_never_blocks(tmp_path: Path) -> None:
    path = tmp_path / "wake.sock"
    waker = Waker(path)
    waker.wake()
    Waker(tmp_path / ("long" * 50)).wake()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(60)
        thread = threading.Thread(target=lambda: [waker() for _ in range(5000)], daemon=True)
        thread.start()
        thread.join(60)
        assert not thread.is_alive(), "a full queue does not hold the writer back"
        assert listener.recv(16) == b"\x01"
    waker.wake()
    path.unlink()
    path.write_text("not a socket")
    waker.wake()


@pytest.mark.parametrize("listening", [True, False])
def test_keeper_nudges_after_the_commit(tmp_path: Path, listening: bool) -> None:
    desk = Desk(tmp_path)
    seen: list[int] = []

    def look() -> None:
        reader = open_database(desk.path, KEY)
        seen.append(latest_event_id(reader))
        reader.close()

    desk.keeper._wake = look if listening else Waker(tmp_path / "nobody.sock")
    desk.keeper.record(accepted())
    assert seen == ([1] if listening else [])
    assert datetime.fromisoformat(next(desk.store.database()["event"].rows)["at"]) == MORNING
