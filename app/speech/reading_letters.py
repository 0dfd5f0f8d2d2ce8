"""Signs said one by one: digits, Latin letters and kana by the radio table.

Source of the kana table: 無線局運用規則 別表第五号 (和文通話表), a public rule; digits as on the telephone, with the
short ones drawn out (ニー, ゴー).
"""

from __future__ import annotations

import unicodedata


def _paired(text: str) -> dict[str, str]:
    """Words in pairs: what is seen, what is said."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


DIGITS = _paired("0 ゼロ 1 イチ 2 ニー 3 サン 4 ヨン 5 ゴー 6 ロク 7 ナナ 8 ハチ 9 キュー")
LETTERS = _paired(
    "A エー B ビー C シー D ディー E イー F エフ G ジー H エイチ I アイ J ジェー K ケー L エル M エム N エヌ "
    "O オー P ピー Q キュー R アール S エス T ティー U ユー V ブイ W ダブリュー X エックス Y ワイ Z ゼット"
)
ROMAN = _paired("Ⅰ イチ Ⅱ ニー Ⅲ サン Ⅳ ヨン Ⅴ ゴー Ⅵ ロク Ⅶ ナナ Ⅷ ハチ Ⅸ キュー Ⅹ ジュー")
ROMAN |= {sign.lower(): said for sign, said in ROMAN.items()}
_GREEK = _paired("Α アルファ Β ベータ Γ ガンマ Δ デルタ Ω オメガ")
_WORDS = _paired(
    "ア アサヒ イ イロハ ウ ウエノ エ エイゴ オ オーサカ カ カワセ キ キッテ ク クラブ ケ ケシキ コ コドモ "
    "サ サクラ シ シンブン ス スズメ セ セカイ ソ ソロバン タ タバコ チ チドリ ツ ツルカメ テ テガミ "
    "ト トーキョー ナ ナゴヤ ニ ニッポン ヌ ヌマズ ネ ネズミ ノ ノハラ ハ ハガキ ヒ ヒコーキ フ フジサン "
    "ヘ ヘイワ ホ ホケン マ マッチ ミ ミカサ ム ムセン メ メイジ モ モミジ ヤ ヤマト ユ ユミヤ ヨ ヨシノ "
    "ラ ラジオ リ リンゴ ル ルスイ レ レンゲ ロ ローマ ワ ワラビ"
)
_RADIO = {kana: f"{word}ノ {kana}" for kana, word in _WORDS.items()} | {
    "ヲ": "オワリノ オ",
    "ン": "オシマイノ ン",
    "ヰ": "イドノ イ",
    "ヱ": "カギノ アル エ",
    "ー": "チョーオン",
}
_SMALL = dict(zip("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ", strict=True))
_MARKS = {"\u3099": "ニ ダクテン", "\u309a": "ニ ハンダクテン"}

SIGNS = {
    "/": "スラッシュ",
    ".": "テン",
    "・": "ナカグロ",
    ",": "コンマ",
    "、": "テン",
    "。": "マル",
    ":": "コロン",
    "#": "シャープ",
    "*": "コメ",
    "+": "プラス",
    "=": "イコール",
    "&": "アンド",
    "@": "アットマーク",
    "%": "パーセント",
    "_": "アンダーバー",
    "(": "カッコ",
    ")": "カッコトジ",
    "「": "カギカッコ",
    "」": "カギカッコトジ",
}
HYPHENS = frozenset("-‐‑‒–—―−－─")


def radio(kana: str) -> str | None:
    """Say one katakana by the radio table (``ア`` → ``アサヒノ ア``); ``None`` for anything else."""
    if kana in _RADIO:
        return _RADIO[kana]
    if kana in _SMALL:
        return f"チイサイ {_RADIO[_SMALL[kana]]}"
    parts = unicodedata.normalize("NFD", kana)
    if len(parts) == 2 and parts[1] in _MARKS and parts[0] in _RADIO:
        return f"{_RADIO[parts[0]]}{_MARKS[parts[1]]}"
    return None


def letter(sign: str) -> str | None:
    """Name one Latin letter of either case, with or without an accent (and the Greek ones of symbols)."""
    plain = unicodedata.normalize("NFD", sign)[:1].upper()
    return LETTERS.get(plain) or _GREEK.get(plain)


def spell_latin(word: str) -> str:
    """Name the letters of a word one by one; signs that are no letters are left out."""
    return " ".join(said for sign in word if (said := letter(sign) or DIGITS.get(sign)))
