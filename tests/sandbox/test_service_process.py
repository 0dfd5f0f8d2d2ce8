"""The service as a process: start, people and CAs from files, refusals at TLS and HTTP level, stop."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.box.fault import run_fault
from app.clock import SystemClock
from app.eligibility.model import Validity
from app.eligibility.ports import SignedNonce
from app.errors import GatewayBroken, GatewayRefused
from app.exchange.oqs import parse_reply
from app.sandbox.card_spec import CertificateKind
from app.sandbox.service_control import service_status
from app.sandbox.service_faults import FaultError
from tests.sandbox.service_process import ServiceProcess, sha256_hex, sign, some_people
from tests.sandbox.test_service_checks import ca_certificate, certificate_of

GUEST_KEY = ec.generate_private_key(ec.SECP256R1())
GUEST_CA_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGER_KEY = ec.generate_private_key(ec.SECP256R1())


def guest_certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    now = SystemClock().now()
    made = certificate_of(
        key,
        issuer="Guest CA",
        issuer_key=GUEST_CA_KEY,
        since=now - timedelta(days=9),
        until=now + timedelta(days=900),
    )
    return made.public_bytes(Encoding.DER)


GUEST_DER = guest_certificate(GUEST_KEY)
STRANGER_DER = guest_certificate(STRANGER_KEY)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """People of the packaged file and two guests whose cards we did not make."""
    state = tmp_path_factory.mktemp("service")
    trust = state / "guest-ca.pem"
    now = SystemClock().now()
    authority = ca_certificate(
        GUEST_CA_KEY, "Guest CA", since=now - timedelta(days=99), until=now + timedelta(days=999)
    )
    trust.write_bytes(authority.public_bytes(Encoding.PEM))
    content = some_people("employee", "none")
    pem = GUEST_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    answer = {"validity": "2", "qualifications": [{"Name": "例示　客"}]}
    people = content["people"]
    assert isinstance(people, list)
    people.append({"name": "guest", "purpose": "ほかのカード", "public_key_pem": [pem], "answer": answer})
    people.append(
        {
            "name": "stranger",
            "purpose": "証明書で見つける",
            "certificate_sha256": [sha256_hex(STRANGER_DER)],
            "answer": {"validity": "5"},
        }
    )
    with ServiceProcess(state, content, "--trust", str(trust)) as process:
        yield process


@pytest.mark.parametrize(
    ("key", "der", "validity"),
    [(GUEST_KEY, GUEST_DER, Validity.INVALID), (STRANGER_KEY, STRANGER_DER, Validity.MULTIPLE)],
    ids=["by key", "by certificate"],
)
def test_a_card_that_we_did_not_make_is_answered_through_people_and_trust_files(
    service: ServiceProcess, key: ec.EllipticCurvePrivateKey, der: bytes, validity: Validity
) -> None:
    gateway = service.gateway()
    challenge = gateway.challenge("chk-1")
    result = gateway.confirm("chk-1", challenge, SignedNonce(der, sign(key, challenge.nonce)))
    assert result.validity is validity
    service.close_gateways()


@pytest.mark.parametrize(
    ("name", "certificate", "expected"),
    [
        ("employee", CertificateKind.VALID, (Validity.VALID, None)),
        ("employee", CertificateKind.NEAR_EXPIRY, (Validity.VALID, "SIM-N001")),
        ("employee", CertificateKind.EXPIRED_RECENTLY, (Validity.VALID, "SIM-N002")),
        ("employee", CertificateKind.EXPIRED, "SIM-E007"),
        ("employee", CertificateKind.FOREIGN_CA, "SIM-E006"),
        ("none", CertificateKind.VALID, (Validity.NO_INFORMATION, None)),
        ("unknown", CertificateKind.VALID, (Validity.NO_INFORMATION, None)),
    ],
)
def test_each_kind_of_sample_certificate_has_its_answer(
    service: ServiceProcess,
    name: str,
    certificate: CertificateKind,
    expected: str | tuple[Validity, str | None],
) -> None:
    gateway = service.gateway()
    challenge = gateway.challenge("chk-1")
    proof = service.proof(name, challenge, certificate)
    if isinstance(expected, str):
        with pytest.raises(GatewayRefused) as caught:
            gateway.confirm("chk-1", challenge, proof)
        assert caught.value.service_code == expected
    else:
        result = gateway.confirm("chk-1", challenge, proof)
        assert (result.validity, result.notice_code) == expected
    service.close_gateways()


def context(service: ServiceProcess, *, with_certificate: bool = True) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(service.pki.service_ca_file))
    if with_certificate:
        made.load_cert_chain(service.pki.terminal_cert_file, service.pki.terminal_key_file)
    return made


def ask_in_the_raw(context: ssl.SSLContext, port: int) -> bytes:
    link = socket.create_connection(("127.0.0.1", port), 60)
    with link, context.wrap_socket(link, server_hostname="127.0.0.1") as tls:
        tls.sendall(b"POST /challenge HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        return tls.recv(1)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_without_a_client_certificate_nothing_is_asked(service: ServiceProcess, version: ssl.TLSVersion) -> None:
    before = service.requests()
    bare = context(service, with_certificate=False)
    bare.minimum_version = bare.maximum_version = version
    with pytest.raises(ssl.SSLError, match=r"(?i)alert"):
        ask_in_the_raw(bare, service.port)
    service.wait("tls_refused", before["tls_refused"] + 1)
    assert service.requests()["challenge"] == before["challenge"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_not_spoken(service: ServiceProcess) -> None:
    old = context(service)
    old.set_ciphers("ALL:@SECLEVEL=0")  # or this side would not even offer it
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
        ask_in_the_raw(old, service.port)


@pytest.fixture
def raw(service: ServiceProcess) -> Iterator[http.client.HTTPSConnection]:
    connection = http.client.HTTPSConnection("127.0.0.1", service.port, timeout=60, context=context(service))
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/alive", None, 204),
        ("GET", "/", None, 404),
        ("GET", "/challenge", None, 404),
        ("POST", "/nothing", b"x", 404),
        ("POST", "/challenge", b"x" * 65_537, 413),
        ("PUT", "/challenge", b"x", 501),
    ],
)
def test_other_requests_get_a_plain_status(
    raw: http.client.HTTPSConnection, method: str, path: str, body: bytes | None, status: int
) -> None:
    raw.request(method, path, body)
    assert raw.getresponse().status == status


@pytest.mark.parametrize("path", ["/challenge", "/confirmation"])
@pytest.mark.parametrize("body", [b"", b"hello", b"<XmlMsg/>", b"<!DOCTYPE a><XmlMsg/>", b"\xff" * 300])
def test_a_message_that_cannot_be_read_is_refused_in_words(
    raw: http.client.HTTPSConnection, path: str, body: bytes
) -> None:
    raw.request("POST", path, body)
    reply = parse_reply(raw.getresponse().read())
    assert (reply.segment, reply.error_code, reply.identifier) == ("9", "SIM-E001", None)


def test_it_listens_on_the_loopback_alone_and_its_control_socket_is_private(service: ServiceProcess) -> None:
    assert stat.S_IMODE(service.control.stat().st_mode) == 0o600
    listening = Path(f"/proc/{service.process.pid}/net/tcp").read_text().splitlines()
    ports = [line.split()[1] for line in listening if line.split()[3] == "0A"]
    assert f"0100007F:{service.port:04X}" in ports
    assert f"00000000:{service.port:04X}" not in ports


@pytest.mark.parametrize(
    "line",
    [b"nonsense\n", b"[]\n", b'{"do": "dance"}\n', b'{"do": "wait", "counter": "x", "at_least": 1, "timeout_s": 0}\n'],
)
def test_the_control_socket_answers_nonsense_with_an_error(service: ServiceProcess, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(60)
        link.connect(str(service.control))
        link.sendall(line)
        with link.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    assert answer["ok"] is False
    assert answer["error"]


def test_unknown_fault_names_list_the_known_ones(service: ServiceProcess) -> None:
    with pytest.raises(FaultError, match="clock-skew"):
        service.fault("gremlins")


def test_people_switch_faults_on_and_off_by_a_command(
    service: ServiceProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = service.gateway()
    assert run_fault(service.state, "500", 1) == 0
    assert capsys.readouterr().out == "The service's fault: 500. ./uketsuke fault none ends it.\n"
    with pytest.raises(GatewayBroken):
        gateway.challenge("chk-1")
    assert gateway.challenge("chk-1").nonce, "for one request only"
    assert run_fault(service.state, None, None) == 0
    assert "fault: 500" in capsys.readouterr().out
    assert run_fault(service.state, "none", None) == 0
    assert capsys.readouterr().out == "The service works.\n"
    assert run_fault(service.state, "gremlins", None) == 1
    assert "'gremlins' is not a fault of the service. Known: refuse, timeout" in capsys.readouterr().err
    assert run_fault(service.state, "timeout", 0) == 1
    assert "times must be a whole number from 1" in capsys.readouterr().err
    service.close_gateways()


def start(state: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "app.sandbox.service", "--state", str(state), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stderr


def test_a_port_in_use_is_one_clear_sentence(service: ServiceProcess, tmp_path: Path) -> None:
    people = str(service.state / "people.json")
    pki = str(service.pki.folder)
    code, words = start(tmp_path, "--port", str(service.port), "--people", people, "--pki", pki)
    assert code == 2
    assert words == f"Port {service.port} on 127.0.0.1 cannot be used. Choose another with --port.\n"


def test_a_mistake_in_a_people_file_or_trust_file_is_one_clear_sentence(
    service: ServiceProcess, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": 1, "people": [{"name": "x"}]}')
    code, words = start(tmp_path, "--port", "0", "--people", str(bad))
    assert (code, words) == (2, f"{bad}: person 'x', purpose: missing\n")
    people = str(service.state / "people.json")
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(service.pki.terminal_cert_file.read_bytes())
    for trust, why in (
        (bad, "is not a file of PEM certificates"),
        (tmp_path / "no.pem", "cannot be read"),
        (tmp_path, "is a folder"),
        (leaf, "is not that of a CA (basicConstraints CA:FALSE)"),
    ):
        code, words = start(
            tmp_path, "--port", "0", "--people", people, "--pki", str(service.pki.folder), "--trust", str(trust)
        )
        assert code == 2
        assert why in words
        assert words.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_on_a_signal_leaves_no_socket_and_has_logged_nobody(tmp_path: Path, number: signal.Signals) -> None:
    with ServiceProcess(tmp_path, some_people("employee")) as process:
        gateway = process.gateway()
        challenge = gateway.challenge("chk-1")
        gateway.confirm("chk-1", challenge, process.proof("employee", challenge))
        process.process.send_signal(number)
        code, words = process.stop()
    assert code == 0
    assert not process.control.exists()
    with pytest.raises(OSError, match="No such file"):
        service_status(process.control)
    words = re.sub(r"\bms=[\d.]+", "", words)  # any number may stand there
    for secret in ("試験", "1024", "chk-1", "employee", "Traceback"):
        assert secret not in words
