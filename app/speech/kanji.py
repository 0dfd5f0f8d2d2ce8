"""漢字の説明: for each character of a name, a short phrase that tells it from its homophones.

「ヤマグチノヤマ」 comes from our own table (``data/kanji-names.tsv``); a kanji that is not in it is told by radical and
strokes. Kana, letters and digits are said as what they are. Nothing here raises for any text: names come from outside.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from app.speech.radicals import radical_kana, rows, shape_of, strokes_kana
from app.speech.utterance import Phrase, ReadingSource

UNREADABLE = Phrase(
    "表示できない 漢字。券面を みてください",
    "ヒョウジデキナイ カンジ。ケンメンヲ ミテクダサイ",
    ReadingSource.UNREADABLE,
)
_UNDESCRIBED = Phrase(
    "説明のない 漢字。券面を みてください",
    "セツメイノナイ カンジ。ケンメンヲ ミテクダサイ",
    ReadingSource.UNREADABLE,
)
_OTHER_SIGN = Phrase("記号", "キゴウ", ReadingSource.INFERRED)

_SIGNS = {
    "々": Phrase("同じ字の くりかえし", "オナジ ジノ クリカエシ"),
    "〻": Phrase("同じ字の くりかえし", "オナジ ジノ クリカエシ"),
    "ゝ": Phrase("ひらがなの くりかえし", "ヒラガナノ クリカエシ"),
    "ゞ": Phrase("ひらがなの 濁る くりかえし", "ヒラガナノ ニゴル クリカエシ"),
    "ヽ": Phrase("カタカナの くりかえし", "カタカナノ クリカエシ"),
    "ヾ": Phrase("カタカナの 濁る くりかえし", "カタカナノ ニゴル クリカエシ"),
    "〆": Phrase("しめきりの しめの 記号", "シメキリノ シメノ キゴウ"),
    "〇": Phrase("漢数字の ゼロ", "カンスウジノ ゼロ"),
    "ヶ": Phrase("カタカナの 小さい ケ", "カタカナノ チイサイ ケ"),
    "ヵ": Phrase("カタカナの 小さい カ", "カタカナノ チイサイ カ"),
    "ー": Phrase("のばす 記号", "ノバス キゴウ"),
    "・": Phrase("中点", "ナカテン"),
    "-": Phrase("ハイフン", "ハイフン"),
    "‐": Phrase("ハイフン", "ハイフン"),
    ".": Phrase("ピリオド", "ピリオド"),
    ",": Phrase("カンマ", "カンマ"),
    "'": Phrase("アポストロフィ", "アポストロフィ"),
    "’": Phrase("アポストロフィ", "アポストロフィ"),
}
_LETTERS = {
    "A": "エー",
    "B": "ビー",
    "C": "シー",
    "D": "ディー",
    "E": "イー",
    "F": "エフ",
    "G": "ジー",
    "H": "エイチ",
    "I": "アイ",
    "J": "ジェー",
    "K": "ケー",
    "L": "エル",
    "M": "エム",
    "N": "エヌ",
    "O": "オー",
    "P": "ピー",
    "Q": "キュー",
    "R": "アール",
    "S": "エス",
    "T": "ティー",
    "U": "ユー",
    "V": "ブイ",
    "W": "ダブリュー",
    "X": "エックス",
    "Y": "ワイ",
    "Z": "ゼット",
}
_DIGITS = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー")
_SMALL = dict(zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True))
_UNSHOWN = frozenset("●〓■□◆◇★※*?\N{REPLACEMENT CHARACTER}")

_IDEOGRAPHS = (
    (0x2E80, 0x2FDF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)
_SELECTORS = "[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_UNITS = re.compile(rf"[ぁ-ゖ][ぁ-ゖー]*|[ァ-ヴ][ァ-ヴー]*|.{_SELECTORS}*", re.DOTALL)
_FOLDED = re.compile("[\uff65-\uff9f]+|[\uff01-\uff5e]|[ぁ-ヶ][\u3099\u309a]")


@cache
def _own_phrases() -> dict[str, Phrase]:
    return {
        character: Phrase(text, kana, ReadingSource.TABLE)
        for _code, character, text, kana, _origin in rows("kanji-names.tsv")
    }


def is_ideograph(character: str) -> bool:
    """Say whether a character is a kanji of any block, known to us or not."""
    code = ord(character)
    return any(first <= code <= last for first, last in _IDEOGRAPHS)


def explain_kanji(character: str) -> Phrase:
    """Explain one character as a name writes it.

    Args:
        character: one character, with its variation selectors if it has any. Of a longer text the first counts.

    Returns:
        A phrase of our table (``TABLE``); else radical and strokes (``DICTIONARY``); kana, letters and digits as what
        they are (``FIXED``); 「表示できない 漢字。券面を みてください」 for a glyph that cannot be shown
        (``UNREADABLE``). A variation selector adds 「異体字」.
    """
    if not character:
        return UNREADABLE
    first = character[0]
    phrase = _own_phrases().get(first) or _SIGNS.get(first) or _by_kind(first)
    if len(character) > 1 and is_ideograph(first) and re.fullmatch(f"{_SELECTORS}+", character[1:]):
        return _as_variant(phrase)
    return phrase


def explain_name(name: str) -> tuple[Phrase, ...]:
    """Explain a name: one phrase a kanji, letter or digit, one a run of kana; spaces say nothing.

    Half-width kana and full-width letters are read as the ordinary ones; kanji are never folded, since 﨑 is not 崎.
    """
    folded = _FOLDED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), name)
    return tuple(_explain_unit(unit) for unit in _UNITS.findall(folded) if not _says_nothing(unit))


def _as_variant(phrase: Phrase) -> Phrase:
    return Phrase(f"{phrase.text}、異体字", f"{phrase.kana}、イタイジ", phrase.source)


def _says_nothing(unit: str) -> bool:
    return unit.isspace() or unicodedata.category(unit[0]) in ("Cc", "Cf", "Mn")


def _explain_unit(unit: str) -> Phrase:
    if len(unit) > 1 and "ぁ" <= unit[0] <= "ゖ":
        return Phrase(f"ひらがなで {unit}", f"ヒラガナデ {_katakana(unit)}")
    if len(unit) > 1 and "ァ" <= unit[0] <= "ヴ":
        return Phrase(f"カタカナで {unit}", f"カタカナデ {unit}")
    return explain_kanji(unit)


def _by_kind(character: str) -> Phrase:
    """Explain a character that no table holds."""
    category = unicodedata.category(character)
    if character in _UNSHOWN or category in ("Co", "Cn", "Cs"):
        return UNREADABLE
    if is_ideograph(character):
        return _by_shape(character)
    plain = unicodedata.normalize("NFKC", character)[:1]
    if "ぁ" <= plain <= "ゖ":
        return _one_kana("ひらがなの", "ヒラガナノ", plain)
    if "ァ" <= plain <= "ヶ":
        return _one_kana("カタカナの", "カタカナノ", plain)
    if plain.upper() in _LETTERS:
        size = ("小文字の", "コモジノ") if plain.islower() else ("大文字の", "オオモジノ")
        return Phrase(f"{size[0]} {plain}", f"{size[1]} {_LETTERS[plain.upper()]}")
    if plain in "0123456789" and plain:
        return Phrase(f"数字の {plain}", f"スウジノ {_DIGITS[int(plain)]}")
    if character.isspace():
        return Phrase("空白", "クウハク")
    return _SIGNS.get(plain, _OTHER_SIGN)


def _one_kana(text: str, kana: str, character: str) -> Phrase:
    full = _SMALL.get(_katakana(character))
    if full is not None:
        return Phrase(f"{text} 小さい {character}", f"{kana} チイサイ {full}")
    return Phrase(f"{text} {character}", f"{kana} {_katakana(character)}")


def _by_shape(character: str) -> Phrase:
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain in _own_phrases():  # a compatibility ideograph, or a radical as a sign
        return _as_variant(_own_phrases()[plain])
    shape = shape_of(character)
    if shape is None:
        return _UNDESCRIBED
    name = radical_kana(shape)
    return Phrase(
        f"部首 {_hiragana(name)}、{shape.strokes}画",
        f"ブシュ {name}、{strokes_kana(shape.strokes)}",
        ReadingSource.DICTIONARY,
    )


def _katakana(kana: str) -> str:
    return "".join(chr(ord(one) + 0x60) if "ぁ" <= one <= "ゖ" else one for one in kana)


def _hiragana(kana: str) -> str:
    return "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in kana)
