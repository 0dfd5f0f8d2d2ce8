"""Only what was heard is answered: keys and news that overtake each other at the tenkey."""

from __future__ import annotations

import pytest

from app.eligibility.desk_door import DoorState
from app.errors import TenkeyMissing
from app.speech.desk_model import Key
from app.tenkey.keys import KeyEvent, KeyPressed, NotFound, Unplugged
from tests.store.support import MORNING
from tests.tenkey.desk_box import Box, asked_to_look


def test_news_that_a_key_overtook_are_told_after_its_answer_and_never_decided_by_it(box: Box) -> None:
    box.opened()
    first = asked_to_look(box, "aaa", "first")
    box.tick()
    box.keys("/ 3")
    second = asked_to_look(box, "bbb", "second", "受付2")
    box.move(1)
    look = box.door.look

    def look_while_enter_is_pressed(*, by_person: bool = False) -> DoorState:
        turns.append(box.mouth.hush())
        return look(by_person=by_person)

    turns: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(box.door, "look", look_while_enter_is_pressed)
        assert box.tick() == ""  # it had begun before the key
    box.desk.handle(KeyPressed(Key.ENTER), turns[0], box.clock.now())
    assert "カクニン シマシタカ。ウケツケ バンゴー イチ。" in box.heard()
    assert "ロックサレテイマス" in box.tick()
    assert "カクニン シマシタカ" in box.keys("Enter")  # of the one that was announced: asked, not done
    assert first.decision_on("first") is None
    assert second.decision_on("second") is None


def test_an_enter_that_was_pressed_before_the_news_sounded_is_not_for_them(box: Box) -> None:
    box.opened()
    asked_to_look(box, "aaa", "first")
    box.tick()
    box.keys("/ 3")
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    pressed, turn = box.clock.now(), box.mouth.hush()
    box.move(0.3)
    assert "ヨンデイマス" in box.tick()
    box.desk.handle(KeyPressed(Key.ENTER), turn, pressed)
    assert "カクニン シマシタカ" in box.heard()
    assert "ヨンデイマス" in box.tick()
    box.move(0.3)
    box.desk.handle(KeyPressed(Key.ENTER), box.mouth.hush(), box.clock.now())
    assert box.heard().startswith("エランデ")  # too soon to have heard the call: no question at all


def test_a_question_that_the_next_enter_cut_off_is_asked_again(box: Box) -> None:
    box.opened()
    visual = asked_to_look(box)
    box.tick()
    box.keys("/ 3")
    early, late = box.mouth.hush(), box.mouth.hush()
    box.desk.handle(KeyPressed(Key.ENTER), early)
    box.move(1)
    box.desk.handle(KeyPressed(Key.ENTER), late)
    assert "カクニン シマシタカ" in box.heard()
    assert visual.decision_on("req") is None


def test_how_long_a_question_was_heard_is_told_by_when_keys_were_pressed(box: Box) -> None:
    box.opened()
    visual = asked_to_look(box)
    box.tick()
    box.keys("/ 3 Enter")
    pressed = box.clock.now()
    box.move(5)
    box.desk.handle(KeyPressed(Key.ENTER), box.mouth.hush(), pressed)
    assert "カクニン シマシタカ" in box.heard()
    assert visual.decision_on("req") is None


@pytest.mark.parametrize("event", [Unplugged(), NotFound(TenkeyMissing())])
def test_what_is_told_over_a_question_takes_it_back(box: Box, event: KeyEvent) -> None:
    box.opened()
    visual = asked_to_look(box)
    box.tick()
    box.keys("/ 3 Enter")
    box.event(event)
    assert "カクニン シマシタカ" in box.keys("Enter")
    assert visual.decision_on("req") is None
