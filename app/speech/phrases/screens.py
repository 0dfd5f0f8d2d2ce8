"""Captions of the kiosk's screens and buttons, and the names of roles."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.people import Role
from app.eligibility.screens import Button, Screen


@dataclass(frozen=True, slots=True)
class ScreenWords:
    heading: str
    says: str


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
