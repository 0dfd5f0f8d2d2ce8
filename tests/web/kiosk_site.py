"""The kiosk's app over a reception on fakes, with a client that behaves like its page."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from flask.testing import FlaskClient
from waitress.server import create_server
from waitress.wasyncore import close_all

from app.config import Settings
from app.eligibility.reception import Reception
from app.eligibility.screens import Button
from app.web.kiosk.app import create_kiosk_app
from tests.eligibility.desk import Table
from tests.speech.silent_clips import silent_clips

ORIGIN = "http://127.0.0.1:8101"
OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
"""What a browser says when a person opens the page."""


class Kiosk:
    """A test client that behaves like the kiosk page: it holds the page's token and name."""

    def __init__(self, table: Table, client: FlaskClient) -> None:
        self.table = table
        self.client = client
        self.headers: dict[str, str] = {}

    def open(self) -> str:
        page = self.client.get("/", base_url=ORIGIN, headers=OPENED)
        assert page.status_code == 200
        text = page.get_data(as_text=True)
        found = re.search(r"hx-headers='\{\"X-CSRF-Token\": \"(.+?)\", \"X-Kiosk-Page\": \"(.+?)\"\}'", text)
        assert found
        self.headers = {
            "HX-Request": "true",
            "Sec-Fetch-Site": "same-origin",
            "X-CSRF-Token": found[1],
            "X-Kiosk-Page": found[2],
        }
        return text

    def screen(self, seen: str = ""):
        return self.client.get("/screen", query_string={"seen": seen}, headers=self.headers, base_url=ORIGIN)

    def post(self, path: str, data: dict[str, object], **headers: str | None):
        merged = {k: v for k, v in {**self.headers, **headers}.items() if v is not None}
        return self.client.post(path, data=data, headers=merged, base_url=ORIGIN)

    def press(self, button: Button):
        view = self.table.reception.view()
        data = {"button": button.value, "check": view.check_id, "screen": view.screen.value}
        answer = self.post("/press", data)
        self.table.settle()
        return answer


def settings_in(folder: Path) -> Settings:
    return Settings(
        state_dir=folder,
        gateway_url="https://localhost:1",
        gateway_ca_file=folder,
        gateway_cert_file=folder,
        gateway_key_file=folder,
        staff_origin="https://localhost:2",
        practice=True,
    )


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    table = Table()
    settings = settings_in(tmp_path)
    app = create_kiosk_app(settings, table.reception, lambda environ: True, watch_s=0.05)
    app.testing = False
    return Kiosk(table, app.test_client())


class Stage:
    """A reception whose visit is exchanged between two tests, behind one server."""

    def __init__(self) -> None:
        self.table = Table()

    def begin(self, *, shuffles_keys: bool = False) -> Table:
        """Everything anew; whoever waits for a change of the old reception is let go."""
        old, self.table = self.table, Table(shuffles_keys=shuffles_keys)
        old.reception.close()
        return self.table

    def __getattr__(self, name: str) -> object:
        return getattr(self.table.reception, name)


@contextmanager
def serving(stage: Stage, folder: Path) -> Iterator[str]:
    """Serve the kiosk's pages over fakes; yields the address. Jobs run when the test settles them."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))  # held from here on: a port that was only found to be free may be taken meanwhile
    port = listener.getsockname()[1]
    settings = replace(settings_in(folder), kiosk_port=port, panel="10.1")
    clips = silent_clips(folder / "guidance")
    app = create_kiosk_app(settings, cast("Reception", stage), lambda environ: True, watch_s=5, clips=clips)
    server = create_server(app, sockets=[listener], threads=8, clear_untrusted_proxy_headers=True)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        stage.table.reception.close()
        # Workers first, for they wake the loop; then all is closed by the loop's own thread, which may stand in select.
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: close_all(server._map, ignore_all=True))
        thread.join(30)
