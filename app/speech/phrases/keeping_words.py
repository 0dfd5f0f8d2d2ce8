"""Words about the keeping of records: clock, purge, backups, damage."""

from __future__ import annotations

from app.eligibility.clock_trust import ClockDoubt

_RESUMES = "時計が合えば自動で再開します。"
CLOCK_NOTICE = "時計が確かめられないため、古い記録の消去を止めています"
CLOCK_NEXT: dict[ClockDoubt, str] = {
    ClockDoubt.UNSYNCHRONISED: "インターネットの接続と、時刻の自動合わせを確かめてください。" + _RESUMES,
    ClockDoubt.STEPPED_BACK: "時計が戻っています。この端末の日付と時刻を確かめてください。" + _RESUMES,
    ClockDoubt.JUMPED_AHEAD: (
        "時計が大きく進んだため、もう一度確かめています。日付と時刻が正しければ、10分ほどで自動で再開します。"
    ),
}
DAMAGE_NOTICE = "記録のファイルがこわれていました。控え（{made}）から戻せます"
DAMAGE_NEXT = (
    "受付は新しいファイルで続いています。診療のあと、この端末で ./uketsuke restore --latest を実行してください。"
    "新しいファイルの受付は残ります。"
)
DAMAGE_WITHOUT_BACKUP = "記録のファイルがこわれていました。読める控えがありません"
DAMAGE_NEXT_WITHOUT_BACKUP = (
    "受付は新しいファイルで続いています。前の記録は戻せません。こわれたファイルは、この端末に7日だけ残ります。"
)
BACKUP_NOTICE = "記録の控えを作れていません"
BACKUP_NEXT = "ディスクの空きを確かめて、設定の「記録の保存と控え」で控えを作ってください。"
GONE_HEADING = "保存期間が過ぎたため、この記録は消えました"
GONE_SAYS = "記録を見られるのは、確認した月の翌月の末日までです。"
PURGED = "期限の過ぎた記録を消しました"
NOTHING_DUE = "期限の過ぎた記録はありませんでした"
BACKED_UP = "控えを作りました"
