"""Medians, 95th percentiles and the shares of stages, as lines of text."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked for: the 95th percentile stays at or under ``limit`` (same unit as the values)."""

    limit: float
    of: str = "p95"


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile; ``share`` from 0 to 1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def line(name: str, values: Sequence[float], unit: str = "ms", bar: Bar | None = None) -> str:
    """One row: median, p95, largest, count, and whether the bar holds."""
    median, p95 = statistics.median(values), percentile(values, 0.95)
    text = f"{name:<58} {median:9.1f} {p95:9.1f} {max(values):9.1f} {unit:<3} n={len(values)}"
    if bar is None:
        return text
    held = (p95 if bar.of == "p95" else max(values)) <= bar.limit
    return f"{text}  {'ok  ' if held else 'MISS'} ({bar.of} <= {bar.limit:g} {unit})"


def share(name: str, values: Sequence[float], whole: Sequence[float]) -> str:
    """One stage of ``whole`` (both in ms, of the same runs): its median and its part of the whole, by medians."""
    median, p95 = statistics.median(values), percentile(values, 0.95)
    part = 100 * median / statistics.median(whole)
    return f"{'  ' + name:<58} {median:9.1f} {p95:9.1f} {max(values):9.1f} ms  {part:4.0f} %"


def heading(title: str) -> str:
    return f"\n{title}\n{'':<58} {'median':>9} {'p95':>9} {'max':>9}"
