"""目視確認 through the whole product: a kiosk waits, staff answer in a browser, and only this card is asked about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.eligibility.ports import Method, Outcome
from app.eligibility.visual import Preference
from app.store.preferences import set_preference
from app.store.visual import OpenRequest, decide_request, open_requests
from tests.box.processes import wait_for
from tests.e2e.axe import violations
from tests.e2e.clinic import log_in
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage
from tests.e2e.staff_stack import StaffPage
from tests.e2e.visits import newest

CONFIRM = "本人と確認しました"
REFUSE = "確認できません"
LOOKS = os.environ.get("UKETSUKE_LOOKS")
"""A folder for pictures of the pages, for people to look at."""


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    # A screen stays for as long as a busy machine needs to look at it.
    with running_demo(tmp_path_factory.mktemp("demo") / "state", {"KIOSK_RESULT_STAY_S": "120"}) as running:
        yield Demo(running)


@pytest.fixture
def patient(demo: Demo, kiosk: KioskPage) -> Iterator[KioskPage]:
    usual_method(demo)
    yield kiosk
    usual_method(demo)


@pytest.fixture
def staff(demo: Demo, browser: Browser) -> Iterator[StaffPage]:
    page = StaffPage(browser, demo)  # type: ignore[arg-type]  # of a box it wants the address alone
    log_in(demo, page.page)
    yield page
    assert page.errors == []
    page.close()


def usual_method(demo: Demo, preference: Preference = Preference.PIN_FIRST) -> None:
    store = demo.open_store()
    try:
        with store.writing() as db:
            db.execute("DELETE FROM next_choices")
        set_preference(store, lambda: None, preference, 1, datetime.now(TOKYO))
    finally:
        store.close()


def answer(page: Page, words: str) -> None:
    page.locator("#visual-panel").get_by_role("button", name=words).click()


def waiting(demo: Demo) -> list[OpenRequest]:
    """The requests that staff can answer now."""
    store = demo.open_store()
    try:
        return open_requests(store)
    finally:
        store.close()


def noted(demo: Demo, action: AuditAction) -> list[tuple[str, str]]:
    store = demo.open_store()
    try:
        with store.reading() as db:
            rows = db.execute("SELECT actor, subject FROM audit WHERE action = ? ORDER BY seq", [action.value])
            return [tuple(row) for row in rows.fetchall()]
    finally:
        store.close()


def look(page: Page, name: str) -> None:
    if LOOKS:
        Path(LOOKS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(LOOKS) / f"{name}.png"), full_page=True)


def test_card_without_a_pin_waits_and_is_accepted_when_staff_confirm(
    demo: Demo, patient: KioskPage, staff: StaffPage
) -> None:
    demo.tap("face-auth")
    patient.expect("no-pin")
    expect(patient.page.locator("#heading")).to_have_text("職員が確認します")
    panel = staff.page.locator("#visual-panel")
    expect(panel).to_contain_text("受付1")
    expect(panel).to_contain_text("暗証番号のないカード")
    assert newest(demo).outcome is Outcome.VISUAL
    answer(staff.page, CONFIRM)
    patient.expect("accepted")
    row = newest(demo)
    assert (row.outcome, row.method, row.reception_number) == (Outcome.ACCEPTED, Method.VISUAL, patient.number)
    assert row.name is not None
    assert row.name not in patient.page.content()
    expect(panel).to_contain_text("いまは目視確認を待っている方はいません")
    line = staff.page.locator(f"#line-{row.check_id}")
    expect(line).to_contain_text("目視確認")
    expect(line).to_contain_text(row.name)
    staff.page.goto(f"{demo.staff_url}checks/{row.check_id}")
    expect(staff.page.locator("main")).to_contain_text("目視確認")
    assert noted(demo, AuditAction.CONFIRMED_VISUAL)[-1] == (demo.facts["staff_name"], row.check_id)
    assert demo.card().verifies == 0
    patient.press("done")
    patient.expect("take-card")


def test_kiosk_learns_of_an_answer_that_nobody_tells_it(demo: Demo, patient: KioskPage) -> None:
    demo.fault("hold", kinds=["visual"])
    demo.tap("face-auth")
    patient.expect("no-pin")
    store = demo.open_store()
    try:
        (request,) = open_requests(store)
        decide_request(store, lambda: None, request.request_id, 1, datetime.now(TOKYO), is_confirmed=True)
    finally:
        store.close()
    patient.expect("asking")
    demo.fault(None)
    patient.expect("accepted")


def test_refusal_sends_the_patient_to_the_counter_and_asks_nobody(
    demo: Demo, patient: KioskPage, staff: StaffPage
) -> None:
    asked = demo.service()["requests"]["visual"]
    demo.tap("face-auth")
    patient.expect("no-pin")
    answer(staff.page, REFUSE)
    patient.expect("counter")
    row = newest(demo)
    assert (row.outcome, row.reason, row.validity) == (Outcome.COUNTER, "check.visual_refused", None)
    expect(staff.page.locator(f"#line-{row.check_id}")).to_contain_text("職員が、本人と確認できないと答えました")
    assert demo.service()["requests"]["visual"] == asked
    assert noted(demo, AuditAction.REFUSED_VISUAL)[-1][1] == row.check_id


def test_locked_card_comes_to_staff_and_is_accepted(demo: Demo, patient: KioskPage, staff: StaffPage) -> None:
    demo.tap("locked")
    patient.expect("pin-locked")
    expect(staff.page.locator("#visual-panel")).to_contain_text("暗証番号がロックされています")
    patient.press("understood")
    patient.expect("no-pin")
    expect(staff.page.locator("#visual-panel")).to_contain_text("暗証番号がロックされています")
    answer(staff.page, CONFIRM)
    patient.expect("accepted")
    assert demo.card().verifies == 0


def test_card_lifted_while_waiting_takes_the_request_away_and_a_late_answer_is_told_so(
    demo: Demo, patient: KioskPage, staff: StaffPage, browser: Browser
) -> None:
    late = StaffPage(browser, demo)  # type: ignore[arg-type]
    late.context.route("**/events?*", lambda route: route.abort())  # this one has not heard yet
    demo.tap("face-auth")
    patient.expect("no-pin")
    log_in(demo, late.page)
    button = late.page.locator("#visual-panel").get_by_role("button", name=CONFIRM)
    expect(button).to_be_visible()
    demo.lift()
    expect(staff.page.locator("#visual-panel")).to_contain_text("待っている方はいません")
    patient.expect("no-pin")
    asked = demo.service()["requests"]["visual"]
    button.click()
    expect(late.page.get_by_role("alert").filter(has_text="この目視確認は終わっています")).to_be_visible()
    late.demand_clean()
    late.close()
    assert demo.service()["requests"]["visual"] == asked
    assert (newest(demo).outcome, newest(demo).is_waiting) == (Outcome.VISUAL, True)
    patient.press("back")
    patient.expect("welcome")


def test_another_card_is_never_asked_about_on_the_first_ones_word(
    demo: Demo, patient: KioskPage, staff: StaffPage
) -> None:
    demo.tap("face-auth")
    patient.expect("no-pin")
    expect(staff.page.locator("#visual-panel").get_by_role("button", name=CONFIRM)).to_be_visible()
    first = newest(demo).check_id
    demo.tap("employee")
    patient.expect("pin")
    expect(staff.page.locator("#visual-panel")).to_contain_text("待っている方はいません")
    assert next(row for row in demo.board() if row.check_id == first).outcome is Outcome.VISUAL
    patient.type("1234")
    patient.expect("accepted")
    assert newest(demo).method is Method.PIN


def test_back_from_the_wait_offers_the_pin(demo: Demo, patient: KioskPage, staff: StaffPage) -> None:
    demo.tap("employee")
    patient.expect("pin")
    patient.press("no-pin")
    patient.expect("no-pin")
    expect(staff.page.locator("#visual-panel")).to_contain_text("暗証番号がない・わからない方です")
    patient.press("back")
    patient.expect("pin")
    expect(staff.page.locator("#visual-panel")).to_contain_text("待っている方はいません")
    patient.type("1234")
    patient.expect("accepted")
    assert demo.card().verifies == 1


def test_owner_makes_staff_the_usual_way_and_every_card_waits_for_them(
    demo: Demo, patient: KioskPage, staff: StaffPage
) -> None:
    staff.page.goto(f"{demo.staff_url}settings/method")
    staff.demand_clean()
    look(staff.page, "method-1366")
    staff.page.get_by_label("A 目視確認だけ").check()
    staff.page.get_by_role("button", name="この方法にする").click()
    expect(staff.page.get_by_text("保存しました")).to_be_visible()
    staff.demand_clean()
    staff.page.goto(f"{demo.staff_url}visual")
    demo.tap("twin-a")
    patient.expect("no-pin")
    answer(staff.page, CONFIRM)
    patient.expect("accepted")
    assert newest(demo).method is Method.VISUAL
    assert demo.card().verifies == 0


def test_next_one_only_holds_for_one_card_and_returns_by_itself(
    demo: Demo, patient: KioskPage, staff: StaffPage
) -> None:
    staff.page.goto(f"{demo.staff_url}visual")
    choice = staff.page.locator("#method-panel")
    choice.get_by_role("button", name="次の1人だけ目視確認").click()
    expect(choice).to_contain_text("まで）")
    demo.tap("employee")
    patient.expect("no-pin")
    expect(choice).not_to_contain_text("まで）")
    answer(staff.page, CONFIRM)
    patient.expect("accepted")
    demo.lift()
    patient.home()
    demo.tap("family")
    patient.expect("pin")


def test_phone_is_not_asked_about_without_its_pin(demo: Demo, patient: KioskPage, staff: StaffPage) -> None:
    demo.tap("phone")
    patient.expect("pin")
    patient.press("no-pin")
    patient.expect("no-pin")
    row = newest(demo)
    assert row.reason == "card.certificate_locked"
    expect(staff.page.locator(f"#line-{row.check_id}")).to_contain_text("スマートフォンの方です")
    expect(staff.page.locator("#visual-panel")).to_contain_text("待っている方はいません")


def test_second_counter_that_answers_too_late_is_told(
    demo: Demo, patient: KioskPage, staff: StaffPage, browser: Browser
) -> None:
    late = StaffPage(browser, demo)  # type: ignore[arg-type]
    late.context.route("**/events?*", lambda route: route.abort())
    demo.tap("face-auth")
    patient.expect("no-pin")
    log_in(demo, late.page)
    button = late.page.locator("#visual-panel").get_by_role("button", name=REFUSE)
    expect(button).to_be_visible()
    answer(staff.page, CONFIRM)
    patient.expect("accepted")
    button.click()
    expect(late.page.get_by_role("alert").filter(has_text="既に処理済みです")).to_be_visible()
    late.close()
    assert newest(demo).outcome is Outcome.ACCEPTED


def test_kiosk_that_dies_while_waiting_takes_its_request_along(
    demo: Demo, patient: KioskPage, staff: StaffPage
) -> None:
    demo.tap("face-auth")
    patient.expect("no-pin")
    expect(staff.page.locator("#visual-panel").get_by_role("button", name=CONFIRM)).to_be_visible()
    first = newest(demo).check_id
    demo.kill("kiosk")
    # The new process reads the card that still lies there as a visit of its own.
    wait_for(lambda: newest(demo).check_id != first)
    wait_for(lambda: [one.check_id for one in waiting(demo)] == [newest(demo).check_id])
    (request,) = waiting(demo)
    expect(staff.page.locator(f"#confirm-{request.request_id}")).to_be_visible()
    expect(staff.page.locator("#visual-panel").get_by_role("button", name=CONFIRM)).to_have_count(1)
    patient.expect("no-pin")
    answer(staff.page, CONFIRM)
    patient.expect("accepted")
    assert newest(demo).outcome is Outcome.ACCEPTED
    assert next(row for row in demo.board() if row.check_id == first).outcome is Outcome.VISUAL


def test_pages_are_accessible_in_every_look_waiting_or_not(demo: Demo, patient: KioskPage, browser: Browser) -> None:
    page = StaffPage(browser, demo)  # type: ignore[arg-type]
    log_in(demo, page.page)
    demo.tap("face-auth")
    patient.expect("no-pin")
    expect(page.page.locator("#visual-panel").get_by_role("button", name=CONFIRM)).to_be_visible()
    page.demand_clean_in_every_look()
    look(page.page, "board-waiting")
    page.page.goto(f"{demo.staff_url}visual")
    page.demand_clean_in_every_look()
    look(page.page, "visual-waiting")
    page.page.locator("#method-panel").get_by_role("button", name="次の1人だけ目視確認").click()
    expect(page.page.locator("#method-panel")).to_contain_text("まで）")
    page.demand_clean_in_every_look()
    look(page.page, "visual-next")
    page.page.goto(f"{demo.staff_url}settings/method")
    page.demand_clean_in_every_look()
    look(page.page, "method")
    demo.lift()
    page.page.goto(f"{demo.staff_url}visual")
    expect(page.page.locator("#visual-panel")).to_contain_text("待っている方はいません")
    page.demand_clean_in_every_look()
    look(page.page, "visual-empty")
    page.close()


def test_answer_can_be_given_by_keyboard_alone(demo: Demo, patient: KioskPage, staff: StaffPage) -> None:
    demo.tap("face-auth")
    patient.expect("no-pin")
    staff.page.goto(f"{demo.staff_url}visual")
    expect(staff.page.locator("#visual-panel").get_by_role("button", name=CONFIRM)).to_be_visible()
    for _ in range(40):
        staff.page.keyboard.press("Tab")
        if CONFIRM in (staff.page.evaluate("document.activeElement.textContent") or ""):
            break
    staff.page.keyboard.press("Enter")
    patient.expect("accepted")
    expect(staff.page.locator("#visual-panel")).to_be_focused()


def test_wait_on_the_kiosk_is_accessible_and_says_nothing_of_the_person(demo: Demo, patient: KioskPage) -> None:
    demo.tap("face-auth")
    patient.expect("no-pin")
    expect(patient.page.locator(".busy")).to_be_visible()
    shown = " ".join(patient.page.locator("#screen").inner_text().split())
    assert shown == "職員が確認します 暗証番号がなくても受付できます。少しお待ちください もどる 係員を呼ぶ"
    assert violations(patient.page) == []
    look(patient.page, "kiosk-no-pin-1280")
