"""Names of the OQS response (layout 別紙3-1 Ver 8.07 as transcribed in public code) and the model's fields.

Order is the order on the wire. Every table is (element, field of the model).
"""

from __future__ import annotations

HEADER_TIME = "ProcessExecutionTime"
HEADER_DATE = "QualificationConfirmationDate"
HEADER_INSTITUTION = "MedicalInstitutionCode"
HEADER_IDENTIFIER = "ArbitraryFileIdentifier"
HEADER_REFERENCE = "ReferenceClassification"
HEADER_SEGMENT = "SegmentOfResult"
HEADER_ERROR_CODE = "ErrorCode"
HEADER_ERROR_MESSAGE = "ErrorMessage"
HEADER_ENCODING = "CharacterCodeIdentifier"

BODY_STATUS = "ProcessingResultStatus"
BODY_CODE = "ProcessingResultCode"
BODY_MESSAGE = "ProcessingResultMessage"
BODY_VALIDITY = "QualificationValidity"
BODY_PRESCRIPTION = "PrescriptionIssueSelect"
BODY_RESULTS = "ResultList"
RESULT = "ResultOfQualificationConfirmation"

ELDERLY = "ElderlyRecipientCertificateInfo"
LIMIT = "LimitApplicationCertificateRelatedInfo"
DISEASES = "SpecificDiseasesCertificateList"
DISEASE = "SpecificDiseasesCertificateInfo"
TICKETS = "PublicExpenseResultList"
TICKET = "MedicalTicketInfo"

INSURER_NUMBER = "InsurerNumber"
INSURER_NUMBER_WIDTH = 8

BEFORE_GROUPS = (
    ("InsuredCardClassification", "card_classification"),
    (INSURER_NUMBER, "insurer_number"),
    ("InsuredCardSymbol", "symbol"),
    ("InsuredIdentificationNumber", "number"),
    ("InsuredBranchNumber", "branch_number"),
    ("PersonalFamilyClassification", "personal_family"),
    ("InsuredName", "insured_name"),
    ("Name", "name"),
    ("NameOfOther", "name_of_other"),
    ("NameKana", "name_kana"),
    ("NameOfOtherKana", "name_of_other_kana"),
    ("Sex1", "sex1"),
    ("Sex2", "sex2"),
    ("Birthdate", "birthdate"),
    ("Address", "address"),
    ("PostNumber", "post_number"),
    ("QualificationDate", "qualified_on"),
    ("DisqualificationDate", "disqualified_on"),
    ("InsuredCertificateIssuanceDate", "certificate_issued_on"),
    ("InsuredCardValidDate", "card_valid_from"),
    ("InsuredCardExpirationDate", "card_valid_to"),
    ("InsuredPartialContributionRatio", "contribution_ratio"),
    ("PreschoolClassification", "preschool"),
    ("ReasonOfLoss", "reason_of_loss"),
    ("InsurerName", "insurer_name"),
)
AFTER_ELDERLY = (
    ("LimitApplicationCertificateRelatedConsFlg", "limit_consent"),
    ("LimitApplicationCertificateRelatedConsTime", "limit_consent_time"),
)
AFTER_LIMIT = (
    ("SpecificDiseasesCertificateRelatedConsFlg", "diseases_consent"),
    ("SpecificDiseasesCertificateRelatedConsTime", "diseases_consent_time"),
)
AFTER_TICKETS = (("ReferenceNumber", "reference_number"),)
SCALARS = BEFORE_GROUPS + AFTER_ELDERLY + AFTER_LIMIT + AFTER_TICKETS

ELDERLY_FIELDS = (
    ("ElderlyRecipientCertificateDate", "issued_on"),
    ("ElderlyRecipientValidStartDate", "valid_from"),
    ("ElderlyRecipientValidEndDate", "valid_to"),
    ("ElderlyRecipientContributionRatio", "contribution_ratio"),
)
LIMIT_FIELDS = (
    ("LimitApplicationCertificateClassification", "classification"),
    ("LimitApplicationCertificateClassificationFlag", "classification_flag"),
    ("LimitApplicationCertificateDate", "issued_on"),
    ("LimitApplicationCertificateValidStartDate", "valid_from"),
    ("LimitApplicationCertificateValidEndDate", "valid_to"),
    ("LimitApplicationCertificateLongTermDate", "long_term_on"),
)
DISEASE_FIELDS = (
    ("SpecificDiseasesDiseaseCategory", "category"),
    ("SpecificDiseasesCertificateDate", "issued_on"),
    ("SpecificDiseasesValidStartDate", "valid_from"),
    ("SpecificDiseasesValidEndDate", "valid_to"),
    ("SpecificDiseasesSelfPay", "self_pay"),
)
TICKET_ELEMENTS = (
    "TicketType",
    "MedicalTicketValidDate",
    "MedicalTicketExpirationDate",
    "IssueNumber",
    "MedicalTreatmentMonth",
    "DesignatedMedicalInstitutionCode",
    "DesignatedMedicalInstitutionFlag",
    "DesignatedMedicalInstitutionName",
    "PrescriptionIssuerMedicalInstitutionCode",
    "PrescriptionIssuerMedicalInstitutionName",
    "InjuryName1",
    "InjuryName2",
    "InjuryName3",
    "MedicalTreatmentType",
    "SelfPayAmount",
    "DistrictContactName",
    "HandlingContactName",
    "SingleOrCombinedUse",
    "StatusOfSocialInsurance",
    "ConsistencyFlag",
    "StatusOfInfecton",  # spelt so in the layout
    "StatusOfElderlyMedicalCare",
    "StatusOfPrefecturalExpenses",
    "Remarks1",
    "Remarks2",
    "Remarks3",
)

_VIEWING_CONSENTS = ("SpecificHealthCheckupsInfo", "PharmacistsInfo", "DiagnosisInfo", "OperationInfo")
UNMODELLED = (
    *(prefix + suffix for prefix in _VIEWING_CONSENTS for suffix in ("ConsFlg", "ConsTime", "AvailableTime")),
    "ArbitraryIdentifier",
    "QualificationConfirmationKey",
)
"""Known names without a field of their own: an eligibility check has no use for them. Kept in ``extras``."""
