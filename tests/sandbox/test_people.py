"""The people file: the packaged people, and a clear error for each mistake."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.clock import TOKYO
from app.eligibility.model import Qualification, Validity
from app.sandbox.card_spec import CertificateKind, SampleCardKind
from app.sandbox.people import PeopleFileError, Person, load_people

PEOPLE = {person.name: person for person in load_people()}
QUALIFIED = [
    (person.name, qualification)
    for person in PEOPLE.values()
    if person.answer
    for qualification in person.answer.qualifications
]
KEY = ec.derive_private_key(7, ec.SECP256R1()).public_key()
PEM = KEY.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
KEY_SHA256 = hashlib.sha256(KEY.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def with_check_digit(body: str) -> str:
    """Modulus 10, weights 2 and 1 from the right, digits of each product added (保険者番号)."""
    total = 0
    for index, digit in enumerate(reversed(body)):
        product = int(digit) * (2 - index % 2)
        total += product // 10 + product % 10
    return body + str(-total % 10)


def test_the_check_digit_rule_gives_the_official_example() -> None:
    assert with_check_digit("3312001") == "33120015"


def one(name: str) -> Qualification:
    answer = PEOPLE[name].answer
    assert answer is not None
    return answer.qualifications[0]


@pytest.mark.parametrize(
    ("name", "validity"),
    [
        ("employee", Validity.VALID),
        ("family", Validity.VALID),
        ("lost", Validity.INVALID),
        ("newer-exists", Validity.INVALID_NEWER_EXISTS),
        ("none", Validity.NO_INFORMATION),
        ("multiple", Validity.MULTIPLE),
        ("medical-aid", Validity.VALID),
        ("medical-aid-unregistered", Validity.VALID_UNREGISTERED),
    ],
)
def test_each_verdict_has_a_person(name: str, validity: Validity) -> None:
    answer = PEOPLE[name].answer
    assert answer is not None
    assert answer.validity is validity


def test_the_people_that_practice_needs_are_there() -> None:
    assert one("family").personal_family == "2"
    assert one("family").insured_name != one("family").name
    assert len(one("kokuho").insurer_number or "") == 6
    assert one("elderly-10").contribution_ratio == "010"
    assert (one("elderly-10").insurer_number or "").startswith("39")
    assert (one("elderly-10").symbol, one("elderly-10").branch_number) == (None, None)
    recipient = one("recipient-20").elderly_recipient
    assert recipient is not None
    assert recipient.contribution_ratio == "020"
    assert one("preschool").preschool == "1"
    assert one("lost").disqualified_on
    assert one("medical-aid").card_classification == "A1"
    assert dict(one("medical-aid").medical_tickets[0].fields)["TicketType"] == "01"
    assert set("髙﨑𠮷●") <= set(one("rare-kanji").name or "")
    assert len(one("foreign-name").name or "") > 50
    answer = PEOPLE["multiple"].answer
    assert answer is not None
    assert len(answer.qualifications) == 2


def test_the_twins_differ_only_in_card_and_numbers() -> None:
    first, second = one("twin-a"), one("twin-b")
    assert (first.name, first.name_kana, first.birthdate) == (second.name, second.name_kana, second.birthdate)
    assert (first.insurer_number, first.number) != (second.insurer_number, second.number)


@pytest.mark.parametrize(
    ("name", "kind", "certificate", "attempts"),
    [
        ("one-try-left", SampleCardKind.MY_NUMBER, CertificateKind.VALID, 1),
        ("locked", SampleCardKind.MY_NUMBER, CertificateKind.VALID, 0),
        ("near-expiry", SampleCardKind.MY_NUMBER, CertificateKind.NEAR_EXPIRY, 3),
        ("expired-recently", SampleCardKind.MY_NUMBER, CertificateKind.EXPIRED_RECENTLY, 3),
        ("expired", SampleCardKind.MY_NUMBER, CertificateKind.EXPIRED, 3),
        ("foreign-ca", SampleCardKind.MY_NUMBER, CertificateKind.FOREIGN_CA, 3),
        ("face-auth", SampleCardKind.FACE_AUTH, CertificateKind.VALID, 3),
        ("phone", SampleCardKind.PHONE, CertificateKind.VALID, 3),
        ("juki", SampleCardKind.JUKI, CertificateKind.VALID, 3),
        ("transit", SampleCardKind.TRANSIT, CertificateKind.VALID, 3),
    ],
)
def test_each_special_card_is_there(
    name: str, kind: SampleCardKind, certificate: CertificateKind, attempts: int
) -> None:
    card = PEOPLE[name].card
    assert card is not None
    assert (card.kind, card.certificate, card.attempts) == (kind, certificate, attempts)


def test_pins_differ_and_none_is_0000() -> None:
    pins = [person.card.pin for person in PEOPLE.values() if person.card and person.card.pin]
    assert len(set(pins)) == len(pins) > 20
    assert "0000" not in pins
    assert not any(pin in person.name for person in PEOPLE.values() for pin in pins)


def test_purposes_are_japanese_sentences_of_their_own() -> None:
    purposes = [person.purpose for person in PEOPLE.values()]
    assert len(set(purposes)) == len(purposes)
    assert all(re.search(r"[ぁ-ん]", purpose) for purpose in purposes)


@pytest.mark.parametrize(("name", "qualification"), QUALIFIED)
def test_numbers_are_invented_and_consistent(name: str, qualification: Qualification) -> None:
    number = qualification.insurer_number or ""
    assert with_check_digit(number[:-1]) == number
    assert number[-6:-4] == "48"  # a prefecture that does not exist
    assert (qualification.post_number or "").startswith("48")


@pytest.mark.parametrize(("name", "qualification"), QUALIFIED)
def test_kana_is_half_width_and_names_have_a_full_width_space(name: str, qualification: Qualification) -> None:
    kana = qualification.name_kana or ""
    assert " " in kana
    assert all(char == " " or "\uff66" <= char <= "\uff9f" for char in kana)
    assert "　" in (qualification.name or "")
    assert unicodedata.normalize("NFKC", kana) != kana


def test_ages_fit_their_schemes_for_years_to_come() -> None:
    def age(name: str, day: datetime) -> float:
        born = datetime.strptime(one(name).birthdate or "", "%Y%m%d").replace(tzinfo=TOKYO)
        return (day - born).days / 365.25

    for year in (2026, 2027, 2028, 2029, 2030):
        day = datetime(year, 11, 22, tzinfo=TOKYO)
        assert age("elderly-10", day) >= 75
        assert age("face-auth", day) >= 75
        assert 70 <= age("recipient-20", day) < 75
        assert age("preschool", day) < 6


def test_qualifications_of_valid_people_have_not_ended() -> None:
    for name, qualification in QUALIFIED:
        answer = PEOPLE[name].answer
        assert answer is not None
        if answer.validity.is_valid:
            assert qualification.disqualified_on is None
            assert (qualification.card_valid_to or "99999999") >= "20301231"


BASE: dict[str, Any] = {
    "format": 1,
    "people": [
        {
            "name": "someone",
            "purpose": "見本",
            "card": {"kind": "my_number", "pin": "1234"},
            "answer": {
                "validity": "1",
                "notice": {"code": "SIM-N009", "text": "お知らせ"},
                "qualifications": [
                    {
                        "InsurerNumber": "481234",
                        "Name": "試験　花子",
                        "Birthdate": "19540311",
                        "ElderlyRecipientCertificateInfo": {"ElderlyRecipientContributionRatio": "020"},
                        "SpecificDiseasesCertificateList": [{"SpecificDiseasesDiseaseCategory": "1"}],
                        "PublicExpenseResultList": [{"TicketType": "01", "MedicalTreatmentMonth": "202611"}],
                        "PharmacistsInfoConsFlg": "0",
                    }
                ],
            },
        },
        {"name": "other", "purpose": "ほかのカード", "public_key_pem": [PEM]},
    ],
}


def written(folder: Path, content: object) -> Path:
    file = folder / "people.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_a_full_file_is_read(tmp_path: Path) -> None:
    someone, other = load_people(written(tmp_path, BASE))
    assert isinstance(someone, Person)
    assert someone.answer is not None
    assert someone.answer.notice is not None
    assert someone.answer.qualifications[0].extras == (("PharmacistsInfoConsFlg", "0"),)
    assert other.card is None
    assert other.answer is None
    assert other.public_key_sha256 == (KEY_SHA256.digest(),)


def test_digests_may_hold_colons_and_capitals(tmp_path: Path) -> None:
    content = copy.deepcopy(BASE)
    text = KEY_SHA256.hexdigest().upper()
    content["people"][1] = {
        "name": "other",
        "purpose": "ほか",
        "certificate_sha256": [":".join(text[at : at + 2] for at in range(0, 64, 2))],
    }
    assert load_people(written(tmp_path, content))[1].certificate_sha256 == (KEY_SHA256.digest(),)


Change = Callable[[dict[str, Any]], object]


def person(change: Change) -> Change:
    return lambda content: change(content["people"][0])


def answer(change: Change) -> Change:
    return lambda content: change(content["people"][0]["answer"])


def qualification(change: Change) -> Change:
    return lambda content: change(content["people"][0]["answer"]["qualifications"][0])


def put(name: str, value: object) -> Change:
    return lambda target: target.__setitem__(name, value)


def drop(name: str) -> Change:
    return lambda target: target.pop(name)


def other(name: str, value: object) -> Change:
    return lambda content: content["people"][1].__setitem__(name, value)


def both(name: str, value: object) -> Change:
    return lambda content: [one.__setitem__(name, value) for one in content["people"]]


MISTAKES: list[tuple[Change, str]] = [
    (put("format", 2), "format: expected the number 1"),
    (put("format", True), "format: expected the number 1"),
    (drop("format"), "format: missing"),
    (put("version", 1), "version: not a field here"),
    (put("people", {}), "people: expected a list"),
    (put("people", []), "people: expected a list of at least one"),
    (put("people", ["x"]), "person number 1, entry: expected an object"),
    (person(drop("name")), "person number 1, name: missing"),
    (person(put("name", 7)), "person number 1, name: expected text"),
    (person(put("name", "Some One")), "'Some One', card: A card's name is"),
    (other("name", "Ünlü"), "'Ünlü', name: A card's name is"),
    (other("name", "someone"), "'someone', name: already used by person 'someone'"),
    (person(drop("purpose")), "'someone', purpose: missing"),
    (person(put("purpose", " ")), "'someone', purpose: empty"),
    (person(put("number", "123456789012")), "'someone', number: not a field here; expected name, purpose, card"),
    (person(put("card", "x")), "'someone', card: expected an object"),
    (person(put("card", {"pin": "1234"})), "'someone', card: .*kind"),
    (person(put("card", {"kind": "gold", "pin": "1234"})), "'someone', card: .*my_number, phone"),
    (person(put("card", {"kind": "my_number"})), "'someone', card: .*PIN of exactly four digits"),
    (person(put("card", {"kind": "my_number", "pin": "12a4"})), "'someone', card: .*PIN of exactly four digits"),
    (person(put("card", {"kind": "my_number", "pin": 1234})), "'someone', card: .*PIN that is not text"),
    (person(put("card", {"kind": "transit", "pin": "1234"})), "'someone', card: .*has no PIN"),
    (person(put("card", {"kind": "my_number", "pin": "1234", "attempts": 9})), "'someone', card: .*attempts"),
    (person(put("card", {"kind": "my_number", "pin": "1234", "faults": ["x"]})), "'someone', card: .*fault"),
    (person(put("card", {"kind": "my_number", "pin": "1234", "colour": "x"})), "'someone', card: .*colour"),
    (person(drop("card")), "'someone', card: expected a card, or a way to find the person"),
    (other("certificate_sha256", "ab"), "'other', certificate_sha256: expected a list"),
    (other("certificate_sha256", [7]), "'other', certificate_sha256: expected a list of texts"),
    (other("certificate_sha256", ["ab"]), "'other', certificate_sha256: expected a SHA-256 as 64"),
    (other("public_key_sha256", ["z" * 64]), "'other', public_key_sha256: expected a SHA-256 as 64"),
    (other("public_key_pem", ["hello"]), "'other', public_key_pem: expected a public key"),
    (other("public_key_sha256", [KEY_SHA256.hexdigest()]), "'other', public_key_sha256 .*already used by .*'other'"),
    (both("public_key_pem", [PEM]), "'other', public_key_sha256 or public_key_pem: already used by person 'someone'"),
    (both("certificate_sha256", ["00" * 32]), "'other', certificate_sha256: already used by person 'someone'"),
    (person(put("answer", [])), "'someone', answer: expected an object"),
    (answer(drop("validity")), "'someone', answer.validity: missing"),
    (answer(put("validity", 1)), 'answer.validity: expected one of "1" to "6"'),
    (answer(put("validity", "7")), 'answer.validity: expected one of "1" to "6"'),
    (answer(put("validity", [])), 'answer.validity: expected one of "1" to "6"'),
    (answer(put("validity", "4")), "answer.qualifications: expected none"),
    (answer(put("qualifications", [])), "answer.qualifications: expected at least one"),
    (answer(lambda target: target.update(validity="2", qualifications=[])), 'expected at least one, validity "2"'),
    (answer(put("qualifications", {})), "answer.qualifications: expected a list"),
    (answer(put("qualifications", ["x"])), r"answer.qualifications\[0\]: expected an object"),
    (answer(put("verdict", "1")), "answer.verdict: not a field here"),
    (answer(put("notice", "x")), "answer.notice: expected an object"),
    (answer(put("notice", {"code": "x"})), "answer.notice.text: missing"),
    (answer(put("notice", {"code": "x", "text": 1})), "answer.notice.text: expected text"),
    (qualification(drop("Name")), r"qualifications\[0\].Name: missing"),
    (qualification(put("Name", "")), r"qualifications\[0\].Name: empty"),
    (qualification(put("Name", None)), r"qualifications\[0\].Name: expected text"),
    (qualification(put("Name", "試\x07験")), r"Name: holds control characters"),
    (qualification(put("Name", "試\u202e験")), r"Name: holds control characters"),
    (qualification(put("Name", "試\ufffe験")), r"Name: holds control characters"),
    (
        answer(put("qualifications", [{"Name": "試験　花子", "Address": "試" * 900}] * 200)),
        "answer: a desk would refuse to read it",
    ),
    (answer(put("qualifications", [{"Name": "試験　花子"}] * 5_000)), "answer: a desk would refuse to read it"),
    (qualification(put("Name", "試" * 1001)), "Name: expected at most 1000 characters"),
    (qualification(put("Name", " 試験")), "Name: expected at most 1000 characters without spaces around"),
    (qualification(put("MyNumber", "123456789012")), "MyNumber: not an element of ResultOfQualificationConfirmation"),
    (qualification(put("IndividualNumber", "123456789012")), "IndividualNumber: not an element"),
    (qualification(put("insurer_number", "481234")), "insurer_number: not an element"),
    (qualification(put("InsurerNumber", "48123")), "InsurerNumber: expected 6 or 8 digits"),
    (qualification(put("InsurerNumber", "４８１２３４")), "InsurerNumber: expected 6 or 8 digits"),
    (qualification(put("InsuredBranchNumber", "2")), "InsuredBranchNumber: expected two digits"),
    (qualification(put("Birthdate", "19540230")), "Birthdate: expected a day of the calendar as yyyyMMdd"),
    (qualification(put("Birthdate", "99991231")), "Birthdate: expected a day that has come"),
    (qualification(put("Birthdate", "1954-03-11")), "Birthdate: expected a day"),
    (qualification(put("QualificationDate", "令和8年")), "QualificationDate: expected a day"),
    (qualification(put("LimitApplicationCertificateRelatedConsTime", "20261122")), "expected a time as yyyyMMddHHmmss"),
    (qualification(put("LimitApplicationCertificateRelatedConsFlg", "9")), "ConsFlg: expected one of 0, 1"),
    (qualification(put("Sex1", "M")), "Sex1: expected one of 1, 2, 3"),
    (qualification(put("InsuredPartialContributionRatio", "1割")), "expected per cent in three digits"),
    (qualification(put("ElderlyRecipientCertificateInfo", {"Ratio": "020"})), "Info.Ratio: not an element here"),
    (qualification(put("ElderlyRecipientCertificateInfo", "020")), "Info: expected an object"),
    (qualification(put("SpecificDiseasesCertificateList", {})), "List: expected a list"),
    (qualification(put("PublicExpenseResultList", [{"Ticket": "1"}])), r"List\[0\].Ticket: not an element of Medical"),
    (
        qualification(put("PublicExpenseResultList", [{"MedicalTreatmentMonth": "202613"}])),
        "expected a month as yyyyMM",
    ),
]


@pytest.mark.parametrize(("change", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_each_mistake_is_named_with_its_place(tmp_path: Path, change: Change, message: str) -> None:
    content = copy.deepcopy(BASE)
    change(content)
    file = written(tmp_path, content)
    with pytest.raises(PeopleFileError, match=message) as caught:
        load_people(file)
    assert str(caught.value).startswith(str(file))
    assert "1234" not in str(caught.value).replace(str(file), "").replace("123456789012", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON: line 1, column 1"),
        ('{"format": 1,\n "people": [}', "is not JSON: line 2"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format": 1, "format": 1, "people": []}', "'format' stands twice"),
        ("[]", "the file: expected an object"),
        (" " * (4 * 1024 * 1024 + 1), "larger than 4 MiB"),
    ],
)
def test_a_file_that_is_not_a_people_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PeopleFileError, match=message):
        load_people(written(tmp_path, text))


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PeopleFileError, match=r"nothing\.json: cannot be read"):
        load_people(tmp_path / "nothing.json")
    (tmp_path / "sjis.json").write_bytes("試験".encode("cp932"))
    with pytest.raises(PeopleFileError, match="is not UTF-8"):
        load_people(tmp_path / "sjis.json")
