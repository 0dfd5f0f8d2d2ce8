"""What follows the town in an address: 丁目, 番地, 号, hyphens, 字, buildings and rooms."""

from __future__ import annotations

import re

from app.speech.place_folding import parse_kanji_number
from app.speech.reading_kana import is_hidden, is_kana, is_kanji, mend, to_katakana
from app.speech.reading_letters import DIGITS, letter
from app.speech.reading_numbers import COUNTERS, counted, number_kana
from app.speech.reading_parts import HIDDEN_KANA, UNKNOWN_KANA, Said, WordReader, join
from app.speech.utterance import ReadingSource

_HYPHEN = "[-‐‑‒–—―−ーｰ－の之ノ]"
_COUNTED = "丁目|番地|番町|番|号室|号棟|号館|号|階|棟|地割|条|線|区"
_KANJI = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = _KANJI + "ぁ-ゖァ-ヺー・゛゜ゝゞヽヾ"
_ENDING = "[0-9]|$|、| "
_AZA = f"(?<=[{_KANJI}])(?<![文十大])字(?=[\u3400-\u9fffぁ-ヺ])"
_ORDINAL = "第[一二三四五](?![一二三四五六七八九十]|地割|丁目|番|号)"
_FIXED_WORDS = (
    f"大字|小字|字(?=[^0-9])|[甲乙丙丁](?=[0-9])|第(?=[0-9])|{_ORDINAL}|無番地|番地先|地先|上る|下る|上ル|下ル|東入る|西入る"
    f"|東入ル|西入ル|東入|西入|様方|荘(?={_ENDING})|(?<=[A-Za-z])棟|{_AZA}|県営住宅|市営住宅|町営住宅|都営住宅|公営住宅|都営|県営"
    f"|市営|団地|社宅|官舎|宿舎|寮(?={_ENDING})"
)
_WORD_ENDS = (
    f"大字|小字|{_AZA}|{_ORDINAL}|様方|荘|団地|社宅|官舎|宿舎|[0-9A-Za-z]|[一二三四五六七八九十]+(?:丁目|番地|号室|番|号|階|棟)"
    f"|[^{_LETTER}]|$"
)
_TOKENS = re.compile(
    rf"(?P<counted>[0-9]{{1,5}}|[一二三四五六七八九十百]+)(?P<counter>{_COUNTED}|F(?![A-Za-z])|丁(?=[0-9]))"
    r"(?P<of>の?(?=[0-9]))?"
    rf"|(?P<number>[0-9]+)(?P<joint>{_HYPHEN}(?=[0-9A-Za-z]))?"
    r"|(?P<dash>[-‐‑‒–—―−－])"
    r"|(?P<latin>[A-Za-zÀ-ɏ'’&.]+)"
    rf"|(?P<fixed>{_FIXED_WORDS})"
    rf"|(?P<word>[{_LETTER}]+?(?={_WORD_ENDS}))"
    r"|(?P<other>(?s:.))"
)
_FIXED = {
    "大字": "オオアザ",
    "小字": "コアザ",
    "字": "アザ",
    "棟": "トウ",
    "甲": "コウ",
    "乙": "オツ",
    "丙": "ヘイ",
    "丁": "テイ",
    "第": "ダイ",
    "第一": "ダイイチ",
    "第二": "ダイニ",
    "第三": "ダイサン",
    "第四": "ダイヨン",
    "第五": "ダイゴ",
    "無番地": "ムバンチ",
    "番地先": "バンチサキ",
    "地先": "チサキ",
    "上る": "アガル",
    "上ル": "アガル",
    "下る": "サガル",
    "下ル": "サガル",
    "東入る": "ヒガシイル",
    "東入ル": "ヒガシイル",
    "東入": "ヒガシイル",
    "西入る": "ニシイル",
    "西入ル": "ニシイル",
    "西入": "ニシイル",
    "様方": "サマカタ",
    "荘": "ソウ",
    "県営住宅": "ケンエイジュウタク",
    "市営住宅": "シエイジュウタク",
    "町営住宅": "チョウエイジュウタク",
    "都営住宅": "トエイジュウタク",
    "公営住宅": "コウエイジュウタク",
    "都営": "トエイ",
    "県営": "ケンエイ",
    "市営": "シエイ",
    "団地": "ダンチ",
    "社宅": "シャタク",
    "官舎": "カンシャ",
    "宿舎": "シュクシャ",
    "寮": "リョウ",
}
_JOINED = "\n"
"""Stands after what the next piece follows without a break."""
_AS = {"F": "階", "丁": "丁目"}
_EXTRA = {"番町": "バンチョウ", "号館": "ゴウカン"}
_BY_DIGITS = 5
"""From this many digits on a number is told digit by digit."""


def read_house(text: str, words: WordReader | None) -> Said:
    """Read the rest of an address that ``plain_place`` folded, spaces kept as they were.

    What is written in kanji and is none of the fixed words is left to ``words``.
    """
    parts: list[Said] = []
    for token in _TOKENS.finditer(text):
        kind = token.lastgroup
        match kind:
            case "counter" | "of":
                parts.append(_counted(token))
            case "number" | "joint":
                number = number_words(token["number"]) + ("ノ" + _JOINED if token["joint"] else "")
                parts.append(Said(number, ReadingSource.TABLE))
            case "dash":
                parts.append(Said("ノ" + _JOINED, ReadingSource.TABLE))
            case "latin":
                parts.append(Said(_latin(token["latin"]), ReadingSource.TABLE))
            case "fixed":
                parts.append(Said(_FIXED[token["fixed"]], ReadingSource.TABLE))
            case "word":
                parts.append(read_word(token["word"], words))
            case _:
                parts.append(_other(token[0]))
    said = join(" ", _without_repeats(parts))
    return Said(
        said.kana.replace(f" ノ{_JOINED}", f"ノ{_JOINED}").replace(_JOINED + " ", "").replace(_JOINED, ""), said.source
    )


def _without_repeats(parts: list[Said]) -> list[Said]:
    return [
        part
        for place, part in enumerate(parts)
        if not place or part.source is not ReadingSource.UNREADABLE or parts[place - 1] != part
    ]


def _counted(token: re.Match[str]) -> Said:
    digits = token["counted"]
    number = int(digits) if digits.isdigit() and digits.isascii() else parse_kanji_number(digits)
    counter = _AS.get(token["counter"], token["counter"])
    is_part = token["of"] == "の" or (token["of"] is not None and counter == "番地")
    end = "ノ" + _JOINED if is_part else ""
    if number is None:
        said = " ".join(number_kana(found) for sign in digits if (found := parse_kanji_number(sign)) is not None)
        return Said(
            f"{said} {COUNTERS[counter].plain if counter in COUNTERS else _EXTRA[counter]}", ReadingSource.TABLE
        )
    if counter in _EXTRA:
        return Said(number_kana(number) + _EXTRA[counter] + end, ReadingSource.TABLE)
    if digits.startswith("0"):
        return Said(f"{number_words(digits)} {COUNTERS[counter].plain}{end}", ReadingSource.TABLE)
    said = counted(number, counter)
    if counter == "条" and not digits.isascii():  # 七条 in kanji is old: Kyoto, Nara; 7条 is Hokkaido's
        said = said.replace("ナナジョウ", "シチジョウ")
    return Said(said + end, ReadingSource.TABLE)


def number_words(digits: str) -> str:
    """Say a bare number of an address: as a number, or digit by digit with a leading zero or when it is long."""
    if len(digits) >= _BY_DIGITS or (digits.startswith("0") and len(digits) > 1):
        return " ".join(DIGITS[digit] for digit in digits)
    return number_kana(int(digits))


def _latin(word: str) -> str:
    return " ".join(said for sign in word if (said := letter(sign)))


def read_word(text: str, words: WordReader | None) -> Said:
    """Read a stretch of kanji and kana; kana alone needs no dictionary."""
    folded = to_katakana(text)
    if not any(map(is_kanji, folded)):
        return Said(mend(folded), ReadingSource.TABLE)
    said = None if words is None else words.read(text)
    if said is not None and said.kana:
        return Said(mend(said.kana), said.source)
    kana = "".join(sign if is_kana(sign) else "\n" for sign in folded)
    known = [mend(stretch) for stretch in re.split("\n+", kana)]
    return Said(" ".join(filter(None, (UNKNOWN_KANA, *known))), ReadingSource.UNREADABLE)


def _other(sign: str) -> Said:
    if is_hidden(sign):
        return Said(HIDDEN_KANA, ReadingSource.UNREADABLE)
    return Said("", ReadingSource.TABLE)
