"""Requests of the sandbox service: HTTP/1.1 with keep-alive, and the faults that spoil an answer."""

from __future__ import annotations

import logging
import select
import socket
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import cast

from app.errors import ReplyMalformed
from app.exchange.online_messages import (
    CONTENT_TYPE,
    ChallengeReply,
    ConfirmationRequest,
    build_challenge_reply,
    parse_challenge_request,
    parse_confirmation_request,
)
from app.exchange.oqs import SEGMENT_NORMAL, STATUS_ERROR, Reply, build_reply
from app.exchange.visual_messages import VisualRequestMessage, parse_visual_request
from app.sandbox.service_checks import EligibilityDesk
from app.sandbox.service_faults import KINDS, Fault, FaultBoard
from app.sandbox.service_refusals import WORDS, Refusal

logger = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 64 * 1024
MAX_DRAINED_BYTES = 1024 * 1024
IDLE_S = 75.0
OVERSIZE_BYTES = 8 * 1024 * 1024
_LOOK_EVERY_S = 0.25


class ServiceHandler(BaseHTTPRequestHandler):
    """One connection, from its first request to its end."""

    protocol_version = "HTTP/1.1"
    server_version = "UketsukeSandbox"
    sys_version = ""
    timeout = IDLE_S
    wbufsize = -1  # head and body leave in one packet

    def __init__(
        self,
        link: socket.socket,
        address: tuple[str, int],
        desk: EligibilityDesk,
        board: FaultBoard,
        *,
        is_registered: bool,
    ) -> None:
        self._desk = desk
        self._board = board
        self._is_registered = is_registered
        super().__init__(link, address, None)  # type: ignore[arg-type]  # the server object is not used

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: a request line is not ours to log."""

    def do_GET(self) -> None:
        if self.path != "/alive":
            self._count("other")
            return self._send(404, "text/plain", b"not found\n")
        self._count("alive")
        return self._send(204 if self._is_registered else 403, "text/plain", b"")

    def do_POST(self) -> None:
        kind = self.path.removeprefix("/")
        if kind not in KINDS:
            self._count("other")
            self.close_connection = True
            return self._send(404, "text/plain", b"not found\n")
        self._count(kind)
        if not self._is_registered:
            self.close_connection = True
            return self._send(403, "text/plain", b"this terminal is not registered\n")
        body = self._body()
        if body is None:
            self.close_connection = True
            return self._send(413, CONTENT_TYPE, self._refusal(Refusal.TOO_LARGE))
        fault = self._board.take(kind)
        if fault is not None and self._fail_before(fault):
            return None
        started_s = time.perf_counter()
        answer = self._answer_challenge(body, fault) if kind == "challenge" else self._answer_proof(kind, body, fault)
        logger.info("service.worked kind=%s ms=%.1f", kind, (time.perf_counter() - started_s) * 1000)
        return self._send(200, CONTENT_TYPE, answer) if fault is None else self._send_with(fault, answer)

    def _count(self, kind: str) -> None:
        self._board.count(kind)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 9):
            return None
        if int(length) > MAX_REQUEST_BYTES:
            self.rfile.read(min(int(length), MAX_DRAINED_BYTES))  # who is cut off while sending never reads the refusal
            return None
        return self.rfile.read(int(length))

    def _refusal(self, refusal: Refusal) -> bytes:
        return build_reply(self._desk.refuse(refusal, None), self._desk.now())

    def _answer_challenge(self, body: bytes, fault: Fault | None) -> bytes:
        desk = self._desk
        try:
            request = parse_challenge_request(body)
        except ReplyMalformed:
            return self._refusal(Refusal.MESSAGE)
        if fault is not None and fault.name == "refused-message":
            code, words = Refusal.ORDERED.value, WORDS[Refusal.ORDERED]
            reply = ChallengeReply(request.identifier, request.institution_code, None, code, words)
        else:
            reply = desk.challenge(request)
        if fault is not None and fault.name == "wrong-id":
            reply = replace(reply, identifier="another-" + request.identifier[:40])
        return build_challenge_reply(reply, desk.now())

    def _answer_proof(self, kind: str, body: bytes, fault: Fault | None) -> bytes:
        """Answer a confirmation (the card signed) or a visual one (the terminal signed)."""
        desk = self._desk
        request: ConfirmationRequest | VisualRequestMessage
        try:
            request = parse_confirmation_request(body) if kind == "confirmation" else parse_visual_request(body)
        except ReplyMalformed:
            return self._refusal(Refusal.MESSAGE)
        name = fault.name if fault else ""
        if name == "refused-message":
            reply = desk.refuse(Refusal.ORDERED, request.identifier, request.confirmed_on)
        elif name == "person-error":
            reply = Reply(
                identifier=request.identifier,
                segment=SEGMENT_NORMAL,
                status=STATUS_ERROR,
                error_code="SIM-E020",
                error_message="（模擬）この方の資格を確認できませんでした",
                institution_code=request.institution_code,
                confirmed_on=request.confirmed_on,
            )
        elif isinstance(request, ConfirmationRequest):
            reply = desk.confirm(request)
        else:
            reply = desk.confirm_visual(request)
        if name == "wrong-id":
            reply = replace(reply, identifier="another-" + request.identifier[:40])
        return build_reply(reply, desk.now())

    def _fail_before(self, fault: Fault) -> bool:
        """Faults that need no answer to be worked out; true if the request is done with."""
        match fault.name:
            case "timeout":
                self._wait_while(fault)
                self.close_connection = True
            case "500" | "503" | "429":
                extra = {"Retry-After": "5"} if fault.name == "429" else {}
                self._send(int(fault.name), "text/plain", b"fault ordered\n", extra)
            case "html":
                page = "<!DOCTYPE html>\n<html><title>ログイン</title><form action=/login></form></html>\n".encode()
                self._send(200, str(fault.options.get("content_type", "text/html; charset=utf-8")), page)
            case "malformed-xml":
                self._send(200, CONTENT_TYPE, b'<?xml version="1.0"?><XmlMsg><MessageHeader></XmlMsg>')
            case "oversize":
                self._send_oversize(declared=bool(fault.options.get("declared", False)))
            case _:
                return False
        return True

    def _send_with(self, fault: Fault, answer: bytes) -> None:
        """Faults that spoil a finished answer."""
        if fault.name == "hold":
            self._count("held")
            self._wait_while(fault)
            self._board.count("held", -1)
        elif fault.name == "doctype":
            head, _, rest = answer.partition(b"?>")
            answer = head + b'?><!DOCTYPE XmlMsg [<!ENTITY a "a">]>' + rest
        elif fault.name == "truncated":
            self.close_connection = True
            self.wfile.write(self._head(200, CONTENT_TYPE, {"Content-Length": str(len(answer))}))
            self.wfile.write(answer[: len(answer) // 2])
            self.wfile.flush()
            return
        elif fault.name == "slow-bytes":
            self._send_slowly(fault, answer)
            return
        self._send(200, CONTENT_TYPE, answer)

    def _send_slowly(self, fault: Fault, answer: bytes) -> None:
        interval_s = float(cast(float, fault.options.get("interval_s", 0.2)))
        whole = self._head(200, CONTENT_TYPE, {"Content-Length": str(len(answer))}) + answer
        for at in range(len(whole)):
            if self._board.wait_while(fault, interval_s) or self._is_gone():
                self.close_connection = True
                return
            self.wfile.write(whole[at : at + 1])
            self.wfile.flush()

    def _send_oversize(self, *, declared: bool) -> None:
        self.close_connection = True
        length = {"Content-Length": str(OVERSIZE_BYTES)} if declared else {"Connection": "close"}
        block = b"<XmlMsg>" + b" " * 65_528
        self.wfile.write(self._head(200, CONTENT_TYPE, length))
        for _ in range(OVERSIZE_BYTES // len(block)):
            self.wfile.write(block)

    def _wait_while(self, fault: Fault) -> None:
        while not self._board.wait_while(fault, _LOOK_EVERY_S) and not self._is_gone():
            pass

    def _is_gone(self) -> bool:
        """True if the other side has closed; one request at a time, so nothing else can be readable."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def _head(self, status: int, content_type: str, fields: dict[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}", f"Content-Type: {content_type}"]
        lines += ["Cache-Control: no-store", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode("ascii")

    def _send(self, status: int, content_type: str, body: bytes, fields: dict[str, str] | None = None) -> None:
        end = {"Connection": "close"} if self.close_connection else {}
        length = {} if status == 204 else {"Content-Length": str(len(body))}
        self.wfile.write(self._head(status, content_type, {**length, **end, **(fields or {})}) + body)
        self.wfile.flush()
