"""The desk's main loop: what a key silences, what waits for whom, and a bug that does not end it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.speech.desk_model import Key
from app.tenkey.agent import EXIT_NO_KEYS, EXIT_OK, Call, Inbox, serve
from app.tenkey.keys import KeyEvent, KeyPressed
from tests.tenkey.desk_box import WAIT_S, Box
from tests.tenkey.test_box_desk import asked_to_look

Step = KeyEvent | Callable[[], Any]


class Script:
    """``KeySource`` that yields keys and does things between them, on the thread of the keys."""

    def __init__(self, *steps: Step) -> None:
        self._steps = steps

    def events(self) -> Iterator[KeyEvent]:
        for step in self._steps:
            if callable(step):
                step()
            else:
                yield step

    def close(self) -> None:
        """Nothing is open."""


def run(box: Box, *steps: Step, tick_s: float = 0.01) -> int:
    inbox: Inbox = queue.SimpleQueue()
    return serve(Script(*steps), box.desk, box.mouth, inbox, tick_s)


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


def test_any_key_silences_at_once_even_one_without_a_meaning(box: Box) -> None:
    box.speaker.is_slow = True
    silent: list[bool] = []

    def playing() -> None:
        assert box.speaker.playing.wait(WAIT_S)

    run(box, playing, KeyPressed(None), lambda: silent.append(not box.mouth.is_busy))
    assert silent == [True]


def test_the_loop_ends_with_its_keys_or_when_it_is_told(box: Box) -> None:
    assert run(box) == EXIT_NO_KEYS
    inbox: Inbox = queue.SimpleQueue()
    inbox.put(Call.STOP)
    assert serve(Script(), box.desk, box.mouth, inbox, WAIT_S) == EXIT_OK
