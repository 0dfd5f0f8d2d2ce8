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
                                                                  ``TerminalSignature`` }
confirmation reply     OQS reply                                  OQS reply (to both requests)
=====================  =========================================  ==========================================

``ArbitraryFileIdentifier`` is the check's id, returned unchanged in every reply. ``ConfirmedAt`` is
``yyyyMMddHHmmss`` in Asia/Tokyo; ``TerminalSignature`` is over ``visual_statement``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime

from app.clock import TOKYO
from app.eligibility.ports import Challenge, SignedNonce
from app.errors import ReplyMalformed
from app.exchange import oqs_tables as wire
from app.exchange.oqs import SEGMENT_NORMAL
from app.exchange.oqs_times import parse_day
from app.exchange.xml_message import Node, read_message, write_message

CONTENT_TYPE = "application/xml"
NONCE_BYTES = 32
MAX_NAME_CHARS = 64
MAX_PROOF_CHARS = 8 * 1024
"""Upper bound for a certificate (about 1.5 KiB) and a signature (256 bytes) after base64."""

_CHALLENGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,50}")


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
class VisualRequestMessage:
    """What the terminal says when staff compared face and card (目視確認), at a time of whole seconds."""

    institution_code: str
    identifier: str
    confirmed_on: date
    certificate_der: bytes
    confirmed_by: str
    confirmed_at: datetime
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
    return _message(_header(request.institution_code, request.identifier), Node("MessageBody"))


def build_confirmation_request(request: ConfirmationRequest) -> bytes:
    """Return the message. Raises ``ValueError`` for an identifier that is not 1 to 50 visible ASCII characters."""
    header = _header(request.institution_code, request.identifier)
    header.children.insert(0, Node(wire.HEADER_DATE, request.confirmed_on.strftime("%Y%m%d")))
    proof = Node(
        "CardProofInfo",
        children=[
            Node("ChallengeIdentifier", request.challenge_id),
            Node("Certificate", _base64(request.certificate_der)),
            Node("Signature", _base64(request.signature)),
        ],
    )
    return _message(header, Node("MessageBody", children=[proof]))


def build_visual_request(request: VisualRequestMessage) -> bytes:
    """Return the message. Raises ``ValueError`` for an identifier that is not 1 to 50 visible ASCII characters."""
    header = _header(request.institution_code, request.identifier)
    header.children.insert(0, Node(wire.HEADER_DATE, request.confirmed_on.strftime("%Y%m%d")))
    proof = Node(
        "StaffProofInfo",
        children=[
            Node("Certificate", _base64(request.certificate_der)),
            Node("ConfirmedBy", request.confirmed_by),
            Node("ConfirmedAt", _moment(request.confirmed_at)),
            Node("TerminalSignature", _base64(request.signature)),
        ],
    )
    return _message(header, Node("MessageBody", children=[proof]))


def visual_statement(
    institution_code: str, identifier: str, certificate_der: bytes, confirmed_by: str, confirmed_at: datetime
) -> bytes:
    """Return what the terminal signs: which check and certificate, who confirmed and when; a JSON list of it."""
    digest = hashlib.sha256(certificate_der).hexdigest()
    parts = ["uketsuke visual 1", institution_code, identifier, digest, confirmed_by, _moment(confirmed_at)]
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")


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
            Node("ChallengeNonce", _base64(reply.challenge.nonce)),
        ]
        body.children.append(Node("ChallengeInfo", children=info))
    return _message(header, body)


def parse_challenge_request(body: bytes) -> ChallengeRequest:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, _ = _parts(body)
    return ChallengeRequest(*_sender(header))


def parse_confirmation_request(body: bytes) -> ConfirmationRequest:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, content = _parts(body)
    institution_code, identifier = _sender(header)
    proof = content.child("CardProofInfo")
    if proof is None:
        raise ReplyMalformed("no proof of the card")
    return ConfirmationRequest(
        institution_code=institution_code,
        identifier=identifier,
        confirmed_on=parse_day(header.value(wire.HEADER_DATE) or ""),
        challenge_id=_challenge_id(proof),
        certificate_der=_bytes(proof.value("Certificate")),
        signature=_bytes(proof.value("Signature")),
    )


def parse_visual_request(body: bytes) -> VisualRequestMessage:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, content = _parts(body)
    institution_code, identifier = _sender(header)
    proof = content.child("StaffProofInfo")
    if proof is None:
        raise ReplyMalformed("no proof of staff")
    confirmed_by = proof.value("ConfirmedBy") or ""
    if not 0 < len(confirmed_by) <= MAX_NAME_CHARS:
        raise ReplyMalformed("nobody confirmed")
    return VisualRequestMessage(
        institution_code=institution_code,
        identifier=identifier,
        confirmed_on=parse_day(header.value(wire.HEADER_DATE) or ""),
        certificate_der=_bytes(proof.value("Certificate")),
        confirmed_by=confirmed_by,
        confirmed_at=_parse_moment(proof.value("ConfirmedAt") or ""),
        signature=_bytes(proof.value("TerminalSignature")),
    )


def parse_challenge_reply(body: bytes) -> ChallengeReply:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, content = _parts(body)
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
    nonce = _bytes(info.value("ChallengeNonce"))
    if len(nonce) != NONCE_BYTES:
        raise ReplyMalformed("a nonce of another length")
    return ChallengeReply(identifier, institution_code, Challenge(_challenge_id(info), nonce))


def confirmation_request(
    institution_code: str, identifier: str, confirmed_on: date, challenge: Challenge, proof: SignedNonce
) -> ConfirmationRequest:
    """Join what the check holds into one request."""
    return ConfirmationRequest(
        institution_code, identifier, confirmed_on, challenge.challenge_id, proof.certificate_der, proof.signature
    )


def _message(header: Node, body: Node) -> bytes:
    return write_message(Node("XmlMsg", children=[header, body]))


def _header(institution_code: str, identifier: str) -> Node:
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError("an identifier is 1 to 50 visible ASCII characters")
    return Node(
        "MessageHeader",
        children=[Node(wire.HEADER_INSTITUTION, institution_code), Node(wire.HEADER_IDENTIFIER, identifier)],
    )


def _parts(body: bytes) -> tuple[Node, Node]:
    root = read_message(body, MAX_PROOF_CHARS)
    header, content = root.child("MessageHeader"), root.child("MessageBody")
    if header is None or content is None:
        raise ReplyMalformed("no header or no body")
    return header, content


def _sender(header: Node) -> tuple[str, str]:
    institution_code = header.value(wire.HEADER_INSTITUTION) or ""
    identifier = header.value(wire.HEADER_IDENTIFIER) or ""
    if not (len(institution_code) == 10 and institution_code.isascii() and institution_code.isdigit()):
        raise ReplyMalformed("an institution code that is not ten digits")
    if not _IDENTIFIER.fullmatch(identifier):
        raise ReplyMalformed("no usable identifier")
    return institution_code, identifier


def _challenge_id(node: Node) -> str:
    text = node.value("ChallengeIdentifier") or ""
    if not _CHALLENGE_ID.fullmatch(text):
        raise ReplyMalformed("no usable challenge identifier")
    return text


def _moment(moment: datetime) -> str:
    return moment.astimezone(TOKYO).strftime("%Y%m%d%H%M%S")


def _parse_moment(text: str) -> datetime:
    try:
        if not (len(text) == 14 and text.isascii() and text.isdigit()):
            raise ValueError("not fourteen digits")
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=TOKYO)
    except ValueError:
        raise ReplyMalformed("a time that cannot be") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes:
    if not text:
        raise ReplyMalformed("bytes are missing")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ReplyMalformed("not base64") from None
