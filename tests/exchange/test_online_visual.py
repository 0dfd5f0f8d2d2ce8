"""目視確認 over the gateway: the real service, real TLS, every fault; and its message."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import TOKYO, SystemClock
from app.eligibility.model import EligibilityResult, Validity
from app.eligibility.ports import Gateway, VisualProof
from app.errors import (
    EligibilityError,
    GatewayCredentialRefused,
    GatewayRefused,
    GatewayUnreachable,
    GatewayUntrusted,
    ReplyMalformed,
    ReplyMismatched,
)
from app.exchange.online import OnlineGateway
from app.exchange.terminal import ClientKeySigner
from app.exchange.visual_messages import (
    VisualRequestMessage,
    build_visual_request,
    parse_visual_request,
    visual_statement,
)
from app.sandbox.card_spec import CertificateKind
from tests.exchange.test_online_faults import IDS, SPOILT, Spoilt, hurried
from tests.sandbox.service_process import ServiceProcess, some_people

AT = datetime(2026, 11, 22, 9, 15, 2, tzinfo=TOKYO)
MESSAGE = VisualRequestMessage(
    "4890000001", "chk-1", date(2026, 11, 22), b"\x30\x82" * 700, "試験 太郎", AT, b"\xff" * 71
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("service"), some_people("employee")) as process:
        yield process


@pytest.fixture
def service(running: ServiceProcess) -> Iterator[ServiceProcess]:
    running.fault(None)
    yield running
    running.close_gateways()
    running.fault(None)


names = iter(f"chk-{number}" for number in range(1000))


def certificate(service: ServiceProcess, kind: CertificateKind = CertificateKind.VALID) -> bytes:
    return service.pki.issue_card_certificate("employee", kind, SystemClock().now())


def confirm(
    service: ServiceProcess, gateway: OnlineGateway, *, age: timedelta = timedelta(0), who: str = "試験 太郎"
) -> EligibilityResult:
    proof = VisualProof(who, SystemClock().now() - age)
    return gateway.confirm_visual(next(names), certificate(service), proof)


def test_staffs_word_gets_the_holders_answer(service: ServiceProcess) -> None:
    gateway: Gateway = service.gateway()
    result = gateway.confirm_visual(next(names), certificate(service), VisualProof("試験 太郎", SystemClock().now()))
    assert result.validity is Validity.VALID
    assert result.qualifications[0].name == "試験　太郎"


@pytest.mark.parametrize("who", ["  試験\t太郎 ", "<b>&\"'", "試\u202e験", "髙﨑 𠮷野", "あ" * 200, "a\x00b\ud800c"])
def test_any_name_of_staff_arrives_as_it_was_signed(service: ServiceProcess, who: str) -> None:
    assert confirm(service, service.gateway(), who=who).validity is Validity.VALID


@pytest.mark.parametrize("spoilt", SPOILT, ids=IDS)
def test_a_fault_has_its_own_error_and_is_asked_once(service: ServiceProcess, spoilt: Spoilt) -> None:
    gateway = service.gateway()
    assert gateway.warm()
    before = service.requests()["visual"]
    service.fault(spoilt.fault, **dict(spoilt.options))
    with hurried(gateway, spoilt.timeout_s), pytest.raises(EligibilityError) as caught:
        confirm(service, gateway)
    assert type(caught.value) is spoilt.error
    reached = 0 if spoilt.error in (GatewayUnreachable, GatewayUntrusted) else 1
    service.wait("visual", before + reached)  # who gave up early may have been faster than the service
    service.fault(None)
    assert service.requests()["visual"] == before + reached
    assert confirm(service, service.gateway()).validity is Validity.VALID


def code_of(caught: pytest.ExceptionInfo[GatewayRefused]) -> str:
    return caught.value.service_code


def test_an_error_of_the_person_is_a_refusal_not_an_answer(service: ServiceProcess) -> None:
    service.fault("person-error", kinds=["visual"])
    with pytest.raises(GatewayRefused) as caught:
        confirm(service, service.gateway())
    assert code_of(caught) == "SIM-E020"


def test_word_older_than_five_minutes_is_refused_in_the_services_words(service: ServiceProcess) -> None:
    with pytest.raises(GatewayRefused) as caught:
        confirm(service, service.gateway(), age=timedelta(minutes=5, seconds=2))
    assert code_of(caught) == "SIM-E014"
    assert "5分" in caught.value.service_message


def test_same_check_is_answered_once(service: ServiceProcess) -> None:
    gateway, name = service.gateway(), next(names)
    proof = VisualProof("試験 太郎", SystemClock().now())
    gateway.confirm_visual(name, certificate(service), proof)
    with pytest.raises(GatewayRefused) as caught:
        gateway.confirm_visual(name, certificate(service), proof)
    assert code_of(caught) == "SIM-E015"


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(minutes=10), timedelta(days=3)])
def test_question_without_an_answer_is_asked_again_for_its_day(service: ServiceProcess, age: timedelta) -> None:
    gateway = service.gateway()
    name, der, proof = next(names), certificate(service), VisualProof("試験 太郎", SystemClock().now() - age)
    for fault in ("timeout", "truncated"):
        service.fault(fault, kinds=["visual"])
        with hurried(gateway, 2.0), pytest.raises(EligibilityError):
            gateway.confirm_visual_again(name, der, proof)
    service.fault(None)
    for _ in range(2):
        result = gateway.confirm_visual_again(name, der, proof)
        assert result.qualifications[0].name == "試験　太郎"
        assert result.confirmed_on == proof.confirmed_at.astimezone(TOKYO).date()


def test_answer_to_a_repeated_question_is_matched_to_its_check(service: ServiceProcess) -> None:
    service.fault("wrong-id", kinds=["visual"])
    with pytest.raises(ReplyMismatched):
        service.gateway().confirm_visual_again(
            next(names), certificate(service), VisualProof("試験 太郎", SystemClock().now())
        )


@pytest.mark.parametrize(
    ("kind", "code"), [(CertificateKind.FOREIGN_CA, "SIM-E006"), (CertificateKind.EXPIRED, "SIM-E007")]
)
def test_cards_certificate_is_looked_at(service: ServiceProcess, kind: CertificateKind, code: str) -> None:
    with pytest.raises(GatewayRefused) as caught:
        service.gateway().confirm_visual(
            next(names), certificate(service, kind), VisualProof("試験 太郎", SystemClock().now())
        )
    assert code_of(caught) == code


class ForgingSigner:
    """Signs with a key that the service does not know."""

    def sign(self, statement: bytes) -> bytes:
        return b"\x30\x06\x02\x01\x01\x02\x01\x01"


def test_signer_is_a_port_and_a_forged_signature_is_refused(service: ServiceProcess) -> None:
    gateway = service.gateway()
    pki = service.pki
    forging = OnlineGateway(
        f"https://127.0.0.1:{service.port}",
        pki.service_ca_file,
        pki.terminal_cert_file,
        pki.terminal_key_file,
        "4890000001",
        10.0,
        SystemClock(),
        ForgingSigner(),
    )
    with pytest.raises(GatewayRefused) as caught:
        confirm(service, forging)
    forging.close()
    assert code_of(caught) == "SIM-E013"
    assert confirm(service, gateway).validity is Validity.VALID


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"])
def test_terminal_whose_key_is_gone_cannot_vouch(tmp_path: Path, content: bytes | None) -> None:
    key_file = tmp_path / "terminal.key"
    if content is not None:
        key_file.write_bytes(content)
    with pytest.raises(GatewayCredentialRefused):
        ClientKeySigner(key_file).sign(b"statement")


def test_message_survives_the_way_out_and_back() -> None:
    assert parse_visual_request(build_visual_request(MESSAGE)) == MESSAGE
    again = dataclasses.replace(MESSAGE, challenge_id="a-B_9")
    assert parse_visual_request(build_visual_request(again)) == again


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"StaffProofInfo", b"CardProofInfo"),
        ("試験 太郎".encode(), b""),
        ("試験 太郎".encode(), b"a" * 65),
        (b"20261122091502", b"20261322091502"),
        (b"20261122091502", b"2026112209150"),
        (b"20261122091502", "２０２６１１２２０９１５０２".encode()),
        (b"<TerminalSignature>", b"<TerminalSignature>!"),
        (b"4890000001", b"489000000"),
        (b"chk-1", b""),
    ],
)
def test_message_with_a_flaw_is_malformed(old: bytes, new: bytes) -> None:
    body = build_visual_request(MESSAGE)
    assert old in body
    with pytest.raises(ReplyMalformed):
        parse_visual_request(body.replace(old, new))


@given(
    st.tuples(st.text(), st.text(), st.binary(), st.text(), st.integers(0, 10**6)),
    st.tuples(st.text(), st.text(), st.binary(), st.text(), st.integers(0, 10**6)),
)
@settings(deadline=None)
def test_no_two_statements_have_the_same_bytes(one: tuple, other: tuple) -> None:
    def statement(parts: tuple) -> bytes:
        return visual_statement(*parts[:4], AT + timedelta(seconds=parts[4]))

    assert (statement(one) == statement(other)) == (one == other)


def test_statement_does_not_depend_on_the_zone_of_the_time() -> None:
    utc = dataclasses.replace(MESSAGE, confirmed_at=AT.astimezone(datetime.now().astimezone().tzinfo))
    assert visual_statement("i", "c", b"d", "w", utc.confirmed_at) == visual_statement("i", "c", b"d", "w", AT)
