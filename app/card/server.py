"""The card process's one door: a unix socket for the kiosk process.

The socket file has mode 0600, and only processes of our own user are served (SO_PEERCRED). A request is one JSON object
on one line, at most 16 KiB; each is answered by one line. A connection may carry any number of requests.

    {"do": "status"}                          → STATUS
    {"do": "wait", "seen": STATUS | null, "timeout_s": 0…60}   → STATUS, at once if it differs from "seen"
    {"do": "watch"}                           → STATUS now and at every change, and every 5 s; never ends
    {"do": "read_again", "epoch": 1}          → {}
    {"do": "keypad", "epoch": 1}              → {"keypad_id": "…", "tokens": ["…" x 10]}   keys 1 2 3 4 5 6 7 8 9 0
    {"do": "sign", "epoch": 1, "keypad_id": "…", "tokens": ["…" x 4], "nonce": BASE64}
                                              → {"certificate": BASE64, "signature": BASE64}
    {"do": "certificate", "epoch": 1}         → {"certificate": BASE64}
    {"do": "release", "epoch": 1}             → {}

    STATUS = {"state": DeskState, "epoch": 0, "serial": 0, "error_code": CODE | null, "report": null |
              {"kind": CardKind, "has_pin": true, "attempts_remaining": 3 | null}}

An error is {"error": CODE}, with "attempts_remaining" (card.pin_incorrect) or "sw" (card.status_word). Codes of the
door itself: request.malformed, request.too_long (the connection ends), request.busy (too many connections; it ends),
request.failed (a bug of ours).
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import struct
import threading
from pathlib import Path
from typing import Any, BinaryIO, Final

from app.card import wire
from app.card.desk import Desk
from app.errors import KioskError

logger = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 48
_IDLE_S: Final = 30.0
_MAX_WAIT_S: Final = 60.0
_MAX_NONCE_BYTES: Final = 1024


class DoorTaken(Exception):
    """Another card process serves this socket."""


class CardServer:
    """Accepts connections on one thread and serves each on its own."""

    def __init__(self, desk: Desk, path: Path) -> None:
        self._desk = desk
        self._path = path
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
            listener.listen(64)
            newborn.replace(self._path)
        except OSError:
            listener.close()
            newborn.unlink(missing_ok=True)
            raise
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="card-door", daemon=True).start()

    def stop(self) -> None:
        """Close the door; connections end with the process."""
        self._stopping.set()
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
                logger.warning("card.door_refused")
                connection.close()
            elif not self._slots.acquire(blocking=False):
                with contextlib.suppress(OSError):
                    connection.sendall(wire.encode({"error": "request.busy"}))
                connection.close()
            else:
                threading.Thread(target=self._serve, args=(connection,), name="card-client", daemon=True).start()

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
        request: dict[str, Any] = {}
        try:
            request = wire.decode(line)
            if request["do"] == "watch":
                return self._stream(connection)
            answer = self._answer(request)
        except KioskError as error:
            logger.info("card.request_refused do=%s answer=%s", request["do"], error.code)
            answer = wire.encode_error(error)
        except OSError:
            return False  # who watched has gone, or never read
        except (KeyError, TypeError, ValueError, OverflowError):
            answer = {"error": "request.malformed"}
        except Exception as error:  # noqa: BLE001 - one bad request must not take the door down
            logger.error("card.request_failed type=%s", type(error).__name__)
            answer = {"error": "request.failed"}
        connection.sendall(wire.encode(answer))
        return True

    def _stream(self, connection: socket.socket) -> bool:
        status = self._desk.status()
        while not self._stopping.is_set():
            connection.sendall(wire.encode(wire.encode_status(status)))
            status = self._desk.wait(status, wire.HEARTBEAT_S)
        return False

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "status":
                return wire.encode_status(self._desk.status())
            case "wait":
                seen = None if request["seen"] is None else wire.decode_status(request["seen"])
                timeout_s = min(max(float(request["timeout_s"]), 0.0), _MAX_WAIT_S)
                return wire.encode_status(self._desk.wait(seen, timeout_s))
            case "read_again":
                self._desk.read_again(_epoch(request))
                return {}
            case "keypad":
                keypad = self._desk.open_keypad(_epoch(request))
                return {"keypad_id": keypad.keypad_id, "tokens": list(keypad.tokens)}
            case "sign":
                return self._sign(request)
            case "certificate":
                return {"certificate": wire.encode_bytes(self._desk.certificate(_epoch(request)))}
            case "release":
                self._desk.release(_epoch(request))
                return {}
        raise ValueError("no such request")

    def _sign(self, request: dict[str, Any]) -> dict[str, Any]:
        tokens = request["tokens"]
        if not (isinstance(tokens, list) and all(isinstance(token, str) for token in tokens)):
            raise ValueError("tokens")
        if not isinstance(request["keypad_id"], str):
            raise ValueError("keypad_id")
        nonce = wire.decode_bytes(request["nonce"])
        if not 0 < len(nonce) <= _MAX_NONCE_BYTES:
            raise ValueError("nonce")
        proof = self._desk.sign(_epoch(request), request["keypad_id"], tuple(tokens), nonce)
        return {
            "certificate": wire.encode_bytes(proof.certificate_der),
            "signature": wire.encode_bytes(proof.signature),
        }


def _epoch(request: dict[str, Any]) -> int:
    epoch = request["epoch"]
    if type(epoch) is not int:
        raise ValueError("epoch")
    return epoch


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
