"""目視確認 at the service: whose word it is, how old, for which card, and that it counts once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from app.eligibility.model import Validity
from app.eligibility.ports import Challenge
from app.exchange.online_messages import ChallengeRequest
from app.exchange.visual_messages import VisualRequestMessage, visual_statement
from app.sandbox.service_checks import EligibilityDesk
from app.sandbox.service_refusals import Refusal
from tests.sandbox.service_process import INSTITUTION_CODE
from tests.sandbox.test_service_checks import (
    CA,
    CARD_KEY,
    HANAKO,
    NOW,
    STRANGER_KEY,
    HandClock,
    certificate_of,
    key_digest,
    refused,
)

TERMINAL_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_TERMINAL_KEY = rsa.generate_private_key(65537, 2048)
OTHER_TERMINAL_KEY = ec.generate_private_key(ec.SECP256R1())
TerminalPrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class VisualCounter:
    """A desk that knows one terminal, and what that terminal would send."""

    def __init__(self, key: TerminalPrivateKey = TERMINAL_KEY) -> None:
        self.clock = HandClock()
        self.key = key
        keys = {key_digest(CARD_KEY): "hanako"}
        self.desk = EligibilityDesk([HANAKO], keys, (CA,), INSTITUTION_CODE, self.clock, key.public_key)

    def request(self, **changes: object) -> VisualRequestMessage:
        """Changes stand in the message before it is signed."""
        values: dict[str, object] = {
            "institution_code": INSTITUTION_CODE,
            "identifier": "chk-1",
            "confirmed_on": NOW.date(),
            "certificate_der": certificate_of(CARD_KEY).public_bytes(Encoding.DER),
            "confirmed_by": "試験 太郎",
            "confirmed_at": NOW,
            "signature": b"",
        }
        return self.signed(VisualRequestMessage(**{**values, **changes}))  # type: ignore[arg-type]

    def challenge(self, identifier: str = "chk-1") -> Challenge:
        challenge = self.desk.challenge(ChallengeRequest(INSTITUTION_CODE, identifier)).challenge
        assert challenge is not None
        return challenge

    def again(self, challenge: Challenge, **changes: object) -> VisualRequestMessage:
        """What the terminal sends when it asks again."""
        request = self.request(challenge_id=challenge.challenge_id, **changes)
        return self.signed(request, challenge)

    def signed(self, request: VisualRequestMessage, challenge: Challenge | None = None) -> VisualRequestMessage:
        statement = visual_statement(
            request.institution_code,
            request.identifier,
            request.certificate_der,
            request.confirmed_by,
            request.confirmed_at,
            challenge,
        )
        if isinstance(self.key, rsa.RSAPrivateKey):
            signature = self.key.sign(statement, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = self.key.sign(statement, ec.ECDSA(hashes.SHA256()))
        return dataclasses.replace(request, signature=signature)


@pytest.mark.parametrize("key", [TERMINAL_KEY, RSA_TERMINAL_KEY], ids=["EC", "RSA"])
def test_terminals_word_for_a_known_card_gets_the_persons_answer(key: TerminalPrivateKey) -> None:
    counter = VisualCounter(key)
    reply = counter.desk.confirm_visual(counter.request())
    assert reply.result is not None
    assert (reply.identifier, reply.result.validity) == ("chk-1", Validity.VALID)
    assert reply.result.qualifications == HANAKO.answer.qualifications


def test_word_counts_once_for_a_check() -> None:
    counter = VisualCounter()
    request = counter.request()
    assert counter.desk.confirm_visual(request).result is not None
    assert refused(counter.desk.confirm_visual(request)) is Refusal.CONFIRMED_TWICE
    later = counter.request(confirmed_at=NOW + timedelta(seconds=9))
    assert refused(counter.desk.confirm_visual(later)) is Refusal.CONFIRMED_TWICE
    assert counter.desk.confirm_visual(counter.request(identifier="chk-2")).result is not None


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (timedelta(0), None),
        (timedelta(minutes=5), None),
        (timedelta(minutes=5, seconds=1), Refusal.CONFIRMED_OLD),
        (timedelta(days=1), Refusal.CONFIRMED_OLD),
        (timedelta(seconds=-30), None),
        (timedelta(seconds=-31), Refusal.CONFIRMED_OLD),
    ],
)
def test_word_is_good_for_five_minutes(age: timedelta, outcome: Refusal | None) -> None:
    counter = VisualCounter()
    reply = counter.desk.confirm_visual(counter.request(confirmed_at=NOW - age))
    assert (reply.result is not None) if outcome is None else (refused(reply) is outcome)


Change = Callable[[VisualRequestMessage], VisualRequestMessage]
OTHER_CERTIFICATE = certificate_of(STRANGER_KEY).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "change",
    [
        lambda request: dataclasses.replace(request, signature=b"x"),
        lambda request: dataclasses.replace(
            request, signature=request.signature[:-1] + bytes([request.signature[-1] ^ 1])
        ),
        lambda request: dataclasses.replace(request, identifier="chk-2"),
        lambda request: dataclasses.replace(request, certificate_der=OTHER_CERTIFICATE),
        lambda request: dataclasses.replace(request, confirmed_by="試験 花子"),
        lambda request: dataclasses.replace(request, confirmed_at=NOW - timedelta(seconds=1)),
    ],
    ids=["no signature", "damaged", "other check", "other card", "other person", "other time"],
)
def test_word_is_bound_to_check_card_person_and_time_and_a_forged_one_uses_nothing_up(change: Change) -> None:
    counter = VisualCounter()
    request = counter.request()
    assert refused(counter.desk.confirm_visual(change(request))) is Refusal.TERMINAL
    assert counter.desk.confirm_visual(request).result is not None


def test_another_terminals_word_counts_nothing() -> None:
    counter, stranger = VisualCounter(), VisualCounter(OTHER_TERMINAL_KEY)
    assert refused(counter.desk.confirm_visual(stranger.request())) is Refusal.TERMINAL


def test_service_without_a_terminals_key_takes_nobodys_word() -> None:
    counter = VisualCounter()
    desk = EligibilityDesk([HANAKO], {}, (CA,), INSTITUTION_CODE, counter.clock)
    assert refused(desk.confirm_visual(counter.request())) is Refusal.TERMINAL


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"institution_code": "4890000019"}, Refusal.INSTITUTION),
        ({"confirmed_on": (NOW - timedelta(days=2)).date()}, Refusal.DAY),
        ({"certificate_der": b"\x30\x03\x02\x01\x00"}, Refusal.CERTIFICATE),
        (
            {"certificate_der": certificate_of(CARD_KEY, issuer_key=STRANGER_KEY).public_bytes(Encoding.DER)},
            Refusal.ISSUER,
        ),
        (
            {"certificate_der": certificate_of(CARD_KEY, until=NOW - timedelta(days=300)).public_bytes(Encoding.DER)},
            Refusal.EXPIRED,
        ),
        (
            {"certificate_der": certificate_of(CARD_KEY, since=NOW + timedelta(seconds=1)).public_bytes(Encoding.DER)},
            Refusal.NOT_YET_VALID,
        ),
    ],
)
def test_card_is_looked_at_as_with_its_own_signature(changes: dict[str, object], outcome: Refusal) -> None:
    counter = VisualCounter()
    assert refused(counter.desk.confirm_visual(counter.request(**changes))) is outcome


def test_certificate_near_its_end_gives_the_same_notice() -> None:
    counter = VisualCounter()
    der = certificate_of(CARD_KEY, until=NOW + timedelta(days=5)).public_bytes(Encoding.DER)
    reply = counter.desk.confirm_visual(counter.request(certificate_der=der))
    assert reply.result is not None
    assert reply.result.notice_code == "SIM-N001"


YESTERDAY = NOW - timedelta(days=1)
OF_YESTERDAY = {"confirmed_at": YESTERDAY, "confirmed_on": YESTERDAY.date()}


def test_question_of_another_day_is_asked_again_on_a_fresh_nonce_for_that_day() -> None:
    counter = VisualCounter()
    assert counter.desk.confirm_visual(counter.request()).result is not None, "its first message did arrive"
    reply = counter.desk.confirm_visual(counter.again(counter.challenge(), **OF_YESTERDAY))
    assert reply.result is not None
    assert (reply.confirmed_on, reply.result.confirmed_on) == (YESTERDAY.date(), YESTERDAY.date())
    assert reply.result.qualifications == HANAKO.answer.qualifications


def test_nonce_of_a_repeated_question_is_good_once_and_for_its_check() -> None:
    counter = VisualCounter()
    request = counter.again(counter.challenge(), **OF_YESTERDAY)
    assert counter.desk.confirm_visual(request).result is not None
    assert refused(counter.desk.confirm_visual(request)) is Refusal.CHALLENGE
    others = counter.again(counter.challenge("chk-2"), **OF_YESTERDAY)
    assert refused(counter.desk.confirm_visual(others)) is Refusal.CHALLENGE


@pytest.mark.parametrize(
    "change",
    [
        lambda request: dataclasses.replace(request, certificate_der=OTHER_CERTIFICATE),
        lambda request: dataclasses.replace(request, confirmed_by="試験 花子"),
        lambda request: dataclasses.replace(request, confirmed_at=NOW),
        lambda request: VisualCounter().signed(request),
    ],
    ids=["other card", "other person", "other time", "signed without the nonce"],
)
def test_repeated_word_is_bound_to_card_person_time_and_nonce(change: Change) -> None:
    counter = VisualCounter()
    request = change(counter.again(counter.challenge(), **OF_YESTERDAY))
    assert refused(counter.desk.confirm_visual(request)) is Refusal.TERMINAL


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"confirmed_at": NOW - timedelta(days=62), "confirmed_on": (NOW - timedelta(days=62)).date()}, None),
        ({"confirmed_at": NOW - timedelta(days=63), "confirmed_on": (NOW - timedelta(days=63)).date()},
         Refusal.AGAIN_OLD),
        ({"confirmed_at": NOW + timedelta(seconds=31)}, Refusal.AGAIN_OLD),
        ({"confirmed_at": YESTERDAY, "confirmed_on": NOW.date()}, Refusal.DAY),
    ],
)  # fmt: skip
def test_question_is_repeated_for_its_own_day_and_no_longer_than_a_visit_is_open(
    changes: dict[str, object], outcome: Refusal | None
) -> None:
    counter = VisualCounter()
    reply = counter.desk.confirm_visual(counter.again(counter.challenge(), **changes))
    assert (reply.result is not None) if outcome is None else (refused(reply) is outcome)
