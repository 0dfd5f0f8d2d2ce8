"""All words for errors, reasons, verdicts and kiosk screens, keyed by stable codes.

Captions are a contract: screens, spoken words, tests and manuals use them as written here.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.model import Validity
from app.eligibility.people import Role
from app.eligibility.screens import Button, Screen


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What a code means to people. ``staff`` says what happened, ``next_step`` what to do now."""

    patient: str
    staff: str
    next_step: str


@dataclass(frozen=True, slots=True)
class ScreenWords:
    heading: str
    says: str


_COUNTER = "窓口でお待ちください。職員がお呼びします"
_OTHER_PROOF = "資格確認書、または「資格情報のお知らせ」とカードなどで確認してください。"
_VISUAL = "カードを受付機に置いてもらい、お顔とカードを見比べて、「目視確認」で答えてください。"
_ASK_LATER = "しばらくしてからもう一度カードを置いてもらうか、" + _OTHER_PROOF
_CALL_VENDOR = "続くときは、記号を控えて導入業者に知らせてください。"

REASONS: dict[str, ReasonWords] = {
    "kiosk": ReasonWords(_COUNTER, "受付機で問題が起きました", _OTHER_PROOF + _CALL_VENDOR),
    "card.failed": ReasonWords("カードを読めません", "カードを読めませんでした", _OTHER_PROOF),
    "card.removed": ReasonWords(
        "カードを読めません", "カードが途中で外されました", "もう一度カードを置いてもらってください。"
    ),
    "card.reader_lost": ReasonWords(
        "カードを読めません",
        "カードリーダーが応答しません",
        "カードリーダーの線を確かめ、カードを置き直してもらってください。" + _OTHER_PROOF,
    ),
    "reader.silent": ReasonWords(
        "ただいま準備中です",
        "カードリーダーを動かす部品（pcscd）が止まっています",
        "動き出せば自動で戻ります。戻らないときは、受付機を再起動してください。" + _OTHER_PROOF,
    ),
    "card.unreadable": ReasonWords(
        "カードを読めません", "カードの中身を正しく読めませんでした", "カードを置き直しても続くときは、" + _OTHER_PROOF
    ),
    "card.status_word": ReasonWords(
        "カードを読めません", "カードが思わぬ返事をしました", "カードを置き直しても続くときは、" + _OTHER_PROOF
    ),
    "card.pin_incorrect": ReasonWords(
        "暗証番号がちがいます", "暗証番号がちがいました", "患者さんがもう一度入れるか、" + _VISUAL
    ),
    "card.pin_locked": ReasonWords(
        "このカードはロックされています",
        "暗証番号がロックされています",
        _VISUAL + "ロックは市区町村の窓口などで解除できます。",
    ),
    "card.pin_missing": ReasonWords(
        "暗証番号がなくても受付できます", "暗証番号のないカード（顔認証カード）です", _VISUAL
    ),
    "card.certificate_locked": ReasonWords(
        _COUNTER,
        "スマートフォンの方です。暗証番号を入れないと目視確認もできません",
        "プラスチックのカードを置いてもらうか、" + _OTHER_PROOF,
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
    "card.forbidden_command": ReasonWords(_COUNTER, "受付機が許されない読み取りを止めました", _CALL_VENDOR),
    "card.process_down": ReasonWords(
        "ただいま準備中です", "カード読み取りの部品が止まっています", "まもなく自動で戻ります。" + _CALL_VENDOR
    ),
    "gateway.failed": ReasonWords(_COUNTER, "照会できませんでした", _ASK_LATER),
    "gateway.unreachable": ReasonWords(
        _COUNTER, "照会先につながりません", "インターネットの接続を確かめてください。" + _ASK_LATER
    ),
    "gateway.timeout": ReasonWords(_COUNTER, "照会先の返事が時間内に届きませんでした", _ASK_LATER),
    "gateway.untrusted": ReasonWords(
        _COUNTER,
        "照会先の証明書を確かめられません",
        "この端末の日付と時刻を確かめてください。" + _OTHER_PROOF + _CALL_VENDOR,
    ),
    "gateway.credential_refused": ReasonWords(
        _COUNTER,
        "照会先がこの端末の証明書を受け付けません",
        "端末の登録と証明書の期限を確かめてください。" + _OTHER_PROOF,
    ),
    "gateway.busy": ReasonWords(_COUNTER, "照会先が混み合っています", _ASK_LATER),
    "gateway.broken": ReasonWords(_COUNTER, "照会先で障害が起きています", _ASK_LATER),
    "gateway.refused": ReasonWords(_COUNTER, "照会先がこの照会を受け付けませんでした", _OTHER_PROOF),
    "gateway.reply_malformed": ReasonWords(_COUNTER, "照会先の返事を読み取れませんでした", _ASK_LATER + _CALL_VENDOR),
    "gateway.reply_too_large": ReasonWords(
        _COUNTER, "照会先の返事が大きすぎたため受け取りませんでした", _ASK_LATER + _CALL_VENDOR
    ),
    "gateway.reply_mismatched": ReasonWords(
        _COUNTER, "別の照会への返事が届いたため捨てました", _ASK_LATER + _CALL_VENDOR
    ),
    "voice.failed": ReasonWords(_COUNTER, "音声で読み上げられませんでした", "画面で確かめてください。" + _CALL_VENDOR),
    "voice.no_device": ReasonWords(
        _COUNTER,
        "音を出す機器が見つかりません",
        "スピーカーやイヤホンの線を確かめて、もう一度行ってください。" + _CALL_VENDOR,
    ),
    "voice.busy": ReasonWords(_COUNTER, "読み上げが混み合っています", "少し待って、もう一度行ってください。"),
    "voice.process_down": ReasonWords(
        _COUNTER, "読み上げの部品が止まっています", "まもなく自動で戻ります。" + _CALL_VENDOR
    ),
    "voice.unspeakable": ReasonWords(
        _COUNTER, "読み上げられない文字があります", "画面で確かめてください。" + _CALL_VENDOR
    ),
    "voice.no_reader": ReasonWords(_COUNTER, "読みを作る部品がありません", "画面で確かめてください。" + _CALL_VENDOR),
    "tenkey.failed": ReasonWords(_COUNTER, "テンキーを使えません", "テンキーをさし直してください。" + _CALL_VENDOR),
    "tenkey.missing": ReasonWords(
        _COUNTER, "テンキーが見つかりません", "テンキーを、いつものさし口にさし直してください。" + _CALL_VENDOR
    ),
    "tenkey.forbidden": ReasonWords(
        _COUNTER, "テンキーを使う許しがありません", "導入業者に、入力機器を使う許しを受付機に付けてもらってください。"
    ),
    "tenkey.no_port": ReasonWords(
        _COUNTER,
        "テンキーのさし口が決まっていません",
        "導入業者に、さし口の名前を受付機の設定に書いてもらってください。",
    ),
    "tenkey.shared": ReasonWords(
        _COUNTER,
        "テンキーが患者さんの画面にもつながっています",
        "導入業者に、テンキーを画面から切り離す設定をしてもらってください。",
    ),
    "tenkey.taken": ReasonWords(
        _COUNTER, "テンキーをほかのプログラムが使っています", "受付機を再起動してください。" + _CALL_VENDOR
    ),
    "tenkey.code_refused": ReasonWords(
        _COUNTER, "テンキーの番号がちがいます", "自分のテンキーの番号を、もう一度入れてください。"
    ),
    "tenkey.no_code": ReasonWords(
        _COUNTER,
        "テンキーの番号がまだありません",
        "「自分の合言葉と確認コード」で、テンキーの番号を作ってください。",
    ),
    "store.failed": ReasonWords(_COUNTER, "記録を保存できませんでした", _OTHER_PROOF + _CALL_VENDOR),
    "store.busy": ReasonWords(_COUNTER, "記録の保存に時間がかかっています", "少し待っても続くときは、" + _OTHER_PROOF),
    "store.unwritable": ReasonWords(
        _COUNTER,
        "記録を保存できません（ディスクの空きや故障）",
        "ディスクの空きを確かめてください。" + _OTHER_PROOF + _CALL_VENDOR,
    ),
    "store.damaged": ReasonWords(
        _COUNTER,
        "記録のファイルがこわれています",
        "自動で新しいファイルに切り替わります。もう一度行っても同じときは、" + _OTHER_PROOF + _CALL_VENDOR,
    ),
    "store.key_unusable": ReasonWords(
        _COUNTER,
        "記録の鍵がないか、ちがう鍵です",
        "鍵のファイル（store.key）を元に戻してください。ほかの鍵では記録を読めません。" + _OTHER_PROOF + _CALL_VENDOR,
    ),
    "store.in_use": ReasonWords(
        _COUNTER, "記録は使われている最中です", "受付機と職員画面を止めてから、もう一度行ってください。"
    ),
    "store.backup_unusable": ReasonWords(
        _COUNTER, "使える控えがありません", "別の控えを選んでください。鍵がちがうと控えは読めません。"
    ),
    "store.clock_doubted": ReasonWords(
        _COUNTER,
        "時計が確かめられないため、古い記録の消去を止めています",
        "この端末の日付と時刻、インターネットの接続を確かめてください。時計が合えば自動で再開します。",
    ),
    "store.outdated": ReasonWords(
        "ただいま準備中です", "記録の形が古いままです", "./uketsuke migrate を実行してください。"
    ),
    "store.record_missing": ReasonWords(
        _COUNTER, "この記録はありません", "保存期間が過ぎたか、番号がちがいます。受付一覧に戻ってください。"
    ),
    "staff.already_handled": ReasonWords(
        _COUNTER, "既に処理済みです", "ほかの職員が先に処理しました。受付一覧を見てください。"
    ),
    "staff.visual_ended": ReasonWords(
        _COUNTER,
        "この目視確認は終わっています",
        "カードが外されたか、患者さんがもどりました。必要なら、カードをもう一度置いてもらってください。",
    ),
    "staff.login_refused": ReasonWords(
        _COUNTER, "名前か合言葉がちがいます", "名前と合言葉を確かめて、もう一度入れてください。"
    ),
    "staff.login_wait": ReasonWords(
        _COUNTER, "続けてまちがえたため、少し待つ必要があります", "表示された秒数だけ待って、もう一度入れてください。"
    ),
    "staff.too_much": ReasonWords(
        _COUNTER,
        "短い時間にたくさん開いたため、少し待つ必要があります",
        "1分ほど待って、もう一度行ってください。書き出しは1時間に10回までです。",
    ),
    "staff.code_missing": ReasonWords(
        _COUNTER, "確認コードを入れてください", "アプリに出ている6けたの数字か、予備コードを入れてください。"
    ),
    "staff.code_refused": ReasonWords(
        _COUNTER,
        "確認コードがちがうか、もう使われています",
        "アプリに新しい数字が出るのを待って、もう一度入れてください。",
    ),
    "staff.passphrase_missing": ReasonWords(_COUNTER, "合言葉を入れてください", "自分の合言葉を入れてください。"),
    "staff.unlock_refused": ReasonWords(
        _COUNTER, "合言葉がちがいます", "自分の合言葉を確かめて、もう一度入れてください。"
    ),
    "staff.code_in_use": ReasonWords(
        _COUNTER, "確認コードは、もう使い始めています", "別のアプリに替えるときは、いちどやめてから準備します。"
    ),
    "staff.code_not_prepared": ReasonWords(
        _COUNTER,
        "この準備は、もう終わっているか取り消されています",
        "合言葉を入れて、もう一度「準備する」から始めてください。",
    ),
    "people.passphrase_short": ReasonWords(
        _COUNTER, "15文字以上にしてください", "ことばをいくつか並べると、長くても覚えやすくなります。"
    ),
    "people.passphrase_long": ReasonWords(_COUNTER, "256文字までにしてください", "短くして、もう一度入れてください。"),
    "people.passphrase_guessable": ReasonWords(
        _COUNTER,
        "推測されやすい合言葉です。関係のないことばを4つ以上並べてください",
        "くり返し、キーの並び、日付、名前、医院のことばだけでは使えません。",
    ),
    "people.too_many_desk_codes": ReasonWords(
        _COUNTER, "テンキーの番号は20人までです", "使わない人の番号を、その人の画面でやめてください。"
    ),
    "people.passphrase_differs": ReasonWords(_COUNTER, "2つの合言葉がちがいます", "同じ合言葉を2回入れてください。"),
    "people.passphrase_same": ReasonWords(
        _COUNTER, "今と同じ合言葉です。別の合言葉にしてください", "新しい合言葉を考えて入れてください。"
    ),
    "people.name": ReasonWords(_COUNTER, "名前は1文字から64文字で入れてください", "名前を入れ直してください。"),
    "people.name_signs": ReasonWords(
        _COUNTER, "名前に、目に見えない文字か、表示できない文字が入っています", "名前を打ち直してください。"
    ),
    "people.name_taken": ReasonWords(
        _COUNTER, "同じ名前の職員がいます。区別できる名前にしてください", "停止した職員の名前も使えません。"
    ),
    "people.owner_code_refused": ReasonWords(
        _COUNTER, "登録コードがちがうか、30分を過ぎています", "受付機で ./uketsuke owner-code を実行してください。"
    ),
    "people.own_account": ReasonWords(
        _COUNTER, "自分の役割と停止は、ほかの管理者だけが変えられます", "ほかの管理者に頼んでください。"
    ),
    "people.last_owner": ReasonWords(
        _COUNTER, "管理者がいなくなるため変えられません", "先に、ほかの職員を管理者にしてください。"
    ),
    "people.changed": ReasonWords(
        _COUNTER, "ほかの管理者が先に変えました", "職員の一覧を開き直して、もう一度行ってください。"
    ),
    "staff.role_missing": ReasonWords(
        _COUNTER, "この操作をする権限がありません", "権限のある職員か、管理者に頼んでください。"
    ),
    "web.request_refused": ReasonWords(
        _COUNTER, "この操作は受け付けられません", "ページを開き直して、もう一度行ってください。"
    ),
    "web.other_user": ReasonWords(
        "この受付機の利用者だけが開けます",
        "この受付機の、ほかの利用者のブラウザーから開かれました",
        "受付機を動かしている利用者で開くか、設定 KIOSK_BROWSER_USER に利用者名を入れてください。",
    ),
    "web.not_found": ReasonWords(_COUNTER, "このページはありません", "受付一覧に戻ってください。"),
    "check.pin_unknown": ReasonWords("暗証番号がなくても受付できます", "暗証番号がない・わからない方です", _VISUAL),
    "check.pin_last": ReasonWords("職員が確認します", "暗証番号の残りが1回です。ロックの手前で止めました", _VISUAL),
    "check.patient_asked": ReasonWords(_COUNTER, "暗証番号がちがい、職員の確認を選ばれました", _VISUAL),
    "check.visual_method": ReasonWords("職員が確認します", "目視確認で受け付ける設定です", _VISUAL),
    "check.visual_refused": ReasonWords(
        _COUNTER, "職員が、本人と確認できないと答えました", "患者さんに事情を聞き、" + _OTHER_PROOF
    ),
    "check.not_valid": ReasonWords(_COUNTER, "資格を確認できる結果ではありません", _OTHER_PROOF),
    "check.card_removed_early": ReasonWords(
        _COUNTER,
        "結果が届く前にカードが外されました。患者さんには結果を伝えていません",
        "受付できたことを患者さんに伝えてください。",
    ),
    "check.not_told": ReasonWords(
        "窓口で受付してください",
        "記録の保存が遅れ、患者さんに結果を伝えていません",
        "資格は確認できています。受付できたことを患者さんに伝えてください。",
    ),
    "check.asked_again": ReasonWords(
        _COUNTER,
        "照会できなかった受付に、あとから答えが届きました",
        "目視確認の内容で、カードなしで照会し直しました。",
    ),
    "check.interrupted": ReasonWords(
        _COUNTER,
        "照会の途中で受付機が止まりました。結果はわかりません",
        "患者さんにもう一度カードを置いてもらうか、" + _OTHER_PROOF,
    ),
    "counter.seen": ReasonWords(_COUNTER, "窓口で資格を確認しました", "オンラインの照会の結果ではありません。"),
    "counter.numbers_later": ReasonWords(
        _COUNTER, "窓口で確認しました。番号はまだ入力していません", "「あとで確認」から番号を入力してください。"
    ),
    "counter.statement": ReasonWords(
        _COUNTER, "被保険者資格申立書を受け取りました", "資格はまだ確認できていません。「あとで確認」に入れました。"
    ),
    "counter.emergency": ReasonWords(
        _COUNTER, "緊急やむを得ない受付です", "資格はまだ確認できていません。「あとで確認」に入れました。"
    ),
    "check.dropped": ReasonWords(
        "もう一度入れてください", "同じ操作がもう一度届いたため捨てました", "何もする必要はありません。"
    ),
    "kiosk.other_page": ReasonWords(
        "別の画面で受付しています", "受付機の画面が2つ開かれています", "使わない方の画面を閉じてください。"
    ),
    "check.bug": ReasonWords(_COUNTER, "受付機の不具合です", _OTHER_PROOF + _CALL_VENDOR),
}

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
    Validity.INVALID: "番号は参考です。新しい資格の登録が遅れていることがあります。" + _OTHER_PROOF,
    Validity.INVALID_NEWER_EXISTS: "新しい資格があります。新しい資格確認書などを見せてもらってください。",
    Validity.NO_INFORMATION: "資格の登録が遅れていることがあります。" + _OTHER_PROOF,
    Validity.MULTIPLE: "資格が複数あります。どの資格を使うか、保険者に確かめてください。" + _OTHER_PROOF,
    Validity.VALID_UNREGISTERED: "医療扶助の登録がありません。福祉事務所に確かめてください。",
}

SCREENS: dict[Screen, ScreenWords] = {
    Screen.WELCOME: ScreenWords("マイナ保険証で受付します", "カードを置いてください"),
    Screen.READING: ScreenWords("カードを読んでいます", "カードはそのままで"),
    Screen.PIN: ScreenWords("暗証番号を入れてください", "カードを受け取ったときに決めた数字4けたです"),
    Screen.ASKING: ScreenWords("確認しています", "カードはそのままで"),
    Screen.ACCEPTED: ScreenWords("受付しました", "カードをお取りください"),
    Screen.PIN_WRONG: ScreenWords("暗証番号がちがいます", "もう一度入れますか。3回ちがうとカードがロックされます"),
    Screen.PIN_LAST: ScreenWords("職員が確認します", "2回ちがいました。職員がお顔とカードを確認します"),
    Screen.PIN_LOCKED: ScreenWords("このカードはロックされています", "受付はできます。職員が確認します"),
    Screen.NO_PIN: ScreenWords("職員が確認します", "暗証番号がなくても受付できます。少しお待ちください"),
    Screen.UNREADABLE: ScreenWords("カードを読めません", "ケースから出ていますか。向きは合っていますか"),
    Screen.OTHER_CARD: ScreenWords("このカードは使えません", "マイナンバーカードを置いてください"),
    Screen.COUNTER: ScreenWords("窓口でお待ちください", "職員がお呼びします"),
    Screen.TAKE_CARD: ScreenWords("カードをお取りください", "カードが残っています"),
    Screen.OUT_OF_ORDER: ScreenWords("ただいま準備中です", "窓口で受付してください"),
}
ONLY_QUALIFICATION = "お薬や健診の情報は見ていません"
RECEPTION_NUMBER = "受付番号"
CALLED = "係員を呼びました。少しお待ちください"
CALL_FAILED = "係員に知らせられません。窓口に声をかけてください"
RETYPE = "もう一度入れてください"
STILL_THERE = "まだ使いますか。画面かキーにふれると続けられます"
OTHER_PAGE = "別の画面で受付しています"
TAKE_OVER_SAYS = "この受付機の画面が、ほかにも開かれています"
TAKE_OVER = "この画面で受付する"

BUTTONS: dict[Button, str] = {
    Button.NO_PIN: "暗証番号がない・わからない",
    Button.CALL: "係員を呼ぶ",
    Button.AGAIN: "もう一度",
    Button.ONCE_MORE: "もう一度だけ",
    Button.STAFF: "職員に見てもらう",
    Button.UNDERSTOOD: "わかりました",
    Button.BACK: "もどる",
    Button.DONE: "おわる",
    Button.STAY: "続ける",
}
ROLES: dict[Role, str] = {
    Role.OWNER: "管理者",
    Role.STAFF: "職員",
    Role.VIEWER: "閲覧だけ",
}
PIN_UNKNOWN = "わからない"
ERASE = "消す"
PRACTICE = "練習"


def reason_words(code: str | None) -> ReasonWords:
    """Return the words of a code; an unknown one is answered with the general words, never with a gap."""
    return REASONS.get(code or "kiosk", REASONS["kiosk"])
