"""What the service decides: nonces, chain, age and signature, with a clock that tests move."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as OID
from cryptography.x509.oid import NameOID

from app.clock import TOKYO
from app.eligibility.model import Qualification, Validity
from app.eligibility.ports import Challenge
from app.exchange.online_messages import ChallengeRequest, ConfirmationRequest
from app.exchange.oqs import Reply
from app.sandbox.people import Person
from app.sandbox.people_answer import Answer, Notice
from app.sandbox.service_certificates import add_months
from app.sandbox.service_checks import MAX_OPEN_NONCES, EligibilityDesk
from app.sandbox.service_refusals import Refusal
from app.sandbox.trust import TrustFileError, load_card_cas
from tests.sandbox.service_process import INSTITUTION_CODE, sign

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=TOKYO)
CA_KEY = rsa.generate_private_key(65537, 2048)
CARD_KEY = rsa.generate_private_key(65537, 2048)
STRANGER_KEY = ec.generate_private_key(ec.SECP256R1())
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.wall = NOW
        self.grown_s = 100.0

    def now(self) -> datetime:
        return self.wall

    def monotonic_s(self) -> float:
        return self.grown_s


def certificate_of(
    key: Key | ed25519.Ed25519PrivateKey,
    *,
    since: datetime = NOW - timedelta(days=400),
    until: datetime = NOW + timedelta(days=400),
    issuer: str = "Test CA",
    issuer_key: Key = CA_KEY,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test card")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(since)
        .not_valid_after(until)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def usage(*names: str) -> x509.KeyUsage:
    """A keyUsage with these bits."""
    bits = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    bits += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{bit: bit in names for bit in bits})


def ca_certificate(
    key: Key = CA_KEY,
    name: str = "Test CA",
    *,
    since: datetime = NOW - timedelta(days=4000),
    until: datetime = NOW + timedelta(days=1000),
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(until)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def key_digest(key: Key) -> bytes:
    return hashlib.sha256(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


HANAKO = Person("hanako", "見本", answer=Answer(Validity.VALID, None, (Qualification(name="試験　花子"),)))
CA = ca_certificate()


class Counter:
    """A desk with its clock, and the usual way through it."""

    def __init__(self, *people: Person, card_cas: tuple[x509.Certificate, ...] = (CA,)) -> None:
        self.clock = HandClock()
        keys = {key_digest(CARD_KEY): "hanako"} if HANAKO in people else {}
        self.desk = EligibilityDesk(people, keys, card_cas, INSTITUTION_CODE, self.clock)

    def challenge(self, identifier: str = "chk-1") -> Challenge:
        challenge = self.desk.challenge(ChallengeRequest(INSTITUTION_CODE, identifier)).challenge
        assert challenge is not None
        return challenge

    def request(self, certificate: x509.Certificate | None = None, key: Key = CARD_KEY) -> ConfirmationRequest:
        challenge = self.challenge()
        shown = certificate or certificate_of(key)
        return ConfirmationRequest(
            institution_code=INSTITUTION_CODE,
            identifier="chk-1",
            confirmed_on=self.clock.now().date(),
            challenge_id=challenge.challenge_id,
            certificate_der=shown.public_bytes(Encoding.DER),
            signature=sign(key, challenge.nonce),
        )

    def ask(self, certificate: x509.Certificate | None = None, key: Key = CARD_KEY) -> Reply:
        return self.desk.confirm(self.request(certificate, key))


def refused(reply: Reply) -> Refusal:
    assert reply.result is None
    assert reply.segment == "9"
    assert reply.error_message.startswith("（模擬）")
    return Refusal(reply.error_code)


def test_a_known_key_gets_the_persons_answer() -> None:
    reply = Counter(HANAKO).ask()
    assert reply.result is not None
    assert reply.identifier == "chk-1"
    assert reply.result.processed_at == NOW
    assert reply.result.notice_code is None
    assert reply.result.qualifications == HANAKO.answer.qualifications


def test_an_unknown_person_is_no_information() -> None:
    reply = Counter(HANAKO).ask(key=STRANGER_KEY)
    assert reply.result is not None
    assert (reply.result.validity, reply.result.qualifications) == (Validity.NO_INFORMATION, ())


def test_a_person_is_found_by_the_certificates_digest_or_by_the_keys() -> None:
    certificate = certificate_of(STRANGER_KEY)
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    for ways in ({"certificate_sha256": (digest,)}, {"public_key_sha256": (key_digest(STRANGER_KEY),)}):
        person = dataclasses.replace(HANAKO, name="guest", **ways)
        reply = Counter(person).ask(certificate, STRANGER_KEY)
        assert reply.result is not None
        assert reply.result.validity is Validity.VALID


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=["P-256", "P-384"])
def test_cards_with_elliptic_keys_are_taken(curve: ec.EllipticCurve) -> None:
    reply = Counter(HANAKO).ask(key=ec.generate_private_key(curve))
    assert reply.result is not None


def test_nonces_are_32_random_bytes() -> None:
    counter = Counter(HANAKO)
    nonces = {counter.challenge().nonce for _ in range(20)}
    assert len(nonces) == 20
    assert {len(nonce) for nonce in nonces} == {32}


def test_a_nonce_is_good_for_one_request() -> None:
    counter = Counter(HANAKO)
    request = counter.request()
    assert counter.desk.confirm(request).result is not None
    assert refused(counter.desk.confirm(request)) is Refusal.CHALLENGE


def test_a_nonce_is_spent_by_a_request_that_fails() -> None:
    counter = Counter(HANAKO)
    request = counter.request()
    assert refused(counter.desk.confirm(dataclasses.replace(request, signature=b"x"))) is Refusal.SIGNATURE
    assert refused(counter.desk.confirm(request)) is Refusal.CHALLENGE


def test_a_nonce_belongs_to_the_check_that_asked_for_it() -> None:
    counter = Counter(HANAKO)
    request = dataclasses.replace(counter.request(), identifier="chk-2")
    assert refused(counter.desk.confirm(request)) is Refusal.CHALLENGE


@pytest.mark.parametrize(
    ("age_s", "outcome"), [(60.0, None), (60.1, Refusal.CHALLENGE_OLD), (500, Refusal.CHALLENGE_OLD)]
)
def test_a_nonce_lives_sixty_seconds(age_s: float, outcome: Refusal | None) -> None:
    counter = Counter(HANAKO)
    request = counter.request()
    counter.clock.grown_s += age_s
    reply = counter.desk.confirm(request)
    assert (reply.result is not None) if outcome is None else (refused(reply) is outcome)


def test_too_many_open_nonces_are_refused_until_old_ones_lapse() -> None:
    counter = Counter(HANAKO)
    for _ in range(MAX_OPEN_NONCES):
        counter.challenge()
    reply = counter.desk.challenge(ChallengeRequest(INSTITUTION_CODE, "chk-1"))
    assert (reply.challenge, reply.error_code) == (None, Refusal.TOO_MANY.value)
    counter.clock.grown_s += 121
    assert counter.challenge()


def test_another_institution_gets_neither_nonce_nor_answer() -> None:
    counter = Counter(HANAKO)
    reply = counter.desk.challenge(ChallengeRequest("4890000019", "chk-1"))
    assert (reply.challenge, reply.error_code) == (None, Refusal.INSTITUTION.value)
    request = dataclasses.replace(counter.request(), institution_code="4890000019")
    assert refused(counter.desk.confirm(request)) is Refusal.INSTITUTION


@pytest.mark.parametrize(
    ("until", "outcome"),
    [
        (NOW + timedelta(days=200), None),
        (datetime(2027, 2, 22, 9, 0, 1, tzinfo=TOKYO), None),
        (datetime(2027, 2, 22, 9, 0, 0, tzinfo=TOKYO), "SIM-N001"),
        (NOW + timedelta(seconds=1), "SIM-N001"),
        (NOW, "SIM-N001"),
        (NOW - timedelta(seconds=1), "SIM-N002"),
        (datetime(2026, 8, 22, 9, 0, 0, tzinfo=TOKYO), "SIM-N002"),
        (datetime(2026, 8, 22, 8, 59, 59, tzinfo=TOKYO), Refusal.EXPIRED),
        (NOW - timedelta(days=300), Refusal.EXPIRED),
    ],
)
def test_the_certificates_age_decides_between_notice_and_refusal(
    until: datetime, outcome: str | Refusal | None
) -> None:
    reply = Counter(HANAKO).ask(certificate_of(CARD_KEY, until=until))
    if isinstance(outcome, Refusal):
        assert refused(reply) is outcome
    else:
        assert reply.result is not None
        assert reply.result.validity is Validity.VALID
        assert reply.result.notice_code == outcome


def test_a_certificate_from_tomorrow_is_refused() -> None:
    reply = Counter(HANAKO).ask(certificate_of(CARD_KEY, since=NOW + timedelta(seconds=1)))
    assert refused(reply) is Refusal.NOT_YET_VALID


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-11-30", 3, "2027-02-28"), ("2027-11-30", 3, "2028-02-29"), ("2026-10-31", 3, "2027-01-31")],
)
def test_months_end_on_the_last_day_where_a_day_is_missing(day: str, months: int, expected: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=TOKYO)
    assert add_months(start, months) == datetime.fromisoformat(expected).replace(tzinfo=TOKYO)


def test_the_persons_own_notice_stands_before_the_certificates() -> None:
    person = dataclasses.replace(
        HANAKO, answer=dataclasses.replace(HANAKO.answer, notice=Notice("SIM-N100", "ひとこと"))
    )
    counter = Counter(person)
    counter.desk = EligibilityDesk([person], {key_digest(CARD_KEY): "hanako"}, (CA,), INSTITUTION_CODE, counter.clock)
    reply = counter.ask(certificate_of(CARD_KEY, until=NOW + timedelta(days=5)))
    assert reply.result is not None
    assert reply.result.notice_code == "SIM-N100"
    assert (reply.result.notice_text or "").startswith("ひとこと　（模擬）")


def test_a_certificate_of_another_ca_is_refused_even_under_the_same_name() -> None:
    forged = certificate_of(CARD_KEY, issuer_key=STRANGER_KEY)
    assert refused(Counter(HANAKO).ask(forged)) is Refusal.ISSUER
    other = certificate_of(CARD_KEY, issuer="Other CA", issuer_key=STRANGER_KEY)
    assert refused(Counter(HANAKO).ask(other)) is Refusal.ISSUER


def test_a_further_ca_can_be_trusted() -> None:
    other = certificate_of(CARD_KEY, issuer="Other CA", issuer_key=STRANGER_KEY)
    counter = Counter(HANAKO, card_cas=(CA, ca_certificate(STRANGER_KEY, "Other CA")))
    assert counter.ask(other).result is not None


PURPOSES = x509.ExtendedKeyUsage
LEAF, AUTHORITY = x509.BasicConstraints(False, None), x509.BasicConstraints(True, 0)


@pytest.mark.parametrize(
    ("extensions", "refusal"),
    [
        ((), None),
        ((LEAF, usage("digital_signature")), None),
        ((usage("digital_signature", "key_agreement"), PURPOSES([OID.CLIENT_AUTH, OID.EMAIL_PROTECTION])), None),
        ((PURPOSES([OID.SMARTCARD_LOGON]),), None),
        ((usage("digital_signature", "content_commitment"),), Refusal.PURPOSE),
        ((usage("content_commitment"),), Refusal.PURPOSE),
        ((usage("key_encipherment"),), Refusal.PURPOSE),
        ((usage("digital_signature", "key_cert_sign"),), Refusal.PURPOSE),
        ((AUTHORITY,), Refusal.PURPOSE),
        ((AUTHORITY, usage("digital_signature")), Refusal.PURPOSE),
        ((LEAF, usage("digital_signature"), PURPOSES([OID.SERVER_AUTH])), Refusal.PURPOSE),
        ((usage("digital_signature"), PURPOSES([OID.SERVER_AUTH, OID.CLIENT_AUTH])), Refusal.PURPOSE),
        ((PURPOSES([OID.CODE_SIGNING]),), Refusal.PURPOSE),
        ((PURPOSES([OID.EMAIL_PROTECTION]),), Refusal.PURPOSE),
    ],
    ids=[
        "no extensions",
        "as on a My Number card",
        "foreign card for log-in and mail",
        "foreign card for log-in",
        "署名用",
        "nonRepudiation alone",
        "encryption alone",
        "signs certificates",
        "CA:TRUE",
        "CA:TRUE that signs data",
        "server",
        "server and client",
        "code",
        "mail alone",
    ],
)
def test_a_certificate_for_another_purpose_is_refused(
    extensions: tuple[x509.ExtensionType, ...], refusal: Refusal | None
) -> None:
    reply = Counter(HANAKO).ask(certificate_of(CARD_KEY, extensions=extensions))
    assert (reply.result is not None) if refusal is None else (refused(reply) is refusal)


@pytest.mark.parametrize("extensions", [(), (AUTHORITY, usage("key_cert_sign"))], ids=["bare", "real profile"])
def test_the_authority_itself_is_no_card(extensions: tuple[x509.ExtensionType, ...]) -> None:
    authority = ca_certificate(extensions=extensions)
    counter = Counter(HANAKO, card_cas=(authority,))
    assert refused(counter.ask(authority, CA_KEY)) is Refusal.ISSUER


@pytest.mark.parametrize(
    ("since", "until", "refusal"),
    [
        (-4000, 1, None),
        (-4000, -80, None),
        (-4000, -100, Refusal.ISSUER),
        (-9000, -7450, Refusal.ISSUER),
        (1, 1000, Refusal.ISSUER),
    ],
    ids=["last day", "three months later", "after them", "ended in 2006", "not begun"],
)
def test_an_authority_counts_until_three_months_after_its_end(since: int, until: int, refusal: Refusal | None) -> None:
    authority = ca_certificate(since=NOW + timedelta(days=since), until=NOW + timedelta(days=until))
    reply = Counter(HANAKO, card_cas=(authority,)).ask()
    assert (reply.result is not None) if refusal is None else (refused(reply) is refusal)


@pytest.mark.parametrize(
    ("extensions", "why"),
    [
        ((), None),
        ((AUTHORITY,), None),
        ((AUTHORITY, usage("key_cert_sign", "crl_sign")), None),
        ((LEAF,), "basicConstraints CA:FALSE"),
        ((LEAF, usage("digital_signature")), "basicConstraints CA:FALSE"),
        ((usage("digital_signature"),), "keyUsage without keyCertSign"),
        ((AUTHORITY, usage("crl_sign")), "keyUsage without keyCertSign"),
    ],
)
def test_trust_wants_the_certificate_of_an_authority(
    tmp_path: Path, extensions: tuple[x509.ExtensionType, ...], why: str | None
) -> None:
    file = tmp_path / "trust.pem"
    given = (ca_certificate(), ca_certificate(STRANGER_KEY, "Other", extensions=extensions))
    file.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in given))
    if why is None:
        assert tuple(load_card_cas(file)) == given
        return
    with pytest.raises(TrustFileError) as caught:
        load_card_cas(file)
    assert str(caught.value) == (
        f"{file}: certificate 2 is not that of a CA ({why}): give the certificate that issued the cards."
    )


Change = Callable[[ConfirmationRequest], ConfirmationRequest]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda request: dataclasses.replace(request, certificate_der=b"\x30\x03\x02\x01\x00"), Refusal.CERTIFICATE),
        (
            lambda request: dataclasses.replace(request, certificate_der=request.certificate_der[:-9]),
            Refusal.CERTIFICATE,
        ),
        (lambda request: dataclasses.replace(request, signature=bytes(256)), Refusal.SIGNATURE),
        (lambda request: dataclasses.replace(request, signature=b""), Refusal.SIGNATURE),
        (lambda request: dataclasses.replace(request, signature=sign(CARD_KEY, b"x" * 32)), Refusal.SIGNATURE),
        (lambda request: dataclasses.replace(request, signature=sign(CA_KEY, b"x" * 32)), Refusal.SIGNATURE),
        (lambda request: dataclasses.replace(request, confirmed_on=(NOW + timedelta(days=2)).date()), Refusal.DAY),
        (lambda request: dataclasses.replace(request, confirmed_on=(NOW - timedelta(days=2)).date()), Refusal.DAY),
        (lambda request: dataclasses.replace(request, challenge_id="nonsense"), Refusal.CHALLENGE),
    ],
)
def test_a_proof_with_a_flaw_is_refused(change: Change, refusal: Refusal) -> None:
    counter = Counter(HANAKO)
    assert refused(counter.desk.confirm(change(counter.request()))) is refusal


def test_a_damaged_byte_anywhere_in_the_certificate_never_gives_an_answer() -> None:
    counter = Counter(HANAKO)
    whole = certificate_of(CARD_KEY).public_bytes(Encoding.DER)
    for at in range(0, len(whole), 7):
        request = counter.request()
        damaged = whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]
        assert counter.desk.confirm(dataclasses.replace(request, certificate_der=damaged)).result is None


WEAK_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 - made to be refused


@pytest.mark.parametrize("key", [WEAK_KEY, ed25519.Ed25519PrivateKey.generate()], ids=["short", "unknown"])
def test_weak_or_unknown_keys_are_refused(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> None:
    counter = Counter(HANAKO)
    request = counter.request()
    der = certificate_of(key).public_bytes(Encoding.DER)
    assert refused(counter.desk.confirm(dataclasses.replace(request, certificate_der=der))) is Refusal.CERTIFICATE


def test_every_refusal_has_words() -> None:
    desk = Counter(HANAKO).desk
    assert all(desk.refuse(refusal, None).error_message for refusal in Refusal)
