"""The gateway against the real service over real TLS: every fault, each with its own error."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.clock import TOKYO, SystemClock
from app.config import SettingsError
from app.eligibility.model import EligibilityResult, Validity
from app.errors import (
    EligibilityError,
    GatewayBroken,
    GatewayBusy,
    GatewayCredentialRefused,
    GatewayRefused,
    GatewayTimeout,
    GatewayUnreachable,
    GatewayUntrusted,
    ReplyMalformed,
    ReplyMismatched,
    ReplyTooLarge,
)
from app.exchange.online import OnlineGateway
from app.sandbox.service_faults import KNOWN, FaultError
from tests.sandbox.service_process import ServiceProcess, some_people


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


@pytest.fixture
def gateway(service: ServiceProcess) -> OnlineGateway:
    return service.gateway()


def check(service: ServiceProcess, gateway: OnlineGateway, check_id: str = "chk-1") -> EligibilityResult:
    challenge = gateway.challenge(check_id)
    return gateway.confirm(check_id, challenge, service.proof("employee", challenge))


def test_a_card_that_signs_the_nonce_gets_the_persons_answer(service: ServiceProcess, gateway: OnlineGateway) -> None:
    result = check(service, gateway)
    assert result.validity is Validity.VALID
    assert result.qualifications[0].name == "試験　太郎"
    assert result.institution_code == "4890000001"
    assert abs(result.processed_at - datetime.now(TOKYO)) < timedelta(minutes=1)


@dataclass(frozen=True)
class Spoilt:
    """A fault, its error, and how long the gateway waits for the one answer that it spoils."""

    fault: str
    error: type[EligibilityError]
    timeout_s: float = 30.0
    options: tuple[tuple[str, object], ...] = ()


@contextlib.contextmanager
def hurried(gateway: OnlineGateway, timeout_s: float) -> Iterator[None]:
    """So short of time for one call alone: all that must succeed has the time that a slow machine needs."""
    patient_s, gateway._timeout_s = gateway._timeout_s, timeout_s
    yield
    gateway._timeout_s = patient_s


SPOILT = [
    Spoilt("refuse", GatewayUnreachable),
    Spoilt("timeout", GatewayTimeout, timeout_s=0.6),
    Spoilt("500", GatewayBroken),
    Spoilt("503", GatewayBroken),
    Spoilt("429", GatewayBusy),
    Spoilt("html", ReplyMalformed),
    Spoilt("html", ReplyMalformed, options=(("content_type", "application/xml"),)),
    Spoilt("truncated", ReplyMalformed),
    Spoilt("oversize", ReplyTooLarge),
    Spoilt("oversize", ReplyTooLarge, options=(("declared", True),)),
    Spoilt("slow-bytes", GatewayTimeout, timeout_s=0.8),
    Spoilt("slow-bytes", GatewayTimeout, timeout_s=1.5, options=(("interval_s", 0.005),)),
    Spoilt("wrong-id", ReplyMismatched),
    Spoilt("expired-certificate", GatewayUntrusted),
    Spoilt("wrong-name-certificate", GatewayUntrusted),
    Spoilt("malformed-xml", ReplyMalformed),
    Spoilt("doctype", ReplyMalformed),
    Spoilt("refused-message", GatewayRefused),
    Spoilt("hold", GatewayTimeout, timeout_s=0.6),
]
IDS = [f"{one.fault}{'-' + str(one.options[0][0]) if one.options else ''}" for one in SPOILT]


@pytest.mark.parametrize("spoilt", SPOILT, ids=IDS)
def test_a_fault_at_the_challenge_has_its_own_error(service: ServiceProcess, spoilt: Spoilt) -> None:
    gateway = service.gateway()
    assert gateway.warm()
    service.fault(spoilt.fault, **dict(spoilt.options))
    with hurried(gateway, spoilt.timeout_s), pytest.raises(EligibilityError) as caught:
        gateway.challenge("chk-1")
    assert type(caught.value) is spoilt.error
    service.fault(None)
    assert check(service, gateway).validity is Validity.VALID


@pytest.mark.parametrize("spoilt", SPOILT, ids=IDS)
def test_a_fault_at_the_confirmation_has_its_own_error_and_is_asked_once(
    service: ServiceProcess, spoilt: Spoilt
) -> None:
    gateway = service.gateway()
    challenge = gateway.challenge("chk-1")
    proof = service.proof("employee", challenge)
    before = service.requests()["confirmation"]
    service.fault(spoilt.fault, **dict(spoilt.options))
    with hurried(gateway, spoilt.timeout_s), pytest.raises(EligibilityError) as caught:
        gateway.confirm("chk-1", challenge, proof)
    assert type(caught.value) is spoilt.error
    reached = 0 if spoilt.error in (GatewayUnreachable, GatewayUntrusted) else 1
    service.wait("confirmation", before + reached)  # who gave up early may have been faster than the service
    service.fault(None)
    assert service.requests()["confirmation"] == before + reached
    assert check(service, gateway).validity is Validity.VALID


def test_the_table_above_names_every_fault() -> None:
    elsewhere = {"clock-skew", "person-error"}
    assert {one.fault for one in SPOILT} | elsewhere == set(KNOWN)


def test_a_slow_answer_ends_at_the_total_deadline_not_at_each_byte(service: ServiceProcess) -> None:
    gateway = service.gateway()
    gateway.warm()
    service.fault("slow-bytes", interval_s=0.05)  # each byte in time, the whole answer after half a minute
    clock = SystemClock()
    start_s = clock.monotonic_s()
    with hurried(gateway, 1.0), pytest.raises(GatewayTimeout):
        gateway.challenge("chk-1")
    assert clock.monotonic_s() - start_s > 0.9


def test_a_challenge_may_be_given_a_shorter_time_and_no_longer_one(service: ServiceProcess) -> None:
    gateway = service.gateway()
    gateway.warm()
    service.fault("hold")
    with pytest.raises(GatewayTimeout):
        gateway.challenge("chk-1", 0.3)
    with hurried(gateway, 0.3), pytest.raises(GatewayTimeout):
        gateway.challenge("chk-1", 3_600.0)


def test_a_refusal_brings_the_services_own_words(service: ServiceProcess, gateway: OnlineGateway) -> None:
    service.fault("refused-message")
    with pytest.raises(GatewayRefused) as caught:
        gateway.challenge("chk-1")
    assert (caught.value.service_code, caught.value.service_message) == (
        "SIM-E099",
        "（模擬）照会を受け付けられません",
    )


def test_an_error_of_the_person_is_a_refusal_not_an_answer(service: ServiceProcess, gateway: OnlineGateway) -> None:
    service.fault("person-error")
    with pytest.raises(GatewayRefused) as caught:
        check(service, gateway)
    assert caught.value.service_code == "SIM-E020"


def test_a_clock_some_hours_off_is_answered_and_logged(
    service: ServiceProcess, gateway: OnlineGateway, caplog: pytest.LogCaptureFixture
) -> None:
    hours = 6 if SystemClock().now().hour < 12 else -6
    service.fault("clock-skew", seconds=hours * 3600)
    assert check(service, gateway).validity is Validity.VALID
    assert [record.getMessage()[:18] for record in caplog.records] == ["gateway.clock_skew"]


def test_a_clock_days_off_is_refused_with_a_hint_at_the_clock(service: ServiceProcess, gateway: OnlineGateway) -> None:
    service.fault("clock-skew")
    with pytest.raises(GatewayRefused) as caught:
        check(service, gateway)
    assert caught.value.service_code == "SIM-E010"
    assert "時計" in caught.value.service_message


def test_a_fault_can_be_limited_to_a_kind_and_a_number_of_requests(
    service: ServiceProcess, gateway: OnlineGateway
) -> None:
    service.fault("503", kinds=["confirmation"], times=1)
    with pytest.raises(GatewayBroken):
        check(service, gateway)
    assert check(service, gateway).validity is Validity.VALID


def test_a_held_answer_arrives_when_it_is_released(service: ServiceProcess, gateway: OnlineGateway) -> None:
    results: list[EligibilityResult] = []
    service.fault("hold", kinds=["confirmation"])
    worker = threading.Thread(target=lambda: results.append(check(service, gateway)))
    worker.start()
    service.wait("held", 1)
    assert not results
    service.fault(None)
    worker.join(60)
    assert results[0].validity is Validity.VALID


def test_unknown_faults_and_options_are_refused_with_what_is_known(service: ServiceProcess) -> None:
    with pytest.raises(FaultError, match="wrong-id"):
        service.fault("nonsense")
    with pytest.raises(FaultError, match="kinds"):
        service.fault("500", kinds=["everything"])
    with pytest.raises(FaultError, match="interval_s"):
        service.fault("slow-bytes", interval="x")
    with pytest.raises(FaultError, match="times"):
        service.fault("500", times=0)


def test_one_connection_serves_warm_up_challenge_and_confirmation(service: ServiceProcess) -> None:
    before = service.requests()
    gateway = service.gateway()
    assert gateway.warm()
    check(service, gateway)
    after = service.requests()
    assert after["connections"] == before["connections"] + 1
    assert after["alive"] == before["alive"] + 1


def test_a_connection_cut_while_idle_fails_neither_challenge_nor_confirmation(
    service: ServiceProcess, gateway: OnlineGateway
) -> None:
    challenge = gateway.challenge("chk-1")
    proof = service.proof("employee", challenge)
    cut(service)
    assert gateway.confirm("chk-1", challenge, proof).validity is Validity.VALID
    cut(service)
    assert gateway.challenge("chk-2").nonce


def cut(service: ServiceProcess) -> None:
    service.fault("expired-certificate")
    service.fault(None)


def test_a_warm_up_that_fails_says_false_and_the_next_call_says_why(service: ServiceProcess) -> None:
    gateway = service.gateway()
    service.fault("refuse")
    assert gateway.warm() is False
    with pytest.raises(GatewayUnreachable):
        gateway.challenge("chk-1")


def test_a_warm_up_beside_a_running_check_disturbs_nothing(service: ServiceProcess, gateway: OnlineGateway) -> None:
    outcomes: list[bool] = []
    threads = [threading.Thread(target=lambda: outcomes.append(gateway.warm())) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert all(check(service, gateway, f"chk-{number}").validity is Validity.VALID for number in range(5))
    for thread in threads:
        thread.join(60)
    assert outcomes == [True] * 3


def test_a_gateway_can_be_used_again_after_close(service: ServiceProcess, gateway: OnlineGateway) -> None:
    check(service, gateway)
    gateway.close()
    assert check(service, gateway).validity is Validity.VALID


def test_a_service_of_another_ca_is_not_trusted(service: ServiceProcess) -> None:
    gateway = service.gateway(ca_file=service.pki.terminal_ca_file)
    with pytest.raises(GatewayUntrusted):
        gateway.challenge("chk-1")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_names_and_addresses_are_both_good_for_the_url(service: ServiceProcess, host: str) -> None:
    assert service.gateway(url=f"https://{host}:{service.port}/").challenge("chk-1").nonce


def test_a_name_that_nobody_knows_is_unreachable(service: ServiceProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(*_: object, **__: object) -> None:  # where no net is, a real resolver takes its time to say so
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    with pytest.raises(GatewayUnreachable):
        service.gateway(url="https://nowhere.invalid:443").challenge("chk-1")


def test_a_port_that_speaks_no_tls_is_not_trusted(service: ServiceProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=answer_in_clear, args=(listener,))
        answering.start()
        with pytest.raises(GatewayUntrusted):
            service.gateway(url=f"https://127.0.0.1:{listener.getsockname()[1]}").challenge("chk-1")
        answering.join(60)


def answer_in_clear(listener: socket.socket) -> None:
    link, _ = listener.accept()
    with link:
        link.recv(4096)
        link.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_a_handshake_that_never_ends_meets_the_deadline(service: ServiceProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(GatewayTimeout):
        service.gateway(0.4, url=f"https://127.0.0.1:{listener.getsockname()[1]}").challenge("chk-1")


def terminal_certificate(
    service: ServiceProcess, folder: Path, *, days: int = 30, of_our_ca: bool = True
) -> dict[str, Path]:
    """A client certificate that the service did not register; the CA's key lies in the sandbox's folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    ca_key = serialization.load_pem_private_key((service.pki.folder / "terminal-ca.key").read_bytes(), None)
    ca = x509.load_pem_x509_certificate(service.pki.terminal_ca_file.read_bytes())
    now = datetime.now(TOKYO)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another terminal")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False)
    )
    certificate = builder.sign(ca_key if of_our_ca else key, hashes.SHA256())
    (folder / "other.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "other.key").write_bytes(key.private_bytes(*pem))
    return {"cert_file": folder / "other.pem", "key_file": folder / "other.key"}


@pytest.mark.parametrize(
    ("days", "of_our_ca", "refused_by_tls"), [(30, True, 0), (-1, True, 1), (30, False, 1)], ids=["other", "old", "ca"]
)
def test_a_terminal_that_is_not_registered_gets_no_nonce(
    service: ServiceProcess, tmp_path: Path, days: int, of_our_ca: bool, refused_by_tls: int
) -> None:
    before = service.requests()
    files = terminal_certificate(service, tmp_path, days=days, of_our_ca=of_our_ca)
    gateway = service.gateway(**files)
    for ask in (gateway.probe, lambda: gateway.challenge("chk-1")):
        with pytest.raises(GatewayCredentialRefused):
            ask()
    service.wait("tls_refused", before["tls_refused"] + 2 * refused_by_tls)
    assert service.requests()["challenge"] == before["challenge"] + (0 if refused_by_tls else 1)


def test_an_answer_for_another_institution_is_refused_by_the_service(service: ServiceProcess) -> None:
    with pytest.raises(GatewayRefused) as caught:
        service.gateway(institution_code="4890000019").challenge("chk-1")
    assert caught.value.service_code == "SIM-E002"


@pytest.mark.parametrize("check_id", ["", "x" * 51, "a b", "試験", "a\n"])
def test_an_identifier_that_the_wire_cannot_carry_is_a_bug_not_a_request(
    service: ServiceProcess, gateway: OnlineGateway, check_id: str
) -> None:
    before = service.requests()
    with pytest.raises(ValueError, match="identifier"):
        gateway.challenge(check_id)
    assert service.requests() == before


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1", "https://", "https://a:b@c/", "https://c/?q=1"])
def test_an_address_that_is_not_https_stops_start_up(service: ServiceProcess, url: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        service.gateway(url=url)


def test_missing_or_foreign_certificate_files_stop_start_up(service: ServiceProcess, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    with pytest.raises(SettingsError, match=r"nothing\.pem"):
        service.gateway(ca_file=nothing)
    with pytest.raises(SettingsError, match="belong together"):
        service.gateway(key_file=service.pki.service_key_file)
