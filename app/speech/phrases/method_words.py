"""Words for 認証方法."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.visual import Preference


@dataclass(frozen=True, slots=True)
class PreferenceWords:
    name: str
    says: str


PREFERENCES: dict[Preference, PreferenceWords] = {
    Preference.PIN_FIRST: PreferenceWords(
        "両方（4桁の暗証番号が先）", "暗証番号を入れてもらいます。入れられない方は、職員が目視で確認します。"
    ),
    Preference.VISUAL_FIRST: PreferenceWords(
        "両方（目視確認が先）", "職員が目視で確認します。患者さんは「もどる」で暗証番号を選べます。"
    ),
    Preference.PIN: PreferenceWords(
        "B 4桁の暗証番号だけ", "目視確認は使いません。暗証番号を入れられない方は窓口で確認します。"
    ),
    Preference.VISUAL: PreferenceWords(
        "A 目視確認だけ", "どなたも職員が目視で確認します。スマートフォンの方は窓口で確認します。"
    ),
}
"""認証方法, in the order in which it is offered."""
NEXT_ONLY_WORDS: dict[Preference, str] = {Preference.VISUAL_FIRST: "目視確認", Preference.PIN_FIRST: "暗証番号"}
