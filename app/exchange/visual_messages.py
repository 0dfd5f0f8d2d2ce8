"""The message with which a terminal asks on the word of staff (目視確認), at once or again without the card.

The terminal signs which check and certificate, who confirmed and when (``visual_statement``). Asked at once, that
moment's age shows that the word is fresh. Asked again after an outage, the moment is long past: the terminal then
signs a nonce as well that the service handed out for this very question, so that an old message opens nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from app.clock import TOKYO
from app.eligibility.ports import Challenge
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
from app.exchange.oqs_times import parse_day
from app.exchange.xml_message import Node

MAX_NAME_CHARS = 64


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
    challenge_id: str | None = None
    """Names the nonce that was signed too; ``None`` when asked at once."""


def build_visual_request(request: VisualRequestMessage) -> bytes:
    """Return the message. Raises ``ValueError`` for an identifier that is not 1 to 50 visible ASCII characters."""
    header = request_header(request.institution_code, request.identifier)
    header.children.insert(0, Node(wire.HEADER_DATE, request.confirmed_on.strftime("%Y%m%d")))
    proof = Node(
        "StaffProofInfo",
        children=[
            Node("Certificate", to_base64(request.certificate_der)),
            Node("ConfirmedBy", request.confirmed_by),
            Node("ConfirmedAt", _moment(request.confirmed_at)),
            Node("TerminalSignature", to_base64(request.signature)),
        ],
    )
    if request.challenge_id is not None:
        proof.children.append(Node("ChallengeIdentifier", request.challenge_id))
    return write_envelope(header, Node("MessageBody", children=[proof]))


def visual_statement(
    institution_code: str,
    identifier: str,
    certificate_der: bytes,
    confirmed_by: str,
    confirmed_at: datetime,
    challenge: Challenge | None = None,
) -> bytes:
    """Return what the terminal signs: which check and certificate, who confirmed and when; a JSON list of it.

    Args:
        challenge: the nonce of a question that is asked again; what is signed with it is good for that one alone.
    """
    digest = hashlib.sha256(certificate_der).hexdigest()
    parts = ["uketsuke visual 1", institution_code, identifier, digest, confirmed_by, _moment(confirmed_at)]
    if challenge is not None:
        parts = ["uketsuke visual again 1", *parts[1:], challenge.challenge_id, challenge.nonce.hex()]
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def parse_visual_request(body: bytes) -> VisualRequestMessage:
    """Raises ``ReplyMalformed`` for anything that is not such a message."""
    header, content = read_envelope(body)
    institution_code, identifier = read_sender(header)
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
        certificate_der=from_base64(proof.value("Certificate")),
        confirmed_by=confirmed_by,
        confirmed_at=_parse_moment(proof.value("ConfirmedAt") or ""),
        signature=from_base64(proof.value("TerminalSignature")),
        challenge_id=None if proof.child("ChallengeIdentifier") is None else read_challenge_id(proof),
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(TOKYO).strftime("%Y%m%d%H%M%S")


def _parse_moment(text: str) -> datetime:
    try:
        if not (len(text) == 14 and text.isascii() and text.isdigit()):
            raise ValueError("not fourteen digits")
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=TOKYO)
    except ValueError:
        raise ReplyMalformed("a time that cannot be") from None
