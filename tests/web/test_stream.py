"""The stream over the real server: cursor, wake-ups, sessions, slow readers and many pages."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import StoreBusy
from app.store.database import Store
from app.store.events import BOARD_PANEL, CALLS_PANEL, Waker, add_event
from app.store.people import add_staff
from app.store.sessions import end_session, start_session
from app.web import events, events_app
from app.web.events import Hub
from app.web.events_app import StreamApp
from app.web.staff import stream
from app.web.staff.session import COOKIE
from app.web.staff.stream import StreamServer
from app.wiring_staff import PANELS, StoreFeed
from tests.store.support import KEY, KIOSK, MORNING, Desk, HandClock, accepted, waiting
from tests.web.stream_client import HOST, Frame, StreamClient


class Box:
    """A store with one logged-in person and a running stream."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = Desk(folder)
        self.store = self.desk.store
        self.clock = HandClock()
        self.socket = folder / "events.sock"
        self.wake_path = folder / "wake.sock"
        self.member = add_staff(self.store, "試験 花子", "試験用の とても長い 合言葉 です", MORNING)
        self.token = self.new_session()
        self.deaths: list[bool] = []
        self.clients: list[StreamClient] = []
        self.start()

    def new_session(self) -> str:
        return start_session(self.store, self.member.staff_id, MORNING)

    def start(self, at_ends: Callable[[], None] = lambda: None) -> None:
        self.hub = Hub(StoreFeed(Store(self.desk.path, KEY), self.clock), PANELS)
        self.hub.when_sessions_end(at_ends)
        app = StreamApp(self.hub, COOKIE, frozenset({HOST}))
        self.server = StreamServer(self.hub, app, self.socket, self.wake_path, lambda: self.deaths.append(True))
        self.server.start()

    def open(self, token: str | None = None, after: object = 0, **options: object) -> StreamClient:
        client = StreamClient(self.socket, token or self.token, after, **options)  # type: ignore[arg-type]
        self.clients.append(client)
        return client

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.server.stop()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with contextlib.closing(Box(tmp_path)) as box:
        yield box
        assert not box.deaths


def test_a_stream_begins_with_a_heartbeat_and_closed_headers(box: Box) -> None:
    page = box.open()
    assert page.status == 200
    assert page.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-accel-buffering"] == "no"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "server" not in page.headers
    assert page.frame() == Frame(0, "hb")


def test_a_commit_arrives_as_a_nudge_without_data(box: Box) -> None:
    page = box.open()
    box.desk.keeper.record(accepted())
    assert page.nudge() == Frame(1, BOARD_PANEL)
    box.desk.keeper.call_staff(KIOSK, "pin", MORNING)
    assert page.nudge() == Frame(2, CALLS_PANEL)


def test_nothing_of_a_person_is_in_the_stream(box: Box) -> None:
    box.desk.keeper.record(accepted("check-secret"))
    raw = b""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(60)
        sock.connect(str(box.socket))
        sock.sendall(f"GET /events?after=0 HTTP/1.1\r\nHost: {HOST}\r\nCookie: {COOKIE}={box.token}\r\n\r\n".encode())
        while b"event: hb" not in raw:
            raw += sock.recv(65_536)
    body = raw.split(b"\r\n\r\n", 1)[1].decode()
    lines = set(body.replace("\r", "").split("\n"))
    assert {line for line in lines if ":" in line} == {"id: 1", "event: board-panel", "data:", "event: hb"}
    assert "check-secret" not in body
    assert box.token not in body


def test_a_page_that_was_away_catches_up_from_its_cursor(box: Box) -> None:
    for letter in "abcde":
        box.desk.keeper.record(accepted(letter))
    box.desk.keeper.call_staff(KIOSK, "pin", MORNING)
    box.desk.keeper.record(accepted("f"))
    seen = box.open(after=3)
    assert [seen.frame(), seen.frame(), seen.frame()] == [
        Frame(6, CALLS_PANEL),
        Frame(7, BOARD_PANEL),
        Frame(7, "hb"),
    ]
    assert box.open(after=7).frame() == Frame(7, "hb")
    only_board = box.open(after=6)
    assert only_board.frame() == Frame(7, BOARD_PANEL)


def test_nothing_is_lost_or_doubled_over_a_restart(box: Box) -> None:
    page = box.open()
    box.desk.keeper.record(accepted("a"))
    first = page.nudge()
    assert first is not None
    box.server.stop()
    assert page.nudge() is None
    for letter in "bcd":
        box.desk.keeper.record(accepted(letter))
    box.start()
    again = box.open(after=first.event_id)
    assert again.nudge() == Frame(4, BOARD_PANEL)
    box.desk.keeper.record(accepted("e"))
    assert again.nudge() == Frame(5, BOARD_PANEL)


def test_a_cursor_from_another_life_of_the_store_refreshes_every_panel(box: Box) -> None:
    box.desk.keeper.record(accepted())
    page = box.open(after=9_999)
    assert {page.frame() for _ in PANELS} == {Frame(1, panel) for panel in PANELS}
    assert page.frame() == Frame(1, "hb")
    box.desk.keeper.record(waiting("b"))
    assert page.nudge() == Frame(2, BOARD_PANEL)


def test_a_page_that_missed_very_much_refreshes_instead_of_replaying(box: Box) -> None:
    with box.store.writing() as db:
        for number in range(events.CATCH_UP + 200):
            add_event(db, CALLS_PANEL, str(number), MORNING)
    page = box.open()
    latest = events.CATCH_UP + 200
    assert {page.frame(), page.frame()} == {Frame(latest, BOARD_PANEL), Frame(latest, CALLS_PANEL)}


def test_a_commit_without_a_datagram_is_found_by_the_second_path(box: Box) -> None:
    page = box.open()
    assert page.frame() == Frame(0, "hb")
    with box.store.writing() as db:  # nobody wakes the stream
        add_event(db, BOARD_PANEL, "a", MORNING)
    assert page.nudge() == Frame(1, BOARD_PANEL)


def test_a_datagram_wakes_the_stream_at_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.server.stop()
    monkeypatch.setattr(events, "POLL_S", 3_600.0)
    box.start()
    page = box.open()
    assert page.frame() == Frame(0, "hb")
    with box.store.writing() as db:
        add_event(db, BOARD_PANEL, "a", MORNING)
    Waker(box.wake_path).wake()
    assert page.nudge() == Frame(1, BOARD_PANEL)


def test_without_a_session_the_answer_is_401(box: Box) -> None:
    with contextlib.closing(StreamClient(box.socket, None)) as stranger:
        assert stranger.status == 401
    assert box.open("x" * 43).status == 401
    assert box.open(" ; ;=").status == 401
    ended = box.new_session()
    end_session(box.store, ended, MORNING)
    assert box.open(ended).status == 401


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/events", {}, 400),
        ("/events?after=", {}, 400),
        ("/events?after=-1", {}, 400),
        ("/events?after=1e3", {}, 400),
        ("/events?after=" + "9" * 30, {}, 400),
        ("/events?after=%EF%BC%91", {}, 400),
        ("/events?after=1&after=2", {}, 400),
        ("/events/?after=1", {}, 404),
        ("/?after=1", {}, 404),
        ("/events?after=0", {"method": "POST"}, 405),
        ("/events?after=0", {"Host": "evil.example"}, 400),
        ("/events?after=0", {"Sec_Fetch_Site": "cross-site"}, 403),
        ("/events?after=0", {"Sec_Fetch_Site": "same-site"}, 403),
    ],
)
def test_other_requests_are_refused_without_words(box: Box, target: str, headers: dict[str, str], status: int) -> None:
    if "Sec_Fetch_Site" in headers:
        headers = {"Sec-Fetch-Site": headers["Sec_Fetch_Site"]}
    client = box.open(target=target, **headers)
    assert client.status == status
    assert client.headers.get("content-length", "0") == "0"


def test_log_out_ends_every_stream_of_the_session_at_once_and_no_other(box: Box) -> None:
    other_token = box.new_session()
    mine = [box.open(), box.open()]
    other = box.open(other_token)
    for page in (*mine, other):
        assert page.frame() == Frame(0, "hb")
    box.hub.close_session(box.token)  # in the store the session lasts: nothing else would end them
    for page in mine:
        assert page.nudge() == Frame(None, "bye")
        assert page.frame() is None
    box.desk.keeper.record(accepted())
    assert other.nudge() == Frame(1, BOARD_PANEL)


def test_a_session_ended_by_another_process_ends_its_streams(box: Box) -> None:
    page = box.open()
    assert page.frame() == Frame(0, "hb")
    code = (
        "import sys; from pathlib import Path; from datetime import datetime\n"
        "from app.store.database import Store; from app.store.sessions import end_session\n"
        "end_session(Store(Path(sys.argv[1]), bytes.fromhex(sys.argv[2])), sys.stdin.read(),"
        " datetime.fromisoformat(sys.argv[3]))"
    )
    other = [sys.executable, "-c", code, str(box.desk.path), KEY.hex(), MORNING.isoformat()]
    subprocess.run(other, input=box.token, text=True, check=True, timeout=120)
    assert page.nudge() == Frame(None, "bye")
    assert page.frame() is None


def test_a_session_that_ends_by_time_ends_its_streams(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.server.stop()
    monkeypatch.setattr(events, "BEAT_S", 0.05)
    box.start()
    page = box.open()
    assert page.frame() == Frame(0, "hb")
    box.clock.time = MORNING.replace(day=25)
    while (frame := page.frame()) == Frame(0, "hb"):
        pass
    assert frame == Frame(None, "bye")


def test_heartbeats_carry_the_cursor(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.server.stop()
    monkeypatch.setattr(events, "BEAT_S", 0.05)
    box.start()
    box.desk.keeper.record(accepted())
    page = box.open(after=1)
    assert [page.frame() for _ in range(4)] == [Frame(1, "hb")] * 4


def test_a_reader_that_does_not_read_is_cut_and_resumes(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.server.stop()
    monkeypatch.setattr(events, "BEAT_S", 0.002)
    monkeypatch.setattr(events, "SLOW_S", 2.0)  # longer than the good page is ever kept from reading
    box.start()
    slow = box.open(after=0)
    good = box.open(after=0)
    # Only the good page reads; the slow one's buffers fill with heartbeats until the server lets go of it.
    while box.hub.open_streams == 2:
        assert good.frame() == Frame(0, "hb")
    assert box.hub.open_streams == 1
    while slow.frame() is not None:
        pass
    box.desk.keeper.record(accepted())
    assert box.open(after=0).nudge() == Frame(1, BOARD_PANEL)
    assert good.nudge() == Frame(1, BOARD_PANEL)


def test_a_closed_page_is_forgotten(box: Box) -> None:
    pages = [box.open() for _ in range(5)]
    for page in pages:
        assert page.frame() == Frame(0, "hb")
    assert box.hub.open_streams == 5
    for page in pages:
        page.close()
    watcher = box.open()
    deadline_s = time.monotonic() + 30
    number = 0
    while box.hub.open_streams > 1 and time.monotonic() < deadline_s:
        number += 1
        box.desk.keeper.record(accepted(f"n{number}"))
        assert watcher.nudge() is not None
    assert box.hub.open_streams == 1


def test_more_streams_than_allowed_are_refused(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_app, "MAX_STREAMS", 2)
    first = box.open()
    assert [first.status, box.open().status, box.open().status] == [200, 200, 503]


def test_one_page_too_many_ends_the_sessions_oldest_stream(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_app, "MAX_STREAMS", events.STREAMS_A_SESSION + 3)
    colleague = box.open(box.new_session())
    pages = [box.open() for _ in range(events.STREAMS_A_SESSION)]
    for page in (colleague, *pages):
        assert page.frame() == Frame(0, "hb")
    pages.append(box.open())
    assert pages.pop(0).nudge() is None, "ended without a word: the session lasts"
    assert pages[-1].frame() == Frame(0, "hb")
    pages.append(box.open())
    assert pages.pop(0).nudge() is None
    assert pages[-1].frame() == Frame(0, "hb")
    box.desk.keeper.record(accepted())
    for page in (colleague, *pages):
        assert page.nudge() == Frame(1, BOARD_PANEL)
    assert box.open(box.new_session()).status == 200, "others find a place"


def test_a_hundred_pages_hear_every_commit_at_a_small_cost(box: Box) -> None:
    tokens = [box.new_session() for _ in range(5)]
    before = _resident_bytes()
    pages = [box.open(tokens[number % 5]) for number in range(100)]
    for page in pages:
        assert page.frame() == Frame(0, "hb")
    for number in range(1, 6):
        box.desk.keeper.record(accepted(f"c{number}"))
        assert {page.nudge() for page in pages} == {Frame(number, BOARD_PANEL)}
    # This process also holds the hundred clients, so the true cost is below what is seen here.
    assert (_resident_bytes() - before) / 100 < 80 * 1024


def test_stopping_ends_open_streams_by_itself_and_removes_the_sockets(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STOP_S", 60.0)  # the thread's own end is waited for, however slow the machine
    pages = [box.open() for _ in range(10)]
    for page in pages:
        assert page.frame() == Frame(0, "hb")
    box.server.stop()
    assert all(page.nudge() is None for page in pages)
    assert not box.socket.exists()
    assert not box.wake_path.exists()
    assert "stream" not in {thread.name for thread in threading.enumerate()}


def test_whoever_keeps_something_of_a_session_is_called_when_it_may_have_ended(tmp_path: Path) -> None:
    called = [threading.Event() for _ in range(3)]

    def call() -> None:
        next((one for one in called if not one.is_set()), called[-1]).set()
        raise StoreBusy("x")  # it is called again

    with contextlib.closing(Box(tmp_path)) as box:
        box.server.stop()
        box.start(call)
        assert called[0].wait(60)
        assert called[1].wait(60)
        end_session(box.store, box.token, MORNING)  # while no page is open
        assert called[2].wait(60)
        assert not box.deaths


def test_a_stream_that_dies_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    died = threading.Event()
    hub = Hub(StoreFeed(Store(tmp_path / "nowhere.db", KEY), HandClock()), PANELS)
    app = StreamApp(hub, COOKIE, frozenset({HOST}))
    server = StreamServer(hub, app, tmp_path / "events.sock", tmp_path / "wake.sock", died.set)
    server.start()
    assert died.wait(60)
    server.stop()
    assert "stream.died" in caplog.text


def _resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
