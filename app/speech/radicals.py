"""部首と画数: what can be said of any kanji that has no phrase of its own.

The data are files beside this module (``data/README.md`` says whose); they are read when first asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).resolve().parent / "data"
_ONES = ("", "イッ", "ニ", "サン", "ヨン", "ゴ", "ロッ", "ナナ", "ハッ", "キュウ")
_TENS = ("", "ジュウ", "ニジュウ", "サンジュウ", "ヨンジュウ", "ゴジュウ", "ロクジュウ", "ナナジュウ", "ハチジュウ")


@dataclass(frozen=True, slots=True)
class Shape:
    """Radical (1 to 214), strokes of the radical as written (0: not known) and strokes of the whole."""

    radical: int
    own_strokes: int
    strokes: int


@dataclass(frozen=True, slots=True)
class _Radical:
    name: str
    form: str
    form_strokes: int


def rows(name: str) -> list[list[str]]:
    """Return the tab-separated fields of a data file, without its comments."""
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@cache
def _shapes() -> dict[str, Shape]:
    shapes = {}
    for radical, own, strokes, _origin, characters in rows("kanji-strokes.tsv"):
        shape = Shape(int(radical), int(own), int(strokes))
        shapes.update(dict.fromkeys(characters, shape))
    return shapes


@cache
def _radicals() -> dict[int, _Radical]:
    return {
        int(number): _Radical(name, form, int(strokes or 0))
        for number, _character, name, form, strokes, _origin in rows("radical-names.tsv")
    }


def shape_of(character: str) -> Shape | None:
    """Return what Unihan says of one kanji, or None where the cut holds nothing."""
    return _shapes().get(character)


def radical_kana(shape: Shape) -> str:
    """Name the radical: サンズイ where the strokes prove it, else the shape and the radical (キヘンノ キ)."""
    radical = _radicals()[shape.radical]
    if not radical.form:
        return radical.name
    if radical.form_strokes and shape.own_strokes:
        return radical.form if shape.own_strokes == radical.form_strokes else radical.name
    return f"{radical.form}ノ {radical.name}"


def strokes_kana(count: int) -> str:
    """Say 1 to 89 strokes: 1 is イッカク, 12 is ジュウニカク."""
    tens, ones = divmod(count, 10)
    if ones == 0:
        return _TENS[tens].removesuffix("ウ") + "ッカク"
    return _TENS[tens] + _ONES[ones] + "カク"
