"""Entries of 窓口で確認 that somebody left before they were recorded, newest first. In memory alone, with the desk."""

from __future__ import annotations

from app.eligibility.counter_draft import CounterDraft
from app.speech.desk_counter import CounterForm
from app.speech.desk_places import Spot

Unfinished = tuple[CounterForm, ...]


def kept_with(kept: Unfinished, spot: Spot) -> Unfinished:
    """Put an entry that somebody works on in front, once they would lose something; what was thrown away is gone."""
    kept = tuple(one for one in kept if one.is_worth_keeping)
    if not isinstance(spot, CounterForm) or not spot.is_worth_keeping:
        return kept
    return (spot, *(one for one in kept if one is not spot))


def kept_without(kept: Unfinished, recorded: CounterDraft) -> Unfinished:
    return tuple(one for one in kept if one.entry_id != recorded.entry_id)
