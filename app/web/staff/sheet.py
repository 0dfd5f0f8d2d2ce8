"""資格情報 as sections of label and words: every field that arrived, in the order of the layout.

What did not arrive is left out, apart from the fields that staff look for first; those say 「なし」. Age, age band and
負担割合 are worked out and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.clock import TOKYO
from app.eligibility import oqs_words as words
from app.eligibility.age import AGE_BAND_WORDS, Age, AgeBand, age_on
from app.eligibility.contribution import RatioSource, contribution_of
from app.eligibility.model import EligibilityResult, Qualification, Source
from app.eligibility.oqs_words import code_words, yen_words
from app.eligibility.wareki import both_calendars, parse_day
from app.web.staff.lines import verdict_of
from app.web.staff.sheet_fields import (
    ABSENT,
    Field,
    Section,
    coded,
    dated,
    given,
    keyed,
    moment,
    named,
    one_calendar,
    plain,
    ratio,
)
from app.web.staff.text import shown

BY_LAW = "法律から"
BAND_NEWS = timedelta(days=92)
"""How long before it the next band of age is named."""

SOURCES = {
    Source.ONLINE: "オンラインの照会",
    Source.FACE_FOLDER: "顔認証付きカードリーダーの結果",
    Source.COPIED_TEXT: "公式アプリからの取り込み",
    Source.MANUAL: "窓口での確認",
}


@dataclass(frozen=True, slots=True)
class QualificationSheet:
    title: str
    sections: tuple[Section, ...]


def answer_section(result: EligibilityResult) -> Section:
    """The answer's head: verdict, notice, times."""
    processed = result.processed_at.astimezone(TOKYO)
    fields = [
        Field("validity", "資格有効性", verdict_of(result.validity).words),
        plain("notice_code", "お知らせの記号", result.notice_code),
        plain("notice_text", "お知らせ", result.notice_text),
        Field(
            "confirmed_on", "資格確認日", both_calendars(result.confirmed_on), copied=one_calendar(result.confirmed_on)
        ),
        Field(
            "processed_at",
            "処理実行日時",
            f"{both_calendars(processed.date())} {processed.hour}:{processed.minute:02d}:{processed.second:02d}",
        ),
        Field(
            "reference_classification",
            "照会区分",
            shown(code_words(words.REFERENCE, result.reference_classification)),
        ),
        Field("institution_code", "医療機関コード", shown(result.institution_code), is_number=True),
        coded("prescription_issue", "処方箋発行形態", words.PRESCRIPTION_ISSUE, result.prescription_issue),
        Field("source", "結果の出どころ", SOURCES[result.source]),
    ]
    return Section("照会の結果", keyed("answer", given(fields)))


def qualification_sheets(result: EligibilityResult) -> tuple[QualificationSheet, ...]:
    """One sheet a qualification, numbered when there are several."""
    count = len(result.qualifications)
    return tuple(
        QualificationSheet("資格" if count == 1 else f"資格 {place}／{count}", _sections(place, one, result))
        for place, one in enumerate(result.qualifications, 1)
    )


def field_named(result: EligibilityResult, key: str) -> Field | None:
    """Return the field of that key, on whichever sheet it stands."""
    sections = [answer_section(result)]
    for sheet in qualification_sheets(result):
        sections += sheet.sections
    return next((field for section in sections for field in section.fields if field.key == key), None)


def _sections(place: int, one: Qualification, result: EligibilityResult) -> tuple[Section, ...]:
    day, is_valid = result.confirmed_on, result.validity.is_valid
    sections = [
        ("person", "本人", given(_person(one, day))),
        ("insurance", "資格", given([*_insurance(one, not is_valid), _share(one, is_valid, day)])),
        ("elderly", "高齢受給者証", given(_elderly(one))),
        ("limit", "限度額適用認定証", given(_limit(one))),
        ("diseases", "特定疾病療養受療証", given(_diseases(one))),
    ]
    sections += [
        (
            f"ticket{number}",
            "医療券・調剤券" if len(one.medical_tickets) == 1 else f"医療券・調剤券 {number}",
            tuple(
                Field(str(row), words.TICKET_LABELS.get(name, shown(name)), shown(words.ticket_words(name, text)))
                for row, (name, text) in enumerate(ticket.fields)
                if text
            ),
        )
        for number, ticket in enumerate(one.medical_tickets, 1)
    ]
    extras = tuple(
        Field(str(row), words.EXTRA_LABELS.get(name, shown(name)), shown(words.extra_words(name, text)))
        for row, (name, text) in enumerate(one.extras)
        if text
    )
    sections.append(("extras", "そのほかに届いた項目", extras))
    return tuple(Section(title, keyed(f"{place}.{key}", fields)) for key, title, fields in sections if fields)


def _person(one: Qualification, day: date) -> list[Field | None]:
    return [
        named("name", "氏名", one.name, always=True),
        named("name_kana", "氏名カナ", one.name_kana, always=True, kana=True),
        named("name_of_other", "氏名（その他）", one.name_of_other),
        named("name_of_other_kana", "氏名カナ（その他）", one.name_of_other_kana, kana=True),
        dated("birthdate", "生年月日", one.birthdate, always=True),
        *_age(age_on(parse_day(one.birthdate), day), day),
        coded("sex1", "性別1", words.SEX, one.sex1, always=True),
        coded("sex2", "性別2", words.SEX, one.sex2),
        plain("post_number", "郵便番号", one.post_number, is_number=True),
        plain("address", "住所", one.address),
    ]


def _age(age: Age | None, day: date) -> list[Field | None]:
    if age is None:
        return []
    note = None
    if age.next_band_from is not None and age.next_band_from - day <= BAND_NEWS:
        bands = list(AgeBand)
        following = AGE_BAND_WORDS[bands[bands.index(age.band) + 1]]
        note = f"{both_calendars(age.next_band_from)}から「{following}」です"
    return [
        Field("age", "年齢", f"{age.years}歳", note=f"{both_calendars(day)}の時点"),
        Field("age_band", "年齢区分", AGE_BAND_WORDS[age.band], note=note),
    ]


def _share(one: Qualification, is_valid: bool, day: date) -> Field:
    share = contribution_of(one, is_valid, day)
    return Field(
        "contribution",
        "負担割合",
        shown(share.words),
        note=f"{share.explanation}。医療証などの公費は含みません",
        mark=BY_LAW if share.source is RatioSource.LAW else None,
        is_reference=not is_valid and share.is_received,
        copied=None if share.ratio else "",
    )


def _insurance(one: Qualification, is_reference: bool) -> list[Field | None]:
    is_assistance = one.card_classification == "A1"

    def number(key: str, label: str, text: str | None) -> Field:
        if not text:
            return Field(key, label, ABSENT, is_number=True, copied="")
        return Field(key, label, shown(text), is_number=True, is_reference=is_reference)

    return [
        coded("card_classification", "被保険者証区分", words.CARD_CLASSIFICATION, one.card_classification, always=True),
        plain("insurer_name", "福祉事務所名" if is_assistance else "保険者名称", one.insurer_name),
        number("insurer_number", "公費負担者番号" if is_assistance else "保険者番号", one.insurer_number),
        number("symbol", "被保険者証記号", one.symbol),
        number("number", "受給者番号" if is_assistance else "被保険者証番号", one.number),
        number("branch_number", "被保険者証枝番", one.branch_number),
        coded("personal_family", "本人・家族の別", words.PERSONAL_FAMILY, one.personal_family),
        named("insured_name", "被保険者氏名（世帯主氏名）", one.insured_name),
        dated("qualified_on", "資格取得年月日", one.qualified_on),
        dated("disqualified_on", "資格喪失年月日", one.disqualified_on),
        coded("reason_of_loss", "資格喪失事由", words.REASON_OF_LOSS, one.reason_of_loss),
        dated("certificate_issued_on", "被保険者証交付年月日", one.certificate_issued_on),
        dated("card_valid_from", "被保険者証有効開始年月日", one.card_valid_from),
        dated("card_valid_to", "被保険者証有効終了年月日", one.card_valid_to),
        ratio("contribution_ratio", "被保険者証一部負担金割合", one.contribution_ratio),
        coded("preschool", "未就学区分", words.PRESCHOOL, one.preschool),
        plain("reference_number", "照会番号", one.reference_number, is_number=True),
    ]


def _elderly(one: Qualification) -> list[Field | None]:
    elderly = one.elderly_recipient
    if elderly is None:
        return []
    return [
        ratio("contribution_ratio", "一部負担金割合", elderly.contribution_ratio),
        dated("issued_on", "交付年月日", elderly.issued_on),
        dated("valid_from", "有効開始年月日", elderly.valid_from),
        dated("valid_to", "有効終了年月日", elderly.valid_to),
    ]


def _limit(one: Qualification) -> list[Field | None]:
    fields = [
        coded("consent", "情報提供の同意", words.LIMIT_CONSENT, one.limit_consent),
        moment("consent_time", "同意日時", one.limit_consent_time),
    ]
    limit = one.limit_certificate
    if limit is not None:
        fields += [
            coded("classification", "証の区分", words.LIMIT_CLASSIFICATION, limit.classification),
            coded("flag", "適用区分", words.LIMIT_FLAG, limit.classification_flag),
            dated("issued_on", "交付年月日", limit.issued_on),
            dated("valid_from", "有効開始年月日", limit.valid_from),
            dated("valid_to", "有効終了年月日", limit.valid_to),
            dated("long_term_on", "長期入院該当年月日", limit.long_term_on),
        ]
    return fields


def _diseases(one: Qualification) -> list[Field | None]:
    fields = [
        coded("consent", "情報提供の同意", words.LIMIT_CONSENT, one.diseases_consent),
        moment("consent_time", "同意日時", one.diseases_consent_time),
    ]
    for place, disease in enumerate(one.specific_diseases):
        fields += [
            coded(f"{place}.category", "疾病", words.DISEASE, disease.category),
            dated(f"{place}.issued_on", "交付年月日", disease.issued_on),
            dated(f"{place}.valid_from", "有効開始年月日", disease.valid_from),
            dated(f"{place}.valid_to", "有効終了年月日", disease.valid_to),
            plain(f"{place}.self_pay", "自己負担限度額", disease.self_pay and yen_words(disease.self_pay)),
        ]
    return fields
