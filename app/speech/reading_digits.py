"""Numbers of people and insurers, said digit by digit: groups of at most four, a pause between them.

記号 holds anything that an insurer printed: digits, kana, kanji, letters and points. Its kana are told by the radio
table, its kanji by a dictionary where there is one.
"""

from __future__ import annotations

import re

from app.speech.reading_kana import LONGEST, is_hidden, is_kanji, is_silent, to_katakana
from app.speech.reading_letters import DIGITS, HYPHENS, ROMAN, SIGNS, letter, radio
from app.speech.reading_parts import HIDDEN_KANA, NOTHING_KANA, UNKNOWN_KANA, Said, WordReader, join, look_at_card
from app.speech.utterance import ReadingSource

GROUP = 4
PAUSE = "、"


def grouped(digits: str) -> str:
    """Say ASCII digits one by one: ``39131012`` → ``サン キュー イチ サン、イチ ゼロ イチ ニー``."""
    return PAUSE.join(" ".join(DIGITS[sign] for sign in group) for group in groups_of(digits))


def groups_of(digits: str) -> list[str]:
    """Cut into as few groups of at most four as there can be, as even as possible, the longer ones first."""
    count = -(-len(digits) // GROUP)
    groups, start = [], 0
    for place in range(count):
        size = -(-(len(digits) - start) // (count - place))
        groups.append(digits[start : start + size])
        start += size
    return groups


def read_digits(text: str, words: WordReader | None = None) -> Said:
    """Read a number that is told sign by sign. Anything may stand in it; nothing is dropped but blanks."""
    return _signs(_plain(text), words)


def read_branch(text: str) -> Said:
    """枝番: two digits one by one, the zero too."""
    return read_digits(text)


_CHARACTER = re.compile("(?s:.)[\uff9e\uff9f\u3099\u309a\u309b\u309c]?")
"""A character with the half-width or free-standing dakuten after it."""
_RUNS = re.compile(r"[0-9]+|[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|(?s:.)")


def _plain(text: str) -> str:
    """Fold widths but keep Roman numerals as the signs that they are."""
    signs = _CHARACTER.findall(text[:LONGEST])
    return "".join(sign if sign in ROMAN else to_katakana(sign) for sign in signs if not is_silent(sign[0]))


def _signs(text: str, words: WordReader | None) -> Said:
    parts: list[Said] = []
    for run in _RUNS.findall(text):
        if run[0] in DIGITS:
            parts.append(Said(grouped(run), ReadingSource.TABLE))
        elif run in HYPHENS:
            before = parts.pop() if parts else Said("", ReadingSource.TABLE)
            parts.append(Said(f"{before.kana} ノ".strip(), before.source))
        elif run in ROMAN:
            parts.append(Said(f"ローマスージノ {ROMAN[run]}", ReadingSource.TABLE))
        elif run.isspace() or (is_silent(run[0]) and not is_hidden(run[0])):
            continue
        elif said := radio(run) or letter(run) or SIGNS.get(run):
            parts.append(Said(said, ReadingSource.TABLE))
        elif is_kanji(run[0]):
            parts.append(_kanji(run, words))
        elif is_hidden(run[0]):
            if not parts or parts[-1].kana != HIDDEN_KANA:
                parts.append(Said(HIDDEN_KANA, ReadingSource.UNREADABLE))
        else:
            parts.append(Said("キゴー", ReadingSource.UNREADABLE))
    return look_at_card(join(PAUSE, parts)) if parts else Said(NOTHING_KANA, ReadingSource.FIXED)


def _kanji(run: str, words: WordReader | None) -> Said:
    """A symbol's kanji are an abbreviation that no dictionary lists, so that their reading stays a guess."""
    said = None if words is None else words.read(run)
    if said is None or not said.kana:
        return Said(UNKNOWN_KANA, ReadingSource.UNREADABLE)
    return Said(f"カンジノ {said.kana}", ReadingSource.INFERRED)
