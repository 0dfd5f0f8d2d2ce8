"""OQS replies: bytes to ``Reply`` and back.

Elements are read by name, never by position; absent and empty are the same; what is not known is kept in
``extras``. Values stay the text that came, apart from outer white space (six-digit insurer numbers arrive
with two spaces in front).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.eligibility.model import (
    ElderlyRecipient,
    EligibilityResult,
    LimitCertificate,
    MedicalTicket,
    Qualification,
    Source,
    SpecificDisease,
    Validity,
)
from app.errors import ReplyMalformed
from app.exchange import oqs_tables as wire
from app.exchange.oqs_times import parse_day, parse_time
from app.exchange.xml_message import Node, read_message, write_message

SEGMENT_NORMAL = "1"
SEGMENT_FAILED = "9"
STATUS_NORMAL = "1"
STATUS_ERROR = "2"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply message.

    ``result`` is there exactly when the message and the person both went through (segment 1, status 1).
    Otherwise ``error_code`` and ``error_message`` hold the service's own words, empty if it gave none.
    """

    identifier: str | None
    segment: str
    status: str | None
    error_code: str = ""
    error_message: str = ""
    institution_code: str | None = None
    confirmed_on: date | None = None
    result: EligibilityResult | None = None
    extras: tuple[tuple[str, str], ...] = ()
    """Elements of header and body that are not known, as (path, text)."""


_HEADER_KNOWN = frozenset(
    {
        wire.HEADER_TIME,
        wire.HEADER_DATE,
        wire.HEADER_INSTITUTION,
        wire.HEADER_IDENTIFIER,
        wire.HEADER_REFERENCE,
        wire.HEADER_SEGMENT,
        wire.HEADER_ERROR_CODE,
        wire.HEADER_ERROR_MESSAGE,
        wire.HEADER_ENCODING,
    }
)
_BODY_KNOWN = frozenset(
    {
        wire.BODY_STATUS,
        wire.BODY_CODE,
        wire.BODY_MESSAGE,
        wire.BODY_VALIDITY,
        wire.BODY_PRESCRIPTION,
        wire.BODY_RESULTS,
    }
)
_RESULT_KNOWN = frozenset(name for name, _ in wire.SCALARS) | {
    wire.ELDERLY,
    wire.LIMIT,
    wire.DISEASES,
    wire.TICKETS,
    wire.BODY_PRESCRIPTION,
}
_NEEDS_QUALIFICATION = (Validity.VALID, Validity.VALID_UNREGISTERED)


def parse_reply(body: bytes, source: Source = Source.ONLINE) -> Reply:
    """Read one reply of at most 256 KiB.

    Raises:
        ReplyMalformed: not a message, an element twice, a header without time, date or code, an unknown
            validity, a "valid" without a single qualification. Never any other exception.
    """
    root = read_message(body)
    header, content = root.child("MessageHeader"), root.child("MessageBody")
    if header is None or content is None:
        raise ReplyMalformed("no header or no body")
    segment = header.value(wire.HEADER_SEGMENT)
    if segment is None:
        raise ReplyMalformed("no segment of result")
    status = content.value(wire.BODY_STATUS)
    failed = segment != SEGMENT_NORMAL
    code = header.value(wire.HEADER_ERROR_CODE) if failed else content.value(wire.BODY_CODE)
    message = header.value(wire.HEADER_ERROR_MESSAGE) if failed else content.value(wire.BODY_MESSAGE)
    asked_for = header.value(wire.HEADER_DATE)
    reply = {
        "identifier": header.value(wire.HEADER_IDENTIFIER),
        "segment": segment,
        "status": status,
        "institution_code": header.value(wire.HEADER_INSTITUTION),
        "confirmed_on": None if asked_for is None else parse_day(asked_for),
        "extras": _unknown(header, _HEADER_KNOWN) + _unknown(content, _BODY_KNOWN),
    }
    if failed or status == STATUS_ERROR:
        return Reply(**reply, error_code=code or "", error_message=message or "")  # type: ignore[arg-type]
    if status != STATUS_NORMAL:
        raise ReplyMalformed("no known processing status")
    return Reply(**reply, result=_result(header, content, source, code, message))  # type: ignore[arg-type]


def _result(header: Node, content: Node, source: Source, code: str | None, message: str | None) -> EligibilityResult:
    processed_at = header.value(wire.HEADER_TIME)
    confirmed_on = header.value(wire.HEADER_DATE)
    institution = header.value(wire.HEADER_INSTITUTION)
    reference = header.value(wire.HEADER_REFERENCE)
    if not (processed_at and confirmed_on and institution and reference):
        raise ReplyMalformed("a header without time, date, institution or classification")
    try:
        validity = Validity(content.value(wire.BODY_VALIDITY) or "")
    except ValueError:
        raise ReplyMalformed("no known validity") from None
    results = content.child(wire.BODY_RESULTS)
    found = [] if results is None else results.children
    if results is not None and (results.text or any(node.tag != wire.RESULT for node in found)):
        raise ReplyMalformed("something else in the list of results")
    qualifications = tuple(_qualification(node) for node in found)
    if validity in _NEEDS_QUALIFICATION and not qualifications:
        raise ReplyMalformed("valid without a qualification")
    prescriptions = [content.value(wire.BODY_PRESCRIPTION), *(node.value(wire.BODY_PRESCRIPTION) for node in found)]
    return EligibilityResult(
        source=source,
        processed_at=parse_time(processed_at),
        confirmed_on=parse_day(confirmed_on),
        validity=validity,
        reference_classification=reference,
        institution_code=institution,
        notice_code=code,
        notice_text=message,
        # Public sources disagree whether it stands in the body or in each result: take the first that is there.
        prescription_issue=next((text for text in prescriptions if text), None),
        qualifications=qualifications,
    )


def _qualification(node: Node) -> Qualification:
    elderly, limit = node.child(wire.ELDERLY), node.child(wire.LIMIT)
    extras = list(_unknown(node, _RESULT_KNOWN))
    for group, known in ((elderly, wire.ELDERLY_FIELDS), (limit, wire.LIMIT_FIELDS)):
        if group is not None:
            extras += _unknown(group, frozenset(name for name, _ in known), group.tag + "/")
    diseases = _items(node, wire.DISEASES, wire.DISEASE)
    for disease in diseases:
        known_names = frozenset(name for name, _ in wire.DISEASE_FIELDS)
        extras += _unknown(disease, known_names, f"{wire.DISEASES}/{wire.DISEASE}/")
    return Qualification(
        **{field: node.value(name) for name, field in wire.SCALARS},
        elderly_recipient=None if elderly is None else ElderlyRecipient(**_values(elderly, wire.ELDERLY_FIELDS)),
        limit_certificate=None if limit is None else LimitCertificate(**_values(limit, wire.LIMIT_FIELDS)),
        specific_diseases=tuple(SpecificDisease(**_values(item, wire.DISEASE_FIELDS)) for item in diseases),
        medical_tickets=tuple(
            MedicalTicket(tuple(pair for child in item.children for pair in child.leaves()))
            for item in _items(node, wire.TICKETS, wire.TICKET)
        ),
        extras=tuple(extras),
    )


def _items(node: Node, list_tag: str, item_tag: str) -> list[Node]:
    group = node.child(list_tag)
    if group is None:
        return []
    if group.text or any(child.tag != item_tag for child in group.children):
        raise ReplyMalformed(f"something else in {list_tag}")
    return [child for child in group.children if child.children]


def _values(node: Node, table: tuple[tuple[str, str], ...]) -> dict[str, str | None]:
    return {field: node.value(name) for name, field in table}


def _unknown(node: Node, known: frozenset[str], prefix: str = "") -> tuple[tuple[str, str], ...]:
    return tuple(pair for child in node.children if child.tag not in known for pair in child.leaves(prefix))


def build_reply(reply: Reply, processed_at: datetime, encoding: str = "UTF-8") -> bytes:
    """Return ``reply`` as a message; ``parse_reply`` gives it back.

    Args:
        processed_at: written when ``reply`` has no result of its own (a refusal).
        encoding: ``"UTF-8"`` or ``"Shift_JIS"``.

    Raises:
        ValueError: a value that the encoding cannot hold.
    """
    result = reply.result
    header = Node("MessageHeader")
    body = Node("MessageBody")
    asked_for = result.confirmed_on if result else reply.confirmed_on
    failed = reply.segment != SEGMENT_NORMAL
    _add(header, wire.HEADER_TIME, (result.processed_at if result else processed_at).strftime("%Y%m%d%H%M%S"))
    _add(header, wire.HEADER_DATE, asked_for.strftime("%Y%m%d") if asked_for else None)
    _add(header, wire.HEADER_INSTITUTION, result.institution_code if result else reply.institution_code)
    _add(header, wire.HEADER_IDENTIFIER, reply.identifier)
    _add(header, wire.HEADER_REFERENCE, result.reference_classification if result else "1")
    _add(header, wire.HEADER_SEGMENT, reply.segment)
    _add(header, wire.HEADER_ERROR_CODE, reply.error_code if failed else None)
    _add(header, wire.HEADER_ERROR_MESSAGE, reply.error_message if failed else None)
    _add(header, wire.HEADER_ENCODING, "1" if encoding == "Shift_JIS" else "0")
    _add(body, wire.BODY_STATUS, reply.status)
    _add(body, wire.BODY_CODE, result.notice_code if result else None if failed else reply.error_code)
    _add(body, wire.BODY_MESSAGE, result.notice_text if result else None if failed else reply.error_message)
    if result:
        _add(body, wire.BODY_VALIDITY, result.validity.value)
        _add(body, wire.BODY_PRESCRIPTION, result.prescription_issue)
        if result.qualifications:
            body.children.append(Node(wire.BODY_RESULTS, children=[_written(one) for one in result.qualifications]))
    return write_message(Node("XmlMsg", children=[header, body]), encoding)


def _written(one: Qualification) -> Node:
    node = Node(wire.RESULT)
    _add_fields(node, one, wire.BEFORE_GROUPS)
    _add_group(node, wire.ELDERLY, one.elderly_recipient, wire.ELDERLY_FIELDS)
    _add_fields(node, one, wire.AFTER_ELDERLY)
    _add_group(node, wire.LIMIT, one.limit_certificate, wire.LIMIT_FIELDS)
    _add_fields(node, one, wire.AFTER_LIMIT)
    if one.specific_diseases:
        group = Node(wire.DISEASES)
        for disease in one.specific_diseases:
            _add_group(group, wire.DISEASE, disease, wire.DISEASE_FIELDS)
        node.children.append(group)
    if one.medical_tickets:
        tickets = Node(wire.TICKETS)
        for ticket in one.medical_tickets:
            written = Node(wire.TICKET)
            for path, text in ticket.fields:
                _add_path(written, path, text)
            tickets.children.append(written)
        node.children.append(tickets)
    _add_fields(node, one, wire.AFTER_TICKETS)
    for path, text in one.extras:
        _add_path(node, path, text)
    return node


def _add(node: Node, tag: str, text: str | None) -> None:
    if text:
        node.children.append(Node(tag, text))


def _add_fields(node: Node, owner: object, table: tuple[tuple[str, str], ...]) -> None:
    for tag, field in table:
        text: str | None = getattr(owner, field)
        _add(node, tag, text and text.rjust(wire.INSURER_NUMBER_WIDTH) if tag == wire.INSURER_NUMBER else text)


def _add_group(node: Node, tag: str, owner: object | None, table: tuple[tuple[str, str], ...]) -> None:
    if owner is not None:
        group = Node(tag)
        _add_fields(group, owner, table)
        node.children.append(group)


def _add_path(node: Node, path: str, text: str) -> None:
    """Put an element back where it came from; groups on the way are made where they are missing."""
    *groups, leaf = path.split("/")
    for tag in groups:
        group = next((child for child in node.children if child.tag == tag and not child.text), None)
        if group is None:
            group = Node(tag)
            node.children.append(group)
        node = group
    node.children.append(Node(leaf, text))
