"""統計 as values: what is counted of a day, and medians. Nothing of a person ever gets this far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from app.eligibility.model import Validity
from app.eligibility.ports import Method, Outcome


class Measure(StrEnum):
    """What ``daily_counts`` keeps. Labels are our own codes or whole numbers."""

    CHECKS = "checks"
    """Label: verdict and method, ``1 pin``; a verdict that nobody has is ``-``."""
    REASON = "reason"
    HOUR = "hour"
    TOLD_S = "told_s"
    """Seconds from the card to the answer, as the upper end of its step in ``STEPS_S``."""
    HANDLED_S = "handled_s"
    """Seconds from then until staff had taken care."""


STEPS_S = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600, 7200, 86400)
NO_VERDICT = "-"
OTHER = "other"

_CODE = re.compile(r"(?:card|gateway|store|check|counter|visual)\.[a-z_]{1,40}")
"""The form of our codes: no name, number or text from outside has it."""


class ReasonClass(StrEnum):
    """Where something failed, by the front of its code."""

    CARD = "card"
    GATEWAY = "gateway"
    STORE = "store"
    CHECK = "check"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is counted of one check."""

    day: str
    hour: int
    outcome: Outcome
    method: Method
    validity: Validity | None
    reason: str | None
    told_s: float | None
    handled_s: float | None


Counts = Counter[tuple[Measure, str]]


@dataclass(slots=True)
class Numbers:
    """A day or several. Medians are exact while the checks are kept and of steps afterwards."""

    counts: Counts = field(default_factory=Counter)
    is_stepped: bool = False
    """True when a part of it is of days whose checks are gone."""

    def add(self, more: Counts) -> None:
        self.counts.update(more)

    def total(self) -> int:
        return sum(count for (measure, _), count in self.counts.items() if measure is Measure.CHECKS)

    def verdicts(self) -> Counter[str]:
        """By validity code, ``-`` for no answer; entries of the counter that saw a document under ``counter``."""
        found: Counter[str] = Counter()
        for (measure, label), count in self.counts.items():
            if measure is Measure.CHECKS:
                verdict, method = label.split()
                seen = verdict == NO_VERDICT and Method(method).is_seen_at_counter
                found["counter" if seen else verdict] += count
        return found

    def methods(self) -> Counter[str]:
        """By method; without an answer no method counts but those of the counter."""
        found: Counter[str] = Counter()
        for (measure, label), count in self.counts.items():
            if measure is Measure.CHECKS:
                verdict, method = label.split()
                counted = verdict != NO_VERDICT or Method(method).is_at_counter
                found[method if counted else NO_VERDICT] += count
        return found

    def labels(self, measure: Measure) -> Counter[str]:
        return Counter({label: count for (one, label), count in self.counts.items() if one is measure})

    def reason_classes(self) -> Counter[str]:
        """Reasons by their class; those of entries at the counter are no failures."""
        found: Counter[str] = Counter()
        for label, count in self.labels(Measure.REASON).items():
            found[label.partition(".")[0]] += count
        return found

    def median_s(self, measure: Measure) -> float | None:
        """The step that holds the median; ``None`` without anything measured."""
        steps = sorted((int(label), count) for label, count in self.labels(measure).items())
        return _weighted_median(steps)


def count_samples(samples: Iterable[Sample]) -> Counts:
    """Count; a reason without the form of our codes becomes ``other``: no text from outside is ever a label."""
    counts: Counts = Counter()
    for one in samples:
        verdict = NO_VERDICT if one.validity is None else one.validity.value
        counts[Measure.CHECKS, f"{verdict} {one.method.value}"] += 1
        counts[Measure.HOUR, str(one.hour)] += 1
        if one.reason is not None:
            counts[Measure.REASON, one.reason if _CODE.fullmatch(one.reason) else OTHER] += 1
        if one.told_s is not None:
            counts[Measure.TOLD_S, step_of(one.told_s)] += 1
        if one.handled_s is not None:
            counts[Measure.HANDLED_S, step_of(one.handled_s)] += 1
    return counts


def exact_median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def step_of(seconds: float) -> str:
    """Return the upper end of the step that holds a time; longer ones count as the last."""
    return str(next((step for step in STEPS_S if seconds <= step), STEPS_S[-1]))


def _weighted_median(steps: Sequence[tuple[int, int]]) -> float | None:
    total = sum(count for _, count in steps)
    passed = 0
    for step, count in steps:
        passed += count
        if passed * 2 >= total:
            return float(step)
    return None
