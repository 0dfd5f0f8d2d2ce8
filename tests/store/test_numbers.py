"""Counts: right while the checks are kept, and the same after the purge."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eligibility.model import Validity
from app.eligibility.numbers import STEPS_S, Measure, Sample, count_samples, step_of
from app.eligibility.ports import Method, Outcome
from app.store.numbers import keep_daily_counts, read_period
from app.store.purge import purge
from tests.store.support import MORNING, Desk, accepted, answer, waiting

DAY = MORNING.date()
OVER = MORNING.replace(year=2027, month=1, day=2)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def a_morning(desk: Desk) -> None:
    met = {"card_at": MORNING}
    desk.keeper.record(accepted("a", at=MORNING + timedelta(seconds=4), **met))
    desk.keeper.record(accepted("b", at=MORNING + timedelta(seconds=8), method=Method.VISUAL, **met))
    desk.keeper.record(accepted("c", at=MORNING + timedelta(seconds=60), outcome=Outcome.COUNTER,
                                reason="check.not_valid", result=answer(validity=Validity.INVALID), **met))  # fmt: skip
    desk.keeper.record(waiting("d", Outcome.COUNTER, reason="gateway.timeout", at=MORNING + timedelta(hours=2)))


def test_a_day_is_counted_by_verdict_method_and_reason(desk: Desk) -> None:
    a_morning(desk)
    period = read_period(desk.store, DAY, DAY, MORNING)
    assert period.numbers.total() == 4
    assert period.numbers.verdicts() == {"1": 2, "2": 1, "-": 1}
    assert period.numbers.methods() == {"pin": 2, "visual": 1, "-": 1}
    assert period.numbers.labels(Measure.REASON) == {"check.not_valid": 1, "gateway.timeout": 1}
    assert period.numbers.reason_classes() == {"check": 1, "gateway": 1}
    assert period.numbers.labels(Measure.HOUR) == {"9": 3, "11": 1}
    assert (period.told_s, period.is_stepped) == (8.0, False)
    assert period.days == {DAY.isoformat(): 4}


def test_told_is_measured_to_the_fraction_of_a_second(desk: Desk) -> None:
    desk.keeper.record(
        accepted("a", at=MORNING + timedelta(milliseconds=1900), card_at=MORNING + timedelta(milliseconds=400))
    )
    assert read_period(desk.store, DAY, DAY, MORNING).told_s == 1.5


def test_withdrawn_and_open_questions_are_not_counted(desk: Desk) -> None:
    desk.keeper.open_check("open", "受付1", 1, MORNING)
    desk.keeper.record(waiting("gone"))
    desk.keeper.withdraw("gone")
    assert read_period(desk.store, DAY, DAY, MORNING).numbers.total() == 0


def test_counts_survive_the_purge_unchanged_and_nothing_else_does(desk: Desk) -> None:
    a_morning(desk)
    before = read_period(desk.store, DAY, DAY, MORNING)
    purge(desk.store, OVER)
    after = read_period(desk.store, DAY, DAY, OVER)
    assert after.numbers.counts == before.numbers.counts
    assert (after.days, after.is_stepped, after.told_s) == (before.days, True, 8.0)
    with desk.store.reading() as db:
        assert db.execute("SELECT count(*) FROM checks").fetchone()[0] == 0
        assert db.execute("SELECT count(*) FROM check_times").fetchone()[0] == 0
        kept = " ".join(str(row) for row in db.execute("SELECT * FROM daily_counts").fetchall())
    for personal in ("試験", "シケン", "06480012", "19800229", "受付1"):
        assert personal not in kept


def test_a_purge_that_was_cut_off_counts_no_day_twice(desk: Desk) -> None:
    a_morning(desk)
    with desk.store.writing() as db:
        assert keep_daily_counts(db, OVER) == 1
        db.execute("DELETE FROM checks WHERE check_id = 'a'")
    purge(desk.store, OVER)
    assert read_period(desk.store, DAY, DAY, OVER).numbers.total() == 4


def test_what_may_still_be_seen_is_counted_live_and_not_kept(desk: Desk) -> None:
    a_morning(desk)
    purge(desk.store, MORNING + timedelta(days=20))
    with desk.store.reading() as db:
        assert db.execute("SELECT count(*) FROM daily_counts").fetchone()[0] == 0
    assert read_period(desk.store, date(2026, 11, 1), date(2026, 11, 30), MORNING).numbers.total() == 4


def test_what_is_over_and_not_yet_destroyed_is_not_read(desk: Desk) -> None:
    a_morning(desk)
    assert read_period(desk.store, DAY, DAY, OVER).numbers.total() == 0


@given(st.floats(min_value=0, max_value=200_000, allow_nan=False))
def test_every_time_has_a_step(seconds: float) -> None:
    assert int(step_of(seconds)) in STEPS_S


@given(st.text(max_size=60))
def test_no_text_from_outside_becomes_a_label(reason: str) -> None:
    sample = Sample("2026-11-24", 9, Outcome.COUNTER, Method.PIN, None, reason, None, None)
    label = next(label for (measure, label) in count_samples([sample]) if measure is Measure.REASON)
    assert label == "other" or (label == reason and reason.isascii() and "." in reason)
