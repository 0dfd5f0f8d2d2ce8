"""Fixed words of the trade in kana: codes of an answer, sexes, labels and verdicts. None is looked up at run time.

Long marks stand where a long vowel is heard; particles are written as they sound (ワ, エ, オ).
"""

from __future__ import annotations

from app.speech.reading_digits import read_digits
from app.speech.reading_kana import is_kanji, mend, to_katakana
from app.speech.reading_letters import DIGITS, letter
from app.speech.reading_parts import NOTHING_KANA, UNKNOWN_KANA, Said, WordReader, look_at_card
from app.speech.spoken_words import spoken
from app.speech.utterance import ReadingSource

SEXES = {
    "男": "オトコ",
    "男性": "ダンセイ",
    "女": "オンナ",
    "女性": "ジョセイ",
    "未設定": "ミセッテイ",
    "1": "オトコ",
    "2": "オンナ",
    "3": "ミセッテイ",
}


def read_sex(text: str) -> Said:
    """男, 女, 未設定, or the code of one."""
    plain = to_katakana(text).strip()
    return Said(SEXES[plain], ReadingSource.FIXED) if plain in SEXES else read_term(text, None)


def read_term(text: str, words: WordReader | None) -> Said:
    """Read a word of the trade by our table, plain kana as they are, and anything else by the dictionary."""
    plain = text.strip()
    if not plain:
        return Said(NOTHING_KANA, ReadingSource.FIXED)
    if (kana := spoken(plain)) is not None:
        return Said(kana, ReadingSource.FIXED)
    folded = to_katakana(plain)
    if not any(is_kanji(sign) or letter(sign) or sign in DIGITS for sign in folded) and mend(folded):
        return Said(mend(folded), ReadingSource.TABLE)
    if not any(map(is_kanji, folded)):
        return read_digits(plain)
    said = None if words is None else words.read(plain)
    if said is None or not mend(said.kana):
        return look_at_card(Said(UNKNOWN_KANA, ReadingSource.UNREADABLE))
    return Said(mend(said.kana), said.source)
