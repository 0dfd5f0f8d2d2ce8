"""All words of 音声端末モード: what the screen shows, the kana that is spoken, and the braille line, side by side.

Kana are written as they sound (particles ワ, エ, オ; long vowels of Chinese words with ー). Gaps are ``{name}``
in both.
Braille lines have at most 32 cells and stand wherever a line of values does not take their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.errors import KioskError
from app.speech.braille_cells import braille_kana, count_cells
from app.speech.earcons import Earcon
from app.speech.phrases import reason_words
from app.speech.phrases.braille_errors import braille_of_error
from app.speech.phrases.connection_words import (
    BACK,
    BACK_KANA,
    BACK_SHORT,
    LOST,
    LOST_KANA,
    LOST_SHORT,
    NOTHING_NEW,
    NOTHING_NEW_KANA,
)
from app.speech.spoken_words import spoken
from app.speech.utterance import Phrase, ReadingSource

MAX_CELLS = 32


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence of ours in three forms."""

    text: str
    kana: str
    braille: str = ""

    @property
    def phrase(self) -> Phrase:
        return Phrase(self.text, self.kana, ReadingSource.FIXED)

    def filled(self, **gaps: Phrase) -> Phrase:
        """Put phrases into the gaps of text and kana."""
        source = next((one.source for one in gaps.values() if one.source is not ReadingSource.FIXED), None)
        return Phrase(
            _GAP.sub(lambda gap: gaps[gap[1]].text, self.text),
            _GAP.sub(lambda gap: gaps[gap[1]].kana, self.kana),
            source or ReadingSource.FIXED,
        )


_GAP = re.compile("{([a-z]+)}")


class DeskEvent(StrEnum):
    """Everything that is announced without having been asked for."""

    VALID = "valid"
    UNREGISTERED = "unregistered"
    INVALID = "invalid"
    NEWER_EXISTS = "newer_exists"
    NO_INFORMATION = "no_information"
    MULTIPLE = "multiple"
    AT_COUNTER = "at_counter"
    PIN_WRONG_TWICE = "pin_wrong_twice"
    PIN_LOCKED = "pin_locked"
    NO_PIN_CARD = "no_pin_card"
    VISUAL = "visual"
    COULD_NOT_ASK = "could_not_ask"
    NO_ANSWER = "no_answer"
    """Asked, and nobody knows what came of it; or the service would not answer us."""
    NOT_TOLD = "not_told"
    """Valid, and the patient left without having been told."""
    UNKNOWN = "unknown"
    CALL_FOR_HELP = "call_for_help"
    MANY = "many"
    SERVICE_BACK = "service_back"
    SERVICE_DOWN = "service_down"
    CONNECTION_LOST = "connection_lost"
    CONNECTION_BACK = "connection_back"
    VOICE_DOWN = "voice_down"
    STARTED_ANEW = "started_anew"
    """The desk at which somebody worked is gone, and another one took its place."""


EARCONS: dict[DeskEvent, Earcon] = {
    DeskEvent.VALID: Earcon.VALID,
    DeskEvent.UNREGISTERED: Earcon.VALID,
    DeskEvent.INVALID: Earcon.INVALID,
    DeskEvent.NEWER_EXISTS: Earcon.INVALID,
    DeskEvent.NO_INFORMATION: Earcon.INVALID,
    DeskEvent.MULTIPLE: Earcon.INVALID,
    DeskEvent.AT_COUNTER: Earcon.VALID,
    DeskEvent.PIN_WRONG_TWICE: Earcon.BLOCKED,
    DeskEvent.PIN_LOCKED: Earcon.BLOCKED,
    DeskEvent.NO_PIN_CARD: Earcon.NO_PIN,
    DeskEvent.VISUAL: Earcon.NO_PIN,
    DeskEvent.COULD_NOT_ASK: Earcon.UNREACHABLE,
    DeskEvent.NO_ANSWER: Earcon.UNREACHABLE,
    DeskEvent.NOT_TOLD: Earcon.INVALID,
    DeskEvent.UNKNOWN: Earcon.INVALID,
    DeskEvent.CALL_FOR_HELP: Earcon.CALL,
    DeskEvent.MANY: Earcon.VALID,
    DeskEvent.SERVICE_BACK: Earcon.VALID,
    DeskEvent.SERVICE_DOWN: Earcon.UNREACHABLE,
    DeskEvent.CONNECTION_LOST: Earcon.UNREACHABLE,
    DeskEvent.CONNECTION_BACK: Earcon.VALID,
    DeskEvent.VOICE_DOWN: Earcon.UNREACHABLE,
    DeskEvent.STARTED_ANEW: Earcon.UNREACHABLE,
}

VERDICTS: dict[DeskEvent, Words] = {
    DeskEvent.VALID: Words("資格 有効", "シカク ユーコー", "ユーコー"),
    DeskEvent.UNREGISTERED: Words("資格 有効", "シカク ユーコー", "ユーコー"),
    DeskEvent.INVALID: Words("資格 無効", "シカク ムコー", "ムコー"),
    DeskEvent.NEWER_EXISTS: Words("資格 無効", "シカク ムコー", "ムコー シンアリ"),
    DeskEvent.NO_INFORMATION: Words("資格情報 なし", "シカク ジョーホー ナシ", "シカク ナシ"),
    DeskEvent.MULTIPLE: Words("複数 該当", "フクスー ガイトー", "フクスー"),
    DeskEvent.AT_COUNTER: Words("窓口で 確認", "マドグチデ カクニン", "マドグチ"),
    DeskEvent.PIN_WRONG_TWICE: Words("確認できません", "カクニン デキマセン", "フメイ"),
    DeskEvent.PIN_LOCKED: Words("確認できません", "カクニン デキマセン", "フメイ"),
    DeskEvent.NO_PIN_CARD: Words("確認できません", "カクニン デキマセン", "フメイ"),
    DeskEvent.VISUAL: Words("確認できません", "カクニン デキマセン", "フメイ"),
    DeskEvent.COULD_NOT_ASK: Words("確認できません", "カクニン デキマセン", "フメイ"),
    DeskEvent.NO_ANSWER: Words("確認できません", "カクニン デキマセン", "フメイ"),
    DeskEvent.NOT_TOLD: Words("資格 有効", "シカク ユーコー", "ユーコー ツタエズ"),
    DeskEvent.UNKNOWN: Words("確認できません", "カクニン デキマセン", "フメイ"),
}
"""What is known of a check, in まとめ."""

EXPLANATIONS: dict[DeskEvent, Words] = {
    DeskEvent.UNREGISTERED: Words("医療扶助の 登録 なし", "イリョー フジョノ トーロク ナシ"),
    DeskEvent.INVALID: Words(
        "番号は 参考です。資格確認書で 確認", "バンゴーワ サンコーデス。シカク カクニンショデ カクニン"
    ),
    DeskEvent.NEWER_EXISTS: Words(
        "新しい資格 あり。資格確認書を みる", "アタラシイ シカク アリ。シカク カクニンショオ ミル"
    ),
    DeskEvent.NO_INFORMATION: Words(
        "登録 おくれか。資格確認書で 確認", "トーロク オクレカ。シカク カクニンショデ カクニン"
    ),
    DeskEvent.MULTIPLE: Words("どの資格か 保険者に 確認", "ドノ シカクカ ホケンシャニ カクニン"),
    DeskEvent.PIN_WRONG_TWICE: Words("暗証番号が 2回 ちがいました", "アンショー バンゴーガ ニカイ チガイマシタ"),
    DeskEvent.PIN_LOCKED: Words(
        "カードの 暗証番号が ロックされています", "カードノ アンショー バンゴーガ ロックサレテイマス"
    ),
    DeskEvent.NO_PIN_CARD: Words("暗証番号の ない カードです", "アンショー バンゴーノ ナイ カードデス"),
    DeskEvent.VISUAL: Words("目視確認を まっています", "モクシ カクニンオ マッテイマス"),
    DeskEvent.COULD_NOT_ASK: Words(
        "つながりません。あとで確認に いれました", "ツナガリマセン。アトデ カクニンニ イレマシタ"
    ),
    DeskEvent.NO_ANSWER: Words(
        "確認が おわりませんでした。あとで確認に いれました",
        "カクニンガ オワリマセンデシタ。アトデ カクニンニ イレマシタ",
    ),
    DeskEvent.NOT_TOLD: Words("患者さんに まだ 伝えていません", "カンジャサンニ マダ ツタエテイマセン"),
    DeskEvent.UNKNOWN: Words("資格確認書などで 確認", "シカク カクニンショナドデ カクニン"),
}
"""What key 1 says after the verdict; at most 30 morae."""

ANNOUNCED: dict[DeskEvent, Words] = {
    DeskEvent.PIN_WRONG_TWICE: Words(
        "暗証番号が 2回 ちがいました。目視確認に かえますか",
        "アンショー バンゴーガ ニカイ チガイマシタ。モクシ カクニンニ カエマスカ",
        "アンショー 2カイ チガウ",
    ),
    DeskEvent.PIN_LOCKED: Words(
        "カードの 暗証番号が ロックされています。目視確認が できます",
        "カードノ アンショー バンゴーガ ロックサレテイマス。モクシ カクニンガ デキマス",
        "ロック",
    ),
    DeskEvent.NO_PIN_CARD: Words(
        "暗証番号の ない カードです。目視確認で うけつけます",
        "アンショー バンゴーノ ナイ カードデス。モクシ カクニンデ ウケツケマス",
        "アンショー ナシ",
    ),
    DeskEvent.VISUAL: Words("目視確認を まっています", "モクシ カクニンオ マッテイマス", "モクシカクニン マチ"),
    DeskEvent.COULD_NOT_ASK: Words(
        "つながりません。あとで確認に いれました", "ツナガリマセン。アトデ カクニンニ イレマシタ", "ツナガラズ"
    ),
    DeskEvent.NO_ANSWER: Words(
        "確認が おわりませんでした。あとで確認に いれました",
        "カクニンガ オワリマセンデシタ。アトデ カクニンニ イレマシタ",
        "カクニン オワラズ",
    ),
    DeskEvent.CALL_FOR_HELP: Words("受付で 係員を よんでいます", "ウケツケデ カカリインオ ヨンデイマス", "ヨビダシ"),
    DeskEvent.MANY: Words("新しい受付 {count}", "アタラシイ ウケツケ {count}", "シン ウケツケ"),
    DeskEvent.SERVICE_BACK: Words(
        "照会先と つながりました", "ショーカイサキト ツナガリマシタ", "ショーカイサキ モドリ"
    ),
    DeskEvent.SERVICE_DOWN: Words(
        "照会先に まだ つながりません", "ショーカイサキニ マダ ツナガリマセン", "マダ ツナガラズ"
    ),
    DeskEvent.CONNECTION_LOST: Words(f"{LOST}。{NOTHING_NEW}", f"{LOST_KANA}。{NOTHING_NEW_KANA}", LOST_SHORT),
    DeskEvent.CONNECTION_BACK: Words(BACK, BACK_KANA, BACK_SHORT),
    DeskEvent.VOICE_DOWN: Words(
        "声が 出ません。画面で 確かめてください", "コエガ デマセン。ガメンデ タシカメテクダサイ", "コエ デズ"
    ),
    DeskEvent.STARTED_ANEW: Words(
        "はじめの画面に もどりました。途中の入力は 消えました",
        "ハジメノ ガメンニ モドリマシタ。トチューノ ニューリョクワ キエマシタ",
        "ハジメ ニューリョク キエ",
    ),
}
"""Events that have a sentence of their own; the others say who and the verdict."""

IS_WAITING = Words("対応待ち", "タイオーマチ")
ARRIVED = Words("受付しました", "ウケツケシマシタ")
ATTENTION = Words("注意。", "チューイ。")
NEWER = Words("新しい資格 あり", "アタラシイ シカク アリ")
MANY_REQUESTS = Words("目視確認 {count}", "モクシ カクニン {count}")
MANY_ANSWERS = Words("前の日の 返事 {count}", "マエノ ヒノ ヘンジ {count}")
MANY_CALLS = Words("呼び出し {count}", "ヨビダシ {count}")
SAMA = Words("さま", "サマ")
RECEPTION = Words("受付番号", "ウケツケ バンゴー")
NO_NUMBER = Words("番号 なし", "バンゴー ナシ")
SHARE_BY_LAW = Words("法律から", "ホーリツカラ")
MORE_AT_1 = Words("くわしくは 1", "クワシクワ イチ")
MORE_AT_PLUS = Words("くわしくは プラス", "クワシクワ プラス")
CHANGE_AT_ENTER = Words("決定で かえます", "ケッテーデ カエマス")
AGAIN_AT_ENTER = Words("決定で もう一度", "ケッテーデ モー イチド")
ANSWER_AT_ENTER = Words("決定で こたえます", "ケッテーデ コタエマス")
YES_OR_NO = Words("決定で はい、2で いいえ", "ケッテーデ ハイ、ニーデ イイエ")
NO_OR_YES = Words("決定で いいえ、2で はい", "ケッテーデ イイエ、ニーデ ハイ")
CHOOSE_AT_2 = Words("2で 次の 方法", "ニーデ ツギノ ホーホー")
DO_AT_ENTER = Words("決定で きめます", "ケッテーデ キメマス")
OPEN_AT_ENTER = Words("決定で ひらきます", "ケッテーデ ヒラキマス")
NEWEST_AT_PLUS = Words("プラスで ききます", "プラスデ キキマス")
SECOND_ENTER = Words("もう一度 決定", "モー イチド ケッテー")
REST = Words("つづきは {key}", "ツヅキワ {key}")


class Notice(StrEnum):
    """Fixed sentences that a listening place keeps ready, for moments when nothing can be asked for."""

    PRESS_5 = "press-5"
    NUM_LOCK = "num-lock"
    LOST = "lost"
    BACK = "back"


NOTICES: dict[Notice, Words] = {
    Notice.PRESS_5: Words("テンキーの5を押してください", "テンキーノ ゴーオ オシテクダサイ", "テンキー 5"),
    Notice.NUM_LOCK: Words("ナムロックを押してからもう一度", "ナムロックオ オシテカラ モー イチド", "ナムロック"),
    Notice.LOST: ANNOUNCED[DeskEvent.CONNECTION_LOST],
    Notice.BACK: ANNOUNCED[DeskEvent.CONNECTION_BACK],
}


def error_words(error: KioskError | str) -> Words:
    """Return the words of an error (or of its code): what happened, as the screen says it."""
    code = error if isinstance(error, str) else error.code
    text = reason_words(code).staff
    kana = spoken(text) or "モンダイガ オキマシタ"
    return Words(text, kana, braille_of_error(code))


def braille_line(*parts: str) -> str:
    """Join what fits into 32 cells; a part that does not fit is cut, and what follows it left out."""
    line = ""
    for part in filter(None, parts):
        whole = f"{line} {part}".strip()
        if count_cells(whole) <= MAX_CELLS:
            line = whole
            continue
        room = line + " " if line else ""
        for sign in part:
            if count_cells(room + sign + ".") > MAX_CELLS:
                break
            room += sign
        return (room.rstrip() + ".") if room.strip() != line else line
    return line


def braille_value(text: str) -> str:
    """A value as these cells can write it: digits as they are, kana, nothing else."""
    return "".join(sign if sign.isascii() and sign.isdigit() else braille_kana(sign) or " " for sign in text).strip()
