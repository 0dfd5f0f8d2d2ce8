"""Kana as written → kana as sounded: where ウ and イ only make a vowel long, ー is written for them.

An engine that builds sounds straight from kana says トウキョウ with an open ウ; ears expect トーキョー. ``Phrase.kana``
keeps the written form, which is what tables, braille and comparisons need; whoever hands kana to an engine asks here.
"""

from __future__ import annotations

import re

_O_ROW = "オコソトノホモヨロヲゴゾドボポォョ"
_E_ROW = "エケセテネヘメレゲゼデベペェ"
_LONG_O = re.compile(rf"(?<=[{_O_ROW}])(?<!オオ)ウ")
_AFTER_NO = re.compile("ノウ(?=[エチラミマタ])")
_LONG_E = re.compile(rf"(?<=[{_E_ROW}])イ")
_KEPT = "\n"


def pronounced(kana: str) -> str:
    """Write long vowels with ー: ``トウキョウト`` → ``トーキョート``, ``ケイコ`` → ``ケーコ``.

    Left as they are: ノウ before エ, チ, ラ … (井上, 竹ノ内) and ウ after オオ (大内), where a new word begins. A word
    that begins with ウ elsewhere (小梅 コウメ) is lengthened too: nobody can tell it from kana alone.
    """
    kept = _AFTER_NO.sub("ノ" + _KEPT, kana)
    return _LONG_E.sub("ー", _LONG_O.sub("ー", kept)).replace(_KEPT, "ウ")
