"""The desk's main loop: what a key silences, what waits for whom, and a bug that does not end it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from app.inbox import Inbox
from app.speech.audible import audible
from app.speech.desk_model import Key
from app.tenkey.agent import EXIT_NO_KEYS, EXIT_OK, FAILED, Call, Told, serve
from app.tenkey.keys import KeyEvent, KeyPressed
from tests.tenkey.desk_box import WAIT_S, Box, asked_to_look

FAILED_SAYS = "".join(kana for kana, _ in audible(FAILED.phrases))
Step = KeyEvent | Callable[[], Any]


class Script:
    """``KeySource`` that yields keys and does things between them, on the thread of the keys."""

    def __init__(self, *steps: Step) -> None:
        self._steps = steps
        self.errors: list[BaseException] = []

    def events(self) -> Iterator[KeyEvent]:
        for step in self._steps:
            if not callable(step):
                yield step
                continue
            try:
                step()
            except BaseException as error:  # the loop would take it for a dead tenkey
                self.errors.append(error)
                raise

    def close(self) -> None:
        """Nothing is open."""


def run(box: Box, *steps: Step, tick_s: float = 0.01) -> int:
    script = Script(*steps)
    box.speaker.playing.clear()
    with closing(Inbox[Told]()) as inbox:
        code = serve(script, box.desk, box.mouth, inbox, tick_s)
    for error in script.errors:
        raise error
    return code


def test_nothing_new_is_told_while_a_key_waits(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.opened()
    first = asked_to_look(box, "aaa", "first")
    box.tick()
    box.keys("/ 3")
    at_work, pressed, heard = threading.Event(), threading.Event(), threading.Event()
    handle = box.desk.handle
    seen: list[str] = []

    def slowly(event: KeyEvent, *rest: Any) -> None:
        if event == KeyPressed(Key.N0):
            at_work.set()
            assert pressed.wait(WAIT_S)
        handle(event, *rest)
        if event == KeyPressed(Key.ENTER):
            heard.set()

    def look() -> None:
        assert heard.wait(WAIT_S)
        assert box.mouth.wait_until_idle(WAIT_S)
        seen.extend(box.speaker.heard)

    def arrive() -> None:
        assert at_work.wait(WAIT_S)
        asked_to_look(box, "bbb", "second", "受付2")
        box.move(1)

    monkeypatch.setattr(box.desk, "handle", slowly)
    ticks = box.desk.tick
    monkeypatch.setattr(box.desk, "tick", lambda: None if heard.is_set() else ticks())
    run(box, KeyPressed(Key.N0), arrive, KeyPressed(Key.ENTER), pressed.set, look, tick_s=WAIT_S)
    assert "カクニン シマシタカ。ウケツケ バンゴー イチ。" in seen[-1]
    assert not any("ロックサレテイマス" in said for said in seen)
    assert first.decision_on("first") is None


@pytest.mark.usefixtures("patient")
def test_any_key_silences_at_once_even_one_without_a_meaning(box: Box) -> None:
    box.speaker.is_slow = True
    silent: list[bool] = []

    def playing() -> None:
        assert box.speaker.playing.wait(WAIT_S)

    run(box, playing, KeyPressed(None), lambda: silent.append(not box.mouth.is_busy))
    assert silent == [True]


def test_the_loop_ends_with_its_keys_or_when_it_is_told(box: Box) -> None:
    assert run(box) == EXIT_NO_KEYS
    with closing(Inbox[Told]()) as inbox:
        inbox.put(Call.STOP)
        assert serve(Script(), box.desk, box.mouth, inbox, WAIT_S) == EXIT_OK


def test_a_bug_at_a_key_is_said_and_the_next_key_is_obeyed(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    press = box.desk.handle
    failures = [RuntimeError("x")]

    def fail_once(*event: Any) -> None:
        if failures:
            raise failures.pop()
        press(*event)

    monkeypatch.setattr(box.desk, "handle", fail_once)
    monkeypatch.setattr(box.desk, "tick", lambda: None)
    monkeypatch.setattr(box.desk, "start", lambda: None)

    def hear() -> None:
        assert box.speaker.playing.wait(WAIT_S)
        assert box.mouth.wait_until_idle(WAIT_S)
        box.speaker.playing.clear()

    run(box, KeyPressed(Key.N1), hear, KeyPressed(Key.N1), hear)
    assert box.speaker.heard == [FAILED_SAYS, "(key)"]


def test_a_bug_that_stays_is_said_once_until_it_is_over(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: queue.SimpleQueue[bool] = queue.SimpleQueue()
    fails = [True]

    def tick() -> None:
        ticks.put(fails[0])
        if fails[0]:
            raise RuntimeError("x")

    def many(is_failing: bool) -> Callable[[], None]:
        def wait() -> None:
            fails[0] = is_failing
            count = 0
            while count < 20:
                count += ticks.get(timeout=WAIT_S) is is_failing
            assert box.mouth.wait_until_idle(WAIT_S)

        return wait

    monkeypatch.setattr(box.desk, "tick", tick)
    monkeypatch.setattr(box.desk, "start", lambda: None)
    run(box, many(True), many(False), many(True))
    assert box.speaker.heard == [FAILED_SAYS, FAILED_SAYS]


def test_a_bug_cuts_nothing_off(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.speaker.is_slow = True
    ticks: queue.SimpleQueue[None] = queue.SimpleQueue()

    def tick() -> None:
        ticks.put(None)
        raise RuntimeError("x")

    def wait() -> None:
        assert box.speaker.playing.wait(WAIT_S)
        for _ in range(20):
            ticks.get(timeout=WAIT_S)
        assert len(box.speaker.heard) == 1

    monkeypatch.setattr(box.desk, "tick", tick)
    run(box, wait)
