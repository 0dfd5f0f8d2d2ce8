"""How long a check may be seen: one made in month M until the last second of month M+1, Asia/Tokyo."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.clock import TOKYO


def visible_until(decided_at: datetime) -> datetime:
    """Return the last second (aware, Asia/Tokyo) in which a check of that moment may be shown.

    Raises:
        ValueError: ``decided_at`` is naive.
    """
    if decided_at.tzinfo is None:
        raise ValueError("times are aware")
    local = decided_at.astimezone(TOKYO)
    months = local.year * 12 + (local.month - 1) + 2
    first_hidden = datetime(months // 12, months % 12 + 1, 1, tzinfo=TOKYO)
    return first_hidden - timedelta(seconds=1)


def is_visible(decided_at: datetime, now: datetime) -> bool:
    """True through the whole of the last second."""
    return now.astimezone(TOKYO).replace(microsecond=0) <= visible_until(decided_at)


def first_kept(now: datetime) -> datetime:
    """Return the first instant (Asia/Tokyo) whose checks may still be seen: whatever is older is due for the purge.

    Raises:
        ValueError: ``now`` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("times are aware")
    local = now.astimezone(TOKYO)
    months = local.year * 12 + (local.month - 1) - 1
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=TOKYO)


def days_left(until: datetime, now: datetime) -> int:
    """Count the midnights (Asia/Tokyo) that a record will still see: 0 on its last day, below 0 when it is over."""
    return (until.astimezone(TOKYO).date() - now.astimezone(TOKYO).date()).days


def days_left_words(until: datetime, now: datetime) -> str:
    """Say how long a record stays, as staff read it."""
    left = days_left(until, now)
    if left < 0:
        return "保存期間が過ぎました"
    return "今日まで" if left == 0 else f"あと{left}日"
