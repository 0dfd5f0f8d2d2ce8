"""Answers that overtake each other between a press and what it nudges: nothing is lost, doubled or left untold."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import expect

from app.clock import TOKYO
from tests.e2e.staff_stack import NAME, OTHER_NAME, StaffBox, StaffPage
from tests.store.support import accepted, waiting

HOLD = """(isHeld) => { // the first request that is held gives its answer to the page when window.release() is called
    const isIt = (verb, url) => !window.held && (window.held = new RegExp(isHeld).test(`${verb} ${url}`));
    const open = XMLHttpRequest.prototype.open;
    XMLHttpRequest.prototype.open = function (verb, url, ...rest) {
        if (isIt(verb, url)) {
            let take = null;
            Object.defineProperty(this, 'onload', { set(one) { take = one; }, get() { return take; } });
            const came = new Promise((resolve) => this.addEventListener('load', resolve));
            window.release = () => came.then(() => take.call(this));
        }
        return open.call(this, verb, url, ...rest);
    };
    const ask = window.fetch;
    window.fetch = async (url, options) => {
        if (!isIt(options?.method ?? 'GET', url)) return ask(url, options);
        const letGo = new Promise((resolve) => (window.release = resolve));
        const answer = await ask(url, options);
        await letGo;
        return answer;
    };
}"""


WATCH = """(id) => { // whether this element ever comes back
    window.cameBack = false;
    new MutationObserver(() => (window.cameBack ||= document.getElementById(id) !== null))
        .observe(document.body, { childList: true, subtree: true });
}"""


def now() -> datetime:
    return datetime.now(TOKYO)


def test_the_answer_to_a_press_may_come_after_what_it_nudged(
    box: StaffBox, open_board: Callable[..., StaffPage]
) -> None:
    box.keeper.record(waiting("p1", at=now()))
    page = open_board()
    page.page.evaluate(HOLD, "^POST")
    page.page.locator("#taken-p1").click()
    expect(page.page.locator("#released-p1")).to_be_visible()
    page.page.evaluate("window.release()")
    box.keeper.record(accepted("after1", at=now()))
    expect(page.page.locator("#row-after1")).to_have_count(1)
    expect(page.page.locator("#released-p1")).to_be_visible()
    page.demand_clean()


def test_a_refusal_is_told_though_its_row_was_drawn_anew_meanwhile(
    box: StaffBox, open_board: Callable[..., StaffPage]
) -> None:
    box.keeper.record(waiting("p2", at=now()))
    first, second = open_board(), open_board(OTHER_NAME)
    second.context.route("**/board-panel*", lambda route: route.abort())
    second.page.evaluate(HOLD, "^POST")
    first.page.locator("#taken-p2").click()
    expect(first.page.locator("#released-p2")).to_be_visible()
    second.page.locator("#taken-p2").click()
    second.context.unroute("**/board-panel*")
    box.keeper.record(accepted("after2", at=now()))
    expect(second.page.locator("#line-p2")).to_contain_text(f"担当: {NAME}")
    second.page.evaluate("window.release()")
    expect(second.page.get_by_role("alert").filter(has_text="既に処理済みです")).to_be_visible()


def test_a_whole_panel_that_comes_too_late_is_asked_for_again(
    box: StaffBox, open_board: Callable[..., StaffPage]
) -> None:
    box.keeper.record(waiting("p3", at=now()))
    page = open_board()
    page.context.route(
        "**/board-panel*", lambda route: route.continue_(url=re.sub("shown=.*", "shown=forgotten", route.request.url))
    )
    page.page.evaluate(HOLD, "^GET .*board-panel")
    box.keeper.record(accepted("after3", at=now()))
    page.page.wait_for_function("() => window.held")
    page.page.locator("#taken-p3").click()
    expect(page.page.locator("#released-p3")).to_be_visible()
    page.context.unroute("**/board-panel*")
    page.page.evaluate(WATCH, "taken-p3")
    page.page.evaluate("window.release()")
    expect(page.page.locator("#row-after3")).to_have_count(1)
    box.keeper.record(accepted("last3", at=now()))
    expect(page.page.locator("#row-last3")).to_have_count(1)
    expect(page.page.locator("#released-p3")).to_be_visible()
    assert not page.page.evaluate("window.cameBack"), "the older panel stood there, if only for a moment"
    page.demand_clean()


def test_a_piece_without_its_place_brings_the_page_anew(box: StaffBox, open_board: Callable[..., StaffPage]) -> None:
    box.keeper.record(accepted("stays4", at=now()))
    box.keeper.record(waiting("p4", at=now()))
    page = open_board()
    page.page.evaluate("() => { window.isOld = true; document.getElementById('row-p4').remove(); }")
    box.keeper.withdraw("p4")
    page.page.wait_for_function("() => !window.isOld")
    expect(page.page.locator("#row-p4")).to_have_count(0)
    expect(page.page.locator("#board-lines")).to_have_count(1)
