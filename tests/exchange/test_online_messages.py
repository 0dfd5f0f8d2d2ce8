"""The messages between gateway and service: fixed examples, round trips, bad bodies, fuzz."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.ports import Challenge, SignedNonce
from app.errors import ReplyMalformed
from app.exchange.envelope import MAX_PROOF_CHARS
from app.exchange.online_messages import (
    ChallengeReply,
    ChallengeRequest,
    ConfirmationRequest,
    build_challenge_reply,
    build_challenge_request,
    build_confirmation_request,
    confirmation_request,
    parse_challenge_reply,
    parse_challenge_request,
    parse_confirmation_request,
)

AT = datetime(2026, 11, 22, 9, 15, 2, tzinfo=TOKYO)
CHALLENGE = Challenge("n-1_A", bytes(range(32)))
CONFIRMATION = ConfirmationRequest("4890000001", "chk-1", date(2026, 11, 22), "n-1_A", b"\x30\x82" * 700, b"\xff" * 256)

CONFIRMATION_ON_THE_WIRE = b"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<XmlMsg><MessageHeader>
<QualificationConfirmationDate>20261122</QualificationConfirmationDate>
<MedicalInstitutionCode>4890000001</MedicalInstitutionCode>
<ArbitraryFileIdentifier>chk-1</ArbitraryFileIdentifier>
</MessageHeader><MessageBody><CardProofInfo>
<ChallengeIdentifier>n-1_A</ChallengeIdentifier>
<Certificate>MIIB</Certificate>
<Signature>AQID</Signature>
</CardProofInfo></MessageBody></XmlMsg>"""


def test_the_message_of_the_documentation_is_understood() -> None:
    assert parse_confirmation_request(CONFIRMATION_ON_THE_WIRE) == dataclasses.replace(
        CONFIRMATION, certificate_der=b"\x30\x82\x01", signature=b"\x01\x02\x03"
    )


def test_requests_survive_the_way_out_and_back() -> None:
    request = ChallengeRequest("4890000001", "chk-1")
    assert parse_challenge_request(build_challenge_request(request)) == request
    assert parse_confirmation_request(build_confirmation_request(CONFIRMATION)) == CONFIRMATION
    joined = confirmation_request(
        "4890000001", "chk-1", date(2026, 11, 22), CHALLENGE, SignedNonce(b"\x30\x82" * 700, b"\xff" * 256)
    )
    assert joined == CONFIRMATION


@pytest.mark.parametrize(
    "reply",
    [
        ChallengeReply("chk-1", "4890000001", CHALLENGE),
        ChallengeReply("chk-1", "4890000001", None, "SIM-E002", "（模擬）コードが違います"),
        ChallengeReply(None, None, None),
    ],
)
def test_challenge_replies_survive_the_way_out_and_back(reply: ChallengeReply) -> None:
    assert parse_challenge_reply(build_challenge_reply(reply, AT)) == reply


BAD_REQUESTS = {
    "no proof": (b"CardProofInfo", b"Proof"),
    "no certificate": (b"<Certificate>MIIB</Certificate>", b""),
    "two certificates": (b"<Certificate>", b"<Certificate>MIIB</Certificate><Certificate>"),
    "empty signature": (b"AQID", b""),
    "not base64": (b"AQID", b"AQ!D"),
    "broken base64": (b"AQID", b"AQI"),
    "certificate too long": (b"MIIB", b"MIIB" * (MAX_PROOF_CHARS // 4 + 1)),
    "no challenge id": (b"ChallengeIdentifier", b"Challenge"),
    "odd challenge id": (b"n-1_A", b"n 1"),
    "long challenge id": (b"n-1_A", b"n" * 65),
    "no day": (b"20261122", b""),
    "impossible day": (b"20261122", b"20261131"),
    "short institution code": (b"4890000001", b"489000001"),
    "full-width institution code": (b"4890000001", "４８９０００００００１".encode()),
    "no identifier": (b"chk-1", b""),
    "long identifier": (b"chk-1", b"c" * 51),
    "identifier with a space": (b"chk-1", b"c 1"),
    "no header": (b"MessageHeader", b"Header"),
}


@pytest.mark.parametrize(("old", "new"), BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
def test_a_request_with_a_flaw_is_malformed(old: bytes, new: bytes) -> None:
    assert old in CONFIRMATION_ON_THE_WIRE
    with pytest.raises(ReplyMalformed):
        parse_confirmation_request(CONFIRMATION_ON_THE_WIRE.replace(old, new))


@given(
    data=st.data(),
    parse=st.sampled_from([parse_challenge_request, parse_confirmation_request, parse_challenge_reply]),
)
@settings(max_examples=200, deadline=None)
def test_damaged_messages_are_read_or_malformed(data: st.DataObject, parse: Callable[[bytes], object]) -> None:
    body = bytearray(CONFIRMATION_ON_THE_WIRE)
    start = data.draw(st.integers(0, len(body)))
    body[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    with contextlib.suppress(ReplyMalformed):
        assert parse(bytes(body)) is not None
