"""資格情報 as sections of label and words: every field that arrived, in the order of the layout.

What did not arrive is left out, apart from the fields that staff look for first; those say 「なし」.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import TOKYO
from app.eligibility import oqs_words as words
from app.eligibility.model import EligibilityResult, Qualification, Source
from app.eligibility.oqs_words import code_words, ratio_words, yen_words
from app.eligibility.wareki import both_calendars, day_words, moment_words
from app.web.staff.lines import HIDDEN_SIGNS, verdict_of
from app.web.staff.text import shown, shown_kana

ABSENT = "なし"

SOURCES = {
    Source.ONLINE: "オンラインの照会",
    Source.FACE_FOLDER: "顔認証付きカードリーダーの結果",
    Source.COPIED_TEXT: "公式アプリからの取り込み",
    Source.MANUAL: "窓口での確認",
}


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    text: str
    is_number: bool = False
    """Drawn in digits of one width."""
    is_reference: bool = False
    """Of a qualification that is not valid: marked 「参考」."""
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class QualificationSheet:
    title: str
    sections: tuple[Section, ...]


def answer_section(result: EligibilityResult) -> Section:
    """The answer's head: verdict, notice, times."""
    processed = result.processed_at.astimezone(TOKYO)
    fields = [
        Field("資格有効性", verdict_of(result.validity).words),
        _plain("お知らせの記号", result.notice_code),
        _plain("お知らせ", result.notice_text),
        Field("資格確認日", both_calendars(result.confirmed_on)),
        Field(
            "処理実行日時",
            f"{both_calendars(processed.date())} {processed.hour}:{processed.minute:02d}:{processed.second:02d}",
        ),
        Field("照会区分", shown(code_words(words.REFERENCE, result.reference_classification))),
        Field("医療機関コード", shown(result.institution_code), is_number=True),
        _coded("処方箋発行形態", words.PRESCRIPTION_ISSUE, result.prescription_issue),
        Field("結果の出どころ", SOURCES[result.source]),
    ]
    return Section("照会の結果", _given(fields))


def qualification_sheets(result: EligibilityResult) -> tuple[QualificationSheet, ...]:
    """One sheet a qualification, numbered when there are several."""
    count = len(result.qualifications)
    return tuple(
        QualificationSheet(
            "資格" if count == 1 else f"資格 {place}／{count}", _sections(one, not result.validity.is_valid)
        )
        for place, one in enumerate(result.qualifications, 1)
    )


def _sections(one: Qualification, is_reference: bool) -> tuple[Section, ...]:
    sections = [
        Section("本人", _given(_person(one))),
        Section("資格", _given(_insurance(one, is_reference))),
        Section("高齢受給者証", _given(_elderly(one))),
        Section("限度額適用認定証", _given(_limit(one))),
        Section("特定疾病療養受療証", _given(_diseases(one))),
    ]
    sections += [
        Section(
            "医療券・調剤券" if len(one.medical_tickets) == 1 else f"医療券・調剤券 {place}",
            tuple(
                Field(words.TICKET_LABELS.get(name, shown(name)), shown(words.ticket_words(name, text)))
                for name, text in ticket.fields
                if text
            ),
        )
        for place, ticket in enumerate(one.medical_tickets, 1)
    ]
    extras = tuple(
        Field(words.EXTRA_LABELS.get(name, shown(name)), shown(words.extra_words(name, text)))
        for name, text in one.extras
        if text
    )
    sections.append(Section("そのほかに届いた項目", extras))
    return tuple(section for section in sections if section.fields)


def _person(one: Qualification) -> list[Field | None]:
    return [
        _name("氏名", one.name, always=True),
        _name("氏名カナ", one.name_kana, always=True, kana=True),
        _name("氏名（その他）", one.name_of_other),
        _name("氏名カナ（その他）", one.name_of_other_kana, kana=True),
        _day("生年月日", one.birthdate, always=True),
        _coded("性別1", words.SEX, one.sex1, always=True),
        _coded("性別2", words.SEX, one.sex2),
        _plain("郵便番号", one.post_number, is_number=True),
        _plain("住所", one.address),
    ]


def _insurance(one: Qualification, is_reference: bool) -> list[Field | None]:
    is_assistance = one.card_classification == "A1"

    def number(label: str, text: str | None) -> Field:
        return Field(label, shown(text) if text else ABSENT, is_number=True, is_reference=is_reference and bool(text))

    return [
        _coded("被保険者証区分", words.CARD_CLASSIFICATION, one.card_classification, always=True),
        _plain("福祉事務所名" if is_assistance else "保険者名称", one.insurer_name),
        number("公費負担者番号" if is_assistance else "保険者番号", one.insurer_number),
        number("被保険者証記号", one.symbol),
        number("受給者番号" if is_assistance else "被保険者証番号", one.number),
        number("被保険者証枝番", one.branch_number),
        _coded("本人・家族の別", words.PERSONAL_FAMILY, one.personal_family),
        _name("被保険者氏名（世帯主氏名）", one.insured_name),
        _day("資格取得年月日", one.qualified_on),
        _day("資格喪失年月日", one.disqualified_on),
        _coded("資格喪失事由", words.REASON_OF_LOSS, one.reason_of_loss),
        _day("被保険者証交付年月日", one.certificate_issued_on),
        _day("被保険者証有効開始年月日", one.card_valid_from),
        _day("被保険者証有効終了年月日", one.card_valid_to),
        _ratio("被保険者証一部負担金割合", one.contribution_ratio),
        _coded("未就学区分", words.PRESCHOOL, one.preschool),
        _plain("照会番号", one.reference_number, is_number=True),
    ]


def _elderly(one: Qualification) -> list[Field | None]:
    elderly = one.elderly_recipient
    if elderly is None:
        return []
    return [
        _ratio("一部負担金割合", elderly.contribution_ratio),
        _day("交付年月日", elderly.issued_on),
        _day("有効開始年月日", elderly.valid_from),
        _day("有効終了年月日", elderly.valid_to),
    ]


def _limit(one: Qualification) -> list[Field | None]:
    fields = [
        _coded("情報提供の同意", words.LIMIT_CONSENT, one.limit_consent),
        _moment("同意日時", one.limit_consent_time),
    ]
    limit = one.limit_certificate
    if limit is not None:
        fields += [
            _coded("証の区分", words.LIMIT_CLASSIFICATION, limit.classification),
            _coded("適用区分", words.LIMIT_FLAG, limit.classification_flag),
            _day("交付年月日", limit.issued_on),
            _day("有効開始年月日", limit.valid_from),
            _day("有効終了年月日", limit.valid_to),
            _day("長期入院該当年月日", limit.long_term_on),
        ]
    return fields


def _diseases(one: Qualification) -> list[Field | None]:
    fields = [
        _coded("情報提供の同意", words.LIMIT_CONSENT, one.diseases_consent),
        _moment("同意日時", one.diseases_consent_time),
    ]
    for disease in one.specific_diseases:
        fields += [
            _coded("疾病", words.DISEASE, disease.category),
            _day("交付年月日", disease.issued_on),
            _day("有効開始年月日", disease.valid_from),
            _day("有効終了年月日", disease.valid_to),
            None if not disease.self_pay else Field("自己負担限度額", shown(yen_words(disease.self_pay))),
        ]
    return fields


def _given(fields: list[Field | None] | list[Field]) -> tuple[Field, ...]:
    return tuple(field for field in fields if field is not None)


def _plain(label: str, text: str | None, *, is_number: bool = False) -> Field | None:
    return Field(label, shown(text), is_number=is_number) if text else None


def _name(label: str, text: str | None, *, always: bool = False, kana: bool = False) -> Field | None:
    if not text:
        return Field(label, ABSENT) if always else None
    hint = HIDDEN_SIGNS if words.has_hidden_signs(text) else None
    return Field(label, shown_kana(text) if kana else shown(text), hint=hint)


def _coded(label: str, table: dict[str, str], code: str | None, *, always: bool = False) -> Field | None:
    if not code:
        return Field(label, ABSENT) if always else None
    return Field(label, shown(code_words(table, code)))


def _day(label: str, text: str | None, *, always: bool = False) -> Field | None:
    if not text:
        return Field(label, ABSENT) if always else None
    return Field(label, shown(day_words(text)))


def _moment(label: str, text: str | None) -> Field | None:
    return Field(label, shown(moment_words(text))) if text else None


def _ratio(label: str, text: str | None) -> Field | None:
    return Field(label, shown(ratio_words(text))) if text else None
