"""What is sent again and what never is, against a scripted server that breaks connections at will."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from app.clock import SystemClock
from app.eligibility.model import EligibilityResult, Source, Validity
from app.eligibility.ports import Challenge, SignedNonce
from app.errors import (
    EligibilityError,
    GatewayBroken,
    GatewayCredentialRefused,
    GatewayUnreachable,
    ReplyMalformed,
    ReplyMismatched,
)
from app.exchange.online import OnlineGateway
from app.exchange.online_messages import ChallengeReply, build_challenge_reply
from app.exchange.oqs import Reply, build_reply
from app.sandbox.pki import SandboxPki

CHALLENGE = Challenge("abc", bytes(range(32)))
MOMENT = SystemClock().now()
NONCE_REPLY = build_challenge_reply(ChallengeReply("chk-1", "4890000001", CHALLENGE), MOMENT)
PROOF = SignedNonce(b"certificate", b"signature")


class StillClock(SystemClock):
    """No midnight comes between a prepared answer and its question."""

    def now(self) -> datetime:
        return MOMENT


def answer(body: bytes, head: str = "200 OK\r\nContent-Type: application/xml") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


READY = b"HTTP/1.1 204 No Content\r\n\r\n"
HANG_UP = b""


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> SandboxPki:
    made = SandboxPki(tmp_path_factory.mktemp("pki"))
    made.ensure(())
    return made


class ScriptedService:
    """Each inner list is one connection: the bytes to answer each request with; ``HANG_UP`` closes instead."""

    def __init__(self, pki: SandboxPki, connections: list[list[bytes]]) -> None:
        self.seen: list[str] = []
        self._connections = connections
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pki.service_cert_file, pki.service_key_file)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with self._listener:
            for answers in self._connections:
                try:
                    link, _ = self._listener.accept()
                except OSError:
                    return
                with self._context.wrap_socket(link, server_side=True) as tls:
                    tls.settimeout(60)
                    self._converse(tls, answers)

    def _converse(self, tls: ssl.SSLSocket, answers: list[bytes]) -> None:
        for piece in answers:
            request = b""
            while b"\r\n\r\n" not in request or (b"POST" in request and not request.endswith(b"</XmlMsg>\n")):
                block = tls.recv(65_536)
                if not block:
                    return
                request += block
            self.seen.append(request.split()[1].decode())
            if piece == HANG_UP:
                return
            with contextlib.suppress(OSError):  # who will not read more of an odd answer hangs up in the middle of it
                tls.sendall(piece)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._thread.join(60)


class Scene:
    """A scripted service and a gateway to it."""

    def __init__(self, pki: SandboxPki) -> None:
        self._pki = pki
        self._parts: list[ScriptedService | OnlineGateway] = []

    def play(self, *connections: list[bytes]) -> tuple[ScriptedService, OnlineGateway]:
        service = ScriptedService(self._pki, list(connections))
        gateway = OnlineGateway(
            f"https://127.0.0.1:{service.port}",
            self._pki.service_ca_file,
            self._pki.terminal_cert_file,
            self._pki.terminal_key_file,
            "4890000001",
            30.0,
            StillClock(),
        )
        self._parts = [gateway, service]
        return service, gateway

    def close(self) -> None:
        for part in self._parts:
            part.close()


@pytest.fixture
def scene(pki: SandboxPki) -> Iterator[Scene]:
    made = Scene(pki)
    yield made
    made.close()


def test_a_challenge_is_sent_again_when_a_kept_connection_died_unanswered(scene: Scene) -> None:
    service, gateway = scene.play([READY, HANG_UP], [answer(NONCE_REPLY)])
    assert gateway.warm()
    assert gateway.challenge("chk-1") == CHALLENGE
    assert service.seen == ["/alive", "/challenge", "/challenge"]


def test_a_challenge_is_not_sent_again_when_a_fresh_connection_died(scene: Scene) -> None:
    service, gateway = scene.play([HANG_UP], [answer(NONCE_REPLY)])
    with pytest.raises(GatewayUnreachable) as caught:
        gateway.challenge("chk-1")
    assert type(caught.value) is GatewayUnreachable
    assert service.seen == ["/challenge"]


def test_a_challenge_is_sent_twice_at_most(scene: Scene) -> None:
    service, gateway = scene.play([READY, HANG_UP], [HANG_UP], [answer(NONCE_REPLY)])
    assert gateway.warm()
    with pytest.raises(GatewayUnreachable):
        gateway.challenge("chk-1")
    assert service.seen == ["/alive", "/challenge", "/challenge"]


def test_a_confirmation_is_never_sent_again(scene: Scene) -> None:
    service, gateway = scene.play([answer(NONCE_REPLY), HANG_UP], [answer(NONCE_REPLY)])
    gateway.challenge("chk-1")
    with pytest.raises(GatewayUnreachable) as caught:
        gateway.confirm("chk-1", CHALLENGE, PROOF)
    assert type(caught.value) is GatewayUnreachable
    assert service.seen == ["/challenge", "/confirmation"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(b"", "301 Moved\r\nLocation: https://elsewhere.invalid/"), GatewayBroken),
        (answer(b"", "400 Bad Request"), GatewayBroken),
        (answer(b"", "401 Unauthorized"), GatewayCredentialRefused),
        (answer(b"", "403 Forbidden"), GatewayCredentialRefused),
        (answer(b"", "404 Not Found"), GatewayBroken),
        (answer(b"", "413 Too Large"), GatewayBroken),
        (answer(b"", "599 Odd"), GatewayBroken),
        (answer(NONCE_REPLY, "201 Created\r\nContent-Type: application/xml"), GatewayBroken),
        (answer(NONCE_REPLY, "200 OK"), ReplyMalformed),
        (answer(NONCE_REPLY, "200 OK\r\nContent-Type: text/plain"), ReplyMalformed),
        (answer(NONCE_REPLY, "200 OK\r\nContent-Type: application/xml\r\nContent-Encoding: gzip"), ReplyMalformed),
        (READY, ReplyMalformed),
        (b"SSH-2.0-OpenSSH\r\n\r\n", ReplyMalformed),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: x\r\n\r\n", ReplyMalformed),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n", ReplyMalformed),
        (answer(b"<XmlMsg><MessageHeader/><MessageBody/></XmlMsg>"), ReplyMalformed),
        (answer(NONCE_REPLY.replace(b"AAEC", b"!!!!")), ReplyMalformed),
        (answer(NONCE_REPLY.replace(b"AAEC", b"")), ReplyMalformed),
        (answer(NONCE_REPLY.replace(b"ChallengeInfo", b"Other")), ReplyMalformed),
        (answer(NONCE_REPLY.replace(b">abc<", b">a b<")), ReplyMalformed),
    ],
)
def test_an_odd_answer_has_its_error_and_is_not_asked_for_again(
    scene: Scene, reply: bytes, error: type[EligibilityError]
) -> None:
    service, gateway = scene.play([reply], [answer(NONCE_REPLY)])
    with pytest.raises(EligibilityError) as caught:
        gateway.challenge("chk-1")
    assert type(caught.value) is error
    assert service.seen == ["/challenge"]


def result_reply(**changes: object) -> bytes:
    result = EligibilityResult(
        source=Source.ONLINE,
        processed_at=MOMENT,
        confirmed_on=MOMENT.date(),
        validity=Validity.NO_INFORMATION,
        reference_classification="1",
        institution_code="4890000001",
    )
    reply = Reply("chk-1", "1", "1", result=dataclasses.replace(result, **changes))
    return answer(build_reply(reply, MOMENT))


def test_a_reply_to_this_very_question_is_taken(scene: Scene) -> None:
    _, gateway = scene.play([result_reply()])
    assert gateway.confirm("chk-1", CHALLENGE, PROOF).validity is Validity.NO_INFORMATION


@pytest.mark.parametrize(
    "change",
    [{"institution_code": "4890000019"}, {"confirmed_on": date(2020, 1, 1)}],
    ids=["institution", "day"],
)
def test_a_reply_for_another_institution_or_day_is_thrown_away(scene: Scene, change: dict[str, object]) -> None:
    _, gateway = scene.play([result_reply(**change)])
    with pytest.raises(ReplyMismatched):
        gateway.confirm("chk-1", CHALLENGE, PROOF)


def test_a_reply_without_an_identifier_is_thrown_away(scene: Scene) -> None:
    body = result_reply().partition(b"\r\n\r\n")[2]
    _, gateway = scene.play([answer(body.replace(b"<ArbitraryFileIdentifier>chk-1</ArbitraryFileIdentifier>", b""))])
    with pytest.raises(ReplyMismatched):
        gateway.confirm("chk-1", CHALLENGE, PROOF)


def test_a_nonce_for_another_institution_is_thrown_away(scene: Scene) -> None:
    _, gateway = scene.play([answer(NONCE_REPLY.replace(b"4890000001", b"4890000019"))])
    with pytest.raises(ReplyMismatched):
        gateway.challenge("chk-1")
