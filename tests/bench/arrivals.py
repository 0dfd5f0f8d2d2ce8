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

STAGES = ("commit -> nudge in the page", "nudge -> request", "request -> answer", "answer -> row drawn")
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
        told.append((check_id, commits[-1]))
        time.sleep(QUIET_S)
        for board in boards:
            board.wait_for_function(SEEN, arg=check_id)
    each: list[float] = []
    slowest = [0.0] * count
    stages: dict[str, list[float]] = {name: [] for name in STAGES}
    for board in boards:
        rows: dict[str, float] = board.evaluate("window.__rows")
        marks: list[tuple[str, float]] = board.evaluate("window.__marks")
        for place, (check_id, committed_ms) in enumerate(told):
            seen = rows[check_id]
            each.append(seen - committed_ms)
            slowest[place] = max(slowest[place], seen - committed_ms)
            between = [(name, at) for name, at in marks if committed_ms <= at <= seen]
            times = [
                committed_ms,
                *(
                    next((at for name, at in between if name == wanted), seen)
                    for wanted in ("nudged", "asked", "answered")
                ),
                seen,
            ]
            for name, (start, end) in zip(STAGES, pairwise(times), strict=True):
                stages[name].append(end - start)
    store.close()
    for context in contexts:
        context.close()
    return [
        heading(f"Arrivals with {pages} open staff page{'s' if pages > 1 else ''} (nginx, TLS, {count} records)"),
        line("record committed -> visible, each page", each, bar=Bar(limit_ms)),
        *(share(name, values, each) for name, values in stages.items()),
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
