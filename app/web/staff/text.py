"""How text from outside is put on a page: as received, but nothing in it may change how the rest is read."""

from __future__ import annotations

import unicodedata

_MARK = "\ufffd"
_STEERING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Direction marks and line separators: they could make a name swallow its neighbour."""


def shown(text: str) -> str:
    """Replace control and direction signs by a visible mark; everything else stays, joiners and variants too."""
    return "".join(_MARK if char in _STEERING or unicodedata.category(char) in ("Cc", "Cs") else char for char in text)


def shown_kana(text: str) -> str:
    """Show half-width katakana as full-width ones (``ｼﾞ`` → ``ジ``); small and large kana stay as they came."""
    return shown(unicodedata.normalize("NFKC", text)).replace(" ", "　")
