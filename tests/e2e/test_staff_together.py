"""Boards of one browser ask once for what is new, and each still shows all of it when another one fails or goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Page, Request, Route, expect

from app.clock import TOKYO
from tests.e2e.staff_stack import OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, waiting

BOARD = "**/board-panel*"
ONE_QUEUES = "() => navigator.locks.query().then(({ pending }) => pending.length === 1)"


def now() -> datetime:
    return datetime.now(TOKYO)


def second_tab(staff: StaffPage, address: str = "/") -> Page:
    tab = staff.new_tab()
    tab.goto(f"{staff.box.origin}{address}")
    tab.wait_for_function("() => document.readyState === 'complete'")
    return tab


def asked_of(staff: StaffPage) -> list[Request]:
    """Return a list that grows by each request for what is new of a board, of any tab."""
    asked: list[Request] = []
    staff.context.on("request", lambda request: asked.append(request) if "/board-panel" in request.url else None)
    return asked


def hold(staff: StaffPage) -> list[Route]:
    """Keep the next question of any tab on its way; the list has it as soon as it is asked."""
    held: list[Route] = []
    staff.context.route(BOARD, lambda route: held.append(route), times=1)
    return held


def test_what_one_page_was_told_stands_on_all(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    first = open_board()
    second = second_tab(first)
    second.route(BOARD, lambda route: route.abort())  # it hears of nothing by itself
    for name in ("a", "b"):
        box.keeper.record(waiting(name_of(name), at=now()))
        for page in (first.page, second):
            expect(page.locator(f"#row-{name_of(name)}")).to_have_count(1)
    second.unroute(BOARD)
    second.locator(f"#taken-{name_of('a')}").click()
    expect(first.page.locator(f"#released-{name_of('a')}")).to_be_visible()
    first.demand_clean(second)
    first.demand_clean()


def test_pages_that_show_the_same_ask_one_after_the_other_and_one_answer_is_enough(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_board()
    second = second_tab(staff)
    asked, held = asked_of(staff), hold(staff)
    with staff.context.expect_event("request", lambda request: "/board-panel" in request.url):
        box.keeper.record(accepted(name_of("a"), at=now()))
    second.wait_for_function(ONE_QUEUES)
    held[0].continue_()
    for page in (staff.page, second):
        expect(page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    assert len(asked) == 1


def test_a_page_that_goes_while_it_asks_leaves_the_question_to_the_next(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_board()
    pages = [staff.page, second_tab(staff)]
    held = hold(staff)
    with staff.context.expect_event("request", lambda request: "/board-panel" in request.url) as asked:
        box.keeper.record(accepted(name_of("a"), at=now()))
    asking = asked.value.frame.page
    other = next(page for page in pages if page is not asking)
    other.wait_for_function(ONE_QUEUES)
    assert held
    asking.close()
    expect(other.locator(f"#row-{name_of('a')}")).to_have_count(1)


def test_an_error_that_one_page_met_is_not_told_on_the_others(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_board()
    second = second_tab(staff)
    held = hold(staff)
    with staff.context.expect_event("request", lambda request: "/board-panel" in request.url):
        box.keeper.record(accepted(name_of("a"), at=now()))
    second.wait_for_function(ONE_QUEUES)
    held[0].fulfill(status=503, headers={"HX-Retarget": "#problem"}, body='<div id="problem">試験の故障</div>')
    for page in (staff.page, second):
        expect(page.locator(f"#row-{name_of('a')}")).to_have_count(1)
        expect(page.get_by_text("試験の故障")).to_have_count(0)


def test_pages_with_another_filter_get_their_own(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_board()
    waits = second_tab(staff, "/?show=waiting")
    for name, record in (("w", waiting), ("a", accepted), ("w2", waiting)):
        box.keeper.record(record(name_of(name), at=now()))
        expect(staff.page.locator(f"#row-{name_of(name)}")).to_have_count(1)
    for name, count in (("w", 1), ("a", 0), ("w2", 1)):
        expect(waits.locator(f"#row-{name_of(name)}")).to_have_count(count)


def test_a_page_of_an_earlier_log_in_gets_nothing_of_the_next(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_board()
    earlier = second_tab(staff)
    staff.log_in(OTHER_NAME)  # the same browser: its cookie is another one now
    earlier.route(BOARD, lambda route: route.abort())
    box.keeper.record(accepted(name_of("a"), at=now()))
    expect(staff.page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    box.keeper.record(accepted(name_of("b"), at=now()))
    expect(staff.page.locator(f"#row-{name_of('b')}")).to_have_count(1)
    assert earlier.locator(f"#row-{name_of('a')}").count() == 0


def test_what_another_page_was_told_waits_for_the_hand(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(waiting(name_of("w"), at=now()))
    staff = open_board()
    second = second_tab(staff)
    button = second.locator(f"#taken-{name_of('w')}")
    button.hover()
    second.mouse.down()
    box.keeper.record(accepted(name_of("a"), at=now()))
    expect(staff.page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    assert second.locator(f"#row-{name_of('a')}").count() == 0
    second.mouse.up()
    expect(second.locator(f"#row-{name_of('a')}")).to_have_count(1)
    expect(staff.page.locator(f"#released-{name_of('w')}")).to_be_visible()
