"""Words for what 操作記録 notes; every ``AuditAction`` has some."""

from __future__ import annotations

from typing import Protocol

from app.eligibility.audit import AuditAction

AUDIT_WORDS: dict[AuditAction, str] = {
    AuditAction.STARTED: "職員画面を始めた",
    AuditAction.STOPPED: "職員画面を終えた",
    AuditAction.LOGIN: "ログインした",
    AuditAction.LOGIN_FAILED: "ログインできなかった",
    AuditAction.LOGOUT: "ログアウトした",
    AuditAction.LOCKED: "画面がロックされた",
    AuditAction.UNLOCKED: "ロックを解いた",
    AuditAction.UNLOCK_FAILED: "ロックを解けなかった",
    AuditAction.REFUSED: "権限のない操作を断った",
    AuditAction.VIEWED: "資格情報を見た",
    AuditAction.CHECKED: "資格を確認した",
    AuditAction.WITHDRAWN: "患者さんが受付機で前の画面に戻り、受付を取り下げた",
    AuditAction.COPIED: "コピーした",
    AuditAction.EXPORTED: "書き出した",
    AuditAction.PRINTED: "印刷画面を開いた",
    AuditAction.SEARCHED: "検索した",
    AuditAction.HANDLED: "対応済みにした",
    AuditAction.TAKEN: "担当になった",
    AuditAction.RELEASED: "担当をやめた",
    AuditAction.ANSWERED: "呼び出しに答えた",
    AuditAction.CONFIRMED_VISUAL: "目視で本人と確認した",
    AuditAction.REFUSED_VISUAL: "目視で確認できないとした",
    AuditAction.FALLBACK_ENTERED: "窓口での確認を入力した",
    AuditAction.PENDING_CONFIRMED: "あとで確認の受付を確認済みにした",
    AuditAction.PENDING_CLOSED: "あとで確認の受付を閉じた",
    AuditAction.ASKED_AGAIN: "つながるか確かめ、照会し直すよう受付機に頼んだ",
    AuditAction.ASKED_WITHOUT_CARD: "カードなしで照会し直した",
    AuditAction.SETTING_CHANGED: "設定を変えた",
    AuditAction.OWNER_CODE_MADE: "管理者の登録コードを作った",
    AuditAction.PERSON_ADDED: "職員を追加した",
    AuditAction.PERSON_CHANGED: "職員の役割を変えた",
    AuditAction.PERSON_DISABLED: "職員を停止した",
    AuditAction.PERSON_ENABLED: "職員の停止を解いた",
    AuditAction.PASSPHRASE_CHANGED: "自分の合言葉を変えた",
    AuditAction.PASSPHRASE_RESET: "職員の合言葉を作り直した",
    AuditAction.TOTP_ENROLLED: "確認コードを使い始めた",
    AuditAction.TOTP_REMOVED: "確認コードをやめた",
    AuditAction.RECOVERY_CODE_USED: "予備コードを使った",
    AuditAction.SESSION_ENDED: "ログインを終わらせた",
    AuditAction.DESK_CODE_MADE: "テンキーの番号を作った",
    AuditAction.DESK_CODE_REMOVED: "テンキーの番号をやめた",
    AuditAction.AUDIT_VERIFIED: "操作記録を検証した",
    AuditAction.AUDIT_EXPORTED: "確認の実績を書き出した",
    AuditAction.PURGED: "期限の過ぎた記録を消した",
    AuditAction.PURGE_REFUSED: "記録の消去を見合わせた",
    AuditAction.BACKUP_MADE: "バックアップを作った",
    AuditAction.BACKUP_FAILED: "バックアップを作れなかった",
    AuditAction.BACKUP_RESTORED: "バックアップから戻した",
    AuditAction.STORE_MOVED_ASIDE: "壊れた記録を脇に移した",
    AuditAction.CLOCK_STEPPED: "時計が飛んだ",
}

FAULT_WORDS: dict[str, str] = {
    "altered": "{at}番目の記録が書きかえられています",
    "gap": "{at}番目の記録が抜けています",
    "cut": "{at}番目から後の記録が消されています",
    "replaced": "{at}番目の記録が別のものに替わっています",
    "unrecorded": "操作記録にない受付があります（{at}番目から後の記録が消された疑いがあります）",
    "anchor_missing": "控えの番号のファイルがありません",
    "anchor_damaged": "控えの番号のファイルが書きかえられています（{at}行目）",
}


class Verdict(Protocol):
    """The outcome of one look at the whole record."""

    @property
    def count(self) -> int: ...
    @property
    def fault(self) -> str | None: ...
    @property
    def at_seq(self) -> int | None: ...
    @property
    def lost_by_restore(self) -> int: ...


def verdict_words(verdict: Verdict) -> str:
    """Say in a sentence whether 操作記録 is whole."""
    if verdict.fault is not None:
        return FAULT_WORDS[verdict.fault].format(at=verdict.at_seq)
    lost = verdict.lost_by_restore
    more = f"（バックアップから戻したときに{lost}件が失われています）" if lost else ""
    return f"{verdict.count}件すべて正常です{more}"
