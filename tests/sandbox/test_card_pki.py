"""The sandbox's keys and certificates."""

from __future__ import annotations

import ipaddress
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID

from app.sandbox.card_spec import CertificateKind
from app.sandbox.certificates import AUTH_POLICY, SIGNATURE_POLICY
from app.sandbox.pki import SandboxPki
from tests.sample_cards import NOON, sample_pki


def leaf(kind: CertificateKind = CertificateKind.VALID, now: datetime = NOON) -> x509.Certificate:
    return x509.load_der_x509_certificate(sample_pki().issue_card_certificate("sample", kind, now))


def pem(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str | bytes]:
    return [part.value for part in name.get_attributes_for_oid(oid)]


def test_card_certificate_has_the_real_profile_under_a_name_of_our_own() -> None:
    certificate, ca = leaf(), pem(sample_pki().card_ca_file)
    assert certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSA_WITH_SHA256
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    assert (key.key_size, key.public_numbers().e) == (2048, 65537)
    assert 1 << 30 <= certificate.serial_number < 1 << 31
    assert names(certificate.issuer, NameOID.ORGANIZATION_NAME) == ["KIOSK-EMU"]
    assert names(certificate.issuer, NameOID.COUNTRY_NAME) == names(certificate.subject, NameOID.COUNTRY_NAME) == ["JP"]
    assert [part.oid for part in certificate.subject] == [NameOID.COUNTRY_NAME, NameOID.COMMON_NAME]
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.content_commitment
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier for policy in policies] == [AUTH_POLICY]
    alternative = certificate.extensions.get_extension_for_class(x509.IssuerAlternativeName).value
    assert len(alternative.get_values_for_type(x509.DirectoryName)) == 1
    certificate.verify_directly_issued_by(ca)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (CertificateKind.VALID, 92, 5 * 366),
        (CertificateKind.NEAR_EXPIRY, 1, 89),
        (CertificateKind.EXPIRED_RECENTLY, -89, -1),
        (CertificateKind.EXPIRED, -5 * 366, -93),
        (CertificateKind.FOREIGN_CA, 92, 5 * 366),
    ],
)
def test_end_of_validity_stands_relative_to_the_day(kind: CertificateKind, first: int, last: int) -> None:
    for now in (NOON, NOON + timedelta(days=400)):
        left = leaf(kind, now).not_valid_after_utc - now
        assert timedelta(days=first) <= left <= timedelta(days=last)


def test_every_kind_but_the_foreign_one_chains_to_the_card_ca() -> None:
    pki = sample_pki()
    card_ca, foreign_ca = pem(pki.card_ca_file), pem(pki.foreign_ca_file)
    for kind in CertificateKind:
        right, wrong = (foreign_ca, card_ca) if kind is CertificateKind.FOREIGN_CA else (card_ca, foreign_ca)
        certificate = leaf(kind)
        certificate.verify_directly_issued_by(right)
        with pytest.raises(ValueError, match="does not match certificate issuer"):
            certificate.verify_directly_issued_by(wrong)
        assert right.not_valid_before_utc <= certificate.not_valid_after_utc <= right.not_valid_after_utc


def test_certificate_is_the_same_all_day_and_for_every_process() -> None:
    pki = sample_pki()
    morning = pki.issue_card_certificate("sample", CertificateKind.VALID, NOON.replace(hour=0))
    evening = pki.issue_card_certificate("sample", CertificateKind.VALID, NOON.replace(hour=23, minute=59))
    elsewhere = SandboxPki(pki.folder).issue_card_certificate("sample", CertificateKind.VALID, NOON)
    tomorrow = pki.issue_card_certificate("sample", CertificateKind.VALID, NOON + timedelta(days=1))
    assert morning == evening == elsewhere != tomorrow
    assert (
        leaf().public_key()
        == x509.load_der_x509_certificate(tomorrow).public_key()
        == pki.card_key("sample").public_key()
    )


def test_signature_certificate_is_told_apart_by_policy_and_usage() -> None:
    certificate = x509.load_der_x509_certificate(sample_pki().issue_signature_certificate(NOON))
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier for policy in policies] == [SIGNATURE_POLICY]
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment


def test_tls_certificates_are_what_they_are_for() -> None:
    pki, now = sample_pki(), NOON
    service, ca = pem(pki.service_cert_file), pem(pki.service_ca_file)
    service.verify_directly_issued_by(ca)
    hosts = service.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert hosts.get_values_for_type(x509.DNSName) == ["localhost"]
    assert hosts.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    expired = pem(pki.service_expired_cert_file)
    expired.verify_directly_issued_by(ca)
    assert expired.not_valid_after_utc < now < service.not_valid_after_utc
    other = pem(pki.service_wrong_name_cert_file)
    other.verify_directly_issued_by(ca)
    other_hosts = other.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert other_hosts.get_values_for_type(x509.DNSName) == ["elsewhere.invalid"]
    terminal = pem(pki.terminal_cert_file)
    terminal.verify_directly_issued_by(pem(pki.terminal_ca_file))
    purposes = terminal.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_keys_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    SandboxPki(tmp_path / "pki").ensure(["a"])
    keys = {path: path.read_bytes() for path in (tmp_path / "pki").glob("*.key")}
    assert len(keys) > 8
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    SandboxPki(tmp_path / "pki").ensure(["a", "b"])
    assert {path: path.read_bytes() for path in keys} == keys
    assert (tmp_path / "pki" / "card-key-b.key").exists()
    assert not list((tmp_path / "pki").glob(".new-*"))


def test_certificates_of_servers_are_renewed_before_they_end_and_keep_their_keys(tmp_path: Path) -> None:
    pki, year = SandboxPki(tmp_path), timedelta(days=380)
    pki.ensure([], NOON)
    first, key = pem(pki.service_cert_file), pki.service_key_file.read_bytes()
    ca = pki.service_ca_file.read_bytes()
    pki.ensure([], NOON + timedelta(days=300))
    assert pem(pki.service_cert_file) == first
    SandboxPki(tmp_path).ensure([], NOON + year)
    assert pem(pki.service_cert_file).not_valid_after_utc > NOON + year
    assert (pki.service_key_file.read_bytes(), pki.service_ca_file.read_bytes()) == (key, ca)


def test_two_processes_that_start_at_once_agree_on_every_key(tmp_path: Path) -> None:
    parties = [SandboxPki(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda party: party.ensure(["a"]), parties))
        keys = list(pool.map(lambda party: party.card_key("late").public_key(), parties))
    assert len({key.public_numbers() for key in keys}) == 1
    assert len({party.card_key("a").public_key().public_numbers() for party in parties}) == 1


@pytest.mark.parametrize("name", ["../escape", "", "A", "a/b"])
def test_names_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        SandboxPki(tmp_path).ensure([name])
    with pytest.raises(ValueError, match="lower-case"):
        SandboxPki(tmp_path).card_key(name)
