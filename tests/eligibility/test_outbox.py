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
    assert done.wait(60)


@pytest.mark.parametrize("error", [StoreBusy(), RuntimeError("bug")])
def test_write_that_never_succeeds_holds_up_no_other(outbox: Outbox, error: Exception) -> None:
    done = threading.Event()

    def never() -> None:
        raise error

    outbox.put("never", never)
    outbox.put("fine", done.set)
    assert done.wait(60)


def test_writes_of_one_key_keep_their_order(outbox: Outbox) -> None:
    gate, done, written = threading.Event(), threading.Event(), []
    outbox.put("a", lambda: gate.wait(60))
    outbox.put("a", lambda: written.append("first"))
    assert outbox.holds("a")
    assert outbox.write("a", lambda: (written.append("second"), done.set())) is False
    assert written == []
    gate.set()
    assert done.wait(60)
    assert written == ["first", "second"]


def test_write_is_made_at_once_when_nothing_waits(outbox: Outbox) -> None:
    written: list[str] = []
    assert outbox.write("a", lambda: written.append("now")) is True
    assert written == ["now"]
    assert not outbox.holds("a")


def test_closing_tries_what_still_waits_once_more() -> None:
    box, written, allowed = Outbox(retry_s=60), [], threading.Event()

    def write() -> None:
        if not allowed.is_set():
            raise StoreBusy()
        written.append("kept")

    box.write("a", write)
    allowed.set()
    box.close()
    assert written == ["kept"]


def test_loss_at_the_end_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    box = Outbox(retry_s=60)

    def never() -> None:
        raise StoreBusy()

    box.write("a", never)
    box.close()
    assert "outbox.lost" in caplog.text


def test_overflow_drops_the_oldest_loudly(outbox: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()
    for number in range(LIMIT + 2):
        outbox.put(str(number), lambda: gate.wait(60))
    assert len(outbox) <= LIMIT
    assert "outbox.overflow" in caplog.text
    gate.set()
