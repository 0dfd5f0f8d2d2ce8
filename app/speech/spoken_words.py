"""What our own captions sound like: the visible words → kana, one sentence a line.

The table stands in ``data/spoken.tsv``; a test walks every caption of staff pages and kiosk and demands a line. No
dictionary is asked, so that a fixed sentence is always read the same. Particles are written as they sound (ワ, エ, オ),
long vowels of Chinese words with ー.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from app.speech.utterance import Phrase, ReadingSource

SPOKEN_FILE = Path(__file__).parent / "data" / "spoken.tsv"
_GAP = re.compile("{([a-z]+)}")
_BRACKETS = str.maketrans("", "", "「」『』")
_WIDTHS = str.maketrans("()", "（）")


@lru_cache(maxsize=1)
def load_spoken() -> dict[str, str]:
    """Read the table: caption or sentence → kana. Opens the file at the first call."""
    lines = SPOKEN_FILE.read_text("utf-8").splitlines()
    return {_key(text): kana for text, _, kana in (line.partition("\t") for line in lines) if kana}


def _key(text: str) -> str:
    return text.strip().translate(_BRACKETS).translate(_WIDTHS)


def spoken(caption: str) -> str | None:
    """Return the kana of a caption or of sentences that end with 。; ``None`` when one of them has none.

    Brackets around quoted captions and the width of parentheses do not matter.
    """
    table = load_spoken()
    if (kana := table.get(_key(caption))) is not None:
        return kana
    said: list[str] = []
    for sentence in caption.split("。"):
        if not sentence.strip():
            continue
        kana = table.get(_key(sentence))
        if kana is None:
            return None
        said.append(kana)
    return "。".join(said) or None


def spoken_filled(template: str, **kana: str) -> str | None:
    """Return the kana of a sentence of ours with its gaps filled: ``{label}を入れてください`` with ``label="シメイ"``.

    Args:
        kana: what stands in each gap, in kana already; a number with what it counts (``limit="センケン"``).
    """
    said = spoken(template)
    return None if said is None else _GAP.sub(lambda gap: kana.get(gap[1], ""), said)


def caption_phrase(caption: str) -> Phrase:
    """Make a phrase of a caption.

    Raises:
        KeyError: the caption has no kana; captions are ours, so that is a gap in the table.
    """
    kana = spoken(caption)
    if kana is None:
        raise KeyError(caption)
    return Phrase(caption, kana, ReadingSource.FIXED)
