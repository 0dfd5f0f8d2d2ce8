"""Kinds of sample cards, their faults, and what may be written in the people file."""

from __future__ import annotations

import pytest
from cryptography import x509

from app.sandbox.card import Tally
from app.sandbox.card_files import ATR
from app.sandbox.card_spec import CardSpec, CertificateKind, SampleCardKind
from app.sandbox.faults import KNOWN, Faults, parse_faults
from app.sandbox.pki import ANOTHER_CARD
from tests.sample_cards import NOON, sample_card, sample_pki
from tests.sandbox.card_talk import JPKI, RIGHT_PIN, SIGN, SIGNATURE_PASSWORD, WRONG_PIN, ef, send

FIRST_BYTES = "00B0000004"


def certificate(name: str = "sample", kind: CertificateKind = CertificateKind.VALID) -> bytes:
    return sample_pki().issue_card_certificate(name, kind, NOON)


def reading(*faults: str, times: int = 1) -> bytes:
    """Read EF 000A as a driver does: its head, then all of it, ``times`` times; return the last."""
    card = sample_card(*faults)
    send(card, JPKI)
    content = b""
    for _ in range(times):
        size = int.from_bytes(bytes.fromhex(send(card, ef("000A"), FIRST_BYTES))[2:4], "big") + 4
        content = b""
        while len(content) < size:
            content += bytes.fromhex(send(card, f"00B0{len(content):04X}00"))[:-2]
    return content


# --- kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in SampleCardKind if kind is not SampleCardKind.PHONE])
def test_atr_checksum_is_right(kind: SampleCardKind) -> None:
    checksum = 0
    for byte in ATR[kind][1:]:
        checksum ^= byte
    assert checksum == 0


def test_phone_opens_its_certificate_after_the_pin_only() -> None:
    card = sample_card(kind=SampleCardKind.PHONE)
    assert send(card, JPKI, ef("000A"), FIRST_BYTES) == "6982"
    assert send(card, ef("0018"), "00200080") == "63C3"
    assert send(card, RIGHT_PIN, ef("000A"), FIRST_BYTES).endswith("9000")
    assert send(card, ef("0017"), SIGN).endswith("9000")


def test_juki_card_has_no_authentication_certificate() -> None:
    card = sample_card(kind=SampleCardKind.JUKI)
    answers = [send(card, JPKI)] + [send(card, ef(number)) for number in ("0006", "000A", "0017", "0018", "0001")]
    assert answers == ["9000", "9000", "6A82", "6A82", "6A82", "9000"]


def test_transit_card_knows_nothing_of_ours() -> None:
    card = sample_card(kind=SampleCardKind.TRANSIT)
    commands = [JPKI, ef("000A"), "00B0000000", "00200080", RIGHT_PIN, SIGN, "FFCA000000", "00"]
    assert [send(card, command) for command in commands] == ["6A82", "6A82"] + ["6D00"] * 6
    assert card.attempts_remaining is None


def test_face_authentication_card_shows_its_certificate_and_never_signs() -> None:
    card = sample_card(kind=SampleCardKind.FACE_AUTH)
    assert send(card, JPKI, ef("000A"), FIRST_BYTES).endswith("9000")
    assert send(card, ef("0018")) == "6A82"
    assert send(card, RIGHT_PIN) == "6981"
    assert send(card, ef("0017"), SIGN) == "6982"
    assert card.attempts_remaining is None


def test_card_without_a_document_certificate_says_so_and_keeps_its_other_files() -> None:
    card = sample_card(signature_certificate=False)
    assert send(card, JPKI, ef("0008"), "00B0000000") == "008F009000"
    assert [send(card, ef(number)) for number in ("0001", "001A", "0002", "001B")] == ["6A82", "6A82", "9000", "9000"]
    assert send(card, SIGNATURE_PASSWORD) == "9000"
    assert send(card, ef("0018"), RIGHT_PIN, ef("0017"), SIGN).endswith("9000")


@pytest.mark.parametrize("kind", [kind for kind in SampleCardKind if kind is not SampleCardKind.TRANSIT])
def test_number_file_of_the_other_application_never_opens(kind: SampleCardKind) -> None:
    card = sample_card(kind=kind)
    found = send(card, "00A4040C0AD3921000310001010408")
    if found == "6A82":
        assert kind is SampleCardKind.PHONE
        return
    commands = [ef("0001"), "00B0000000", "00B0810000", RIGHT_PIN, "00B0000000"]
    assert [send(card, command) for command in commands] == ["9000", "6982", "6982", "6981", "6982"]


# --- counts -------------------------------------------------------------------------------------------------------


def test_counts_tell_tries_from_questions() -> None:
    card = sample_card()
    send(card, JPKI, ef("0018"), "00200080", "00200080", WRONG_PIN, RIGHT_PIN, ef("0017"), SIGN)
    assert card.since_insertion == Tally(commands=8, verifies=2, queries=2, signatures=1)
    card.insert()
    send(card, JPKI, ef("0018"), RIGHT_PIN)
    assert card.since_insertion == Tally(commands=3, verifies=1)
    assert card.total == Tally(commands=11, verifies=3, queries=2, signatures=1)


def test_renewed_card_keeps_its_tries_and_totals() -> None:
    old, new = sample_card(), sample_card()
    send(old, JPKI, ef("0018"), WRONG_PIN, WRONG_PIN)
    new.adopt_counters(old)
    assert new.attempts_remaining == 1
    assert new.total == Tally(commands=4, verifies=2)
    assert send(old, RIGHT_PIN) == "9000"
    assert new.attempts_remaining == 1, "the old object no longer counts"


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "faults"),
    [
        ([], Faults()),
        (["pulled-at-1"], Faults(pulled_at=1)),
        (["pulled-at-999"], Faults(pulled_at=999)),
        (["silent"], Faults(silent_from=1)),
        (["silent-at-7"], Faults(silent_from=7)),
        (["slow"], Faults(signature_delay_s=3.0)),
        (["slow-0.3"], Faults(signature_delay_s=0.3)),
        (["slow-all-1"], Faults(command_delay_s=1.0)),
        (["damaged-certificate"], Faults(damaged_certificate=True)),
        (["swapped-certificate"], Faults(swapped_certificate=True)),
        (["first-6F00"], Faults(first_6f00=True)),
        (["blocked-query"], Faults(blocked_query=True)),
        (["blocked-6983", "blocking-word"], Faults(blocked_sw=0x6983, blocks_with_word=True)),
        (["query-9000"], Faults(verified_query_sw=0x9000)),
        (["query-refused"], Faults(verified_query_sw=0x6700)),
        (["filler"], Faults(filler=True)),
        (["pulled-at-3", "pulled-at-4", "slow"], Faults(pulled_at=4, signature_delay_s=3.0)),
    ],
)
def test_faults_are_known_by_name(names: list[str], faults: Faults) -> None:
    assert parse_faults(names) == faults


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Silent",
        "pulled",
        "pulled-at-0",
        "pulled-at-01",
        "pulled-at-1000",
        "pulled-at-x",
        "slow-0",
        "slow-121",
        "slow-all",
        "slow-1e3",
        "silent-at--1",
        "blocked-6982",
        "first-6f00",
    ],
)
def test_unknown_fault_is_named_and_the_known_ones_listed(name: str) -> None:
    with pytest.raises(ValueError, match="not a known fault") as error:
        parse_faults([name])
    assert repr(name) in str(error.value)
    assert all(known in str(error.value) for known in KNOWN)


def test_certificate_is_read_whole() -> None:
    assert reading() == certificate()
    assert reading(times=3) == certificate()


def test_damaged_certificate_has_its_length_and_no_sense() -> None:
    content = reading("damaged-certificate")
    assert len(content) == len(certificate())
    with pytest.raises(ValueError, match="parsing"):
        x509.load_der_x509_certificate(content)


def test_swapped_certificate_comes_from_the_second_reading_on() -> None:
    assert reading("swapped-certificate") == certificate()
    assert reading("swapped-certificate", times=2) == certificate(ANOTHER_CARD)
    assert reading("swapped-certificate", times=3) == certificate(ANOTHER_CARD)


def test_short_file_identifier_reads_a_certificate_once_however_many_parts_it_takes() -> None:
    card = sample_card("swapped-certificate")
    parts = [send(card, JPKI, "00B08A0000"), send(card, "00B08AFF00"), send(card, "00B0010000")]
    assert [bytes.fromhex(part)[:-2] for part in parts] == [
        certificate()[0:256],
        certificate()[255:511],
        certificate()[256:512],
    ]
    assert bytes.fromhex(send(card, "00B08A0000"))[:-2] == certificate(ANOTHER_CARD)[:256]


def test_swapped_certificate_starts_anew_with_each_insertion() -> None:
    card = sample_card("swapped-certificate")
    serials = []
    for _ in range(2):
        card.insert()
        for _ in range(2):
            serials.append(send(card, JPKI, ef("000A"), "00B0000D08"))
    assert serials[0] == serials[2] != serials[1] == serials[3]


def test_first_answer_after_each_power_up_is_6f00() -> None:
    card = sample_card("first-6F00")
    assert [send(card, JPKI) for _ in range(3)] == ["6F00", "9000", "9000"]
    card.reset()
    assert send(card, JPKI) == "9000"
    card.power_off()
    assert [send(card, JPKI) for _ in range(2)] == ["6F00", "9000"]


def test_filler_follows_each_certificate_and_its_der_length_stays() -> None:
    card = sample_card("filler")
    send(card, JPKI, ef("000A"))
    size = len(certificate())
    assert reading("filler")[:size] == certificate()
    assert send(card, f"00B0{size:04X}04") == "FFFFFFFF9000"
    assert send(card, f"00B0{size + 599:04X}00") == "FF9000"
    assert send(card, f"00B0{size + 600:04X}00") == "6B00"
    assert send(card, ef("0006"), "00B000A001") == "6B00", "only certificates are filled up"


@pytest.mark.parametrize(
    ("fault", "after"), [("query-9000", "9000"), ("query-refused", "6700"), ("filler", "63C3")], ids=str
)
def test_asking_for_the_tries_of_a_verified_pin(fault: str, after: str) -> None:
    card = sample_card(fault)
    assert send(card, JPKI, ef("0018"), "00200080") == "63C3"
    assert send(card, WRONG_PIN) == "63C2"
    assert send(card, "00200080") == "63C2"
    assert [send(card, RIGHT_PIN), send(card, "00200080")] == ["9000", after]
    assert send(card, ef("001B"), "00200080") == "63C5", "the other reference was not verified"
    assert send(card, ef("0018"), WRONG_PIN, "00200080") == "63C2"
    assert send(card, RIGHT_PIN) == "9000"
    card.power_off()
    assert send(card, JPKI, ef("0018"), "00200080") == "63C3"


def test_faults_of_one_insertion_are_gone_at_the_next() -> None:
    card = sample_card("blocked-6983", attempts=0)
    assert card.insert(("first-6F00",)).first_6f00
    assert send(card, JPKI) == "6F00"
    assert not card.insert().first_6f00
    assert send(card, JPKI, ef("0018"), RIGHT_PIN) == "6983", "its own fault stays"


# --- data ---------------------------------------------------------------------------------------------------------


def test_card_is_read_from_its_json() -> None:
    spec = CardSpec.from_json(
        "near-expiry",
        "期限が近い",
        {
            "kind": "my_number",
            "pin": "1234",
            "attempts": 2,
            "certificate": "near_expiry",
            "signature_certificate": False,
            "faults": ["slow-0.5"],
        },
    )
    near = CertificateKind.NEAR_EXPIRY
    assert spec == CardSpec(
        "near-expiry",
        "期限が近い",
        SampleCardKind.MY_NUMBER,
        "1234",
        2,
        near,
        ("slow-0.5",),
        signature_certificate=False,
    )


def test_what_is_left_out_has_defaults() -> None:
    assert CardSpec.from_json("a", "b", {"kind": "transit"}) == CardSpec("a", "b", SampleCardKind.TRANSIT)
    assert CardSpec.from_json("a", "b", {"kind": "face_auth", "pin": None}).pin is None


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({}, "needs kind to be one of: my_number, phone, juki, transit, face_auth"),
        ({"kind": "passport"}, "needs kind"),
        ({"kind": ["my_number"]}, "needs kind"),
        ({"kind": "my_number"}, "needs a PIN of exactly four digits"),
        ({"kind": "my_number", "pin": "123"}, "four digits"),
        ({"kind": "my_number", "pin": "12345"}, "four digits"),
        ({"kind": "my_number", "pin": "１２３４"}, "four digits"),
        ({"kind": "my_number", "pin": 1234}, "not text"),
        ({"kind": "face_auth", "pin": "1234"}, "has no PIN"),
        ({"kind": "transit", "pin": "1234"}, "has no PIN"),
        ({"kind": "my_number", "pin": "1234", "attempts": 4}, "attempts outside 0 to 3"),
        ({"kind": "my_number", "pin": "1234", "attempts": -1}, "attempts outside 0 to 3"),
        ({"kind": "my_number", "pin": "1234", "attempts": "3"}, "not a whole number"),
        ({"kind": "my_number", "pin": "1234", "attempts": True}, "not a whole number"),
        ({"kind": "my_number", "pin": "1234", "certificate": "old"}, "needs certificate to be one of: valid"),
        ({"kind": "my_number", "pin": "1234", "faults": "slow"}, "not a list"),
        ({"kind": "my_number", "pin": "1234", "faults": [1]}, "not a list"),
        ({"kind": "my_number", "pin": "1234", "faults": ["fast"]}, "'fast' is not a known fault"),
        (
            {"kind": "my_number", "pin": "1234", "signature_certificate": "no"},
            "signature_certificate to be true or false",
        ),
        ({"kind": "my_number", "pin": "1234", "colour": "red"}, "unknown fields: colour"),
    ],
)
def test_mistake_in_a_card_is_a_sentence_without_the_pin(card: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=r"^The card 'sample'") as error:
        CardSpec.from_json("sample", "b", card)
    assert words in str(error.value)
    assert "123" not in str(error.value).replace("'sample'", "")


@pytest.mark.parametrize("name", ["", "Employee", "a b", "../a", "社保", "-a", "a" * 41])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        CardSpec(name, "b", SampleCardKind.TRANSIT)
