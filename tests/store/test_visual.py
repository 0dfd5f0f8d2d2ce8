"""Requests for 目視確認 and 認証方法 on the real store."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from app.eligibility.audit import AuditAction
from app.eligibility.ports import Outcome
from app.eligibility.visual import DEFAULT, NEXT_ONLY_LASTS, Preference, VisualDecision, VisualRequest
from app.errors import AlreadyHandled, StoreBusy, VisualEnded
from app.store.people import StaffMember, add_staff
from app.store.preferences import choose_next, methods, set_preference
from app.store.visual import StoreVisualDesk, decide_request, open_requests
from tests.store.support import KIOSK, MORNING, Desk, waiting

LATER = MORNING + timedelta(seconds=40)


@pytest.fixture
def staff(desk: Desk) -> StaffMember:
    return add_staff(desk.store, "試験 太郎", "ながい合い言葉をここに書きます", MORNING)


@pytest.fixture
def visual(desk: Desk) -> StoreVisualDesk:
    return StoreVisualDesk(desk.store, desk.wake)


def ask(desk: Desk, visual: StoreVisualDesk, name: str = "a", kiosk: str = KIOSK) -> str:
    """Keep a waiting check and open its request; returns the request's id."""
    desk.keeper.record(waiting(f"check-{name}", kiosk=kiosk))
    visual.open_request(VisualRequest(f"request-{name}", f"check-{name}", kiosk, 1, MORNING))
    return f"request-{name}"


def visual_events(desk: Desk) -> list[str]:
    return [subject for kind, subject in desk.events() if kind == "visual-panel"]


def audited(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.store.reading() as db:
        rows = db.execute("SELECT actor, action, subject FROM audit WHERE action LIKE '%visual' ORDER BY seq")
        return [tuple(row) for row in rows.fetchall()]


def test_open_request_says_where_since_when_and_why_and_nothing_of_the_person(
    desk: Desk, visual: StoreVisualDesk
) -> None:
    ask(desk, visual)
    (request,) = open_requests(desk.store)
    assert (request.kiosk, request.opened_at, request.reason) == (KIOSK, MORNING, "card.pin_locked")
    assert visual_events(desk) == ["check-a"]


@pytest.mark.parametrize(
    ("is_confirmed", "action"), [(True, AuditAction.CONFIRMED_VISUAL), (False, AuditAction.REFUSED_VISUAL)]
)
def test_decision_is_found_by_the_kiosk_and_noted(
    desk: Desk, visual: StoreVisualDesk, staff: StaffMember, is_confirmed: bool, action: AuditAction
) -> None:
    request = ask(desk, visual)
    assert visual.decision_on(request) is None
    decide_request(desk.store, desk.wake, request, staff.staff_id, LATER, is_confirmed=is_confirmed)
    assert visual.decision_on(request) == VisualDecision(is_confirmed, "試験 太郎", LATER)
    assert open_requests(desk.store) == []
    assert audited(desk) == [("試験 太郎", action.value, "check-a")]
    assert visual_events(desk) == ["check-a", "check-a"]


def test_second_member_of_staff_is_told_and_changes_nothing(
    desk: Desk, visual: StoreVisualDesk, staff: StaffMember
) -> None:
    request = ask(desk, visual)
    decide_request(desk.store, desk.wake, request, staff.staff_id, LATER, is_confirmed=False)
    with pytest.raises(AlreadyHandled):
        decide_request(desk.store, desk.wake, request, staff.staff_id, LATER, is_confirmed=True)
    assert visual.decision_on(request) == VisualDecision(False, "試験 太郎", LATER)
    assert len(audited(desk)) == 1


def test_many_at_once_and_one_answer_counts(desk: Desk, visual: StoreVisualDesk, staff: StaffMember) -> None:
    request = ask(desk, visual)
    told: list[str] = []

    def press(is_confirmed: bool) -> None:
        try:
            decide_request(desk.store, desk.wake, request, staff.staff_id, LATER, is_confirmed=is_confirmed)
            told.append("done")
        except AlreadyHandled as error:
            told.append(error.code)

    pressing = [threading.Thread(target=press, args=(number % 2 == 0,)) for number in range(8)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join(120)
    assert sorted(told) == ["done"] + ["staff.already_handled"] * 7
    assert len(audited(desk)) == 1


def test_ended_request_takes_no_answer(desk: Desk, visual: StoreVisualDesk, staff: StaffMember) -> None:
    request = ask(desk, visual)
    visual.close_request(request, LATER)
    visual.close_request(request, LATER)
    assert open_requests(desk.store) == []
    for name in (request, "never was"):
        with pytest.raises(VisualEnded):
            decide_request(desk.store, desk.wake, name, staff.staff_id, LATER, is_confirmed=True)
    assert (visual.decision_on(request), audited(desk)) == (None, [])
    assert visual_events(desk) == ["check-a", "check-a"]


def test_close_after_the_answer_keeps_the_answer(desk: Desk, visual: StoreVisualDesk, staff: StaffMember) -> None:
    request = ask(desk, visual)
    decide_request(desk.store, desk.wake, request, staff.staff_id, LATER, is_confirmed=True)
    visual.close_request(request, LATER)
    assert visual.decision_on(request) == VisualDecision(True, "試験 太郎", LATER)


def test_next_request_of_a_kiosk_ends_its_last_one_and_no_other_kiosks(desk: Desk, visual: StoreVisualDesk) -> None:
    ask(desk, visual, "a")
    ask(desk, visual, "other", kiosk="受付2")
    ask(desk, visual, "b")
    assert [(one.kiosk, one.check_id) for one in open_requests(desk.store)] == [
        (KIOSK, "check-b"),
        ("受付2", "check-other"),
    ]


def test_what_a_dead_process_left_open_ends_and_the_row_still_waits(desk: Desk, visual: StoreVisualDesk) -> None:
    ask(desk, visual, "a")
    ask(desk, visual, "other", kiosk="受付2")
    visual.close_left_open(KIOSK, MORNING)
    assert len(open_requests(desk.store)) == 2, "opened at that very moment, or later: of the new process"
    visual.close_left_open(KIOSK, LATER)
    assert [one.kiosk for one in open_requests(desk.store)] == ["受付2"]
    with desk.store.reading() as db:
        assert db.execute("SELECT outcome FROM checks WHERE check_id = 'check-a'").fetchone() == (Outcome.VISUAL,)


def test_request_goes_with_its_check(desk: Desk, visual: StoreVisualDesk) -> None:
    ask(desk, visual)
    with desk.store.writing() as db:
        db.execute("DELETE FROM checks WHERE check_id = 'check-a'")
        assert db.execute("SELECT count(*) FROM visual_requests").fetchone() == (0,)


def test_method_is_both_with_the_pin_first_until_somebody_changes_it(
    desk: Desk, visual: StoreVisualDesk, staff: StaffMember
) -> None:
    assert visual.choose_method(KIOSK, MORNING) is DEFAULT is Preference.PIN_FIRST
    for preference in Preference:
        set_preference(desk.store, desk.wake, preference, staff.staff_id, MORNING)
        assert visual.choose_method(KIOSK, MORNING) is preference
        assert methods(desk.store, MORNING).preference is preference


def test_changes_of_the_method_are_noted_once_each(desk: Desk, staff: StaffMember) -> None:
    for preference in (Preference.VISUAL, Preference.VISUAL, Preference.PIN):
        set_preference(desk.store, desk.wake, preference, staff.staff_id, MORNING)
    choose_next(desk.store, desk.wake, KIOSK, Preference.VISUAL_FIRST, staff.staff_id, MORNING)
    with desk.store.reading() as db:
        noted = db.execute("SELECT detail FROM audit WHERE action = 'setting_changed' ORDER BY seq").fetchall()
    assert [row[0] for row in noted] == ["method=visual", "method=pin", f"next=visual_first kiosk={KIOSK}"]


def test_choice_for_one_patient_is_used_up_by_the_next_card_at_that_kiosk(
    desk: Desk, visual: StoreVisualDesk, staff: StaffMember
) -> None:
    choose_next(desk.store, desk.wake, KIOSK, Preference.VISUAL_FIRST, staff.staff_id, MORNING)
    assert visual.choose_method("受付2", LATER) is Preference.PIN_FIRST
    assert visual.choose_method(KIOSK, LATER) is Preference.VISUAL_FIRST
    assert visual.choose_method(KIOSK, LATER) is Preference.PIN_FIRST
    assert methods(desk.store, LATER).next_choices == ()


def test_choice_for_one_patient_returns_by_itself_after_ten_minutes(
    desk: Desk, visual: StoreVisualDesk, staff: StaffMember
) -> None:
    choose_next(desk.store, desk.wake, KIOSK, Preference.VISUAL_FIRST, staff.staff_id, MORNING)
    just_before = MORNING + NEXT_ONLY_LASTS - timedelta(seconds=1)
    (choice,) = methods(desk.store, just_before).next_choices
    assert choice.ends_at == MORNING + NEXT_ONLY_LASTS
    assert methods(desk.store, MORNING + NEXT_ONLY_LASTS).next_choices == ()
    assert visual.choose_method(KIOSK, MORNING + NEXT_ONLY_LASTS) is Preference.PIN_FIRST


def test_choice_can_be_taken_back_and_only_two_ways_may_be_chosen(
    desk: Desk, visual: StoreVisualDesk, staff: StaffMember
) -> None:
    choose_next(desk.store, desk.wake, KIOSK, Preference.VISUAL_FIRST, staff.staff_id, MORNING)
    choose_next(desk.store, desk.wake, KIOSK, None, staff.staff_id, MORNING)
    assert visual.choose_method(KIOSK, LATER) is Preference.PIN_FIRST
    for preference in (Preference.PIN, Preference.VISUAL):
        with pytest.raises(ValueError, match="one patient"):
            choose_next(desk.store, desk.wake, KIOSK, preference, staff.staff_id, MORNING)


def test_busy_store_uses_no_choice_up_and_says_so_soon(desk: Desk, visual: StoreVisualDesk, staff: StaffMember) -> None:
    choose_next(desk.store, desk.wake, KIOSK, Preference.VISUAL_FIRST, staff.staff_id, MORNING)
    holds, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.store.writing():
            holds.set()
            let_go.wait(120)

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(120)
    try:
        with pytest.raises(StoreBusy):
            visual.choose_method(KIOSK, LATER)
    finally:
        let_go.set()
        holder.join(120)
    assert visual.choose_method(KIOSK, LATER) is Preference.VISUAL_FIRST


def test_kiosks_of_today_are_offered(desk: Desk, visual: StoreVisualDesk, staff: StaffMember) -> None:
    ask(desk, visual, "a")
    choose_next(desk.store, desk.wake, "受付3", Preference.PIN_FIRST, staff.staff_id, MORNING)
    assert methods(desk.store, MORNING).kiosks == (KIOSK, "受付3")
