"""From the commit of a record to its row on staff pages in a real Chromium."""

from __future__ import annotations

import time
from datetime import datetime

from playwright.sync_api import Browser, Page

from app.clock import TOKYO
from app.eligibility.model import EligibilityResult, Qualification, Source, Validity
from app.eligibility.ports import CheckRecord, Outcome
from app.eligibility.reception import random_letters
from app.store.checks import CheckKeeper
from app.store.events import Waker
from app.web.events import STREAMS_A_SESSION
from tests.bench.figures import Bar, heading, line
from tests.e2e.demo_stack import Demo

OBSERVE = """() => {
    window.__rows = {};
    const now = () => performance.timeOrigin + performance.now();
    const look = () => {
        for (const link of document.querySelectorAll('#board-panel a[id^="open-"]'))
            window.__rows[link.id.slice(5)] ??= now();
    };
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""


def measure_arrivals(demo: Demo, browser: Browser, pages: int, count: int, limit_ms: float) -> list[str]:
    """Commit ``count`` records while ``pages`` boards are open; return the report's lines."""
    contexts = [browser.new_context() for _ in range(0, pages, STREAMS_A_SESSION)]
    boards = []
    for place in range(pages):
        seat, earlier = divmod(place, STREAMS_A_SESSION)
        boards.append(_open_board(demo, contexts[seat].new_page(), first=earlier == 0))
    for board in boards:
        board.evaluate(OBSERVE)
    store = demo.open_store()
    keeper = CheckKeeper(store, Waker(demo.state / "run" / "wake.sock"))
    each: list[float] = []
    slowest: list[float] = []
    for _ in range(count):
        check_id = random_letters()
        now = datetime.now(TOKYO)
        result = EligibilityResult(
            source=Source.ONLINE,
            processed_at=now.replace(microsecond=0),
            confirmed_on=now.date(),
            validity=Validity.VALID,
            reference_classification="1",
            institution_code="4890000001",
            qualifications=(Qualification(name="試験　花子", name_kana="ｼｹﾝ ﾊﾅｺ", insurer_number="481234"),),
        )
        keeper.record(CheckRecord(check_id, "受付1", 1, Outcome.ACCEPTED, now, result=result))
        committed_ms = time.time() * 1000
        waits = []
        for board in boards:
            seen = board.wait_for_function("id => window.__rows[id]", arg=check_id).json_value()
            waits.append(float(seen) - committed_ms)
        each += waits
        slowest.append(max(waits))
    store.close()
    for context in contexts:
        context.close()
    return [
        heading(f"Arrivals with {pages} open staff page{'s' if pages > 1 else ''} (nginx, TLS, {count} records)"),
        line("record committed -> visible, each page", each, bar=Bar(limit_ms)),
        line("record committed -> visible on the last page", slowest),
    ]


def _open_board(demo: Demo, page: Page, *, first: bool) -> Page:
    page.goto(demo.staff_url)
    if first:
        page.get_by_label("名前").fill(demo.facts["staff_name"])
        page.get_by_label("合言葉").fill(demo.facts["staff_passphrase"])
        page.get_by_role("button", name="ログイン").click()
    page.wait_for_selector("#board-panel")
    return page
