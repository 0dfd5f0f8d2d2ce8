"""Fixed sentences around a session: that it will end, that it ended, and what log-in and the locked screen want."""

from __future__ import annotations

from enum import StrEnum

from app.speech.phrases.desk_words import Words


class SessionNotice(StrEnum):
    """Names of the sentences; ``field-`` and a field's name is its label."""

    IDLE = "idle"
    ENDING = "ending"
    LEAVING = "leaving"
    LOCKED = "locked"
    LOGIN = "login"
    CODE = "code"
    REFUSED = "refused"
    WAIT = "wait"
    FIELD_NAME = "field-name"
    FIELD_PASSPHRASE = "field-passphrase"  # noqa: S105 no secret
    FIELD_CODE = "field-code"


SESSION_NOTICES: dict[SessionNotice, Words] = {
    SessionNotice.IDLE: Words(
        "まもなく 画面が ロックされます。つづけるには 5",
        "マモナク ガメンガ ロックサレマス。ツズケルニワ ゴー",
        "ロック マエ 5",
    ),
    SessionNotice.ENDING: Words(
        "まもなく ログインが 終わります。もう一度 ログインしてください",
        "マモナク ログインガ オワリマス。モー イチド ログイン シテクダサイ",
        "ログイン オワリ",
    ),
    SessionNotice.LEAVING: Words(
        "画面を とじました。合言葉を 入れる 画面に うつります",
        "ガメンオ トジマシタ。アイコトバオ イレル ガメンニ ウツリマス",
        "ガメン トジタ",
    ),
    SessionNotice.LOCKED: Words(
        "画面を ロックしています。合言葉を 入れて エンター",
        "ガメンオ ロックシテイマス。アイコトバオ イレテ エンター",
        "アイコトバ",
    ),
    SessionNotice.LOGIN: Words(
        "ログインの 画面です。名前を 入れて、タブの つぎに 合言葉、そして エンター",
        "ログインノ ガメンデス。ナマエオ イレテ、タブノ ツギニ アイコトバ、ソシテ エンター",
        "ログイン",
    ),
    SessionNotice.CODE: Words(
        "確認コードの 画面です。6けたを 入れて エンター",
        "カクニン コードノ ガメンデス。ロッケタオ イレテ エンター",
        "カクニン コード",
    ),
    SessionNotice.REFUSED: Words(
        "入れませんでした。ちがうか、足りません。もう一度 入れてください",
        "ハイレマセンデシタ。チガウカ、タリマセン。モー イチド イレテクダサイ",
        "チガイマス",
    ),
    SessionNotice.WAIT: Words(
        "続けて まちがえました。1分 待ってから もう一度 入れてください",
        "ツズケテ マチガエマシタ。イップン マッテカラ モー イチド イレテクダサイ",
        "1プン マツ",
    ),
    SessionNotice.FIELD_NAME: Words("名前", "ナマエ", "ナマエ"),
    SessionNotice.FIELD_PASSPHRASE: Words("合言葉", "アイコトバ", "アイコトバ"),
    SessionNotice.FIELD_CODE: Words("確認コード", "カクニン コード", "カクニン コード"),
}
