"""How a board keeps itself new: it touches what changed and nothing else, and says when it cannot."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

from playwright.sync_api import Route, expect

from app.clock import TOKYO
from app.store.sessions import end_session
from tests.e2e.staff_stack import StaffBox, StaffPage
from tests.store.support import accepted, waiting

LOOK_NOW = "() => document.body.dispatchEvent(new CustomEvent('live:board-head'))"
"""What a nudge makes of itself in the page."""
STAY = "() => { window.isTheSame = true; }"
"""Forgotten when the page is loaded anew, which mends everything and would hide it."""
PROXYS_OWN = "<html><body><h1>502 Bad Gateway</h1></body></html>"


def now() -> datetime:
    return datetime.now(TOKYO)


def test_an_arrival_moves_the_numbers_and_leaves_the_filters_and_their_focus_alone(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(accepted(name_of("first"), at=now()))
    page = open_board()
    count = int(re.findall(r"\d+", page.page.locator("#board-count").inner_text())[0])
    link = page.page.locator("#show-waiting")
    link.evaluate("(link) => { link.isTheSame = true; link.focus(); }")
    box.keeper.record(waiting(name_of("next"), at=now()))
    expect(page.page.locator("#board-count")).to_contain_text(f"{count + 1}件")
    expect(page.page.locator(f"#row-{name_of('next')} .number")).to_be_visible()
    expect(link).to_be_focused()
    assert link.evaluate("(link) => link.isTheSame === true")
    page.page.locator(f"#taken-{name_of('next')}").click()
    expect(page.page.locator(f"#released-{name_of('next')}")).to_be_visible()
    page.demand_clean()


def test_the_focus_stays_in_a_row_that_a_colleague_changes(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(waiting(name_of("w"), at=now()))
    page, colleague = open_board(), open_board()
    link = page.page.locator(f"#open-{name_of('w')}")
    link.evaluate("(link) => { link.isOld = true; link.focus(); }")
    colleague.page.locator(f"#taken-{name_of('w')}").click()
    expect(page.page.locator(f"#released-{name_of('w')}")).to_be_visible()
    expect(link).to_be_focused()
    assert link.evaluate("(link) => link.isOld === undefined"), "drawn anew"


def test_a_row_that_leaves_a_filter_and_one_that_returns_to_its_place_need_no_new_page(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    for number in range(3):
        box.keeper.record(waiting(name_of(f"w{number}"), at=now()))
    page, colleague = open_board(), open_board()
    page.page.goto(f"{box.origin}/?show=done")
    box.keeper.record(accepted(name_of("done"), at=now()))
    expect(page.page.locator(f"#row-{name_of('done')}")).to_have_count(1)
    page.page.evaluate(STAY)
    colleague.page.locator(f"#handled-{name_of('w1')}").click()  # older than what stands there: it goes behind it
    order = page.page.locator("#board-lines > li")
    expect(order.nth(1)).to_have_id(f"row-{name_of('w1')}")
    expect(order.nth(0)).to_have_id(f"row-{name_of('done')}")
    assert page.page.evaluate("window.isTheSame")
    page.page.goto(f"{box.origin}/?show=waiting")
    page.page.evaluate(STAY)
    colleague.page.locator(f"#handled-{name_of('w0')}").click()
    expect(page.page.locator(f"#row-{name_of('w0')}")).to_have_count(0)
    expect(page.page.locator(f"#row-{name_of('w2')}")).to_have_count(1)
    assert page.page.evaluate("window.isTheSame")


def test_a_page_of_the_proxy_is_never_taken_for_the_board_which_asks_again(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_board()
    page.page.evaluate(STAY)
    page.context.route("**/board-panel*", lambda route: route.fulfill(status=502, body=PROXYS_OWN))
    with page.page.expect_response("**/board-panel*") as answered:
        box.keeper.record(accepted(name_of("a"), at=now()))
    assert answered.value.status == 502
    page.context.unroute("**/board-panel*")
    expect(page.page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    expect(page.page.get_by_text("Bad Gateway")).to_have_count(0)
    assert page.page.evaluate("window.isTheSame")


def test_a_board_that_cannot_be_read_says_so_once_and_comes_back_by_itself(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    page = open_board()
    path = box.settings.store_path
    away = path.with_suffix(".away")
    page.page.evaluate(STAY)
    # The answer to the nudge is an error, so the board is older than its nudge as long as it cannot be read.

    def lose_the_store(route: Route) -> None:
        path.rename(away)
        route.continue_()

    page.context.route("**/board-panel*", lose_the_store, times=1)
    asked: list[float] = []
    page.page.on("request", lambda request: asked.append(time.monotonic()) if "/board-panel" in request.url else None)
    box.keeper.record(accepted(name_of("a"), at=now()))
    try:
        expect(page.page.locator("#problem")).not_to_be_empty()
        page.page.locator("#problem").evaluate("(problem) => { problem.isTheSame = true; }")
        expect_some_looks(page, asked, 3)
        assert page.page.locator("#problem").evaluate("(problem) => problem.isTheSame"), "an alert anew is read anew"
    finally:
        away.rename(path)
    between = [later - earlier for earlier, later in pairwise(asked)]
    assert min(between) > 1, "a store in trouble is not asked all the time"
    expect(page.page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    expect(page.page.locator("#problem")).to_be_empty()
    assert page.page.evaluate("window.isTheSame")


def expect_some_looks(page: StaffPage, asked: list[float], count: int) -> None:
    while len(asked) < count:
        page.page.wait_for_event("response", lambda response: "/board-panel" in response.url)


def test_a_board_whose_session_is_over_shows_nobody_though_the_stream_said_no_farewell(
    box: StaffBox, open_board: Callable[..., StaffPage], name_of: Callable[[str], str]
) -> None:
    box.keeper.record(accepted(name_of("a"), at=now()))
    page = open_board()
    for silent in ("**/events*", "**/session"):
        page.context.route(silent, lambda route: route.abort())
    page.page.reload()
    expect(page.page.locator(f"#row-{name_of('a')}")).to_have_count(1)
    [token] = [one["value"] for one in page.context.cookies() if one["name"] == "__Host-uketsuke"]
    end_session(box.store, token, now())
    page.page.evaluate(LOOK_NOW)
    page.page.wait_for_url(re.compile("/login"))
    expect(page.page.locator(f"#row-{name_of('a')}")).to_have_count(0)
