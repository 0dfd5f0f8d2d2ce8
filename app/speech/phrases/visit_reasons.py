"""Words for all that can befall a visit: the card, the question to the service, its answer, the counter, the kiosk."""

from __future__ import annotations

from app.speech.phrases.reason_model import ASK_LATER, CALL_VENDOR, COUNTER, OTHER_PROOF, VISUAL, ReasonWords

VISIT_REASONS: dict[str, ReasonWords] = {
    "kiosk": ReasonWords(COUNTER, "受付機で問題が起きました", OTHER_PROOF + CALL_VENDOR),
    "card.failed": ReasonWords("カードを読めません", "カードを読めませんでした", OTHER_PROOF),
    "card.removed": ReasonWords(
        "カードを読めません", "カードが途中で外されました", "もう一度カードを置いてもらってください。"
    ),
    "card.reader_lost": ReasonWords(
        "カードを読めません",
        "カードリーダーが応答しません",
        "カードリーダーの線を確かめ、カードを置き直してもらってください。" + OTHER_PROOF,
    ),
    "card.unreadable": ReasonWords(
        "カードを読めません", "カードの中身を正しく読めませんでした", "カードを置き直しても続くときは、" + OTHER_PROOF
    ),
    "card.status_word": ReasonWords(
        "カードを読めません", "カードが思わぬ返事をしました", "カードを置き直しても続くときは、" + OTHER_PROOF
    ),
    "card.pin_incorrect": ReasonWords(
        "暗証番号がちがいます", "暗証番号がちがいました", "患者さんがもう一度入れるか、" + VISUAL
    ),
    "card.pin_locked": ReasonWords(
        "このカードはロックされています",
        "暗証番号がロックされています",
        VISUAL + "ロックは市区町村の窓口などで解除できます。",
    ),
    "card.pin_missing": ReasonWords(
        "暗証番号がなくても受付できます", "暗証番号のないカード（顔認証カード）です", VISUAL
    ),
    "card.certificate_locked": ReasonWords(
        COUNTER,
        "スマートフォンの方です。暗証番号を入れないと目視確認もできません",
        "プラスチックのカードを置いてもらうか、" + OTHER_PROOF,
    ),
    "card.certificate_changed": ReasonWords(
        "カードを読めません",
        "読み取りの途中で別のカードに替わりました",
        "カードを1枚だけ置いてもらい、もう一度受け付けてください。",
    ),
    "card.keypad_spent": ReasonWords(
        "もう一度入れてください", "入力の有効時間が過ぎました", "患者さんにもう一度入れてもらってください。"
    ),
    "card.stale_epoch": ReasonWords(
        "もう一度カードを置いてください", "前のカードへの操作でした", "もう一度カードを置いてもらってください。"
    ),
    "card.other_kind": ReasonWords(
        "このカードは使えません",
        "マイナンバーカードではないカードが置かれました",
        "マイナンバーカードを置いてもらってください。",
    ),
    "card.forbidden_command": ReasonWords(COUNTER, "受付機が許されない読み取りを止めました", CALL_VENDOR),
    "card.process_down": ReasonWords(
        "ただいま準備中です", "カード読み取りの部品が止まっています", "まもなく自動で戻ります。" + CALL_VENDOR
    ),
    "gateway.failed": ReasonWords(COUNTER, "照会できませんでした", ASK_LATER),
    "gateway.unreachable": ReasonWords(
        COUNTER, "照会先につながりません", "インターネットの接続を確かめてください。" + ASK_LATER
    ),
    "gateway.timeout": ReasonWords(COUNTER, "照会先の返事が時間内に届きませんでした", ASK_LATER),
    "gateway.untrusted": ReasonWords(
        COUNTER,
        "照会先の証明書を確かめられません",
        "この端末の日付と時刻を確かめてください。" + OTHER_PROOF + CALL_VENDOR,
    ),
    "gateway.credential_refused": ReasonWords(
        COUNTER,
        "照会先がこの端末の証明書を受け付けません",
        "端末の登録と証明書の期限を確かめてください。" + OTHER_PROOF,
    ),
    "gateway.busy": ReasonWords(COUNTER, "照会先が混み合っています", ASK_LATER),
    "gateway.broken": ReasonWords(COUNTER, "照会先で障害が起きています", ASK_LATER),
    "gateway.refused": ReasonWords(COUNTER, "照会先がこの照会を受け付けませんでした", OTHER_PROOF),
    "gateway.reply_malformed": ReasonWords(COUNTER, "照会先の返事を読み取れませんでした", ASK_LATER + CALL_VENDOR),
    "gateway.reply_too_large": ReasonWords(
        COUNTER, "照会先の返事が大きすぎたため受け取りませんでした", ASK_LATER + CALL_VENDOR
    ),
    "gateway.reply_mismatched": ReasonWords(COUNTER, "別の照会への返事が届いたため捨てました", ASK_LATER + CALL_VENDOR),
    "check.pin_unknown": ReasonWords("暗証番号がなくても受付できます", "暗証番号がない・わからない方です", VISUAL),
    "check.pin_last": ReasonWords("職員が確認します", "暗証番号の残りが1回です。ロックの手前で止めました", VISUAL),
    "check.patient_asked": ReasonWords(COUNTER, "暗証番号がちがい、職員の確認を選ばれました", VISUAL),
    "check.visual_method": ReasonWords("職員が確認します", "目視確認で受け付ける設定です", VISUAL),
    "check.visual_refused": ReasonWords(
        COUNTER, "職員が、本人と確認できないと答えました", "患者さんに事情を聞き、" + OTHER_PROOF
    ),
    "check.not_valid": ReasonWords(COUNTER, "資格を確認できる結果ではありません", OTHER_PROOF),
    "check.card_removed_early": ReasonWords(
        COUNTER,
        "結果が届く前にカードが外されました。患者さんには結果を伝えていません",
        "受付できたことを患者さんに伝えてください。",
    ),
    "check.not_told": ReasonWords(
        "窓口で受付してください",
        "記録の保存が遅れ、患者さんに結果を伝えていません",
        "資格は確認できています。受付できたことを患者さんに伝えてください。",
    ),
    "check.asked_again": ReasonWords(
        COUNTER,
        "照会できなかった受付に、あとから答えが届きました",
        "目視確認の内容で、カードなしで照会し直しました。",
    ),
    "check.interrupted": ReasonWords(
        COUNTER,
        "照会の途中で受付機が止まりました。結果はわかりません",
        "患者さんにもう一度カードを置いてもらうか、" + OTHER_PROOF,
    ),
    "counter.seen": ReasonWords(COUNTER, "窓口で資格を確認しました", "オンラインの照会の結果ではありません。"),
    "counter.numbers_later": ReasonWords(
        COUNTER, "窓口で確認しました。番号はまだ入力していません", "「あとで確認」から番号を入力してください。"
    ),
    "counter.statement": ReasonWords(
        COUNTER, "被保険者資格申立書を受け取りました", "資格はまだ確認できていません。「あとで確認」に入れました。"
    ),
    "counter.emergency": ReasonWords(
        COUNTER, "緊急やむを得ない受付です", "資格はまだ確認できていません。「あとで確認」に入れました。"
    ),
    "check.dropped": ReasonWords(
        "もう一度入れてください", "同じ操作がもう一度届いたため捨てました", "何もする必要はありません。"
    ),
    "kiosk.other_page": ReasonWords(
        "別の画面で受付しています", "受付機の画面が2つ開かれています", "使わない方の画面を閉じてください。"
    ),
    "check.bug": ReasonWords(COUNTER, "受付機の不具合です", OTHER_PROOF + CALL_VENDOR),
}
