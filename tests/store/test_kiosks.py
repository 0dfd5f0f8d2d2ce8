"""Kiosks that cannot take cards: noted with their reason and time, and pushed to the board."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import StoreBusy
from app.store.database import open_database, write_transaction
from app.store.kiosks import KioskOut, StoreKioskBook, kiosks_out
from tests.store.support import KEY, KIOSK, MORNING, Desk

LATER = MORNING + timedelta(minutes=5)
PUSHED = ("keeping-panel", "kiosk")


@pytest.fixture
def book(desk: Desk) -> StoreKioskBook:
    return StoreKioskBook(desk.store, desk.wake)


def test_kiosk_that_stops_is_named_until_it_works_again(desk: Desk, book: StoreKioskBook) -> None:
    book.note(KIOSK, None, MORNING)
    assert kiosks_out(desk.store) == []
    book.note(KIOSK, "card.process_down", MORNING)
    assert kiosks_out(desk.store) == [KioskOut(KIOSK, "card.process_down", MORNING)]
    book.note(KIOSK, None, LATER)
    assert kiosks_out(desk.store) == []
    assert desk.events() == [PUSHED] * 3
    assert desk.wake.count == 3


def test_another_reason_within_one_outage_keeps_its_beginning(desk: Desk, book: StoreKioskBook) -> None:
    book.note(KIOSK, "card.process_down", MORNING)
    book.note(KIOSK, "card.reader_lost", LATER)
    assert kiosks_out(desk.store) == [KioskOut(KIOSK, "card.reader_lost", MORNING)]


def test_the_same_again_is_no_news(desk: Desk, book: StoreKioskBook) -> None:
    for _ in range(3):
        book.note(KIOSK, "card.reader_lost", LATER)
    assert desk.events() == [PUSHED]
    assert desk.wake.count == 1


def test_each_kiosk_stands_for_itself_and_the_oldest_on_top(desk: Desk, book: StoreKioskBook) -> None:
    book.note("受付2", "card.reader_lost", LATER)
    book.note(KIOSK, "card.process_down", MORNING)
    book.note("受付3", None, MORNING)
    assert [out.kiosk for out in kiosks_out(desk.store)] == [KIOSK, "受付2"]


def test_locked_store_takes_no_note_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, wait_s=0.05)
    book = StoreKioskBook(desk.store, desk.wake)
    other = open_database(desk.path, KEY)
    with contextlib.closing(other), write_transaction(other), pytest.raises(StoreBusy):
        book.note(KIOSK, "card.reader_lost", MORNING)
    assert kiosks_out(desk.store) == []
    assert desk.wake.count == 0
    desk.store.close()
