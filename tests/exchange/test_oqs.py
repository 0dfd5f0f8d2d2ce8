"""OQS replies: round trip of every field, tables of bad bodies, and fuzz."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.model import (
    ElderlyRecipient,
    EligibilityResult,
    LimitCertificate,
    MedicalTicket,
    Qualification,
    Source,
    SpecificDisease,
    Validity,
)
from app.errors import ReplyMalformed
from app.exchange import oqs_tables as wire
from app.exchange.oqs import Reply, build_reply, parse_reply
from app.exchange.oqs_times import parse_day, parse_time
from app.exchange.xml_message import MAX_BODY_BYTES, MAX_DEPTH, MAX_ELEMENTS

PROCESSED_AT = datetime(2026, 11, 22, 9, 15, 2, tzinfo=TOKYO)

FACE_REPLY = """<?xml version="1.0" encoding="{encoding}" standalone="no"?>
<XmlMsg>
  <MessageHeader>
    <ProcessExecutionTime>20261122091502</ProcessExecutionTime>
    <CharacterCodeIdentifier>0</CharacterCodeIdentifier>
    <SegmentOfResult>1</SegmentOfResult>
    <QualificationConfirmationDate>20261122</QualificationConfirmationDate>
    <ReferenceClassification>1</ReferenceClassification>
    <ArbitraryFileIdentifier>U0lNLVRPS0VOLTAx</ArbitraryFileIdentifier>
    <MedicalInstitutionCode>4890000001</MedicalInstitutionCode>
  </MessageHeader>
  <MessageBody>
    <ResultList>
      <ResultOfQualificationConfirmation>
        <InsuredCardClassification>01</InsuredCardClassification>
        <InsurerNumber>  481234</InsurerNumber>
        <InsuredCardSymbol>試１２</InsuredCardSymbol>
        <InsuredIdentificationNumber>0003456</InsuredIdentificationNumber>
        <InsuredBranchNumber>02</InsuredBranchNumber>
        <Name>試験　花子</Name>
        <NameKana>ｼｹﾝ ﾊﾅｺ</NameKana>
        <NameOfOther/>
        <Birthdate>19540311</Birthdate>
        <InsurerName>試験市</InsurerName>
        <ElderlyRecipientCertificateInfo>
          <ElderlyRecipientContributionRatio>020</ElderlyRecipientContributionRatio>
        </ElderlyRecipientCertificateInfo>
        <NewGroup><NewElement>未来</NewElement></NewGroup>
        <PharmacistsInfoConsFlg>0</PharmacistsInfoConsFlg>
      </ResultOfQualificationConfirmation>
    </ResultList>
    <ProcessingResultStatus>1</ProcessingResultStatus>
    <ProcessingResultCode>SIM-N001</ProcessingResultCode>
    <ProcessingResultMessage>（模擬）電子証明書の有効期限まで3か月以内です</ProcessingResultMessage>
    <QualificationValidity>1</QualificationValidity>
  </MessageBody>
</XmlMsg>
"""
BODY = FACE_REPLY.format(encoding="UTF-8")


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8")


def full_qualification() -> Qualification:
    """Every field of the model with a text of its own."""
    scalars = {field: f"値{index}" for index, (_, field) in enumerate(wire.SCALARS)}
    return Qualification(
        **(scalars | {"insurer_number": "481234"}),
        elderly_recipient=ElderlyRecipient("20260801", "20260802", "20270731", "020"),
        limit_certificate=LimitCertificate("01", "A03", "20260801", "20260802", "20270731", "20260901"),
        specific_diseases=(
            SpecificDisease("1", "20240401", "20240402", "20310401", "10000"),
            SpecificDisease(category="3"),
        ),
        medical_tickets=(
            MedicalTicket(tuple((name, f"券{index}") for index, name in enumerate(wire.TICKET_ELEMENTS))),
            MedicalTicket((("TicketType", "02"),)),
        ),
        extras=tuple((name, f"外{index}") for index, name in enumerate(wire.UNMODELLED)),
    )


def reply_of(*qualifications: Qualification, validity: Validity = Validity.VALID) -> Reply:
    result = EligibilityResult(
        source=Source.ONLINE,
        processed_at=PROCESSED_AT,
        confirmed_on=date(2026, 11, 22),
        validity=validity,
        reference_classification="1",
        institution_code="4890000001",
        notice_code="SIM-N001",
        notice_text="（模擬）お知らせ <&> です",
        prescription_issue="2",
        qualifications=qualifications,
    )
    return Reply(
        identifier="chk-1",
        segment="1",
        status="1",
        institution_code="4890000001",
        confirmed_on=date(2026, 11, 22),
        result=result,
    )


@pytest.mark.parametrize("encoding", ["UTF-8", "Shift_JIS"])
def test_every_field_survives_the_way_out_and_back(encoding: str) -> None:
    reply = reply_of(full_qualification(), Qualification(name="二人目　試験"))
    assert all(getattr(full_qualification(), field.name) for field in dataclasses.fields(Qualification))
    assert parse_reply(build_reply(reply, PROCESSED_AT, encoding)) == reply


@pytest.mark.parametrize("name", [name for name, _ in wire.SCALARS])
def test_each_single_element_lands_in_its_own_field(name: str) -> None:
    field = dict(wire.SCALARS)[name]
    body = BODY.replace("<Name>試験　花子</Name>", "<Name>試験　花子</Name>" if name == "Name" else "")
    start, end = body.index("<ResultOfQualificationConfirmation>"), body.index("</ResultOfQualificationConfirmation>")
    body = body[:start] + f"<ResultOfQualificationConfirmation><{name}>値一</{name}>" + body[end:]
    (qualification,) = parse_reply(as_bytes(body)).result.qualifications
    assert qualification == Qualification(**{field: "値一"})


def test_insurer_number_of_six_digits_is_written_with_two_spaces_and_read_without() -> None:
    body = build_reply(reply_of(Qualification(name="試験", insurer_number="481234")), PROCESSED_AT)
    assert b"<InsurerNumber>  481234</InsurerNumber>" in body
    assert parse_reply(body).result.qualifications[0].insurer_number == "481234"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UTF-8", "utf-8"), ("utf-8", "utf-8-sig"), ("Shift_JIS", "cp932"), ("Windows-31J", "cp932")],
)
def test_a_reply_is_read_in_the_encoding_that_it_declares(declared: str, codec: str) -> None:
    reply = parse_reply(FACE_REPLY.format(encoding=declared).replace("花子", "髙①").encode(codec))
    (qualification,) = reply.result.qualifications
    assert reply.identifier == "U0lNLVRPS0VOLTAx"
    assert reply.result.processed_at == PROCESSED_AT
    assert reply.result.notice_code == "SIM-N001"
    assert qualification.name == "試験　髙①"
    assert qualification.name_of_other is None
    assert qualification.insurer_number == "481234"
    assert qualification.elderly_recipient == ElderlyRecipient(contribution_ratio="020")
    assert qualification.extras == (("NewGroup/NewElement", "未来"), ("PharmacistsInfoConsFlg", "0"))


def test_unknown_elements_of_header_body_and_groups_are_kept() -> None:
    body = BODY.replace("</MessageHeader>", "<Later>1</Later></MessageHeader>")
    body = body.replace("</ElderlyRecipientCertificateInfo>", "<More>2</More></ElderlyRecipientCertificateInfo>")
    reply = parse_reply(as_bytes(body))
    assert reply.extras == (("Later", "1"),)
    assert ("ElderlyRecipientCertificateInfo/More", "2") in reply.result.qualifications[0].extras
    assert parse_reply(build_reply(dataclasses.replace(reply, extras=()), PROCESSED_AT)).result == reply.result


def test_prescription_inside_a_result_counts_as_much_as_in_the_body() -> None:
    place = "<InsurerName>試験市</InsurerName>"
    reply = parse_reply(as_bytes(BODY.replace(place, place + "<PrescriptionIssueSelect>1</PrescriptionIssueSelect>")))
    assert reply.result.prescription_issue == "1"


def test_person_not_found_is_an_answer_without_qualifications() -> None:
    start, end = BODY.index("<ResultList>"), BODY.index("</ResultList>") + len("</ResultList>")
    body = (BODY[:start] + BODY[end:]).replace("Validity>1<", "Validity>4<")
    assert parse_reply(as_bytes(body)).result.validity is Validity.NO_INFORMATION


@pytest.mark.parametrize("segment", ["9", "2", "7"])
def test_any_segment_but_normal_is_a_refusal_with_the_services_words(segment: str) -> None:
    refused = Reply("chk-1", segment, None, "SIM-E001", "（模擬）接続できません", "4890000001", date(2026, 11, 22))
    assert parse_reply(build_reply(refused, PROCESSED_AT)) == refused


def test_status_2_is_a_refusal_of_the_person() -> None:
    refused = Reply("chk-1", "1", "2", "SIM-E020", "（模擬）確認できません", "4890000001", date(2026, 11, 22))
    assert parse_reply(build_reply(refused, PROCESSED_AT)) == refused


def test_a_value_that_shift_jis_cannot_hold_is_an_error_not_a_replacement() -> None:
    with pytest.raises(ValueError, match="codec"):
        build_reply(reply_of(Qualification(name="𠮷")), PROCESSED_AT, "Shift_JIS")


DEEP = "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH
BAD_BODIES = {
    "empty": b"",
    "spaces": b"   ",
    "html": b"<!DOCTYPE html><html><body>login</body></html>",
    "html without doctype": b"<html><body>login</body></html>",
    "json": b'{"XmlMsg": {}}',
    "binary": bytes(range(256)),
    "another root": as_bytes(BODY.replace("XmlMsg", "XmlMessage")),
    "namespace": as_bytes(BODY.replace("<XmlMsg>", '<XmlMsg xmlns="urn:x">')),
    "doctype": as_bytes(BODY.replace("<XmlMsg>", "<!DOCTYPE XmlMsg><XmlMsg>")),
    "entity": as_bytes(BODY.replace("<XmlMsg>", '<!DOCTYPE XmlMsg [<!ENTITY a "b">]><XmlMsg>').replace("花子", "&a;")),
    "external entity": as_bytes(BODY.replace("<XmlMsg>", '<!DOCTYPE XmlMsg SYSTEM "file:///etc/hostname"><XmlMsg>')),
    "undeclared entity": as_bytes(BODY.replace("花子", "&nbsp;")),
    "truncated": as_bytes(BODY)[:900],
    "two roots": as_bytes(BODY.replace("</XmlMsg>", "</XmlMsg><XmlMsg/>")),
    "too deep": as_bytes(BODY.replace("</MessageHeader>", DEEP + "</MessageHeader>")),
    "very deep": b"<a>" * 80_000,
    "too many elements": as_bytes(BODY.replace("</MessageHeader>", "<a/>" * MAX_ELEMENTS + "</MessageHeader>")),
    "too large": as_bytes(BODY) + b" " * MAX_BODY_BYTES,
    "too long a value": as_bytes(BODY.replace("花子", "花" * 1_001)),
    "too long a name": as_bytes(BODY.replace("NewElement", "N" * 101)),
    "NUL": as_bytes(BODY.replace("花子", "花\x00子")),
    "control character": as_bytes(BODY.replace("花子", "花&#9;子")),
    "C1 control character": as_bytes(BODY.replace("花子", "花\x85\x9b子")),
    "direction override": as_bytes(BODY.replace("花子", "花\u202e子")),
    "utf-16": FACE_REPLY.format(encoding="UTF-16").encode("utf-16"),
    "latin-1": as_bytes(FACE_REPLY.format(encoding="ISO-8859-1")),
    "wrong declaration": FACE_REPLY.format(encoding="UTF-8").encode("cp932"),
    "other wrong declaration": FACE_REPLY.format(encoding="Shift_JIS").encode("utf-8"),
    "no header": as_bytes(BODY.replace("MessageHeader", "Header")),
    "no body": as_bytes(BODY.replace("MessageBody", "Body")),
    "no segment": as_bytes(BODY.replace("SegmentOfResult", "Segment")),
    "no status": as_bytes(BODY.replace("ProcessingResultStatus", "Status")),
    "unknown status": as_bytes(BODY.replace("Status>1<", "Status>3<")),
    "no validity": as_bytes(BODY.replace("QualificationValidity", "Validity")),
    "unknown validity": as_bytes(BODY.replace("Validity>1<", "Validity>7<")),
    "full-width validity": as_bytes(BODY.replace("Validity>1<", "Validity>１<")),
    "no time": as_bytes(BODY.replace("ProcessExecutionTime", "Time")),
    "impossible time": as_bytes(BODY.replace("20261122091502", "20261122251502")),
    "impossible day": as_bytes(BODY.replace("Date>20261122<", "Date>20260230<")),
    "short day": as_bytes(BODY.replace("Date>20261122<", "Date>2026112<")),
    "year zero": as_bytes(BODY.replace("Date>20261122<", "Date>00001122<")),
    "no classification": as_bytes(BODY.replace("ReferenceClassification", "Reference")),
    "name twice": as_bytes(BODY.replace("<NameOfOther/>", "<Name>架空　太郎</Name>")),
    "validity twice": as_bytes(
        BODY.replace("</MessageBody>", "<QualificationValidity>2</QualificationValidity></MessageBody>")
    ),
    "two lists": as_bytes(BODY.replace("</MessageBody>", "<ResultList/></MessageBody>")),
    "element in a value": as_bytes(BODY.replace("花子", "<b>花子</b>")),
    "only elements in a value": as_bytes(BODY.replace("試験　花子", "<b>花子</b>")),
    "text in a list": as_bytes(BODY.replace("<ResultList>", "<ResultList>試験")),
    "something else in the list": as_bytes(BODY.replace("<ResultList>", "<ResultList><Other/>")),
    "valid without a qualification": as_bytes(BODY[: BODY.index("<ResultOf")] + BODY[BODY.index("</ResultList>") :]),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_is_not_a_reply_is_malformed(body: bytes) -> None:
    with pytest.raises(ReplyMalformed):
        parse_reply(body)


@pytest.mark.parametrize("year", ["0000", "0001", "1899", "2201", "9999"])
@pytest.mark.parametrize("whole", ["20261122091502", "QualificationConfirmationDate>20261122"])
def test_year_that_cannot_be_is_malformed(whole: str, year: str) -> None:
    changed = FACE_REPLY.format(encoding="UTF-8").replace(whole, whole.replace("2026", year), 1)
    with pytest.raises(ReplyMalformed, match="year"):
        parse_reply(changed.encode())


@pytest.mark.parametrize(("text", "year"), [("19000101000000", 1900), ("22001231235959", 2200)])
def test_first_and_last_year_are_read(text: str, year: int) -> None:
    assert parse_time(text).year == parse_day(text[:8]).year == year


def test_what_is_wrong_is_said_without_quoting_the_message() -> None:
    for body in BAD_BODIES.values():
        with pytest.raises(ReplyMalformed) as caught:
            parse_reply(body)
        assert "試験" not in str(caught.value)
        assert caught.value.__cause__ is None


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_random_bytes_give_a_reply_or_malformed(body: bytes) -> None:
    with contextlib.suppress(ReplyMalformed):
        assert isinstance(parse_reply(body), Reply)


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_a_damaged_reply_gives_a_reply_or_malformed(data: st.DataObject) -> None:
    body = bytearray(as_bytes(BODY))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=3),
                st.sampled_from(
                    [b"<", b">", b"</", b"&", b"&#0;", b"&#55296;", b"]]>", b"<![CDATA[", b"<?x?>", b"<!--"]
                ),
            )
        )
        body[start : start + data.draw(st.integers(0, 30))] = piece
    with contextlib.suppress(ReplyMalformed):
        assert isinstance(parse_reply(bytes(body)), Reply)


# Any text that a message may carry: no control, no surrogate, no direction override.
TEXTS = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"],
        exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff",
    ),
    min_size=1,
    max_size=40,
).filter(lambda text: text == text.strip())


@given(name=TEXTS, symbol=TEXTS, validity=st.sampled_from(list(Validity)))
@settings(max_examples=150, deadline=None)
def test_any_text_survives_the_way_out_and_back(name: str, symbol: str, validity: Validity) -> None:
    reply = reply_of(Qualification(name=name, symbol=symbol), validity=validity)
    assert parse_reply(build_reply(reply, PROCESSED_AT)) == reply
