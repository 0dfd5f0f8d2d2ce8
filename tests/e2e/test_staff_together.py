"""Boards of one browser ask once for what is new, and each still shows all of it when another one fails or goes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import Error, Page, Request, Route, expect

from app.clock import TOKYO
from tests.e2e.staff_stack import OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, waiting

BOARD = "**/board-panel*"
ONE_QUEUES = "() => navigator.locks.query().then(({ pending }) => pending.length === 1)"

REFUSALS = """() => {
    window.refused = 0;
    document.body.addEventListener('staff:take', (event) => setTimeout(() => {
        window.refused += event.defaultPrevented;
    }));
}"""
"""Counts what came and was not put in."""


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


class Held:
    """The next ``count`` questions for what is new, of any tab: kept on their way until the test lets them go."""

    def __init__(self, staff: StaffPage, count: int = 1) -> None:
        self._staff = staff
        self._kept: list[Route] = []
        staff.context.route(BOARD, lambda route: self._kept.append(route), times=count)

    def nth(self, place: int) -> Route:
        until = time.monotonic() + 40
        while len(self._kept) <= place:
            assert time.monotonic() < until, "nobody asked"
            self._staff.page.evaluate("() => 1")  # Playwright calls back while it waits for an answer
        return self._kept[place]

    def let_go(self) -> None:
        self._staff.context.unroute(BOARD)
        for route in self._kept:
            with contextlib.suppress(Error):  # a page gives up what takes too long
                route.continue_()

    def one_asks(self, arrival: str) -> tuple[Page, Page]:
        """Open a second tab and let a check arrive; return who asks for it and who waits."""
        second = second_tab(self._staff)
        self._staff.box.keeper.record(accepted(arrival, at=now()))
        return self.asking_and_other(second)

    def asking_and_other(self, second: Page) -> tuple[Page, Page]:
        """Return who asked first and the other one, which waits by now if the machine is not slow beyond measure."""
        asking = self.nth(0).request.frame.page
        other = second if asking is self._staff.page else self._staff.page
        with contextlib.suppress(Error):
            other.wait_for_function(ONE_QUEUES, timeout=1_500)
        return asking, other


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


def test_a_page_waits_for_the_answer_to_another_and_takes_it(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    staff = open_board()
    second = second_tab(staff)
    for turn in range(5):  # a page waits two seconds: a slow machine may be too late to see it
        held, asked = Held(staff), asked_of(staff)
        box.keeper.record(accepted(name_of(f"a{turn}"), at=now()))
        asking, other = held.asking_and_other(second)
        is_waiting = other.evaluate(ONE_QUEUES)
        if is_waiting:
            other.route(BOARD, lambda route: route.abort())  # it may get the turn before it hears the answer
            assert [one.frame.page for one in asked] == [asking]
        held.let_go()
        for page in (asking, other):
            expect(page.locator(f"#row-{name_of(f'a{turn}')}")).to_have_count(1)
        if is_waiting:
            return
    raise AssertionError("nobody ever waited")


def test_a_page_behind_one_that_never_ends_asks_for_itself(
    open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    held = Held(open_board())
    asking, other = held.one_asks(name_of("a"))
    expect(other.locator(f"#row-{name_of('a')}")).to_have_count(1)
    held.nth(0).abort()
    expect(asking.locator(f"#row-{name_of('a')}")).to_have_count(1)


def test_a_page_whose_press_drew_it_anew_while_it_waited_misses_nothing(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(waiting(name_of("w"), at=now()))
    held = Held(open_board())
    asking, other = held.one_asks(name_of("a"))
    other.locator(f"#taken-{name_of('w')}").click()
    expect(other.locator(f"#released-{name_of('w')}")).to_be_visible()
    box.keeper.record(accepted(name_of("b"), at=now()))
    held.let_go()
    for page in (asking, other):
        expect(page.locator(f"#row-{name_of('b')}")).to_have_count(1)


def test_a_page_that_goes_while_it_asks_leaves_the_question_to_the_next(
    open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    held = Held(open_board())
    asking, other = held.one_asks(name_of("a"))
    asking.close()
    expect(other.locator(f"#row-{name_of('a')}")).to_have_count(1)


def test_an_error_that_one_page_met_is_not_told_on_the_others(
    open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    held = Held(open_board(), 99)
    asking, other = held.one_asks(name_of("a"))
    held.nth(0).fulfill(status=503, headers={"HX-Retarget": "#problem"}, body='<div id="problem">試験の故障</div>')
    expect(asking.get_by_text("試験の故障")).to_be_visible()
    held.nth(1)
    assert other.get_by_text("試験の故障").count() == 0
    held.let_go()
    for page in (asking, other):
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
    for name, count in (("w2", 1), ("w", 1), ("a", 0)):
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
    assert earlier.locator("#board-head").count() == 1
    assert earlier.locator(f"#row-{name_of('a')}").count() == 0


def test_what_another_page_was_told_waits_for_the_hand(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(waiting(name_of("w"), at=now()))
    staff = open_board()
    second = second_tab(staff)
    second.route(BOARD, lambda route: route.abort())  # it hears of nothing by itself
    second.evaluate(REFUSALS)
    second.locator(f"#taken-{name_of('w')}").hover()
    second.mouse.down()
    box.keeper.record(accepted(name_of("a"), at=now()))
    expect(staff.page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    second.wait_for_function("() => window.refused > 0")
    assert second.locator(f"#row-{name_of('a')}").count() == 0
    second.unroute(BOARD)
    second.mouse.move(1, 1)
    second.mouse.up()
    expect(second.locator(f"#row-{name_of('a')}")).to_have_count(1)
