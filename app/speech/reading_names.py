"""Names of people: from 氏名カナ alone. Where it is missing a guess is said as a guess, or nothing is guessed.

Letters stay as the insurer sent them: old systems write キヨウコ for キョウコ, and nobody can tell it from 清子.
"""

from __future__ import annotations

import re
import unicodedata

from app.speech.reading_house import read_word
from app.speech.reading_kana import LONGEST, is_hidden, is_kana, is_kanji, mend, to_katakana
from app.speech.reading_letters import DIGITS, letter
from app.speech.reading_parts import HIDDEN_KANA, NOTHING_KANA, Said, WordReader, join, look_at_card
from app.speech.utterance import ReadingSource

GUESSED = "ヨミワ スイテイ"
"""「よみは 推定」."""
NO_KANA = "ヨミガナ ナシ"
_PIECES = re.compile(r"[A-Za-zÀ-ɏͰ-Ͽ'’.]+|[0-9]+|[^\sA-Za-zÀ-ɏͰ-Ͽ0-9'’.]+")


def read_name(text: str, kana: str, words: WordReader | None) -> Said:
    """Read a name; ``kana`` is 氏名カナ as received, of either width."""
    if not any(map(is_kanji, to_katakana(kana))):
        received = _received(kana)
        if received is not None:
            return received
    elif not text.strip():
        text = kana
    if not mend(text) and not _spelled(text) and not any(map(_is_read, text)):
        return Said(NOTHING_KANA, ReadingSource.FIXED) if not text.strip() else _unread(text)
    if _is_kana_name(text):
        return Said(mend(text), ReadingSource.RECEIVED)
    guessed = _guessed(unicodedata.normalize("NFKC", text[:LONGEST]), words)
    if guessed.source is ReadingSource.UNREADABLE:
        return look_at_card(Said(f"{NO_KANA}、{guessed.kana}", guessed.source))
    return Said(f"{GUESSED}、{guessed.kana}", ReadingSource.INFERRED)


def _is_read(sign: str) -> bool:
    return is_kanji(sign) or is_hidden(sign)


def _unread(text: str) -> Said:
    hidden = any(map(is_hidden, text))
    return look_at_card(Said(HIDDEN_KANA if hidden else NO_KANA, ReadingSource.UNREADABLE))


def _received(kana: str) -> Said | None:
    """The kana that came; letters and digits in it are named, and a hidden character is told of."""
    parts: list[Said] = []
    for piece in _PIECES.findall(to_katakana(kana)):
        if said := _spelled(piece) or mend(piece):
            parts.append(Said(said, ReadingSource.RECEIVED))
    if not any(map(is_kana, to_katakana(kana))):
        return None
    received = join(" ", parts)
    if any(map(is_hidden, kana)):
        return look_at_card(Said(f"{received.kana}、{HIDDEN_KANA}", ReadingSource.UNREADABLE))
    return received if received.kana else None


def _is_kana_name(text: str) -> bool:
    folded = to_katakana(text)
    return bool(mend(folded)) and not any(_is_read(sign) or letter(sign) or sign in DIGITS for sign in folded)


def _spelled(piece: str) -> str:
    """Latin letters and digits by their names; empty for anything else."""
    folded = unicodedata.normalize("NFKC", piece)
    if any(is_kana(sign) or _is_read(sign) for sign in folded):
        return ""
    return " ".join(said for sign in folded if (said := letter(sign) or DIGITS.get(sign)))


def _guessed(text: str, words: WordReader | None) -> Said:
    parts: list[Said] = []
    for piece in _PIECES.findall(text):
        if said := _spelled(piece):
            parts.append(Said(f"{said}、", ReadingSource.INFERRED))
            continue
        for stretch in re.findall("[●○◎■□◆◇〓◯\ufffd]+|[^●○◎■□◆◇〓◯\ufffd]+", piece):
            if any(map(is_hidden, stretch)):
                parts.append(Said(HIDDEN_KANA, ReadingSource.UNREADABLE))
                stretch = "".join(sign for sign in stretch if not is_hidden(sign))
            if stretch:
                parts.append(read_word(stretch, words))
    return join(" ", parts)
