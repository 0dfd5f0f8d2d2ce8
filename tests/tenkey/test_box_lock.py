"""The desk that locks, opens again, and opens for somebody else: what is kept, and what is never handed on."""

from __future__ import annotations

import pytest

from app.eligibility.desk_door import DeskLiking
from app.eligibility.ports import Outcome
from app.errors import StoreBusy
from app.speech.desk_model import Key
from app.store.calls import answer_call, open_calls
from app.store.desk_codes import keep_desk_liking, make_desk_code
from app.store.desk_door import StoreDeskDoor
from app.store.people import add_staff
from app.store.sessions import IDLE, list_sessions
from app.tenkey.box_desk import BoxDesk
from app.tenkey.keys import KeyPressed
from tests.speech.desk_day import PlainReader
from tests.store.support import MORNING, accepted, answer, waiting
from tests.tenkey.desk_box import HANAKO, NAME, PASSPHRASE, PROMPT, Box, asked_to_look, earphone


def test_the_desk_locks_when_nobody_presses_a_key(box: Box) -> None:
    earphone(box).opened()
    for _ in range(3):
        box.move(IDLE.total_seconds() - 30)
        box.keys("0")
    box.move(IDLE.total_seconds() + 1)
    assert box.tick() == "カギガ カカリマシタ、バンゴー ハチケタト ケッテー。テンデ ケシマス。"
    assert box.keys("1") == "(key)"
    assert box.keys("+") == PROMPT
    assert (NAME, "locked") in [entry[:2] for entry in box.noted()]
    assert box.type(box.digits).startswith("(valid)カギガ アキマシタ。")
    assert box.noted()[-1][:2] == (NAME, "unlocked")


@pytest.mark.parametrize("how", ["idle", "by hand"])
def test_a_question_that_was_open_when_the_desk_locked_is_not_answered_after_it(box: Box, how: str) -> None:
    box.opened()
    visual = asked_to_look(box)
    box.tick()
    assert "ホンニント カクニン シマシタカ" in box.keys("/ 3 Enter")
    if how == "idle":
        box.move(IDLE.total_seconds() + 1)
        box.tick()
    else:
        box.door.lock()
        box.tick()
    box.opened()
    assert "カクニン シマシタカ" not in box.keys("5")
    assert "ホンニント カクニン シマシタカ" in box.keys("Enter")  # asked, not done
    assert visual.decision_on("req") is None


def test_a_desk_that_was_locked_from_the_menu_opens_at_the_days_list(box: Box) -> None:
    box.opened().keys("/ -")
    box.opened()
    assert box.keys("0").startswith("ホンジツノ ウケツケ")


def test_a_desk_that_was_silent_says_so_when_it_opens_again(box: Box) -> None:
    assert "シズカ" not in box.opened().keys("0")
    box.keys("- / -")
    assert "シズカニ シテイマス" in box.type(box.digits)
    assert "シズカニ シテイマス" in box.keys("5")


def test_the_key_that_finds_the_desk_just_locked_is_not_obeyed(box: Box) -> None:
    box.opened()
    box.move(IDLE.total_seconds() + 1)
    assert box.keys("+") == "カギガ カカリマシタ、バンゴー ハチケタト ケッテー。テンデ ケシマス。"


def test_while_locked_arrivals_are_a_sound_alone(box: Box) -> None:
    earphone(box).opened()
    assert box.keys("/ -") == "カギガ カカリマシタ、バンゴー ハチケタト ケッテー。テンデ ケシマス。"
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    assert box.tick() == "(valid)"
    assert not any(entry[1] == "viewed" for entry in box.noted())
    box.opened()
    assert "スガワラ ハナコ" in box.keys("+")


def test_what_came_while_locked_is_told_after_opening_joined_and_once(box: Box) -> None:
    earphone(box).opened().keys("/ -")
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    assert box.tick() == "(valid)"
    asked_to_look(box)
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    assert box.tick() == "(call)"
    assert box.tick() == ""
    box.opened()
    said = box.tick()
    assert said.startswith("(call)アタラシイ ウケツケ イッケン。モクシ カクニン イッケン、ヨビダシ イッケン。")
    assert box.tick() == ""


def test_a_request_that_came_while_locked_can_be_decided_after_it_was_told(box: Box) -> None:
    box.opened().keys("/ -")
    visual = asked_to_look(box)
    box.tick()
    box.opened()
    assert "ロックサレテイマス" in box.tick()
    assert "カクニン シマシタカ" in box.keys("Enter")
    assert visual.decision_on("req") is None


def test_what_was_decided_elsewhere_while_locked_is_no_news(box: Box) -> None:
    box.opened().keys("/ -")
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    assert box.tick() == "(call)"
    (call,) = open_calls(box.store)
    answer_call(box.store, box.clinic.wake, call.call_id, box.member.staff_id, MORNING)
    box.tick()
    box.opened()
    assert box.tick() == ""


@pytest.mark.parametrize("what", ["liking", "source"])
def test_a_desk_that_cannot_be_opened_leaves_the_session_and_the_former_persons_desk(
    box: Box, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    other = add_staff(box.store, "架空 太郎", PASSPHRASE, MORNING)
    digits = make_desk_code(box.store, other, MORNING)
    box.opened()
    visual = asked_to_look(box)
    box.tick()
    box.keys("/ 3 Enter")
    box.move(IDLE.total_seconds() + 1)
    box.tick()

    def busy(*_: object) -> None:
        raise StoreBusy("x")

    with monkeypatch.context() as patch:
        patch.setattr(StoreDeskDoor, what, busy)
        assert box.type(digits).startswith("(unreachable)")
    assert list_sessions(box.store, box.clock.now(), other.staff_id) == []
    assert box.keys("Enter") == PROMPT
    assert "カギガ アキマシタ" in box.type(digits)
    assert box.keys("0").startswith("ホンジツノ ウケツケ")
    assert visual.decision_on("req") is None


def test_what_one_person_heard_is_noted_anew_for_the_next(box: Box) -> None:
    other = add_staff(box.store, "架空 太郎", PASSPHRASE, MORNING)
    keep_desk_liking(box.store, other.staff_id, DeskLiking(4, "earphone"))
    digits = make_desk_code(box.store, other, MORNING)
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    earphone(box).opened().keys("+ 3 / -")
    box.type(digits)
    box.keys("+ 3")
    viewed = [entry[:3] for entry in box.noted() if entry[1] == "viewed"]
    assert viewed == [(NAME, "viewed", "hanako"), ("架空 太郎", "viewed", "hanako")]


def test_what_one_person_did_is_not_told_to_the_next(box: Box) -> None:
    box.opened()
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    box.tick()
    box.keys("Enter")
    box.move(1)
    early = box.mouth.hush()
    box.mouth.hush()
    box.desk.handle(KeyPressed(Key.ENTER), early)  # done, and not heard: somebody pressed on and left
    box.door.leave()
    assert box.tick().startswith("カギガ カカリマシタ")
    assert "タイオー シマシタ" not in box.type(box.digits)


def test_looking_alone_does_not_keep_the_desk_open(box: Box) -> None:
    box.opened()
    minutes = int(IDLE.total_seconds() // 60)
    for _ in range(minutes - 1):
        box.move(60)
        assert box.tick() == ""
    box.move(60)
    assert box.tick() == "カギガ カカリマシタ、バンゴー ハチケタト ケッテー。テンデ ケシマス。"


def test_digits_meant_for_a_form_act_on_nobody_when_the_process_starts_anew(box: Box) -> None:
    box.clinic.keeper.record(waiting("w", Outcome.COUNTER, reason="card.unreadable"))
    box.opened().keys("/ * 1 2 1 2 3 1 3 Enter")
    box.door = StoreDeskDoor(box.store, box.clock, box.clinic.wake, IDLE)
    box.desk = BoxDesk(box.door, box.mouth, PlainReader(), box.clock)
    box.desk.start()
    assert box.heard() == PROMPT
    assert box.keys("3 3 2 0 4 1 2 Enter") == "(end)バンゴーワ ハチケタデス、ハジメカラ。"
    assert box.keys("Enter") == PROMPT
    assert not any(entry[1] == "handled" for entry in box.noted())
    box.opened()
    assert box.keys("0").startswith("ホンジツノ ウケツケ")
