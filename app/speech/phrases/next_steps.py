"""What staff do when the online answer is no "valid": the proofs that count, in the order in which they are asked for.

Source: agreement on 受領委任 18(1) (資格確認書; treatment before confirmation only where it cannot wait); practice
notes of 2024-2026 on the card with 資格情報のお知らせ or マイナポータル; 保発0710第1号 of 2023 (被保険者資格申立書).
No form is made here: whether there is one for clinics is not published.
"""

from __future__ import annotations

from app.eligibility.model import Validity
from app.eligibility.ports import Outcome

STEPS_TITLE = "確認のしかた（この順で）"
PROOF_STEPS = (
    "資格確認書を見せてもらう。",
    "資格確認書がないときは、マイナンバーカードと「資格情報のお知らせ」、またはカードとマイナポータルの資格情報の画面を"
    "見せてもらう。",
    "どれもないときは、被保険者資格申立書を書いてもらう。用紙は厚生労働省や所属団体のものを使う（この画面では作りません）。",
)
LAG = "資格の登録が遅れていることがあります。資格がないと決めつけずに、次の順で確かめてください。"

_OFTEN_LATE = frozenset({Validity.INVALID, Validity.NO_INFORMATION})


def proof_steps(outcome: Outcome, validity: Validity | None) -> tuple[str, ...]:
    """Return the steps where another proof is needed; none where the card and a look at the face are enough."""
    is_confirmed = validity is not None and validity.is_valid
    return PROOF_STEPS if outcome in (Outcome.COUNTER, Outcome.UNKNOWN) and not is_confirmed else ()


def lag_words(validity: Validity | None) -> str | None:
    """Say that a registration is often late, where that is so."""
    return LAG if validity in _OFTEN_LATE else None
