"""The desk at the box's own tenkey: closed until a number opens it, told by ear, noted as its person."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from app.eligibility.desk_door import DeskLiking, DoorState
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.eligibility.service_watch import Health
from app.eligibility.visual import VisualRequest
from app.errors import DeskCodeRefused, StoreBusy, TenkeyMissing, TenkeyNoPort
from app.speech.desk_model import Key
from app.store.audit_check import verify_audit
from app.store.desk_codes import SOURCE, desk_liking, keep_desk_liking, make_desk_code, remove_desk_code
from app.store.desk_door import DEVICE, StoreDeskDoor
from app.store.health import StoreHealthBook
from app.store.kiosks import StoreKioskBook
from app.store.people import add_staff, change_role, disable_staff
from app.store.sessions import end_public_session, list_sessions
from app.store.visual import StoreVisualDesk
from app.tenkey.keys import KeyPressed, NotFound, Plugged, Unplugged
from tests.store.support import KIOSK, MORNING, accepted, answer, waiting
from tests.tenkey.desk_box import HANAKO, NAME, PASSPHRASE, PROMPT, Box, earphone


def test_a_closed_desk_tells_nothing_of_anybody(box: Box) -> None:
    earphone(box)
    box.clinic.keeper.record(accepted(result=answer(HANAKO)))
    assert box.keys("+") == PROMPT
    assert box.keys("/") == box.keys("Enter") == PROMPT
    assert box.keys("5 1 3") == "(key)"
    assert box.keys(".") == "ケシマシタ。"
    assert box.tick() == ""
    assert [entry for entry in box.noted() if entry[3] == SOURCE] == []


def test_a_number_opens_the_desk_as_its_person_and_what_is_told_is_noted(box: Box) -> None:
    earphone(box)
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    assert box.type(box.digits) == "(valid)カギガ アキマシタ。タイオーマチ ゼロニン。カギワ ワル、マイナス。"
    assert "スガワラ ハナコ サマ" in box.keys("+")
    box.keys("3")
    assert "セーネン ガッピ" in box.keys("2 2 2 2 2 2")
    mine = [entry for entry in box.noted() if entry[0] == NAME and entry[3] == SOURCE]
    assert mine == [(NAME, "login", None, SOURCE), (NAME, "viewed", "hanako", SOURCE)]
    (session,) = list_sessions(box.store, box.clock.now(), box.member.staff_id)
    assert session.device == DEVICE
    box.desk.close()
    assert box.noted()[-1][:2] == (NAME, "logout")


def test_arrivals_calls_and_acts_are_those_of_the_page(box: Box) -> None:
    earphone(box).opened()
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    assert box.tick().startswith("(valid)ウケツケシマシタ、スガワラ ハナコ サマ、")
    assert box.tick() == ""
    box.clinic.keeper.record(waiting("locked"))
    visual = StoreVisualDesk(box.store, box.clinic.wake)
    visual.open_request(VisualRequest("req", "locked", KIOSK, 1, MORNING))
    assert "ロックサレテイマス" in box.tick()
    assert "ホンニント カクニン シマシタカ" in box.keys("/ 3 Enter")
    assert visual.decision_on("req") is None
    assert "ホンニント カクニン シマシタ。" in box.keys("Enter")
    decision = visual.decision_on("req")
    assert decision is not None
    assert decision.is_confirmed
    assert (NAME, "confirmed_visual") in [entry[:2] for entry in box.noted()]
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    assert "(call)ウケツケデ カカリインオ ヨンデイマス" in box.tick()


def test_what_was_done_is_heard_even_when_the_next_key_comes_at_once(box: Box) -> None:
    box.opened()
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    box.tick()
    box.keys("Enter")
    box.move(1)
    early = box.mouth.hush()
    late = box.mouth.hush()
    box.desk.handle(KeyPressed(Key.ENTER), early)
    assert box.heard() == ""
    box.desk.handle(KeyPressed(Key.N0), late)
    assert box.heard().startswith("タイオー シマシタ、ホンジツノ ウケツケ")


def test_a_search_is_noted_by_kind_and_count_as_its_person(box: Box) -> None:
    earphone(box).opened()
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    assert "イッケン ミツカリマシタ" in box.keys("/ 2 1 1 2 4 Enter")
    assert (NAME, "searched", None, SOURCE) in box.noted()


def test_whoever_ends_the_session_shuts_the_desk(box: Box) -> None:
    earphone(box).opened()
    (session,) = list_sessions(box.store, box.clock.now(), box.member.staff_id)
    end_public_session(box.store, session.public_id, box.clock.now(), box.member, None)
    assert "カギガ カカリマシタ" in box.tick()
    box.clinic.keeper.record(accepted(result=answer(HANAKO)))
    assert box.tick() == ""
    assert box.keys("+") == PROMPT
    box.opened()


@pytest.mark.parametrize("how", ["disabled", "viewer", "given up"])
def test_who_may_not_work_any_more_is_shut_out(box: Box, how: str) -> None:
    box.opened()
    if how == "disabled":
        disable_staff(box.store, box.member.staff_id, 1, box.clock.now(), "管理 人")
    elif how == "viewer":
        change_role(box.store, box.member.staff_id, 1, Role.VIEWER, box.clock.now(), "管理 人")
    else:
        remove_desk_code(box.store, box.member, box.clock.now())
    assert "カギガ カカリマシタ" in box.tick()
    assert box.type(box.digits) == "(unreachable)テンキーノ バンゴーガ マダ アリマセン。"


def test_another_person_gets_a_desk_and_a_session_of_their_own(box: Box) -> None:
    other = add_staff(box.store, "架空 太郎", PASSPHRASE, MORNING)
    digits = make_desk_code(box.store, other, MORNING)
    box.opened().keys("7 7 / -")
    assert "@" not in box.type(digits)
    assert [entry[:2] for entry in box.noted()[-2:]] == [(NAME, "logout"), ("架空 太郎", "login")]


def test_wrong_numbers_make_everybody_wait_longer_and_longer(box: Box) -> None:
    wrong = f"{(int(box.digits) + 1) % 10**8:08}"
    refused = "(blocked)テンキーノ バンゴーガ チガイマス。"
    assert [box.type(wrong) for _ in range(3)] == [refused] * 3
    for _ in range(4):
        assert box.type(wrong) == refused  # typing takes longer than these waits
    assert box.type(wrong) == "(blocked)アト ナナビョー マッテクダサイ。"
    before = len(box.noted())
    box.clock.time -= timedelta(seconds=9)
    assert box.type(box.digits) == "(blocked)アト ナナビョー マッテクダサイ。"  # the right one has to wait too
    assert len(box.noted()) == before
    box.opened()
    assert next(entry for entry in box.noted() if entry[1] == "login_failed") == (None, "login_failed", None, SOURCE)


def test_digits_that_nobody_finished_are_forgotten(box: Box) -> None:
    box.keys(" ".join(box.digits[:7]))
    box.move(31)
    box.tick()
    assert box.type(box.digits[7]) == "(end)バンゴーワ ハチケタデス、ハジメカラ。"
    box.keys(" ".join("1" * 16))
    assert box.keys("1") == "(end)"


@pytest.mark.parametrize("before", ["0", "5", "5 5"])
def test_a_key_that_was_pressed_before_the_number_costs_no_try(box: Box, before: str) -> None:
    for _ in range(9):
        box.keys(before)
        assert box.type(box.digits) == "(end)バンゴーワ ハチケタデス、ハジメカラ。"
    assert "login_failed" not in {entry[1] for entry in box.noted()}
    box.keys(before)
    assert box.keys(".") == "ケシマシタ。"
    box.opened()


def test_how_somebody_listens_is_kept_with_their_number(box: Box) -> None:
    box.opened()
    assert box.keys("9") == "ハヤサ ゴー。@8.5"
    box.keys("/ + 1 Enter Enter")
    assert desk_liking(box.store, box.member.staff_id) == DeskLiking(5, "earphone")


def test_a_liking_that_was_refused_is_kept_at_the_next_key(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.opened()

    def busy(*_: object) -> None:
        raise StoreBusy("x")

    with monkeypatch.context() as patch:
        patch.setattr(StoreDeskDoor, "keep_liking", busy)
        assert box.keys("9") == "ハヤサ ゴー。@8.5"
    assert desk_liking(box.store, box.member.staff_id) == DeskLiking()
    box.keys("0")
    assert desk_liking(box.store, box.member.staff_id) == DeskLiking(5, "speaker")


def test_the_day_is_read_anew_every_minute_whatever_the_store_says(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.opened()
    box.tick()
    monkeypatch.setattr(StoreDeskDoor, "version", lambda _: 7)
    box.tick()
    box.clinic.keeper.call_staff("受付1", "pin", MORNING)
    assert box.tick() == ""
    box.move(59)
    assert box.tick() == ""
    box.move(1)
    assert "ヨンデイマス" in box.tick()


def test_a_view_that_cannot_be_noted_is_not_told(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    earphone(box).opened()
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))

    def busy(*_: object) -> None:
        raise StoreBusy("x")

    monkeypatch.setattr(StoreDeskDoor, "note_viewed", busy)
    box.keys("+")
    for said in (box.keys("3"), box.keys("5")):
        assert said.startswith("(unreachable)")
        assert "バンゴー" not in said


def test_lost_and_returned_store_is_told_once_each(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    box.opened()

    def busy(*_: object, **__: object) -> DoorState:
        raise StoreBusy("x")

    with monkeypatch.context() as patch:
        patch.setattr(StoreDeskDoor, "look", busy)
        assert "セツゾクガ キレテイマス" in box.tick()
        assert box.tick() == ""
        assert "(unreachable)" in box.keys("+")
    assert "セツゾクガ モドリマシタ" in box.tick()
    assert box.tick() == ""


def test_a_kiosk_or_service_that_stopped_is_told_to_whoever_is_there(box: Box) -> None:
    kiosks, health = StoreKioskBook(box.store, box.clinic.wake), StoreHealthBook(box.store, box.clinic.wake)
    kiosks.note(KIOSK, "card.reader_lost", box.clock.now())
    assert box.tick() == "(unreachable)ウケツケキガ ツカエマセン。"
    health.note(KIOSK, Health("gateway.timeout", box.clock.now()), 0)
    kiosks.note(KIOSK, None, box.clock.now())
    assert box.tick() == "(unreachable)ショーカイサキニ ツナガリマセン、ウケツケキガ モドリマシタ。"
    health.note(KIOSK, Health(None, box.clock.now()), 0)
    assert box.tick() == "(valid)ショーカイサキニ ツナガリマシタ。"


def test_a_tenkey_that_goes_and_comes_is_told(box: Box) -> None:
    assert box.event(Plugged("x")) == ""
    box.keys("1 2")
    assert box.event(Unplugged()) == "(unreachable)テンキーガ ハズレマシタ。"
    assert box.event(NotFound(TenkeyMissing())) == "(unreachable)テンキーガ ミツカリマセン。"
    assert box.event(NotFound(TenkeyNoPort())) == "(unreachable)テンキーノ サシグチガ キマッテイマセン。"
    assert box.event(Plugged("x")) == "(step)テンキーオ ツカエマス。"
    assert "カギガ アキマシタ" in box.type(box.digits)  # the half-typed digits went with the tenkey


def test_a_key_without_a_meaning_says_nothing(box: Box) -> None:
    assert box.event(KeyPressed(None)) == ""


def test_no_number_and_no_key_stands_in_a_log_or_in_the_record(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = f"{(int(box.digits) + 1) % 10**8:08}"
    box.type(wrong)
    box.opened().keys("+ 3 / 2 1 1 2 4 Enter")
    told = " ".join(record.getMessage() for record in caplog.records) + str(box.noted())
    assert "desk.opened" in told
    assert box.digits not in told
    assert wrong not in told


def test_the_record_is_whole_after_a_day_at_the_tenkey(box: Box, tmp_path: Path) -> None:
    box.opened().keys("+ 1 / -")
    assert verify_audit(box.store, tmp_path / "heads.log").fault in (None, "anchor_missing")


def test_nothing_is_noted_in_a_name_before_the_desk_is_open(box: Box) -> None:
    with pytest.raises(DeskCodeRefused):
        box.door.note_viewed("x")


def test_sound_alone_says_nothing_of_a_check_and_asks_with_the_number(box: Box) -> None:
    keep_desk_liking(box.store, box.member.staff_id, DeskLiking(4, "sound"))
    box.opened()
    box.clinic.keeper.record(accepted("hanako", result=answer(HANAKO)))
    assert box.tick() == "(valid)"
    assert box.keys("+") == "(valid)"
    box.clinic.keeper.record(waiting("odd", Outcome.COUNTER, reason="card.unreadable"))
    assert box.tick() == "(invalid)"
    assert box.keys("/ 8") == "タイオー、タントー スル。ケッテーデ キメマス。"
    assert box.keys("Enter") == "タントーニ ナリマスカ。ウケツケ バンゴー ニー。モー イチド ケッテー。"


def test_menu_is_stepped_through_and_a_second_slash_does_not_lock(box: Box) -> None:
    box.opened()
    assert box.keys("/ / 6") == "ナナ ヨビダシ、ジュウイッケンチュー ニケンメ。"
    assert box.keys("5") == "ナナ ヨビダシ、ジュウイッケンチュー ニケンメ。"
    assert box.keys("Enter").startswith("(end)ヨビダシ、")
    assert "カギガ カカリマシタ" in box.keys("/ / -")
