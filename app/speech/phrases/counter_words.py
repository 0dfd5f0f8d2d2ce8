"""Words of 「窓口での確認」 and 「あとで確認」: ways, fields, findings, and why a visit is open or closed."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.counter import Field, Finding, Found, Seen
from app.eligibility.pending import CloseReason, PendingKind
from app.eligibility.ports import Method


@dataclass(frozen=True, slots=True)
class WayWords:
    """``name`` is the way, ``when`` says for whom it is, ``keeps`` what will stand there afterwards."""

    name: str
    when: str
    keeps: str


WAYS: dict[Method, WayWords] = {
    Method.CERTIFICATE: WayWords(
        "資格確認書",
        "マイナ保険証を持っていない方。資格確認書を見て、番号を入力します。",
        "「窓口で確認」として残ります。",
    ),
    Method.CARD_AND_NOTICE: WayWords(
        "カードと資格情報のお知らせ",
        "カードを読み取れない方、照会できないとき。マイナンバーカードとお知らせの両方を見ます。",
        "「窓口で確認」として残ります。番号は後で入力できます。",
    ),
    Method.CARD_AND_PORTAL: WayWords(
        "カードとマイナポータルの画面",
        "カードを読み取れない方、照会できないとき。カードと、患者さんのスマートフォンの資格情報の画面かPDFを見ます。",
        "「窓口で確認」として残ります。番号は後で入力できます。",
    ),
    Method.STATEMENT: WayWords(
        "被保険者資格申立書",
        "上のどれもできない方。申立書を書いてもらい、受け取ったことを記録します。用紙は紙で保管します。",
        "資格はまだ確認できていないので、「あとで確認」に入ります。",
    ),
    Method.EMERGENCY: WayWords(
        "緊急やむを得ない",
        "急ぎの手当てが先の方。理由を記録して、資格はあとで確かめます。",
        "資格はまだ確認できていないので、「あとで確認」に入ります。",
    ),
}

LABELS: dict[Field, str] = {
    Field.INSURER: "保険者番号",
    Field.SYMBOL: "記号",
    Field.NUMBER: "番号",
    Field.BRANCH: "枝番",
    Field.NAME: "氏名",
    Field.KANA: "氏名カナ",
    Field.BORN: "生年月日",
    Field.VALID_FROM: "有効開始年月日",
    Field.VALID_TO: "有効期限",
    Field.RATIO: "負担割合",
    Field.LATER: "番号は後で入力する",
    Field.NAME_LATER: "漢字の氏名は後で入力する",
    Field.SEEN: "確かめたこと",
    Field.LOOKED_BY: "確かめた人",
    Field.RECEIVED_ON: "受け取った日",
    Field.REASON: "緊急の理由",
}
HELPS: dict[Field, str] = {
    Field.INSURER: "8けた、国民健康保険は6けた",
    Field.SYMBOL: "ないときは空けておきます。全角・半角は書かれているとおりに",
    Field.NUMBER: "頭の0も書かれているとおりに",
    Field.BRANCH: "2けた。書かれていなければ空けておきます",
    Field.KANA: "検索に使います",
    Field.BORN: "例　昭和32年4月12日、S32.4.12、1957/4/12",
    Field.VALID_FROM: "書かれていなければ空けておきます",
    Field.VALID_TO: "例　令和9年7月31日、R9.7.31",
    Field.RATIO: "書かれていなければ「わからない」",
    Field.RECEIVED_ON: "例　令和8年11月22日、R8.11.22",
    Field.REASON: "なぜ先に手当てしたか。300文字まで",
}
SEEN: dict[Seen, str] = {
    Seen.FACE: "カードの顔写真が本人と同じ",
    Seen.NAMES: "カードと、もう一つの氏名・生年月日が同じ",
    Seen.CARD_IN_DATE: "カードの有効期限が切れていない",
    Seen.SCREEN: "マイナポータルの画面で見た",
    Seen.PDF: "マイナポータルのPDFで見た",
}
RATIO_UNKNOWN = "わからない"

_FINDINGS: dict[Finding, str] = {
    Finding.MISSING: "{label}を入れてください",
    Finding.TOO_LONG: "{label}は{detail}",
    Finding.CONTROL: "{label}に、目に見えない制御文字が入っています。打ち直してください",
    Finding.UNKNOWN_CHOICE: "{label}を選び直してください",
    Finding.INSURER_SHAPE: "保険者番号は6けたか8けたの数字です",
    Finding.NOT_A_DAY: "{label}を日付として読めません。例　昭和32年4月12日、S32.4.12、1957/4/12",
    Finding.NO_SUCH_DAY: "{label}の日付はこよみにありません{detail}",
    Finding.IN_FUTURE: "{label}が今日より後です",
    Finding.ENDS_BEFORE_START: "有効期限が、有効開始年月日より前です",
    Finding.INSURER_CHECK_DIGIT: "検証番号（最後の1けた）が計算と合いません。写しまちがいがないか見てください",
    Finding.INSURER_LAW: "法別番号（最初の2けた）に見覚えがありません。写しまちがいがないか見てください",
    Finding.INSURER_PREFECTURE: "都道府県の番号が01から47ではありません",
    Finding.BRANCH_SHAPE: "枝番はふつう2けたの数字です",
    Finding.NUMBER_SIGNS: "番号に数字がありません",
    Finding.HYPHEN_LAST: "{label}がハイフンで終わっています",
    Finding.ELDERLY_SYMBOL: "後期高齢者医療には、ふつう記号がありません",
    Finding.ELDERLY_NUMBER: "後期高齢者医療の番号は、ふつう8けたの数字です",
    Finding.KANA_MISSING: "氏名カナがないと、カナで検索できません",
    Finding.KANA_SIGNS: "氏名カナに、かな以外の文字があります",
    Finding.HIDDEN_SIGNS: "氏名に●や〓があります。券面の文字を確かめてください",
    Finding.BORN_MISSING: "生年月日がないと、あとで本人の確認を探しにくくなります",
    Finding.VERY_OLD: "{detail}歳になります。年号を確かめてください",
    Finding.EXPIRED: "有効期限が過ぎています（{detail}）。この資格確認書は使えないかもしれません",
    Finding.NOT_YET: "有効開始年月日がまだ来ていません（{detail}）",
    Finding.END_MISSING: "有効期限が入っていません。書かれていないか見てください",
    Finding.RATIO_MISSING: "負担割合がわからないままです",
    Finding.NAME_MISSING: "氏名がないと、あとで本人の確認を探しにくくなります",
    Finding.NAME_LATER: "漢字の氏名がまだです。カナだけで記録します",
}

KINDS: dict[PendingKind, str] = {
    PendingKind.EMERGENCY: "緊急やむを得ない",
    PendingKind.STATEMENT: "申立書を受け取った",
    PendingKind.NUMBERS_LATER: "番号がまだ",
    PendingKind.OUTAGE: "照会できなかった",
    PendingKind.UNKNOWN: "結果がわからない",
}
CLOSE_REASONS: dict[CloseReason, str] = {
    CloseReason.ASKED_INSURER: "保険者に確かめた",
    CloseReason.OTHER_RECORD: "ほかの記録で確かめた",
    CloseReason.SELF_PAID: "保険を使わないことにした",
    CloseReason.NO_VISIT: "受診せずに帰った",
    CloseReason.TWICE: "同じ受付が2つある",
}
NEEDS_CARD = "カードが必要です。お呼びしてください"
NEEDS_NO_CARD = "カードなしで照会し直せます"


def finding_words(field: Field, found: Found) -> str:
    """Return the sentence that stands at a field."""
    detail = found.detail
    if found.finding is Finding.TOO_LONG:
        limit, length = detail.split()
        detail = f"{limit}文字までです（いま{length}文字）"
    elif found.finding is Finding.NO_SUCH_DAY and detail:
        detail = f"。{detail}のことですか"
    return _FINDINGS[found.finding].format(label=LABELS[field], detail=detail)
