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

import contextlib
import logging
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.errors import NoReader, VoiceError
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
_IDLE_S: Final = 30.0
_AFTER_EARCON_S: Final = 0.1

Reader = Callable[[Field], Phrase]


class DoorTaken(Exception):
    """Another voice process serves this socket."""


class VoiceServer:
    """Accepts connections on one thread and serves each on its own."""

    def __init__(self, engine: VoiceEngine, sink: Sink, path: Path, reader: Reader | None = None) -> None:
        self._engine = engine
        self._sink = sink
        self._speaker = Speaker(engine, sink)
        self._path = path
        self._reader = reader
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._stopping = threading.Event()
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Open the door.

        Raises:
            DoorTaken: a living process serves the path.
            OSError: the path cannot be made (too long, not writable).
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _answers(self._path):
            raise DoorTaken(str(self._path))
        # Bound under another name and moved: the path never names a socket that others may open, or a dead one.
        newborn = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        newborn.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            before = os.umask(0o177)
            try:
                listener.bind(str(newborn))
            finally:
                os.umask(before)
            listener.listen(16)
            newborn.replace(self._path)
        except OSError:
            listener.close()
            newborn.unlink(missing_ok=True)
            raise
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="voice-door", daemon=True).start()

    def stop(self) -> None:
        """Close the door and be silent; connections end with the process."""
        self._stopping.set()
        self._speaker.stop()
        if self._listener is not None:
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                # Closed by stop(), or out of descriptors for the moment.
                self._stopping.wait(0.1)
                continue
            if _peer_uid(connection) != os.geteuid():
                logger.warning("voice.door_refused")
                connection.close()
            elif not self._slots.acquire(blocking=False):
                with contextlib.suppress(OSError):
                    connection.sendall(wire.encode({"error": "request.busy"}))
                connection.close()
            else:
                threading.Thread(target=self._serve, args=(connection,), name="voice-client", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_IDLE_S)
                with connection.makefile("rb") as lines:
                    while self._answer_next(connection, lines):
                        pass
        finally:
            self._slots.release()

    def _answer_next(self, connection: socket.socket, lines: BinaryIO) -> bool:
        """Answer one line; False when the connection is over."""
        line = lines.readline(wire.MAX_LINE_BYTES + 1)
        if not line:
            return False
        if len(line) > wire.MAX_LINE_BYTES:
            connection.sendall(wire.encode({"error": "request.too_long"}))
            return False
        try:
            answer = self._answer(wire.decode(line), connection)
        except VoiceError as error:
            logger.info("voice.request_refused code=%s", error.code)
            answer = wire.encode_error(error)
        except OSError:
            raise  # whoever asked is gone
        except (KeyError, TypeError, ValueError, OverflowError):
            answer = {"error": "request.malformed"}
        except Exception as error:  # noqa: BLE001 - one bad request must not take the door down
            log_bug(logger, "voice.request_failed", error)
            answer = {"error": "request.failed"}
        connection.sendall(wire.encode(answer))
        return True

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
            connection.sendall(wire.encode({"index": count, "bytes": len(made)}) + made)
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


def _peer_uid(connection: socket.socket) -> int:
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
