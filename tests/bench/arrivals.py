"""From the commit of a record to its row on staff pages in a real Chromium, stage by stage."""

from __future__ import annotations

import time
from datetime import datetime
from itertools import pairwise

from playwright.sync_api import Browser, Page

from app.clock import TOKYO
from app.eligibility.model import EligibilityResult, Qualification, Source, Validity
from app.eligibility.ports import CheckRecord, Outcome
from app.eligibility.reception import random_letters
from app.store.checks import CheckKeeper
from app.store.events import Waker
from tests.bench.figures import Bar, heading, line, share
from tests.e2e.demo_stack import Demo

MARKS = ("nudged", "asked", "answered")
STAGES = (
    "commit -> first nudge in a page",
    "first nudge -> first request",
    "first request -> first answer",
    "first answer -> row drawn, each page",
)
"""Pages of one log-in ask together: one answer may serve all of them."""
SEEN = "(id) => Boolean(window.__rows[id])"

PAGES_A_BROWSER = 20
"""More pages are several log-ins with a connection each."""

QUIET_S = 1.2
"""After a commit nobody touches the pages for so long: asking them costs the same two cores that they draw with, and
half a second after an arrival each page says it and draws its list of news."""

OBSERVE = """() => {
    window.__rows = {};
    window.__marks = [];
    const now = () => performance.timeOrigin + performance.now();
    const mark = (name, at) => window.__marks.push([name, performance.timeOrigin + at]);
    document.addEventListener('live:board-head', () => mark('nudged', performance.now()), true);
    new PerformanceObserver((found) => {
        for (const asked of found.getEntries().filter((one) => one.name.includes('/board-panel'))) {
            mark('asked', asked.startTime);
            mark('answered', asked.responseEnd);
        }
    }).observe({ type: 'resource' });
    const look = (changes) => {
        for (const change of changes)
            for (const added of change.addedNodes)
                for (const link of added.querySelectorAll?.('a[id^="open-"]') ?? [])
                    window.__rows[link.id.slice(5)] ??= now();
    };
    new MutationObserver(look).observe(document.querySelector('.board-page'), { childList: true, subtree: true });
}"""


def measure_arrivals(demo: Demo, browser: Browser, pages: int, count: int, limit_ms: float) -> list[str]:
    """Commit ``count`` records while ``pages`` boards are open; return the report's lines."""
    contexts = [browser.new_context() for _ in range(0, pages, PAGES_A_BROWSER)]
    boards = []
    for place in range(pages):
        seat, earlier = divmod(place, PAGES_A_BROWSER)
        boards.append(_open_board(demo, contexts[seat].new_page(), first=earlier == 0))
    for board in boards:
        board.evaluate(OBSERVE)
    store = demo.open_store()
    waker = Waker(demo.state / "run" / "wake.sock")
    commits: list[float] = []

    def wake() -> None:
        commits.append(time.time() * 1000)  # the commit has just returned
        waker.wake()

    keeper = CheckKeeper(store, wake)
    told: list[tuple[str, float]] = []
    for _ in range(count):
        record = an_arrival()
        keeper.record(record)
        told.append((record.check_id, commits[-1]))
        time.sleep(QUIET_S)
        for board in boards:
            board.wait_for_function(SEEN, arg=record.check_id)
    seen: list[dict[str, float]] = [board.evaluate("window.__rows") for board in boards]
    marks: list[tuple[str, float]] = [mark for board in boards for mark in board.evaluate("window.__marks")]
    each = [rows[check_id] - at for check_id, at in told for rows in seen]
    stages: dict[str, list[float]] = {name: [] for name in STAGES}
    for check_id, committed_ms in told:
        last_ms = max(rows[check_id] for rows in seen)
        between = sorted((at, name) for name, at in marks if committed_ms <= at <= last_ms)
        shared = [next((at for at, name in between if name == wanted), last_ms) for wanted in MARKS]
        for name, (start, end) in zip(STAGES[:-1], pairwise([committed_ms, *shared]), strict=True):
            stages[name].append(end - start)
        stages[STAGES[-1]] += [rows[check_id] - shared[-1] for rows in seen]
    slowest = [max(rows[check_id] for rows in seen) - at for check_id, at in told]
    store.close()
    for context in contexts:
        context.close()
    return [
        heading(f"Arrivals with {pages} open staff page{'s' if pages > 1 else ''} (nginx, TLS, {count} records)"),
        line("record committed -> visible, each page", each, bar=Bar(limit_ms)),
        *(share(name, values, each) for name, values in stages.items()),
        line("record committed -> visible on the last page", slowest),
    ]


def an_arrival() -> CheckRecord:
    """An accepted check of this moment."""
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
    return CheckRecord(random_letters(), "受付1", 1, Outcome.ACCEPTED, now, result=result)


def _open_board(demo: Demo, page: Page, *, first: bool) -> Page:
    page.goto(demo.staff_url)
    if first:
        page.get_by_label("名前").fill(demo.facts["staff_name"])
        page.get_by_label("合言葉").fill(demo.facts["staff_passphrase"])
        page.get_by_role("button", name="ログイン").click()
    page.wait_for_selector("#board-panel")
    return page
