"""Engine, sink and server as the voice process puts them together, and a client beside them."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from app.speech.client import VoiceClient
from app.speech.engine import VoiceEngine
from app.speech.server import Reader, VoiceServer
from tests.speech.fakes import WAIT_S, FakeSink, FakeVoice


class Door:
    def __init__(self, path: Path, reader: Reader | None = None) -> None:
        self.path = path
        self.voice = FakeVoice()
        self.sink = FakeSink()
        self.engine = VoiceEngine(lambda: self.voice)
        self.server = VoiceServer(self.engine, self.sink, path, reader)
        self.server.start()
        self.engine.start()
        assert self.engine.wait_until_ready(WAIT_S)
        self.voice.said.clear()
        self.client = VoiceClient(path, WAIT_S)

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(WAIT_S)
        connection.connect(str(self.path))
        return connection

    def ask(self, line: bytes) -> dict[str, Any]:
        """Send one raw line and return the answer."""
        with self.connect() as connection, connection.makefile("rb") as lines:
            connection.sendall(line)
            answer: dict[str, Any] = json.loads(lines.readline())
            return answer

    def close(self) -> None:
        self.voice.go.set()
        self.server.stop()
        self.engine.stop(WAIT_S)
