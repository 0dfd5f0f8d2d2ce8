"""What the main loop is told comes, whichever thread a signal reaches."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.inbox import STOP_SIGNALS, Inbox

SOON_S = 20


@pytest.fixture
def inbox() -> Iterator[Inbox[str]]:
    with closing(Inbox[str]()) as made:
        yield made


def test_what_was_put_comes_in_its_order(inbox: Inbox[str]) -> None:
    assert inbox.is_empty()
    for told in ("one", "two", "three"):
        inbox.put(told)
    assert not inbox.is_empty()
    assert [inbox.get(0), inbox.get(SOON_S), inbox.get()] == ["one", "two", "three"]
    with pytest.raises(queue.Empty):
        inbox.get(0)
    with pytest.raises(queue.Empty):
        inbox.get(0.01)


def test_main_loop_sleeps_until_a_thread_tells_it(inbox: Inbox[str]) -> None:
    got: list[str] = []
    taker = threading.Thread(target=lambda: got.append(inbox.get(SOON_S)))
    taker.start()
    inbox.put("wake")
    taker.join(SOON_S)
    assert got == ["wake"]


def test_more_than_the_socket_holds_is_kept(inbox: Inbox[str]) -> None:
    many = [str(number) for number in range(20_000)]
    for told in many:
        inbox.put(told)
    assert [inbox.get(0) for _ in many] == many
    inbox.put("after")
    assert inbox.get(SOON_S) == "after"


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_signal_that_reaches_another_thread_wakes_the_main_one(inbox: Inbox[str], number: signal.Signals) -> None:
    before = {one: signal.getsignal(one) for one in STOP_SIGNALS}
    inbox.take_stop_signals("stop")
    go = threading.Event()

    def take_it_here() -> None:
        go.wait(SOON_S)
        signal.pthread_kill(threading.get_ident(), number)

    # It waits for a main thread that sleeps in get(): the kernel's own choice is seldom so unkind.
    threading.Thread(target=take_it_here).start()
    threading.Timer(0.2, go.set).start()
    too_late = threading.Timer(SOON_S, inbox.put, ["nothing woke it"])
    too_late.start()
    try:
        assert inbox.get() == "stop"
    finally:
        too_late.cancel()
        signal.set_wakeup_fd(-1)
        for one, handler in before.items():
            signal.signal(one, handler)


def test_put_after_the_end_is_harmless() -> None:
    inbox = Inbox[str]()
    inbox.close()
    inbox.put("late")
    assert inbox.get(0) == "late"
