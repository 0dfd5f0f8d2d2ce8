"""The dictionary: kanji to kana by Sudachi, and how sure that is. The one module that knows Sudachi.

For the voice process alone: the dictionary is loaded when the reader is made (some 40 MB of memory), so web processes
never make one.

Source: sudachidict-small; measured against the core edition on 2026-11-28 (``tests/bench/readings.py``).
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable

from app.eligibility.kanji_variants import KANJI_VARIANTS
from app.speech.reading_kana import is_kana, is_kanji, is_silent, to_katakana
from app.speech.reading_letters import DIGITS, spell_latin
from app.speech.reading_parts import WordReading

logger = logging.getLogger(__name__)

EDITION = "small"
LONGEST_TEXT = 200
_SAME_SOUND = str.maketrans("ヂヅ", "ジズ")


class SudachiReader:
    """A ``WordReader``. Belongs to the thread that made it."""

    def __init__(self, second: Callable[[str], str] | None = None, *, edition: str = EDITION) -> None:
        """Load the dictionary.

        Args:
            second: another reader of kanji (Open JTalk's front end): text to katakana. Where it agrees, a reading is
                sure. It may raise or answer anything; then it does not agree.

        Raises:
            ImportError: Sudachi or its dictionary is not installed.
        """
        from sudachipy import Dictionary, SplitMode

        self._tokenizer = Dictionary(dict=edition).tokenizer(mode=SplitMode.C)
        self._second = second

    def read(self, text: str) -> WordReading | None:
        """Read a word or a few; ``None`` when some of it cannot be read."""
        plain = "".join(sign for sign in unicodedata.normalize("NFKC", text[:LONGEST_TEXT]) if not is_silent(sign))
        plain = plain.encode("utf-8", "ignore").decode()
        if not plain.strip():
            return None
        found = self._once(plain)
        if found is None and (other := plain.translate(KANJI_VARIANTS)) != plain:
            found = self._once(other)
        return found

    def _once(self, text: str) -> WordReading | None:
        parts: list[str] = []
        is_listed, count = True, 0
        for morpheme in self._tokenizer.tokenize(text):
            surface = morpheme.surface()
            if surface.isspace():
                continue
            kana = self._kana(surface, morpheme.reading_form())
            if kana is None:
                return None
            count += 1
            is_listed = is_listed and not morpheme.is_oov()
            parts.append(kana)
        said = "".join(parts)
        return WordReading(said, (is_listed and count == 1) or self._second_agrees(text, said)) if said else None

    @staticmethod
    def _kana(surface: str, reading: str) -> str | None:
        """The reading of one piece; what Sudachi hands back unread is told by our own tables."""
        if reading and all(map(is_kana, reading)):
            return reading
        folded = to_katakana(surface)
        if any(map(is_kanji, folded)):
            return None
        said = []
        for sign in re.findall("[A-Za-z]+|(?s:.)", folded):
            if is_kana(sign):
                said.append(sign)
            elif sign in DIGITS or sign[0].isascii():
                said.append(DIGITS.get(sign) or spell_latin(sign).replace(" ", ""))
        return "".join(said)

    def _second_agrees(self, text: str, kana: str) -> bool:
        if self._second is None:
            return False
        try:
            other = self._second(text)
        except Exception as error:  # noqa: BLE001 - a second opinion: none is no agreement, but said in the log
            logger.warning("reading.second_failed type=%s", type(error).__name__)
            return False
        return _sounds(other) == _sounds(kana)


_ROWS = {
    "ア": "アカガサザタダナハバパマヤラワァャ",
    "イ": "イキギシジチニヒビピミリィ",
    "ウ": "ウクグスズツヌフブプムユルゥュヴ",
    "エ": "エケゲセゼテデネヘベペメレェ",
    "オ": "オコゴソゾトドノホボポモヨロヲォョ",
}
_VOWEL = {kana: vowel for vowel, row in _ROWS.items() for kana in row}


def _sounds(kana: str) -> str:
    """One form of two spellings of a sound: long marks as vowels, オウ as オオ, エイ as エエ."""
    out: list[str] = []
    for sign in to_katakana(kana).translate(_SAME_SOUND):
        if not is_kana(sign):
            continue
        before = _VOWEL.get(out[-1]) if out else None
        if sign == "ー" and before:
            sign = before
        elif (before, sign) in (("オ", "ウ"), ("エ", "イ")):
            sign = before or sign
        out.append(sign)
    return "".join(out)
