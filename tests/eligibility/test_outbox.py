"""What the store could not take at once is written later, in spite of neighbours that never can be."""

from __future__ import annotations

import threading

import pytest

from app.eligibility.outbox import LIMIT, Outbox
from app.errors import StoreBusy


@pytest.fixture
def outbox():
    box = Outbox(retry_s=0.005)
    yield box
    box.close()


def test_write_is_retried_until_it_succeeds(outbox: Outbox) -> None:
    done = threading.Event()
    failures = iter([StoreBusy(), StoreBusy()])

    def write() -> None:
        for error in failures:
            raise error
        done.set()

    outbox.put("a", write)
    assert done.wait(5)


@pytest.mark.parametrize("error", [StoreBusy(), RuntimeError("bug")])
def test_write_that_never_succeeds_holds_up_no_other(outbox: Outbox, error: Exception) -> None:
    done = threading.Event()

    def never() -> None:
        raise error

    outbox.put("never", never)
    outbox.put("fine", done.set)
    assert done.wait(5)


def test_newer_write_replaces_the_older_one(outbox: Outbox) -> None:
    gate, done, written = threading.Event(), threading.Event(), []
    outbox.put("gate", lambda: gate.wait(5))
    outbox.put("a", lambda: written.append("old"))
    outbox.put("a", lambda: (written.append("new"), done.set()))
    gate.set()
    assert done.wait(5)
    assert written == ["new"]


def test_dropped_write_is_not_made(outbox: Outbox) -> None:
    gate, done, written = threading.Event(), threading.Event(), []
    outbox.put("gate", lambda: gate.wait(5))
    outbox.put("a", lambda: written.append("dropped"))
    outbox.drop("a")
    outbox.put("b", done.set)
    gate.set()
    assert done.wait(5)
    assert written == []


def test_overflow_drops_the_oldest_loudly(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()
    for number in range(LIMIT + 2):
        outbox.put(str(number), lambda: gate.wait(5))
    assert len(outbox) <= LIMIT
    assert "outbox.overflow" in caplog.text
    gate.set()
