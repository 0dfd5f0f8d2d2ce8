"""The real clock under a test: one day in Tokyo from its beginning to its end, whatever the time is."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.clock import TOKYO
from tests.box.processes import wait_for


def stay_in_one_day(minutes: float) -> None:
    """Wait for the next day in Tokyo where this one is over in less than so many minutes."""
    now = datetime.now(TOKYO)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    left = midnight - now
    if left < timedelta(minutes=minutes):
        wait_for(lambda: datetime.now(TOKYO) >= midnight, left.total_seconds() + 30)


def earlier_today(minutes: float, now: datetime | None = None) -> datetime:
    """So many minutes ago, less than 100; just after midnight sooner, in the same order."""
    now = now or datetime.now(TOKYO)
    since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    return now - min(timedelta(minutes=minutes), since_midnight * (minutes / 100))
