"""What a hand is on stays where it is: answers and arrivals wait until it is off, and none of them is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Page, Route, expect

from app.clock import TOKYO
from tests.e2e.staff_stack import OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, waiting

ANSWERED = """() => {
    window.isAnswered = false;
    document.body.addEventListener('htmx:beforeSwap', (event) => {
        if (event.detail.requestConfig.verb !== 'get') setTimeout(() => (window.isAnswered = true));
    });
}"""
"""True when an answer to a press came and the page did with it what it does."""


def now() -> datetime:
    return datetime.now(TOKYO)


def press_and_hold_the_answer(page: Page, button: str, address: str) -> Callable[[], None]:
    """Press ``button``; the request to ``address`` goes on and its answer comes when what this returns is called."""
    sent: list[Route] = []
    page.evaluate(ANSWERED)
    page.context.route(address, lambda route: sent.append(route), times=1)
    with page.expect_request(address):
        page.locator(button).click(no_wait_after=True)

    def let_it_come() -> None:
        sent[0].continue_()
        page.wait_for_function("() => window.isAnswered")

    return let_it_come


def lay_the_hand_on(page: Page, button: str) -> None:
    page.locator(button).hover()
    page.mouse.down()


def test_the_answer_to_one_press_does_not_take_the_button_from_under_the_next(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for name in ("one", "two"):
        box.keeper.record(waiting(name_of(name), at=now()))
    page = open_board().page
    answer = press_and_hold_the_answer(page, f"#handled-{name_of('one')}", "**/handled*")
    lay_the_hand_on(page, f"#handled-{name_of('two')}")
    answer()
    page.mouse.up()
    for name in ("one", "two"):
        expect(page.locator(f"#line-{name_of(name)}")).to_contain_text("対応済み（")


def test_a_refusal_that_comes_under_the_hand_is_told_when_it_is_off(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for name in ("one", "two"):
        box.keeper.record(waiting(name_of(name), at=now()))
    page, colleague = open_board().page, open_board(OTHER_NAME).page
    answer = press_and_hold_the_answer(page, f"#handled-{name_of('one')}", "**/handled*")
    lay_the_hand_on(page, f"#handled-{name_of('two')}")
    colleague.locator(f"#handled-{name_of('one')}").click()
    expect(colleague.locator(f"#line-{name_of('one')}")).to_contain_text("対応済み（")
    answer()
    page.mouse.up()
    expect(page.get_by_text("ほかの職員が先に処理しました")).to_be_visible()
    expect(page.locator(f"#line-{name_of('two')}")).to_contain_text("対応済み（")


def test_two_calls_answered_in_a_row_are_both_over(box: StaffBox, open_board: Callable[..., StaffPage]) -> None:
    """Their buttons lead the focus to the same place and are not of the same call."""
    page = open_board().page
    calls = page.locator("#calls-panel button")
    for number, kiosk in enumerate(("受付1", "受付2"), 1):
        box.keeper.call_staff(kiosk, "pin", now())
        expect(calls).to_have_count(number)
    first, second = (f"#{button.get_attribute('id')}" for button in calls.all())
    answer = press_and_hold_the_answer(page, first, "**/answered*")
    lay_the_hand_on(page, second)
    answer()
    page.mouse.up()
    expect(page.get_by_text("いまは呼び出しはありません")).to_be_visible()


def test_the_second_click_of_two_blames_no_colleague(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(waiting(name_of("one"), at=now()))
    page = open_board().page
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    answer = press_and_hold_the_answer(page, f"#taken-{name_of('one')}", "**/taken*")
    lay_the_hand_on(page, f"#taken-{name_of('one')}")
    answer()
    page.mouse.up()
    expect(page.locator(f"#released-{name_of('one')}")).to_be_visible()
    assert len(posts) == 1
    expect(page.locator("#problem")).to_be_empty()


def test_a_touch_presses_what_stood_under_the_finger_though_the_list_waits_to_move(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    """A browser makes the click of a touch after its end; the answer that waits takes the upper row away."""
    for name in ("three", "two", "one"):
        box.keeper.record(waiting(name_of(name), at=now()))
    page = open_board(has_touch=True).page
    page.goto(f"{box.origin}/?show=waiting")
    answer = press_and_hold_the_answer(page, f"#handled-{name_of('one')}", "**/handled*")
    button = page.locator(f"#handled-{name_of('two')}")
    button.scroll_into_view_if_needed()
    area = button.bounding_box()
    assert area
    finger = {"x": area["x"] + area["width"] / 2, "y": area["y"] + area["height"] / 2}
    hand = page.context.new_cdp_session(page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    answer()
    expect(page.locator(f"#row-{name_of('one')}")).to_have_count(1)
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    for name in ("one", "two"):
        expect(page.locator(f"#row-{name_of(name)}")).to_have_count(0)
    expect(page.locator(f"#row-{name_of('three')}")).to_have_count(1)


def test_two_copies_in_a_row_are_both_told(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(accepted(name_of("one"), at=now()))
    board = open_board()
    board.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=box.origin)
    page = board.page
    page.goto(f"{box.origin}/checks/{name_of('one')}")
    first, second = (f"button.copy:has-text('（{label}）')" for label in ("被保険者証番号", "保険者番号"))
    answer = press_and_hold_the_answer(page, first, "**/copied*")
    lay_the_hand_on(page, second)
    answer()
    page.mouse.up()
    expect(page.locator(".copied-done")).to_contain_text("保険者番号")
    assert page.evaluate("navigator.clipboard.readText()") == "06480012"


def test_a_menu_of_the_browser_holds_nothing_up(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    """Chromium tells no release of the button that opened its menu."""
    page = open_board().page
    page.locator("h1").hover()
    page.mouse.down(button="right")
    box.keeper.record(accepted(name_of("a"), at=now()))
    expect(page.locator(f"#row-{name_of('a')}")).to_have_count(1)


def test_what_came_under_the_hand_is_there_when_it_is_off(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_board().page
    lay_the_hand_on(page, "h1")
    with page.expect_event("requestfinished", lambda request: "/board-panel" in request.url):
        box.keeper.record(accepted(name_of("a"), at=now()))
    expect(page.locator(f"#row-{name_of('a')}")).to_have_count(0)
    page.mouse.up()
    expect(page.locator(f"#row-{name_of('a')}")).to_have_count(1)
