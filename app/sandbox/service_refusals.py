"""How the sandbox service says no."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Refusal(StrEnum):
    """Our own codes (the real list is not public), each with the words that staff will read."""

    MESSAGE = "SIM-E001"
    INSTITUTION = "SIM-E002"
    CHALLENGE = "SIM-E003"
    CHALLENGE_OLD = "SIM-E004"
    CERTIFICATE = "SIM-E005"
    ISSUER = "SIM-E006"
    EXPIRED = "SIM-E007"
    NOT_YET_VALID = "SIM-E008"
    SIGNATURE = "SIM-E009"
    DAY = "SIM-E010"
    TOO_LARGE = "SIM-E011"
    TOO_MANY = "SIM-E012"
    TERMINAL = "SIM-E013"
    CONFIRMED_OLD = "SIM-E014"
    CONFIRMED_TWICE = "SIM-E015"
    PURPOSE = "SIM-E016"
    AGAIN_OLD = "SIM-E017"
    ORDERED = "SIM-E099"


WORDS: Mapping[Refusal, str] = {
    Refusal.MESSAGE: "（模擬）電文の形が正しくありません",
    Refusal.INSTITUTION: "（模擬）医療機関コードが登録された端末のものと違います",
    Refusal.CHALLENGE: "（模擬）この照会の乱数は発行されていないか、もう使われています",
    Refusal.CHALLENGE_OLD: "（模擬）照会の乱数の有効時間（60秒）が過ぎました。もう一度行ってください",
    Refusal.CERTIFICATE: "（模擬）電子証明書を読めません",
    Refusal.ISSUER: "（模擬）電子証明書の発行元を確認できません",
    Refusal.EXPIRED: "（模擬）電子証明書の有効期限が切れてから3か月を過ぎています",
    Refusal.NOT_YET_VALID: "（模擬）電子証明書の有効期間がまだ始まっていません",
    Refusal.SIGNATURE: "（模擬）カードの署名が正しくありません",
    Refusal.DAY: "（模擬）資格確認日が本日ではありません。端末の時計を確認してください",
    Refusal.TOO_LARGE: "（模擬）電文が大きすぎます",
    Refusal.TOO_MANY: "（模擬）照会が混み合っています",
    Refusal.TERMINAL: "（模擬）端末の署名が正しくありません",
    Refusal.CONFIRMED_OLD: "（模擬）目視確認から5分を過ぎているか、時刻が進んでいます。もう一度確認してください",
    Refusal.CONFIRMED_TWICE: "（模擬）この目視確認はもう使われています",
    Refusal.PURPOSE: "（模擬）利用者証明用の電子証明書ではありません",
    Refusal.AGAIN_OLD: "（模擬）照会し直せる期間を過ぎているか、時刻が進んでいます",
    Refusal.ORDERED: "（模擬）照会を受け付けられません",
}


class Refused(Exception):
    """A message is answered with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
