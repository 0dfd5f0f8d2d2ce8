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

import logging
import socket
from pathlib import Path
from typing import Any, Final

from app.card import wire
from app.card.desk import Desk
from app.door import Door, Limits
from app.errors import KioskError
from app.json_lines import encode

logger = logging.getLogger(__name__)

MAX_CONNECTIONS: Final = 48
_MAX_WAIT_S: Final = 60.0
_MAX_NONCE_BYTES: Final = 1024


class CardServer:
    """Answers what the kiosk process asks of the desk."""

    def __init__(self, desk: Desk, path: Path) -> None:
        self._desk = desk
        limits = Limits(MAX_CONNECTIONS, backlog=64, line_bytes=wire.MAX_LINE_BYTES)
        self._door = Door(path, "card", logger, limits, self._answer_or_stream, _log_bug)

    def start(self) -> None:
        """Open the door. Raises ``DoorTaken`` and ``OSError`` as ``Door.start`` does."""
        self._door.start()

    def stop(self) -> None:
        """Close the door; connections end with the process."""
        self._door.stop()

    def _answer_or_stream(self, request: dict[str, Any], connection: socket.socket) -> dict[str, Any] | None:
        try:
            if request["do"] == "watch":
                self._stream(connection)
                return None
            return self._answer(request)
        except KioskError as error:
            logger.info("card.request_refused do=%s answer=%s", request["do"], error.code)
            return wire.encode_error(error)

    def _stream(self, connection: socket.socket) -> None:
        """Send statuses until the door closes or, by ``OSError``, who watched has gone."""
        status = self._desk.status()
        while not self._door.is_stopping:
            connection.sendall(encode(wire.encode_status(status)))
            status = self._desk.wait(status, wire.HEARTBEAT_S)

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


def _log_bug(error: Exception) -> None:
    logger.error("card.request_failed type=%s", type(error).__name__)
