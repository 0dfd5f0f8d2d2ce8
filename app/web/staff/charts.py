"""Charts as SVG, made on the server: each has a title and a description in words, and its table stands beside it.

Nothing but attributes: the pages' policy takes no inline styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
"""Of the bars, in units of the drawing."""
_STEP = 24
_BAR = 16


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    y: float
    height: float
    label: str
    """Under the bar; empty where there is no room for one."""
    name: str
    """The same in the table, always there."""
    count: int


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart of upright bars; ``top`` is the count at its upper line."""

    title: str
    description: str
    bars: tuple[Bar, ...]
    width: int
    bar: int
    top: int


def columns(
    title: str, points: Sequence[tuple[str, int]], unit: str, every: int = 1, names: Sequence[str] = ()
) -> Columns:
    """Draw counts side by side.

    Args:
        points: label and count, in order.
        unit: what a label is, for the description.
        every: how many bars share one label.
        names: what the bars are called in words and table, where label and unit do not say it.
    """
    called = list(names) or [f"{label}{unit}" for label, _ in points]
    highest = max((count for _, count in points), default=0)
    top = _round_up(highest)
    bars = tuple(
        Bar(
            x=place * _STEP + (_STEP - _BAR) // 2,
            y=round(HEIGHT - count / top * HEIGHT, 1),
            height=round(count / top * HEIGHT, 1),
            label=label if place % every == 0 else "",
            name=called[place],
            count=count,
        )
        for place, (label, count) in enumerate(points)
    )
    places = [place for place, (_, count) in enumerate(points) if count == highest and count]
    most = "、".join(called[place] if names else points[place][0] for place in places) + ("" if names else unit)
    description = (
        f"全部で{sum(count for _, count in points)}件。いちばん多いのは{most}の{highest}件。"
        if places
        else "まだ1件もありません。"
    )
    return Columns(title, description, bars, len(points) * _STEP, _BAR, top)


def share(count: int, total: int) -> int:
    """Return a whole per cent; 0 of nothing."""
    return round(100 * count / total) if total else 0


def _round_up(highest: int) -> int:
    for step in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        if highest <= step:
            return step
    return highest
