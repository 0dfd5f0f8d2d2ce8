"""Counting kept checks, and keeping the counts of a day when its checks go."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from app.eligibility.model import Validity
from app.eligibility.numbers import Counts, Measure, Numbers, Sample, count_samples, exact_median
from app.eligibility.ports import Method, Outcome
from app.store.database import Store
from app.store.keeping import reading_time
from app.store.values import from_text, to_text

_SAMPLES = """
    SELECT c.reception_day, c.decided_at, c.outcome, c.method, c.result_validity, c.reason, t.card_at, t.told_at,
           c.handled_at
    FROM checks AS c LEFT JOIN check_times AS t ON t.check_id = c.check_id
    WHERE c.reception_day >= :first AND c.reception_day <= :last AND c.outcome NOT IN ('asking', 'withdrawn')
"""


@dataclass(frozen=True, slots=True)
class Period:
    """Numbers of some days. Medians in seconds; ``None`` where nothing was measured."""

    numbers: Numbers
    days: dict[str, int]
    """Checks of each day, ``yyyy-mm-dd``; a day without any is missing."""
    told_s: float | None
    handled_s: float | None
    is_stepped: bool
    """Medians are of steps, since checks of a part of the days are gone."""


def read_period(store: Store, first: date, last: date, now: datetime) -> Period:
    """Count the visible checks of ``first`` to ``last``; days whose checks are gone come from their kept counts.

    Raises:
        StoreError.
    """
    bounds = {"first": first.isoformat(), "last": last.isoformat()}
    with store.reading() as db:
        samples = list(
            _samples(db, f"{_SAMPLES} AND c.visible_until >= :now", {**bounds, "now": reading_time(db, now)})
        )
        kept = db.execute(
            "SELECT day, measure, label, count FROM daily_counts WHERE day >= :first AND day <= :last", bounds
        ).fetchall()
    numbers, days = Numbers(), Counter[str]()
    gone: dict[str, Counts] = defaultdict(Counter)
    for day, measure, label, count in kept:
        gone[day][Measure(measure), label] += count
    for day, counts in gone.items():
        numbers.add(counts)
        days[day] += sum(count for (measure, _), count in counts.items() if measure is Measure.CHECKS)
    alive = [one for one in samples if one.day not in gone]
    numbers.add(count_samples(alive))
    days.update(one.day for one in alive)
    numbers.is_stepped = bool(gone)
    told = [one.told_s for one in alive if one.told_s is not None]
    handled = [one.handled_s for one in alive if one.handled_s is not None]
    return Period(
        numbers=numbers,
        days=dict(days),
        told_s=numbers.median_s(Measure.TOLD_S) if gone else exact_median(told),
        handled_s=numbers.median_s(Measure.HANDLED_S) if gone else exact_median(handled),
        is_stepped=bool(gone),
    )


def keep_daily_counts(db: Database, now: datetime) -> int:
    """Keep the counts of every day of which a check is over at ``now``, before the purge destroys it.

    Inside the caller's write transaction. A day is counted once, whole, when the first of its checks is over: one
    whose answer came late stays longer and is not counted again, nor is what a purge that was cut off left. Returns
    how many days were added.

    Raises:
        StoreError: by way of the transaction.
    """
    over = [
        str(row[0])
        for row in db.execute(
            "SELECT DISTINCT reception_day FROM checks WHERE visible_until < ? AND reception_day IS NOT NULL"
            " AND reception_day NOT IN (SELECT day FROM daily_counts) ORDER BY reception_day",
            [to_text(now)],
        )
    ]
    for day in over:
        counts = count_samples(_samples(db, _SAMPLES, {"first": day, "last": day}))
        for (measure, label), count in sorted(counts.items()):
            db.execute(
                "INSERT INTO daily_counts (day, measure, label, count) VALUES (?, ?, ?, ?)",
                [day, measure.value, label, count],
            )
    return len(over)


def _samples(db: Database, statement: str, bound: dict[str, str]) -> Iterator[Sample]:
    for row in db.execute(statement, bound):
        day, decided_at, outcome, method, validity, reason, card_at, told_at, handled_at = row
        decided = from_text(decided_at)
        told = None if card_at is None else max(0.0, (from_text(told_at) - from_text(card_at)).total_seconds())
        handled = None if handled_at is None else max(0.0, (from_text(handled_at) - decided).total_seconds())
        yield Sample(
            day=day,
            hour=decided.hour,
            outcome=Outcome(outcome),
            method=Method(method),
            validity=None if validity is None else Validity(validity),
            reason=reason,
            told_s=told,
            handled_s=handled,
        )
