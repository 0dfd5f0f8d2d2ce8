"""What every message between gateway and service has: envelope, header, and bytes as base64."""

from __future__ import annotations

import base64
import binascii
import re

from app.errors import ReplyMalformed
from app.exchange import oqs_tables as wire
from app.exchange.xml_message import Node, read_message, write_message

MAX_PROOF_CHARS = 8 * 1024
"""Upper bound for a certificate (about 1.5 KiB) and a signature (256 bytes) after base64."""

_CHALLENGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,50}")


def write_envelope(header: Node, body: Node) -> bytes:
    """Return a whole message."""
    return write_message(Node("XmlMsg", children=[header, body]))


def request_header(institution_code: str, identifier: str) -> Node:
    """Say who asks about which check. Raises ``ValueError`` for an identifier that cannot travel."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise ValueError("an identifier is 1 to 50 visible ASCII characters")
    return Node(
        "MessageHeader",
        children=[Node(wire.HEADER_INSTITUTION, institution_code), Node(wire.HEADER_IDENTIFIER, identifier)],
    )


def read_envelope(body: bytes) -> tuple[Node, Node]:
    """Return header and body. Raises ``ReplyMalformed``."""
    root = read_message(body, MAX_PROOF_CHARS)
    header, content = root.child("MessageHeader"), root.child("MessageBody")
    if header is None or content is None:
        raise ReplyMalformed("no header or no body")
    return header, content


def read_sender(header: Node) -> tuple[str, str]:
    """Return institution code and identifier. Raises ``ReplyMalformed``."""
    institution_code = header.value(wire.HEADER_INSTITUTION) or ""
    identifier = header.value(wire.HEADER_IDENTIFIER) or ""
    if not (len(institution_code) == 10 and institution_code.isascii() and institution_code.isdigit()):
        raise ReplyMalformed("an institution code that is not ten digits")
    if not _IDENTIFIER.fullmatch(identifier):
        raise ReplyMalformed("no usable identifier")
    return institution_code, identifier


def read_challenge_id(node: Node) -> str:
    """Return the name of a nonce. Raises ``ReplyMalformed``."""
    text = node.value("ChallengeIdentifier") or ""
    if not _CHALLENGE_ID.fullmatch(text):
        raise ReplyMalformed("no usable challenge identifier")
    return text


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str | None) -> bytes:
    if not text:
        raise ReplyMalformed("bytes are missing")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ReplyMalformed("not base64") from None
