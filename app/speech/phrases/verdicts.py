"""Words for what a check says of somebody's qualification."""

from __future__ import annotations

from app.eligibility.model import Validity
from app.speech.phrases.reason_model import OTHER_PROOF

VERDICTS: dict[Validity, str] = {
    Validity.VALID: "資格(有効)",
    Validity.INVALID: "資格(無効)",
    Validity.INVALID_NEWER_EXISTS: "資格(無効・新しい資格あり)",
    Validity.NO_INFORMATION: "資格情報なし",
    Validity.MULTIPLE: "複数該当",
    Validity.VALID_UNREGISTERED: "資格(有効)",
}
UNREGISTERED = "（医療扶助の登録なし）"
VERDICT_UNKNOWN = "確認できません"
VERDICT_AT_COUNTER = "窓口で確認"
"""Staff saw a document; no service was asked, so this is nobody's answer."""


def verdict_words(validity: Validity) -> str:
    """Return a verdict where two that are both 「有効」 stand side by side and must be told apart."""
    return VERDICTS[validity] + (UNREGISTERED if validity is Validity.VALID_UNREGISTERED else "")


NOT_VALID_STEPS: dict[Validity, str] = {
    Validity.INVALID: "番号は参考です。新しい資格の登録が遅れていることがあります。" + OTHER_PROOF,
    Validity.INVALID_NEWER_EXISTS: "新しい資格があります。新しい資格確認書などを見せてもらってください。",
    Validity.NO_INFORMATION: "資格の登録が遅れていることがあります。" + OTHER_PROOF,
    Validity.MULTIPLE: "資格が複数あります。どの資格を使うか、保険者に確かめてください。" + OTHER_PROOF,
    Validity.VALID_UNREGISTERED: "医療扶助の登録がありません。福祉事務所に確かめてください。",
}
