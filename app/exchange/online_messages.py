"""The messages between the gateway and the eligibility service.

The national endpoint of the 資格確認限定型 is not public, so this exchange is our own; its envelope and header
are those of the OQS messages (``XmlMsg``, ``MessageHeader``, ``MessageBody``), the reply to a confirmation is an
OQS reply as it stands (``app.exchange.oqs``). Bytes travel as base64.

=====================  =========================================  ==========================================
message                header                                     body
=====================  =========================================  ==========================================
challenge request      institution code, identifier               (empty)
challenge reply        time, institution code, identifier,        ``ChallengeInfo`` { ``ChallengeIdentifier``,
                       segment (+ error code and message)         ``ChallengeNonce`` 32 bytes }
confirmation request   date, institution code, identifier         ``CardProofInfo`` { ``ChallengeIdentifier``,
                                                                  ``Certificate`` DER, ``Signature`` }
visual request         date, institution code, identifier         ``StaffProofInfo`` { ``Certificate`` DER,
                                                                  ``ConfirmedBy``, ``ConfirmedAt``,
                                                                  ``TerminalSignature`` (and, asked again
                                                                  without the card, ``ChallengeIdentifier``) }
confirmation reply     OQS reply                                  OQS reply (to both requests)
=====================  =========================================  ==========================================

``ArbitraryFileIdentifier`` is the check's id, returned unchanged in every reply. ``ConfirmedAt`` is
``yyyyMMddHHmmss`` in Asia/Tokyo; ``TerminalSignature`` is over ``visual_statement``. The visual
request stands in ``visual_messages``, envelope and header in ``envelope``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.eligibility.ports import Challenge, SignedNonce
from app.errors import ReplyMalformed
from app.exchange import oqs_tables as wire
from app.exchange.envelope import (
    from_base64,
    read_challenge_id,
    read_envelope,
    read_sender,
    request_header,
    to_base64,
    write_envelope,
)
from app.exchange.oqs import SEGMENT_NORMAL
from app.exchange.oqs_times import parse_day
from app.exchange.xml_message import Node

CONTENT_TYPE = "application/xml"
NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class ChallengeRequest:
    """What the terminal says when it asks for a nonce."""

    institution_code: str
    identifier: str


@dataclass(frozen=True, slots=True)
class ConfirmationRequest:
    """What the terminal says when it asks about the holder of a card."""

    institution_code: str
    identifier: str
    confirmed_on: date
    challenge_id: str
    certificate_der: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ChallengeReply:
    """``challenge`` is there exactly when the segment is normal."""

    identifier: str | None
    institution_code: str | None
    challenge: Challenge | None
    error_code: str = ""
    error_message: str = ""


def build_challenge_request(request: ChallengeRequest) -> bytes:
    """Return the message. Raises ``ValueError`` for an identifier that is not 1 to 50 visible ASCII characters."""
    return write_envelope(request_header(request.institution_code, request.identifier), Node("MessageBody"))


def build_confirmation_request(request: ConfirmationRequest) -> bytes:
    """Return the message. Raises ``ValueError`` for an identifier that is not 1 to 50 visible ASCII characters."""
    header = request_header(request.institution_code, request.identifier)
    header.children.insert(0, Node(wire.HEADER_DATE, request.confirmed_on.strftime("%Y%m%d")))
    proof = Node(
        "CardProofInfo",
        children=[
            Node("ChallengeIdentifier", request.challenge_id),
            Node("Certificate", to_base64(request.certificate_der)),
            Node("Signature", to_base64(request.signature)),
        ],
    )
    return write_envelope(header, Node("MessageBody", children=[proof]))


def build_challenge_reply(reply: ChallengeReply, processed_at: datetime) -> bytes:
    """Return the message; a reply without a challenge is a refusal (segment 9)."""
    header = Node("MessageHeader")
    pairs = [
        (wire.HEADER_TIME, processed_at.strftime("%Y%m%d%H%M%S")),
        (wire.HEADER_INSTITUTION, reply.institution_code),
        (wire.HEADER_IDENTIFIER, reply.identifier),
        (wire.HEADER_SEGMENT, SEGMENT_NORMAL if reply.challenge else "9"),
        (wire.HEADER_ERROR_CODE, reply.error_code),
        (wire.HEADER_ERROR_MESSAGE, reply.error_message),
    ]
    header.children = [Node(tag, text) for tag, text in pairs if text]
    body = Node("MessageBody")
    if reply.challenge:
        info = [
            Node("ChallengeIdentifier", reply.challenge.challenge_id),
            Node("ChallengeNonce", to_base64(reply.challenge.nonce)),
        ]
        body.children.append(Node("ChallengeInfo", children=info))
    return write_envelope(header, body)


def parse_challenge_request(body: bytes) -> ChallengeRequest:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, _ = read_envelope(body)
    return ChallengeRequest(*read_sender(header))


def parse_confirmation_request(body: bytes) -> ConfirmationRequest:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, content = read_envelope(body)
    institution_code, identifier = read_sender(header)
    proof = content.child("CardProofInfo")
    if proof is None:
        raise ReplyMalformed("no proof of the card")
    return ConfirmationRequest(
        institution_code=institution_code,
        identifier=identifier,
        confirmed_on=parse_day(header.value(wire.HEADER_DATE) or ""),
        challenge_id=read_challenge_id(proof),
        certificate_der=from_base64(proof.value("Certificate")),
        signature=from_base64(proof.value("Signature")),
    )


def parse_challenge_reply(body: bytes) -> ChallengeReply:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, content = read_envelope(body)
    identifier = header.value(wire.HEADER_IDENTIFIER)
    institution_code = header.value(wire.HEADER_INSTITUTION)
    segment = header.value(wire.HEADER_SEGMENT)
    if segment is None:
        raise ReplyMalformed("no segment of result")
    if segment != SEGMENT_NORMAL:
        code, message = header.value(wire.HEADER_ERROR_CODE), header.value(wire.HEADER_ERROR_MESSAGE)
        return ChallengeReply(identifier, institution_code, None, code or "", message or "")
    info = content.child("ChallengeInfo")
    if info is None:
        raise ReplyMalformed("no challenge")
    nonce = from_base64(info.value("ChallengeNonce"))
    if len(nonce) != NONCE_BYTES:
        raise ReplyMalformed("a nonce of another length")
    return ChallengeReply(identifier, institution_code, Challenge(read_challenge_id(info), nonce))


def confirmation_request(
    institution_code: str, identifier: str, confirmed_on: date, challenge: Challenge, proof: SignedNonce
) -> ConfirmationRequest:
    """Join what the check holds into one request."""
    return ConfirmationRequest(
        institution_code, identifier, confirmed_on, challenge.challenge_id, proof.certificate_der, proof.signature
    )
