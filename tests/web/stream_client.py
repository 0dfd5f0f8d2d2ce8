"""A page's side of the stream without a browser: one socket, frames as they come."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NamedTuple

HOST = "uketsuke.local:8443"


class Frame(NamedTuple):
    event_id: int | None
    event: str


class StreamClient:
    """Sends one request at once; ``status`` and frames are read with a deadline."""

    def __init__(
        self,
        path: Path,
        token: str | None,
        after: object = 0,
        *,
        target: str | None = None,
        deadline_s: float = 60.0,
        **headers: str,
    ) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(deadline_s)
        self._socket.connect(str(path))
        sent = {"Host": HOST, "Sec-Fetch-Site": "same-origin", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if token is not None:
            sent["Cookie"] = f"other=1; __Host-uketsuke={token}"
        method = sent.pop("method", "GET")
        lines = [f"{method} {target or f'/events?after={after}'} HTTP/1.1"]
        lines += [f"{name}: {text}" for name, text in sent.items() if text]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._file = self._socket.makefile("rb")
        status_line = self._file.readline()
        self.status = int(status_line.split()[1]) if status_line else 0
        self.headers: dict[str, str] = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, text = line.partition(b": ")
            self.headers[name.decode().lower()] = text.decode()
        self.raw = b""

    def frame(self) -> Frame | None:
        """The next frame; ``None`` when the server ended the stream."""
        event_id, event, has_data = None, "", False
        while True:
            line = self._line()
            if line is None:
                return None
            if line == "":
                assert has_data, "a browser does not dispatch a frame without a data line"
                return Frame(event_id, event)
            name, _, text = line.partition(":")
            text = text.removeprefix(" ")
            match name:
                case "id":
                    event_id = int(text)
                case "event":
                    event = text
                case "data":
                    has_data = True
                    assert text == "", "nothing travels in a nudge"
                case _:
                    raise AssertionError(line)

    def nudge(self) -> Frame | None:
        """The next frame that is not a heartbeat."""
        while (found := self.frame()) is not None and found.event == "hb":
            pass
        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _line(self) -> str | None:
        """One line of the body, out of the chunks of the transfer encoding."""
        while b"\n" not in self.raw:
            try:
                size = self._file.readline().strip()
            except ConnectionResetError:
                return None
            if size in (b"", b"0"):
                return None
            self.raw += self._file.read(int(size, 16))
            self._file.readline()
        line, _, self.raw = self.raw.partition(b"\n")
        return line.decode()
