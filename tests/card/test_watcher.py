from __future__ import annotations

import pytest

from app.card.watcher import Presence, ReaderEvent, ReaderTracker, choose_reader

EMPTY, PRESENT, MUTE, INUSE, EXCLUSIVE, CHANGED = 0x10, 0x20, 0x200, 0x100, 0x80, 0x2
NAME = "Reader 00 00"


def walk(*states: int | Presence) -> list[str]:
    """What is told after each state of one reader, as words."""
    tracker = ReaderTracker()
    told = []
    for state in states:
        events = tracker.lost(state) if isinstance(state, Presence) else tracker.observe(NAME, state)
        told.append(" ".join(event.presence for event in events))
    return told


def test_card_in_and_out_is_told_once_each() -> None:
    assert walk(EMPTY, 0x10000 | PRESENT, 0x10000 | PRESENT, 0x20000 | EMPTY, 0x20000 | EMPTY) == [
        "empty",
        "inserted",
        "",
        "empty",
        "",
    ]


def test_card_that_lay_there_from_the_start_is_told() -> None:
    assert walk(0x50000 | PRESENT) == ["inserted"]


def test_our_own_use_of_the_card_is_no_event() -> None:
    card = 0x10000 | PRESENT
    assert walk(card, card | INUSE, card | INUSE | EXCLUSIVE | CHANGED, card) == ["inserted", "", "", ""]


def test_swap_between_two_looks_is_out_and_in() -> None:
    assert walk(0x10000 | PRESENT, 0x30000 | PRESENT, 0x30000 | PRESENT) == ["inserted", "empty inserted", ""]


def test_counter_that_starts_again_is_out_and_in() -> None:
    assert walk(0xFFFF0000 | PRESENT, 0x10000 | PRESENT) == ["inserted", "empty inserted"]


def test_card_that_lay_badly_and_answers_now_is_told_again() -> None:
    card = 0x10000 | PRESENT
    assert walk(card | MUTE, card | MUTE, card, card | MUTE, card) == [
        "inserted",
        "",
        "empty inserted",
        "",
        "empty inserted",
    ]


@pytest.mark.parametrize("loss", [Presence.NO_READER, Presence.NO_SERVICE])
def test_same_card_after_reader_or_service_came_back_is_a_new_insertion(loss: Presence) -> None:
    card = 0x10000 | PRESENT
    assert walk(card, loss, loss, card) == ["inserted", str(loss), "", "inserted"]


@pytest.mark.parametrize(
    ("names", "wanted", "chosen"),
    [
        ([], "", None),
        (["B 00", "A 00", "C 00"], "", "A 00"),
        (["B 00", "A 00"], "B", "B 00"),
        (["X 00 01", "X 00 00"], "X", "X 00 00"),
        (["A 00"], "Z", None),
    ],
)
def test_reader_is_chosen_by_a_part_of_its_name(names: list[str], wanted: str, chosen: str | None) -> None:
    assert choose_reader(names, wanted) == chosen


def test_events_name_the_reader() -> None:
    assert ReaderTracker().observe(NAME, PRESENT) == [ReaderEvent(Presence.INSERTED, NAME)]
