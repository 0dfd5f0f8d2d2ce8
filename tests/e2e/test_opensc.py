"""An independent reader, Debian's OpenSC, takes the virtual card for a JPKI card and agrees with it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from app.sandbox.card import VirtualCard
from app.sandbox.card_files import SAMPLE_SIGNATURE_PASSWORD
from app.sandbox.card_spec import CertificateKind, SampleCardKind
from tests.pcsc_stack import PcscStack, VirtualReader, wait_for_presence
from tests.sample_cards import NOON, PIN, sample_card, sample_pki

MESSAGE = b"a nonce of the eligibility service"
DIGEST = hashlib.sha256(MESSAGE).digest()
WRONG_PIN = "0000"


@pytest.fixture(autouse=True)
def opensc_is_installed() -> None:
    assert shutil.which("pkcs15-tool"), "OpenSC is missing: apt-get install opensc"


def put_in(reader: VirtualReader, stack: PcscStack, card: VirtualCard) -> VirtualCard:
    reader.insert(card)
    assert wait_for_presence(stack.reader_name, present=True)
    return card


def run(program: str, *options: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # Its own home and an empty configuration: no cached files of other cards, no local settings.
    settings = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "OPENSC_CONF": str(folder / "opensc.conf"), "LANG": "C"}
    (folder / "opensc.conf").touch()
    return subprocess.run(
        [program, *options], env=settings, capture_output=True, text=True, errors="replace", timeout=60, check=False
    )


def read_certificate(stack: PcscStack, number: str, folder: Path) -> bytes:
    result = run("pkcs15-tool", "--reader", stack.reader_name, "--read-certificate", number, folder=folder)
    assert result.returncode == 0, result.stderr
    certificate = x509.load_pem_x509_certificate(result.stdout.encode())
    return certificate.public_bytes(Encoding.DER)


def sign(stack: PcscStack, folder: Path, pin: str, key: str = "1") -> subprocess.CompletedProcess[str]:
    (folder / "digest").write_bytes(DIGEST)
    files = ["--input", str(folder / "digest"), "--output", str(folder / "signature")]
    what = ["--sign", "--sha-256", "--pkcs1", "--key", key, "--pin", pin]
    return run("pkcs15-crypt", "--reader", stack.reader_name, *what, *files, folder=folder)


def verify(certificate: bytes, signature: bytes) -> None:
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, RSAPublicKey)
    key.verify(signature, MESSAGE, PKCS1v15(), SHA256())


def auth_certificate(kind: CertificateKind = CertificateKind.VALID) -> bytes:
    return sample_pki().issue_card_certificate("sample", kind, NOON)


@pytest.mark.parametrize("kind", [SampleCardKind.MY_NUMBER, SampleCardKind.PHONE])
def test_card_is_recognised_as_jpki(
    kind: SampleCardKind, pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card(kind=kind))
    result = run("opensc-tool", "--reader", pcsc_stack.reader_name, "--name", folder=tmp_path)
    assert result.stdout.strip() == "jpki"


def test_transit_card_is_not_taken_for_one(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card(kind=SampleCardKind.TRANSIT))
    result = run("opensc-tool", "--reader", pcsc_stack.reader_name, "--name", folder=tmp_path)
    assert result.stdout.strip() != "jpki"


def test_certificates_pins_and_keys_are_listed(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    card = put_in(virtual_reader, pcsc_stack, sample_card(attempts=2))
    result = run("pkcs15-tool", "--reader", pcsc_stack.reader_name, "--dump", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    for label in (
        "X.509 Certificate [User Authentication Certificate]",
        "X.509 Certificate [User Authentication Certificate CA]",
        "X.509 Certificate [Digital Signature Certificate]",
        "X.509 Certificate [Digital Signature Certificate CA]",
        "Private RSA Key [User Authentication Key]",
        "PIN [User Authentication PIN]",
    ):
        assert label in result.stdout
    assert [line.split(":")[1].strip() for line in result.stdout.splitlines() if "Tries left" in line] == ["2", "5"]
    assert card.attempts_remaining == 2
    assert card.since_insertion.verifies == 0, "a look costs no try"


def test_card_without_a_document_certificate_is_accepted_and_lists_one(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card(signature_certificate=False))
    assert read_certificate(pcsc_stack, "1", tmp_path) == auth_certificate()
    assert sign(pcsc_stack, tmp_path, PIN).returncode == 0
    verify(auth_certificate(), (tmp_path / "signature").read_bytes())


def test_filler_behind_certificates_is_tolerated(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card("filler"))
    assert read_certificate(pcsc_stack, "1", tmp_path) == auth_certificate()


def test_certificate_bytes_are_ours(pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card())
    assert read_certificate(pcsc_stack, "1", tmp_path) == auth_certificate()
    assert read_certificate(pcsc_stack, "3", tmp_path) == sample_pki().card_ca_der()


@pytest.mark.parametrize("kind", [CertificateKind.EXPIRED, CertificateKind.FOREIGN_CA])
def test_other_certificates_are_read_as_they_are(
    kind: CertificateKind, pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card(certificate=kind))
    assert read_certificate(pcsc_stack, "1", tmp_path) == auth_certificate(kind)


@pytest.mark.parametrize("kind", [SampleCardKind.MY_NUMBER, SampleCardKind.PHONE])
def test_signature_made_through_opensc_verifies(
    kind: SampleCardKind, pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    card = put_in(virtual_reader, pcsc_stack, sample_card(kind=kind))
    result = sign(pcsc_stack, tmp_path, PIN)
    assert result.returncode == 0, result.stderr
    verify(auth_certificate(), (tmp_path / "signature").read_bytes())
    assert (card.since_insertion.verifies, card.since_insertion.signatures) == (1, 1)
    assert card.attempts_remaining == 3


def test_document_signature_made_through_opensc_verifies(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    put_in(virtual_reader, pcsc_stack, sample_card())
    result = sign(pcsc_stack, tmp_path, SAMPLE_SIGNATURE_PASSWORD.decode(), key="2")
    assert result.returncode == 0, result.stderr
    verify(sample_pki().issue_signature_certificate(NOON), (tmp_path / "signature").read_bytes())


def test_signature_made_through_pkcs11_verifies(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    card = put_in(virtual_reader, pcsc_stack, sample_card())
    (tmp_path / "message").write_bytes(MESSAGE)
    module = str(next(Path("/usr/lib").glob("*/opensc-pkcs11.so")))  # the folder is named after the machine's kind
    what = ["--sign", "--mechanism", "SHA256-RSA-PKCS", "--login", "--pin", PIN, "--id", "01"]
    files = ["--input-file", str(tmp_path / "message"), "--output-file", str(tmp_path / "signature")]
    result = run(
        "pkcs11-tool",
        "--module",
        module,
        "--token-label",
        "JPKI (User Authentication PIN)",
        *what,
        *files,
        folder=tmp_path,
    )
    assert result.returncode == 0, result.stderr
    verify(auth_certificate(), (tmp_path / "signature").read_bytes())
    assert card.since_insertion.verifies == 1


def test_wrong_pin_through_opensc_spends_exactly_one_try(
    pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    card = put_in(virtual_reader, pcsc_stack, sample_card())
    for left in (2, 1):
        result = sign(pcsc_stack, tmp_path, WRONG_PIN)
        assert result.returncode != 0
        assert card.attempts_remaining == left
    assert sign(pcsc_stack, tmp_path, PIN).returncode == 0
    assert card.attempts_remaining == 3
    assert card.since_insertion.verifies == 3


@pytest.mark.parametrize("faults", [(), ("blocked-6983",)])
def test_locked_card_is_still_read_and_never_signs(
    faults: tuple[str, ...], pcsc_stack: PcscStack, virtual_reader: VirtualReader, tmp_path: Path
) -> None:
    card = put_in(virtual_reader, pcsc_stack, sample_card(*faults, attempts=0))
    assert read_certificate(pcsc_stack, "1", tmp_path) == auth_certificate()
    assert sign(pcsc_stack, tmp_path, PIN).returncode != 0
    assert card.attempts_remaining == 0
    assert card.since_insertion.signatures == 0
