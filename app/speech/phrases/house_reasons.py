"""Words for all that can befall the house: voice, tenkey, records, people and their log-in, requests of a browser."""

from __future__ import annotations

from app.speech.phrases.reason_model import CALL_VENDOR, COUNTER, OTHER_PROOF, ReasonWords

HOUSE_REASONS: dict[str, ReasonWords] = {
    "reader.silent": ReasonWords(
        "ただいま準備中です",
        "カードリーダーを動かす部品（pcscd）が止まっています",
        "動き出せば自動で戻ります。戻らないときは、受付機を再起動してください。" + OTHER_PROOF,
    ),
    "voice.failed": ReasonWords(COUNTER, "音声で読み上げられませんでした", "画面で確かめてください。" + CALL_VENDOR),
    "voice.no_device": ReasonWords(
        COUNTER,
        "音を出す機器が見つかりません",
        "スピーカーやイヤホンの線を確かめて、もう一度行ってください。" + CALL_VENDOR,
    ),
    "voice.busy": ReasonWords(COUNTER, "読み上げが混み合っています", "少し待って、もう一度行ってください。"),
    "voice.process_down": ReasonWords(
        COUNTER, "読み上げの部品が止まっています", "まもなく自動で戻ります。" + CALL_VENDOR
    ),
    "voice.unspeakable": ReasonWords(
        COUNTER, "読み上げられない文字があります", "画面で確かめてください。" + CALL_VENDOR
    ),
    "voice.no_reader": ReasonWords(COUNTER, "読みを作る部品がありません", "画面で確かめてください。" + CALL_VENDOR),
    "tenkey.failed": ReasonWords(COUNTER, "テンキーを使えません", "テンキーをさし直してください。" + CALL_VENDOR),
    "tenkey.missing": ReasonWords(
        COUNTER, "テンキーが見つかりません", "テンキーを、いつものさし口にさし直してください。" + CALL_VENDOR
    ),
    "tenkey.forbidden": ReasonWords(
        COUNTER, "テンキーを使う許しがありません", "導入業者に、入力機器を使う許しを受付機に付けてもらってください。"
    ),
    "tenkey.no_port": ReasonWords(
        COUNTER,
        "テンキーのさし口が決まっていません",
        "導入業者に、さし口の名前を受付機の設定に書いてもらってください。",
    ),
    "tenkey.shared": ReasonWords(
        COUNTER,
        "テンキーが患者さんの画面にもつながっています",
        "導入業者に、テンキーを画面から切り離す設定をしてもらってください。",
    ),
    "tenkey.taken": ReasonWords(
        COUNTER, "テンキーをほかのプログラムが使っています", "受付機を再起動してください。" + CALL_VENDOR
    ),
    "tenkey.code_refused": ReasonWords(
        COUNTER, "テンキーの番号がちがいます", "自分のテンキーの番号を、もう一度入れてください。"
    ),
    "tenkey.no_code": ReasonWords(
        COUNTER,
        "テンキーの番号がまだありません",
        "「自分の合言葉と確認コード」で、テンキーの番号を作ってください。",
    ),
    "store.failed": ReasonWords(COUNTER, "記録を保存できませんでした", OTHER_PROOF + CALL_VENDOR),
    "store.busy": ReasonWords(COUNTER, "記録の保存に時間がかかっています", "少し待っても続くときは、" + OTHER_PROOF),
    "store.unwritable": ReasonWords(
        COUNTER,
        "記録を保存できません（ディスクの空きや故障）",
        "ディスクの空きを確かめてください。" + OTHER_PROOF + CALL_VENDOR,
    ),
    "store.damaged": ReasonWords(
        COUNTER,
        "記録のファイルがこわれています",
        "自動で新しいファイルに切り替わります。もう一度行っても同じときは、" + OTHER_PROOF + CALL_VENDOR,
    ),
    "store.key_unusable": ReasonWords(
        COUNTER,
        "記録の鍵がないか、ちがう鍵です",
        "鍵のファイル（store.key）を元に戻してください。ほかの鍵では記録を読めません。" + OTHER_PROOF + CALL_VENDOR,
    ),
    "store.in_use": ReasonWords(
        COUNTER, "記録は使われている最中です", "受付機と職員画面を止めてから、もう一度行ってください。"
    ),
    "store.backup_unusable": ReasonWords(
        COUNTER, "使える控えがありません", "別の控えを選んでください。鍵がちがうと控えは読めません。"
    ),
    "store.clock_doubted": ReasonWords(
        COUNTER,
        "時計が確かめられないため、古い記録の消去を止めています",
        "この端末の日付と時刻、インターネットの接続を確かめてください。時計が合えば自動で再開します。",
    ),
    "store.outdated": ReasonWords(
        "ただいま準備中です", "記録の形が古いままです", "./uketsuke migrate を実行してください。"
    ),
    "store.record_missing": ReasonWords(
        COUNTER, "この記録はありません", "保存期間が過ぎたか、番号がちがいます。受付一覧に戻ってください。"
    ),
    "staff.entry_faulty": ReasonWords(
        COUNTER, "入れたものに直すところがあります", "1つずつ戻って、読み上げられたところを直してください。"
    ),
    "staff.already_handled": ReasonWords(
        COUNTER, "既に処理済みです", "ほかの職員が先に処理しました。受付一覧を見てください。"
    ),
    "staff.visual_ended": ReasonWords(
        COUNTER,
        "この目視確認は終わっています",
        "カードが外されたか、患者さんがもどりました。必要なら、カードをもう一度置いてもらってください。",
    ),
    "staff.login_refused": ReasonWords(
        COUNTER, "名前か合言葉がちがいます", "名前と合言葉を確かめて、もう一度入れてください。"
    ),
    "staff.login_wait": ReasonWords(
        COUNTER, "続けてまちがえたため、少し待つ必要があります", "表示された秒数だけ待って、もう一度入れてください。"
    ),
    "staff.too_much": ReasonWords(
        COUNTER,
        "短い時間にたくさん開いたため、少し待つ必要があります",
        "1分ほど待って、もう一度行ってください。書き出しは1時間に10回までです。",
    ),
    "staff.code_missing": ReasonWords(
        COUNTER, "確認コードを入れてください", "アプリに出ている6けたの数字か、予備コードを入れてください。"
    ),
    "staff.code_refused": ReasonWords(
        COUNTER,
        "確認コードがちがうか、もう使われています",
        "アプリに新しい数字が出るのを待って、もう一度入れてください。",
    ),
    "staff.passphrase_missing": ReasonWords(COUNTER, "合言葉を入れてください", "自分の合言葉を入れてください。"),
    "staff.unlock_refused": ReasonWords(
        COUNTER, "合言葉がちがいます", "自分の合言葉を確かめて、もう一度入れてください。"
    ),
    "staff.code_in_use": ReasonWords(
        COUNTER, "確認コードは、もう使い始めています", "別のアプリに替えるときは、いちどやめてから準備します。"
    ),
    "staff.code_not_prepared": ReasonWords(
        COUNTER,
        "この準備は、もう終わっているか取り消されています",
        "合言葉を入れて、もう一度「準備する」から始めてください。",
    ),
    "people.passphrase_short": ReasonWords(
        COUNTER, "15文字以上にしてください", "ことばをいくつか並べると、長くても覚えやすくなります。"
    ),
    "people.passphrase_long": ReasonWords(COUNTER, "256文字までにしてください", "短くして、もう一度入れてください。"),
    "people.passphrase_guessable": ReasonWords(
        COUNTER,
        "推測されやすい合言葉です。関係のないことばを4つ以上並べてください",
        "くり返し、キーの並び、日付、名前、医院のことばだけでは使えません。",
    ),
    "people.too_many_desk_codes": ReasonWords(
        COUNTER, "テンキーの番号は20人までです", "使わない人の番号を、その人の画面でやめてください。"
    ),
    "people.passphrase_differs": ReasonWords(COUNTER, "2つの合言葉がちがいます", "同じ合言葉を2回入れてください。"),
    "people.passphrase_same": ReasonWords(
        COUNTER, "今と同じ合言葉です。別の合言葉にしてください", "新しい合言葉を考えて入れてください。"
    ),
    "people.name": ReasonWords(COUNTER, "名前は1文字から64文字で入れてください", "名前を入れ直してください。"),
    "people.name_signs": ReasonWords(
        COUNTER, "名前に、目に見えない文字か、表示できない文字が入っています", "名前を打ち直してください。"
    ),
    "people.name_taken": ReasonWords(
        COUNTER, "同じ名前の職員がいます。区別できる名前にしてください", "停止した職員の名前も使えません。"
    ),
    "people.owner_code_refused": ReasonWords(
        COUNTER, "登録コードがちがうか、30分を過ぎています", "受付機で ./uketsuke owner-code を実行してください。"
    ),
    "people.own_account": ReasonWords(
        COUNTER, "自分の役割と停止は、ほかの管理者だけが変えられます", "ほかの管理者に頼んでください。"
    ),
    "people.last_owner": ReasonWords(
        COUNTER, "管理者がいなくなるため変えられません", "先に、ほかの職員を管理者にしてください。"
    ),
    "people.changed": ReasonWords(
        COUNTER, "ほかの管理者が先に変えました", "職員の一覧を開き直して、もう一度行ってください。"
    ),
    "staff.role_missing": ReasonWords(
        COUNTER, "この操作をする権限がありません", "権限のある職員か、管理者に頼んでください。"
    ),
    "web.request_refused": ReasonWords(
        COUNTER, "この操作は受け付けられません", "ページを開き直して、もう一度行ってください。"
    ),
    "web.other_user": ReasonWords(
        "この受付機の利用者だけが開けます",
        "この受付機の、ほかの利用者のブラウザーから開かれました",
        "受付機を動かしている利用者で開くか、設定 KIOSK_BROWSER_USER に利用者名を入れてください。",
    ),
    "web.not_found": ReasonWords(COUNTER, "このページはありません", "受付一覧に戻ってください。"),
}
