"""What a reason's words are made of, and the sentences that many of them end with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What a code means to people. ``staff`` says what happened, ``next_step`` what to do now."""

    patient: str
    staff: str
    next_step: str


COUNTER = "窓口でお待ちください。職員がお呼びします"
OTHER_PROOF = "資格確認書、または「資格情報のお知らせ」とカードなどで確認してください。"
VISUAL = "カードを受付機に置いてもらい、お顔とカードを見比べて、「目視確認」で答えてください。"
ASK_LATER = "しばらくしてからもう一度カードを置いてもらうか、" + OTHER_PROOF
CALL_VENDOR = "続くときは、記号を控えて導入業者に知らせてください。"
