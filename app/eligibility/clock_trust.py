"""Whether the wall clock may decide what is destroyed. No I/O.

A purge on a clock that runs ahead destroys records that may still be needed, and nothing brings them back; waiting
costs nothing, since every read hides what is over. So a clock needs proof that it is synchronised (or a setting
that takes it on faith), and after a step a second look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

JUMP_LIMIT = timedelta(minutes=5)
"""Within one boot the time that passed is known; what a clock corrects by itself stays below this."""
OFF_LIMIT = timedelta(hours=26)
"""Across a boot nobody knows how long the box was off: a night and a day are believed, more is looked at twice."""
BACK_LIMIT = timedelta(minutes=2)
"""Corrections by NTP stay below this."""
SECOND_LOOK_AFTER = timedelta(minutes=10)
DRIFT = timedelta(minutes=1)
"""How far wall time and the time since the boot may part between two looks."""


class ClockDoubt(StrEnum):
    """Why the clock is not trusted."""

    UNSYNCHRONISED = "clock.unsynchronised"
    STEPPED_BACK = "clock.stepped_back"
    JUMPED_AHEAD = "clock.jumped_ahead"


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment on both clocks: wall time, and seconds since the boot named ``boot_id`` (sleep included)."""

    at: datetime
    boot_id: str
    boot_s: float

    def boot_time_to(self, later: Mark) -> timedelta | None:
        """Time that surely passed until ``later``; ``None`` across a boot."""
        if self.boot_id != later.boot_id or later.boot_s < self.boot_s:
            return None
        return timedelta(seconds=later.boot_s - self.boot_s)


@dataclass(frozen=True, slots=True)
class ClockMemory:
    """What is remembered between looks: the last trusted moment, and the first look at a step."""

    trusted: Mark | None = None
    first_look: Mark | None = None


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What a look finds."""

    mark: Mark
    is_synchronised: bool | None
    """``None`` where the kernel cannot be asked (containers)."""
    is_taken_on_faith: bool
    """A setting: this clock needs no proof of synchronisation."""
    newest_row: datetime | None
    """When the newest check was written down."""


@dataclass(frozen=True, slots=True)
class ClockVerdict:
    """``memory`` is to be kept, whatever the verdict. ``is_new_step`` is true once for each step."""

    doubt: ClockDoubt | None
    memory: ClockMemory
    is_new_step: bool = False

    @property
    def is_trusted(self) -> bool:
        return self.doubt is None


class ClockWitness(Protocol):
    """What the kernel knows about its clock."""

    def mark(self) -> Mark: ...

    def is_synchronised(self) -> bool | None: ...


def judge(facts: ClockFacts, memory: ClockMemory) -> ClockVerdict:
    """Decide whether the clock may be used to destroy records.

    A step ahead heals when a second look, ten minutes of boot time later, finds that the clock kept walking evenly.
    A step back heals the same way, but only with proof of synchronisation: without one, a clock that fell back
    (empty battery) says nothing about today. Either heals at once when the step is undone.
    """
    mark = facts.mark
    if facts.is_synchronised is not True and not facts.is_taken_on_faith:
        return ClockVerdict(ClockDoubt.UNSYNCHRONISED, memory)
    step = _step(facts, memory.trusted)
    if step is None:
        return ClockVerdict(None, ClockMemory(trusted=mark))
    first = memory.first_look
    elapsed = None if first is None else first.boot_time_to(mark)
    walks_evenly = first is not None and elapsed is not None and abs((mark.at - first.at) - elapsed) <= DRIFT
    if not walks_evenly or elapsed is None:
        return ClockVerdict(step, replace(memory, first_look=mark), is_new_step=True)
    may_heal = step is ClockDoubt.JUMPED_AHEAD or facts.is_synchronised is True
    if may_heal and elapsed >= SECOND_LOOK_AFTER:
        return ClockVerdict(None, ClockMemory(trusted=mark))
    return ClockVerdict(step, memory)


def _step(facts: ClockFacts, trusted: Mark | None) -> ClockDoubt | None:
    now = facts.mark.at
    known = [moment for moment in (trusted.at if trusted else None, facts.newest_row) if moment is not None]
    if known and now < max(known) - BACK_LIMIT:
        return ClockDoubt.STEPPED_BACK
    if trusted is None:
        return None
    passed = trusted.boot_time_to(facts.mark)
    limit = trusted.at + (OFF_LIMIT if passed is None else passed + JUMP_LIMIT)
    return ClockDoubt.JUMPED_AHEAD if now > limit else None
