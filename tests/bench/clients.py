"""The same arrivals for 25 computers: each a log-in, a stream and a connection of its own, and nothing that draws.

Pages of one browser ask together; those of 25 computers cannot, and do not draw on the server's processors either.
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from datetime import datetime
from html import unescape
from urllib.parse import urlsplit

from app.clock import TOKYO
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.events import Waker
from app.store.people import list_people
from app.store.sessions import start_session
from app.web.staff.session import COOKIE
from tests.bench.arrivals import an_arrival
from tests.bench.figures import Bar, heading, line
from tests.e2e.demo_stack import Demo

TIMEOUT_S = 60
ROW = re.compile(r'id="open-([^"]+)"')


class Client:
    """One computer: follows the stream and fetches what each nudge announces, as ``pieces.js`` does."""

    def __init__(self, demo: Demo, store: Store, staff_id: int) -> None:
        self.rows: dict[str, float] = {}
        """Check id -> when its row had come, ms of the clock."""
        self._trust = ssl.create_default_context(cafile=demo.facts["ca_file"])
        self._address = urlsplit(demo.staff_url)
        self._cookie = f"{COOKIE}={start_session(store, staff_id, datetime.now(TOKYO))}"
        self._pages = self._connection()
        self._take(self._get(self._pages, "/").read().decode())
        self._stream = self._get(self._connection(), f"/events?after={self._cursor}")
        self.is_closing = False
        self._follower = threading.Thread(target=self._follow)
        self._follower.start()

    def close(self) -> None:
        """End both connections; the next event, at the latest a heartbeat, ends the thread."""
        self.is_closing = True
        self._follower.join(TIMEOUT_S)
        self._stream.close()
        self._pages.close()

    def _connection(self) -> http.client.HTTPSConnection:
        assert self._address.hostname
        return http.client.HTTPSConnection(
            self._address.hostname, self._address.port, timeout=TIMEOUT_S, context=self._trust
        )

    def _get(self, connection: http.client.HTTPSConnection, address: str) -> http.client.HTTPResponse:
        connection.request("GET", address, headers={"Cookie": self._cookie, "HX-Request": "true"})
        answer = connection.getresponse()
        assert answer.status == 200, (address.split("?", 1)[0], answer.status)
        return answer

    def _follow(self) -> None:
        while not self.is_closing and (text := self._stream.readline()):
            if text.startswith(b"event: board-panel"):
                self._take(self._get(self._pages, f"{self._pieces}&shown={self._shown}").read().decode())

    def _take(self, text: str) -> None:
        at = time.time() * 1000
        self._shown = found(r'data-shown="([^"]*)"', text)
        self._cursor = found(r'data-cursor="(\d+)"', text)
        if "data-pieces" in text:
            self._pieces = found(r'data-pieces="([^"]*)"', text)
        for check_id in ROW.findall(text):
            self.rows.setdefault(check_id, at)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, pattern
    return unescape(match[1])


def measure_clients(demo: Demo, clients: int, count: int, limit_ms: float) -> list[str]:
    """Commit ``count`` records while ``clients`` computers follow; return the report's lines."""
    store = demo.open_store()
    waker = Waker(demo.state / "run" / "wake.sock")
    commits: list[float] = []

    def wake() -> None:
        commits.append(time.time() * 1000)
        waker.wake()

    keeper = CheckKeeper(store, wake)
    staff_id = list_people(store)[0].member.staff_id
    computers = [Client(demo, store, staff_id) for _ in range(clients)]
    each: list[float] = []
    last: list[float] = []
    for _ in range(count):
        record = an_arrival()
        keeper.record(record)
        until = time.monotonic() + TIMEOUT_S
        while not all(record.check_id in one.rows for one in computers):
            assert time.monotonic() < until, "a computer was not told"
            time.sleep(0.2)
        took = [one.rows[record.check_id] - commits[-1] for one in computers]
        each += took
        last.append(max(took))
    for one in computers:
        one.is_closing = True
    for one in computers:
        one.close()
    store.close()
    return [
        heading(f"Arrivals for {clients} computers that draw by themselves (nginx, TLS, {count} records)"),
        line("record committed -> row on each computer", each, bar=Bar(limit_ms)),
        line("record committed -> row on the last computer", last),
    ]
