"""Japanese words for the codes and elements of an eligibility answer. A code nobody knows is shown as received.

Tables OQSCD001-025 (別紙5-1) as transcribed in public code; labels follow the items of 別紙3-1.
"""

from __future__ import annotations

from app.eligibility.wareki import day_words, moment_words, month_words

REFERENCE = {"1": "マイナンバーカード", "2": "資格確認書など（記号・番号）"}
SEX = {"1": "男", "2": "女", "3": "未設定"}
REASON_OF_LOSS = {"01": "死亡", "02": "生活保護受給開始", "03": "医療保険等の資格取得", "99": "その他"}
PERSONAL_FAMILY = {"1": "本人", "2": "家族"}
CARD_CLASSIFICATION = {
    "01": "一般",
    "02": "退職",
    "03": "短期（一般）",
    "04": "短期（退職）",
    "05": "特別療養費支給対象者",
    "06": "特例退職",
    "07": "自衛官診療証",
    "A1": "医療扶助",
}
LIMIT_CLASSIFICATION = {
    "01": "限度額適用認定証",
    "02": "限度額適用・標準負担額減額認定証",
    "03": "標準負担額減額認定証",
}
LIMIT_FLAG = {
    "A01": "ア",
    "A02": "イ",
    "A03": "ウ",
    "A04": "エ",
    "A05": "オ",
    "A06": "オ（境）",
    "B01": "現役並みⅢ",
    "B02": "現役並みⅡ",
    "B03": "現役並みⅠ",
    "B04": "一般",
    "B05": "低所得Ⅱ",
    "B06": "低所得Ⅰ",
    "B07": "低所得Ⅰ（老福）",
    "B08": "低所得Ⅰ（境）",
    "B09": "一般Ⅱ",
    "B10": "一般Ⅰ",
}
DISEASE = {
    "1": "人工透析を要する慢性腎不全",
    "2": "先天性血液凝固因子障害（第Ⅷ・第Ⅸ因子）",
    "3": "血液凝固因子製剤の投与に起因するHIV感染症",
}
PRESCHOOL = {"1": "未就学"}
LIMIT_CONSENT = {"0": "未同意", "1": "同意"}
VIEWING_CONSENT = {"0": "なし", "1": "あり", "2": "有効期限切れ", "3": "取得困難"}
PRESCRIPTION_ISSUE = {"1": "電子", "2": "紙"}
TICKET = {"01": "医療券", "02": "調剤券"}
TREATMENT = {"01": "入院", "02": "入院外", "03": "歯科", "04": "調剤", "05": "訪問看護"}
SINGLE_OR_COMBINED = {"01": "単独", "02": "併用"}
YES_NO = {"01": "あり", "02": "なし"}
CONSISTENCY = {"1": "不整合あり"}

TICKET_LABELS = {
    "TicketType": "医療券・調剤券の別",
    "MedicalTicketValidDate": "券の有効開始年月日",
    "MedicalTicketExpirationDate": "券の有効終了年月日",
    "IssueNumber": "交付番号",
    "MedicalTreatmentMonth": "診療年月",
    "DesignatedMedicalInstitutionCode": "指定医療機関コード",
    "DesignatedMedicalInstitutionFlag": "指定医療機関の確認",
    "DesignatedMedicalInstitutionName": "指定医療機関名",
    "PrescriptionIssuerMedicalInstitutionCode": "処方箋発行元の医療機関コード",
    "PrescriptionIssuerMedicalInstitutionName": "処方箋発行元の医療機関名",
    "InjuryName1": "傷病名1",
    "InjuryName2": "傷病名2",
    "InjuryName3": "傷病名3",
    "MedicalTreatmentType": "診療別",
    "SelfPayAmount": "本人支払額",
    "DistrictContactName": "地区担当員名",
    "HandlingContactName": "取扱担当者名",
    "SingleOrCombinedUse": "単独・併用の別",
    "StatusOfSocialInsurance": "社会保険",
    "ConsistencyFlag": "整合性",
    "StatusOfInfecton": "感染症法第37条の2",
    "StatusOfElderlyMedicalCare": "後期高齢者医療",
    "StatusOfPrefecturalExpenses": "都道府県費",
    "Remarks1": "備考1",
    "Remarks2": "備考2",
    "Remarks3": "備考3",
}
TICKET_CODES = {
    "TicketType": TICKET,
    "DesignatedMedicalInstitutionFlag": {"0": "一致", "1": "不一致"},
    "MedicalTreatmentType": TREATMENT,
    "SingleOrCombinedUse": SINGLE_OR_COMBINED,
    "StatusOfSocialInsurance": YES_NO,
    "ConsistencyFlag": CONSISTENCY,
    "StatusOfInfecton": YES_NO,
    "StatusOfElderlyMedicalCare": YES_NO,
    "StatusOfPrefecturalExpenses": YES_NO,
}

_VIEWED = {
    "SpecificHealthCheckupsInfo": "特定健診情報",
    "PharmacistsInfo": "薬剤情報",
    "DiagnosisInfo": "診療情報",
    "OperationInfo": "手術情報",
}
EXTRA_LABELS = {
    **{f"{element}ConsFlg": f"{label} 閲覧同意" for element, label in _VIEWED.items()},
    **{f"{element}ConsTime": f"{label} 同意日時" for element, label in _VIEWED.items()},
    **{f"{element}AvailableTime": f"{label} 閲覧の有効期限" for element, label in _VIEWED.items()},
    "ArbitraryIdentifier": "任意の識別子",
    "QualificationConfirmationKey": "資格確認キー",
}

HIDDEN_SIGNS = ("●", "〓")
"""The central server writes ● for a character outside its set; 〓 is the old printers' sign for the same."""


def code_words(table: dict[str, str], code: str) -> str:
    """Return a code's word; an unknown code as received."""
    return table.get(code, code)


def ratio_words(text: str) -> str:
    """``030`` → ``3割``; what is not whole tenths (or not three digits) is shown as received."""
    if len(text) == 3 and text.isascii() and text.isdigit() and int(text) % 10 == 0 and int(text) <= 100:
        return f"{int(text) // 10}割"
    return text


def yen_words(text: str) -> str:
    """``10000`` → ``10,000円``; anything but digits as received."""
    return f"{int(text):,}円" if text.isascii() and text.isdigit() and len(text) <= 9 else text


def ticket_words(element: str, text: str) -> str:
    """Show one element of 医療券・調剤券情報."""
    if element in TICKET_CODES:
        return code_words(TICKET_CODES[element], text)
    if element in ("MedicalTicketValidDate", "MedicalTicketExpirationDate"):
        return day_words(text)
    if element == "MedicalTreatmentMonth":
        return month_words(text)
    if element == "SelfPayAmount":
        return yen_words(text)
    return text


def extra_words(element: str, text: str) -> str:
    """Show an element that has no field of its own."""
    if element.endswith("ConsFlg"):
        return code_words(VIEWING_CONSENT, text)
    if element.endswith("Time"):
        return moment_words(text)
    return text


def has_hidden_signs(*texts: str | None) -> bool:
    """True when a name holds a sign that stands for a character nobody could send."""
    return any(sign in text for text in texts if text for sign in HIDDEN_SIGNS)
