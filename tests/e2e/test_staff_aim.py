"""A row that moved while the hand was on its way takes no press and says so; the next is for what stands there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Locator, Page, expect

from app.clock import TOKYO
from tests.e2e.staff_stack import OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, answer, person, waiting

HOLD_THE_MOMENT = """() => {
    const later = window.setTimeout;
    window.moments = [];
    window.setTimeout = (act, ms, ...given) =>
        ms === 350 ? void window.moments.push(act) : later(act, ms, ...given);
    window.told = [];
    const status = document.getElementById("status");
    new MutationObserver(() => window.told.push(status.textContent)).observe(status, { childList: true });
}"""
"""The moment in which what moved takes no press lasts until the test lets it pass."""
LET_IT_PASS = """async () => {
    for (const _ of [1, 2, 3]) await new Promise(requestAnimationFrame);
    window.moments.splice(0).forEach((act) => act());
}"""
"""After the last look at where rows stand, which comes two frames after a change."""
NOTE = "行が動きました。もう一度押してください。"


def now() -> datetime:
    return datetime.now(TOKYO)


def middle(place: Locator) -> tuple[float, float]:
    place.scroll_into_view_if_needed()
    area = place.bounding_box()
    assert area
    return area["x"] + area["width"] / 2, area["y"] + area["height"] / 2


def aim_at(page: Page, place: Locator) -> tuple[float, float]:
    """Bring the mouse there; a press may come next."""
    aim = middle(place)
    page.mouse.move(*aim)
    return aim


def moved(page: Page) -> Locator:
    return page.locator("[data-moved]")


def test_press_on_its_way_while_a_row_comes_in_hits_nobody(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for name in ("one", "two"):
        box.keeper.record(waiting(name_of(name), at=now()))
    board = open_board()
    page = board.page
    page.evaluate(HOLD_THE_MOMENT)
    aim = aim_at(page, page.locator(f"#handled-{name_of('one')}"))
    box.keeper.record(waiting(name_of("three"), at=now()))
    expect(moved(page)).to_have_count(3)
    under = page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.line')?.id", aim)
    assert under is None, "what stands there now is out of reach"
    page.mouse.click(*aim)
    expect(page.locator("#moved-note")).to_have_text(NOTE)
    expect(page.locator("#moved-note")).to_be_visible()
    page.wait_for_function("(note) => window.told.includes(note)", arg=NOTE)
    board.demand_clean()
    page.evaluate(LET_IT_PASS)
    expect(moved(page)).to_have_count(0)
    for name in ("one", "two", "three"):
        expect(page.locator(f"#handled-{name_of(name)}")).to_be_visible()
    page.mouse.click(*aim)
    expect(page.locator(f"#row-{name_of('two')}")).to_contain_text("対応済み（")
    expect(page.locator("#moved-note")).to_be_hidden()
    expect(page.locator(f"#handled-{name_of('one')}")).to_be_visible()
    assert board.errors == []


def test_second_click_of_two_does_not_settle_the_next_patient(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    """In the list of those who wait, a settled row leaves and the next one comes under the hand."""
    for name in ("three", "two", "one"):
        box.keeper.record(waiting(name_of(name), at=now()))
    page = open_board().page
    page.goto(f"{box.origin}/?show=waiting")
    page.evaluate(HOLD_THE_MOMENT)
    aim = aim_at(page, page.locator(f"#handled-{name_of('one')}"))
    page.mouse.click(*aim)
    expect(page.locator(f"#row-{name_of('one')}")).to_have_count(0)
    page.mouse.click(*aim)
    expect(page.locator("#moved-note")).to_be_visible()
    page.evaluate(LET_IT_PASS)
    for name in ("two", "three"):
        expect(page.locator(f"#handled-{name_of(name)}")).to_be_visible()


def test_rows_that_stayed_and_keys_are_obeyed_at_once(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for name in ("one", "two"):
        box.keeper.record(waiting(name_of(name), at=now()))
    page, colleague = open_board().page, open_board(OTHER_NAME).page
    page.evaluate(HOLD_THE_MOMENT)
    aim = aim_at(page, page.locator(f"#handled-{name_of('one')}"))
    colleague.locator(f"#handled-{name_of('two')}").click()
    expect(page.locator(f"#row-{name_of('two')}")).to_contain_text("対応済み（")
    page.mouse.click(*aim)
    expect(page.locator(f"#row-{name_of('one')}")).to_contain_text("対応済み（")
    box.keeper.record(waiting(name_of("three"), at=now()))
    expect(moved(page)).not_to_have_count(0)
    page.locator(f"#handled-{name_of('three')}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#row-{name_of('three')}")).to_contain_text("対応済み（")


def test_call_that_moves_up_is_not_answered_by_a_press_on_the_one_before(
    box: StaffBox, open_board: Callable[..., StaffPage]
) -> None:
    page, colleague = open_board().page, open_board(OTHER_NAME).page
    calls = page.locator("#calls-panel button")
    for number, kiosk in enumerate(("受付1", "受付2"), 1):
        box.keeper.call_staff(kiosk, "pin", now())
        expect(calls).to_have_count(number)
    expect(moved(page)).to_have_count(0)
    page.evaluate(HOLD_THE_MOMENT)
    aim = aim_at(page, calls.first)
    colleague.locator("#calls-panel button").first.click()
    expect(calls).to_have_count(1)
    page.mouse.click(*aim)
    expect(page.locator("#moved-note")).to_be_visible()
    page.evaluate(LET_IT_PASS)
    calls.click()
    expect(calls).to_have_count(0)


def test_finger_that_lifts_when_the_row_takes_presses_again_was_refused(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    """Chromium looks at a tap's end what is under it."""
    for name in ("one", "two"):
        box.keeper.record(waiting(name_of(name), at=now()))
    page = open_board(has_touch=True).page
    page.evaluate(HOLD_THE_MOMENT)
    x, y = middle(page.locator(f"#handled-{name_of('two')}"))
    box.keeper.record(waiting(name_of("three"), at=now()))
    expect(moved(page)).not_to_have_count(0)
    hand = page.context.new_cdp_session(page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.locator("#moved-note")).to_be_visible()
    page.evaluate(LET_IT_PASS)
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.evaluate("() => new Promise((done) => setTimeout(done, 500))")  # longer than a browser waits with its click
    for name in ("one", "two", "three"):
        expect(page.locator(f"#handled-{name_of(name)}")).to_be_visible()
    page.touchscreen.tap(x, y)
    expect(page.locator(f"#row-{name_of('three')}")).to_contain_text("対応済み（")


def test_rows_without_a_name_take_presses_again(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    """What a search found has no key; something comes in above it, as news do in スクリーンリーダーモード."""
    for name in ("one", "two"):
        box.keeper.record(accepted(name_of(name), at=now(), result=answer(person(3))))
    page = open_board().page
    page.locator("#find").fill("しけん")
    page.locator("#find").press("Enter")
    expect(page.locator(".results .line").nth(1)).to_be_visible()
    page.locator(".results .line").first.hover()
    page.evaluate(HOLD_THE_MOMENT)
    page.evaluate("""() => {
        document.body.dispatchEvent(new CustomEvent("staff:moves"));
        document.getElementById("main").prepend(Object.assign(document.createElement("p"), { textContent: "上" }));
    }""")
    expect(moved(page).nth(1)).to_be_visible()
    page.evaluate(LET_IT_PASS)
    expect(moved(page)).to_have_count(0)


def test_board_that_nobody_points_at_measures_nothing(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_board().page
    page.evaluate("""() => {
        document.addEventListener("pointermove", () => (window.isPointed = true), { once: true });
        window.marks = 0;
        new MutationObserver((all) => (window.marks += all.length))
            .observe(document.body, { subtree: true, attributeFilter: ["data-moved"] });
    }""")
    page.mouse.move(0, 0)  # as Chromium itself reports a mouse that is not there
    page.wait_for_function("() => window.isPointed")
    for name in ("one", "two"):
        box.keeper.record(waiting(name_of(name), at=now()))
        expect(page.locator(f"#row-{name_of(name)}")).to_be_visible()
    assert page.evaluate("window.marks") == 0
    page.locator("h1").hover()
    box.keeper.record(waiting(name_of("three"), at=now()))
    expect(page.locator(f"#row-{name_of('three')}")).to_be_visible()
    page.wait_for_function("() => window.marks > 0")
