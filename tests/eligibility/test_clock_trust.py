"""When the clock may decide what is destroyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import TOKYO
from app.eligibility.clock_trust import (
    JUMP_LIMIT,
    SECOND_LOOK_AFTER,
    ClockDoubt,
    ClockFacts,
    ClockMemory,
    ClockVerdict,
    Mark,
    judge,
)
from app.kernel_clock import KernelClock

START = datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO)
BEFORE = ClockMemory(trusted=Mark(START, "boot-1", 1000.0))


def look(
    wall: timedelta,
    boot: timedelta | None = None,
    *,
    boot_id: str = "boot-1",
    synchronised: bool | None = True,
    faith: bool = False,
    newest: datetime | None = START,
) -> ClockFacts:
    """What is found ``wall`` after START on the wall and ``boot`` (as much, unless told) after it since the boot."""
    passed = wall if boot is None else boot
    return ClockFacts(Mark(START + wall, boot_id, 1000.0 + passed.total_seconds()), synchronised, faith, newest)


def test_steady_synchronised_clock_is_trusted_and_remembered() -> None:
    verdict = judge(look(timedelta(hours=1)), BEFORE)
    assert verdict == ClockVerdict(None, ClockMemory(trusted=Mark(START + timedelta(hours=1), "boot-1", 4600.0)))


def test_very_first_look_needs_synchronisation_only() -> None:
    assert judge(look(timedelta(0), newest=None), ClockMemory()).is_trusted
    assert judge(look(timedelta(0), newest=None, synchronised=False), ClockMemory()).doubt is ClockDoubt.UNSYNCHRONISED


@pytest.mark.parametrize("synchronised", [False, None])
def test_clock_without_proof_is_refused_unless_a_setting_takes_it_on_faith(synchronised: bool | None) -> None:
    refused = judge(look(timedelta(hours=1), synchronised=synchronised), BEFORE)
    assert refused == ClockVerdict(ClockDoubt.UNSYNCHRONISED, BEFORE)
    assert judge(look(timedelta(hours=1), synchronised=synchronised, faith=True), BEFORE).is_trusted


def test_clock_behind_the_last_trusted_moment_has_stepped_back() -> None:
    verdict = judge(look(-timedelta(minutes=3), timedelta(minutes=1), newest=None), BEFORE)
    assert verdict.doubt is ClockDoubt.STEPPED_BACK
    assert verdict.is_new_step
    assert verdict.memory.trusted == BEFORE.trusted


def test_clock_behind_the_newest_row_has_stepped_back() -> None:
    facts = look(timedelta(0), newest=START + timedelta(days=3))
    assert judge(facts, ClockMemory()).doubt is ClockDoubt.STEPPED_BACK


def test_small_corrections_are_no_step() -> None:
    assert judge(look(-timedelta(seconds=90), timedelta(seconds=5)), BEFORE).is_trusted


@pytest.mark.parametrize(
    ("ahead", "is_trusted"),
    [
        (timedelta(minutes=4), True),
        (timedelta(minutes=6), False),
        (timedelta(hours=25), False),
        (timedelta(hours=47), False),
    ],
)
def test_within_one_boot_only_minutes_are_believed(ahead: timedelta, is_trusted: bool) -> None:
    assert judge(look(timedelta(hours=1) + ahead, timedelta(hours=1)), BEFORE).is_trusted is is_trusted
    slept = timedelta(days=3)
    assert judge(look(slept, slept), BEFORE).is_trusted, "sleep counts as time of the boot"


@pytest.mark.parametrize(("off", "is_trusted"), [(timedelta(hours=25), True), (timedelta(hours=27), False)])
def test_across_a_boot_a_day_is_believed(off: timedelta, is_trusted: bool) -> None:
    assert judge(look(off, -timedelta(seconds=990), boot_id="boot-2"), BEFORE).is_trusted is is_trusted


def test_jump_of_weeks_needs_a_second_look() -> None:
    first = judge(look(timedelta(days=40), timedelta(hours=1)), BEFORE)
    assert (first.doubt, first.is_new_step) == (ClockDoubt.JUMPED_AHEAD, True)
    soon = judge(look(timedelta(days=40, minutes=5), timedelta(hours=1, minutes=5)), first.memory)
    assert (soon.doubt, soon.is_new_step) == (ClockDoubt.JUMPED_AHEAD, False)
    later = judge(look(timedelta(days=40, minutes=11), timedelta(hours=1, minutes=11)), soon.memory)
    assert later.is_trusted


def test_clock_that_keeps_jumping_is_never_trusted() -> None:
    memory = BEFORE
    for count in range(1, 6):
        verdict = judge(look(timedelta(days=40 * count), timedelta(hours=count)), memory)
        assert (verdict.doubt, verdict.is_new_step) == (ClockDoubt.JUMPED_AHEAD, True)
        memory = verdict.memory


def test_jump_that_is_undone_is_forgotten() -> None:
    jumped = judge(look(timedelta(days=400), timedelta(hours=1)), BEFORE)
    healed = judge(look(timedelta(hours=2)), jumped.memory)
    assert healed == ClockVerdict(None, ClockMemory(trusted=Mark(START + timedelta(hours=2), "boot-1", 8200.0)))


def test_box_that_was_off_for_a_week_looks_twice() -> None:
    first = judge(look(timedelta(days=7), -timedelta(seconds=990), boot_id="boot-2"), BEFORE)
    assert first.doubt is ClockDoubt.JUMPED_AHEAD
    second = look(timedelta(days=7, minutes=10), timedelta(minutes=10, seconds=-990), boot_id="boot-2")
    assert judge(second, first.memory).is_trusted


def test_another_boot_starts_the_second_look_anew() -> None:
    first = judge(look(timedelta(days=40), timedelta(hours=1)), BEFORE)
    other = judge(look(timedelta(days=40, minutes=20), timedelta(minutes=1), boot_id="boot-2"), first.memory)
    assert (other.doubt, other.is_new_step) == (ClockDoubt.JUMPED_AHEAD, True)


@pytest.mark.parametrize(("synchronised", "heals"), [(True, True), (False, False), (None, False)])
def test_step_back_heals_with_proof_only(synchronised: bool | None, heals: bool) -> None:
    sync = {"synchronised": synchronised, "faith": True}
    first = judge(look(-timedelta(days=300), timedelta(minutes=1), **sync), BEFORE)  # type: ignore[arg-type]
    later = look(-timedelta(days=300) + timedelta(minutes=30), timedelta(minutes=31), **sync)  # type: ignore[arg-type]
    verdict = judge(later, first.memory)
    assert verdict.is_trusted is heals


@given(
    st.lists(
        st.tuples(st.integers(-400, 400), st.integers(1, 5000), st.booleans(), st.sampled_from([True, False, None])),
        max_size=12,
    )
)
def test_no_clock_is_trusted_right_after_a_jump(looks: list[tuple[int, int, bool, bool | None]]) -> None:
    """Whatever the wall does: a look that finds it minutes ahead of the boot clock never trusts it at
    once, and a trusted look is always synchronised or taken on faith.
    """
    memory, boot_s, wall = BEFORE, 1000.0, START
    for days, minutes, faith, synchronised in looks:
        boot_s += minutes * 60
        wall += timedelta(minutes=minutes, days=days if abs(days) > 200 else 0)
        facts = ClockFacts(Mark(wall, "boot-1", boot_s), synchronised, faith, None)
        verdict = judge(facts, memory)
        trusted = memory.trusted
        assert trusted is not None
        ahead = wall - trusted.at - timedelta(seconds=boot_s - trusted.boot_s)
        if verdict.is_trusted:
            assert synchronised is True or faith
            if ahead > JUMP_LIMIT:
                assert memory.first_look is not None
                assert timedelta(seconds=boot_s - memory.first_look.boot_s) >= SECOND_LOOK_AFTER
            assert verdict.memory == ClockMemory(trusted=facts.mark)
        else:
            assert replace(verdict.memory, first_look=None) == replace(memory, first_look=None)
        memory = verdict.memory


def test_kernel_is_asked_without_rights_and_walks_evenly() -> None:
    witness = KernelClock()
    one, other = witness.mark(), witness.mark()
    assert one.boot_id == other.boot_id
    assert one.boot_time_to(other) is not None
    assert abs((other.at - one.at).total_seconds() - (other.boot_s - one.boot_s)) < 5
    assert witness.is_synchronised() in (True, False, None)
