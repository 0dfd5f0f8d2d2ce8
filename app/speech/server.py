"""The voice process's one door: a unix socket for the other processes of this machine.

The socket file has mode 0600, and only processes of our own user are served (SO_PEERCRED). A request is one JSON object
on one line; a connection may carry any number of them, one after the other.

    {"do": "status"}                → {"ready": bool, "sink": "auto", "device": "…" | null, "tried": ["…"]}
    {"do": "render", "kana": ["…"], "rate": 7.0}
                                    → for each phrase {"index": 0, "bytes": n} and n bytes, a whole WAV; {"done": true}
    {"do": "play", "kana": ["…"], "rate": 7.0, "earcon": Earcon | null}
                                    → {"spoken": true} when all was heard on this machine's device, {"stopped": true}
                                      when it was stopped or a newer "play" took its place; an earcon comes first and
                                      may come alone
    {"do": "stop"}                  → {}, and silence
    {"do": "read", "fields": [{"kind": FieldKind, "text": "…", "kana": "…"}]}
                                    → {"phrases": [{"text": "…", "kana": "…", "source": ReadingSource}]}

At most 64 phrases of at most 200 kana, 4 to 16 morae a second. Closing the connection cancels what it asked for. An
error is {"error": CODE, "tried": ["…"]} in place of what would come next. Codes of the door itself: request.malformed,
request.too_long (the connection ends), request.busy (too many connections; it ends), request.failed (a bug of ours).
"""

from __future__ import annotations

import logging
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from app.door import Door, Limits
from app.errors import NoReader, VoiceError
from app.json_lines import encode
from app.logs import log_bug
from app.speech import sound, wire
from app.speech.earcons import Earcon, earcon_pcm
from app.speech.engine import VoiceEngine
from app.speech.mora import DEFAULT_RATE
from app.speech.sinks import Sink
from app.speech.speaker import Speaker
from app.speech.utterance import Field, Phrase

logger = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 8
_AFTER_EARCON_S: Final = 0.1

Reader = Callable[[Field], Phrase]


class VoiceServer:
    """Answers what other processes ask of the voice."""

    def __init__(self, engine: VoiceEngine, sink: Sink, path: Path, reader: Reader | None = None) -> None:
        self._engine = engine
        self._sink = sink
        self._speaker = Speaker(engine, sink)
        self._reader = reader
        limits = Limits(MAX_CONNECTIONS, backlog=16, line_bytes=wire.MAX_LINE_BYTES)
        self._door = Door(path, "voice", logger, limits, self._answer_or_refuse, _log_bug)

    def start(self) -> None:
        """Open the door. Raises ``DoorTaken`` and ``OSError`` as ``Door.start`` does."""
        self._door.start()

    def stop(self) -> None:
        """Close the door and be silent; connections end with the process."""
        self._door.stop()
        self._speaker.stop()

    def _answer_or_refuse(self, request: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
        try:
            return self._answer(request, connection)
        except VoiceError as error:
            logger.info("voice.request_refused code=%s", error.code)
            return wire.encode_error(error)

    def _answer(self, request: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
        match request["do"]:
            case "status":
                outlook = self._sink.look()
                return wire.encode_status(
                    wire.VoiceStatus(self._engine.is_ready, self._sink.name, outlook.device, outlook.tried)
                )
            case "render":
                return self._render(request, connection)
            case "play":
                is_spoken = self._speaker.play(
                    _kana(request), _rate(request), lambda: _is_there(connection), _lead(request)
                )
                return {"spoken": True} if is_spoken else {"stopped": True}
            case "stop":
                self._speaker.stop()
                return {}
            case "read":
                return self._read(request)
        raise ValueError("no such request")

    def _render(self, request: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
        job = self._engine.submit(_kana(request), _rate(request))
        count = 0
        for pcm in job.phrases(lambda: _is_there(connection)):
            made = sound.wav(pcm)
            connection.sendall(encode({"index": count, "bytes": len(made)}) + made)
            count += 1
        if count < len(job.kana):
            raise VoiceError(("the voice was stopped",))
        return {"done": True}

    def _read(self, request: dict[str, Any]) -> dict[str, Any]:
        fields = wire.decode_fields(request["fields"])
        if self._reader is None:
            raise NoReader()
        return {"phrases": [wire.encode_phrase(self._reader(field)) for field in fields]}


def _kana(request: dict[str, Any]) -> tuple[str, ...]:
    return wire.texts(request["kana"])


def _rate(request: dict[str, Any]) -> float:
    rate = request.get("rate", DEFAULT_RATE)
    if type(rate) not in (int, float):
        raise ValueError("rate")
    return float(rate)


def _lead(request: dict[str, Any]) -> bytes:
    earcon = request.get("earcon")
    return b"" if earcon is None else earcon_pcm(Earcon(earcon)) + sound.silence(_AFTER_EARCON_S)


def _is_there(connection: socket.socket) -> bool:
    """False when the other end closed; asks without waiting."""
    # A socket with a timeout waits for data even when recv is told not to, so ask whether there is any first.
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return not readable or connection.recv(1, socket.MSG_PEEK) != b""
    except (OSError, ValueError):
        return False


def _log_bug(error: Exception) -> None:
    log_bug(logger, "voice.request_failed", error)
