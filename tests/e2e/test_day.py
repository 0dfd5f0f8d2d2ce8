"""A clinic's day: 200 patients, three kiosks, three staff browsers, and every process killed meanwhile.

One kiosk is the demo's own, with cards on the virtual reader and a patient at its page; two more are processes with the
product's reception and played cards. A failure names the day's seed, so that the same day can be lived again.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as BrowserError

from app.clock import TOKYO
from app.eligibility.audit import AuditAction
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.sandbox.plug_client import PlugError
from app.store.audit_check import anchor_file, verify_audit
from app.store.board import board_rows
from app.store.database import Store
from app.store.people import add_staff
from app.web.staff.board_view import SHOWN
from app.web.staff.lines import NO_NAME, check_line
from tests.box.processes import wait_for
from tests.e2e.clinic import log_in
from tests.e2e.day_kiosks import DayKiosk
from tests.e2e.demo_process import running_demo
from tests.e2e.demo_stack import PEOPLE, Demo
from tests.e2e.kiosk_page import KioskPage, touchscreen

PATIENTS = 200
AT_THE_PAGE = ("employee", "kokuho", "family", "elderly-10", "rare-kanji", "foreign-name", "twin-a", "twin-b")
VISITS_AT_THE_PAGE = 14
WAYS = ("valid",) * 12 + ("invalid", "wrong-first", "no-pin", "outage", "lifts")
PARTS = ("kiosk", "staff", "nginx", "card", "service", "pcscd")
PASSPHRASE = "試験用の とても長い 合言葉 です"
STAFF = ("架空 二郎", "架空 三郎")
ACTS = {"taken": AuditAction.TAKEN, "handled": AuditAction.HANDLED, "confirm": AuditAction.CONFIRMED_VISUAL}
WHOLE = "?all=1"
"""What the owner looks at; the others see the newest rows and all that wait."""
LAST_SCREENS = ("accepted", "counter", "unreadable", "out-of-order", "welcome", "take-card")


@dataclass(frozen=True, slots=True)
class Kill:
    part: str
    moment: str
    """``pin``: the keypad stands there. ``asked``: four digits were entered."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One check as the store has it, of any day: a run may go over midnight."""

    check_id: str
    day: str
    number: int | None
    kiosk: str
    outcome: Outcome
    name: str | None
    right: tuple[str | None, str | None]
    """保険者番号 and 番号: two people may have one name and birth date."""


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("day") / "state", spoken=frozenset()) as running:
        yield Demo(running)


def press_at_once(boards: Iterable[Page], act: str) -> None:
    """Have all counters press the same button before any of them has its answer."""
    for page in boards:
        with contextlib.suppress(BrowserError):  # a page that the browser lost with its server has no button
            page.evaluate("(act) => document.querySelector(`#board-panel button[id^=${act}-]`)?.click()", act)


def act_as_staff(page: Page, board: str, chance: random.Random) -> None:
    """Do one thing that stands on the board now; another may be faster, and the connection may just be lost."""
    act = chance.choice((*ACTS, "handled", "confirm", "open"))
    with contextlib.suppress(BrowserError):
        if page.locator("#board-panel").count() == 0:
            page.goto(board)  # the browser's own page about a server that was just killed
        if act == "open":
            page.locator("ol.lines a[id^=open-]").first.click(timeout=1_000)
            page.wait_for_url("**/checks/*", timeout=3_000)  # else the way back may lead to the page before the board
            page.go_back(timeout=3_000)
        elif count := page.locator(f"button[id^={act}-]").count():
            page.locator(f"button[id^={act}-]").nth(chance.randrange(count)).click(timeout=1_000)


def visit_at_the_page(demo: Demo, kiosk: KioskPage, name: str, kill: Kill | None) -> int | None:
    """Bring one sample card through the real kiosk; returns the reception number if the screen said one."""
    person = PEOPLE[name]
    assert person.card is not None
    assert person.card.pin is not None
    try:
        demo.tap(name)
        patience_s = 60.0 if kill is None else 8.0  # with a part gone the screen may be one that nobody waits for
        screen = wait_for_screen(kiosk, patience_s, "pin", "unreadable", "out-of-order")
        if kill is not None and kill.moment == "pin":
            demo.kill(kill.part)
        if screen == "pin":
            kiosk.type(person.card.pin)
        if kill is not None and kill.moment == "asked":
            demo.kill(kill.part)
        screen = wait_for_screen(kiosk, patience_s, *LAST_SCREENS)
        shown = kiosk.page.locator(".screen-accepted .number strong")
        number = int(shown.inner_text()) if shown.count() else None
        assert kill is not None or number is not None, f"{name} ended at {screen}, though nothing was killed"
    except (BrowserError, PlugError, AssertionError):
        if kill is None:
            raise
        return None  # this patient gives up and goes to the counter
    else:
        return number
    finally:
        wait_for(lambda: demo.running.parts().keys() >= set(PARTS), 60)
        with contextlib.suppress(PlugError):
            demo.lift()
        go_home(demo, kiosk)


def wait_for_screen(kiosk: KioskPage, patience_s: float, *screens: str) -> str:
    wanted = ", ".join(f"#screen[data-screen={name}]" for name in screens)
    kiosk.page.wait_for_selector(wanted, timeout=patience_s * 1000)
    return str(kiosk.page.locator("#screen").get_attribute("data-screen"))


def go_home(demo: Demo, kiosk: KioskPage) -> None:
    """Wait until kiosk and service are ready for the next patient."""

    def is_home() -> bool:
        with contextlib.suppress(BrowserError):
            if kiosk.page.locator("#screen").count() == 0:
                kiosk.page.goto(kiosk.url)
            for button in ("done", "back"):
                kiosk.press_if_there(button)
            return kiosk.page.locator("#screen").get_attribute("data-screen", timeout=500) == "welcome"
        return False

    def has_service() -> bool:
        with contextlib.suppress(OSError, ValueError):
            return bool(demo.service())
        return False

    wait_for(has_service, 60)
    wait_for(is_home, 120)


def test_every_accepted_visit_is_there_once_with_its_own_result(demo: Demo, browser: Browser) -> None:
    seed = int(os.environ.get("UKETSUKE_DAY", random.randrange(10**6)))
    print(f"the day's seed: UKETSUKE_DAY={seed}")
    chance = random.Random(seed)
    store = demo.open_store()
    for name in STAFF:
        add_staff(store, name, PASSPHRASE, datetime.now(TOKYO), Role.STAFF)
    boards: dict[Page, str] = {}
    for name, board in (("", demo.staff_url + WHOLE), *((name, demo.staff_url) for name in STAFF)):
        page = browser.new_context().new_page()
        page.set_default_timeout(10_000)
        log_in(demo, page, name)
        page.goto(board)
        boards[page] = board
    at_the_page = KioskPage(touchscreen(browser).new_page(), demo.kiosk_url)
    at_the_page.open()

    others = PATIENTS - VISITS_AT_THE_PAGE
    people = [(f"架空　{place:03d}号", WAYS[place % len(WAYS)]) for place in range(others)]
    chance.shuffle(people)
    kiosks = [DayKiosk(demo.state, f"受付{place + 2}", people[place::2]) for place in range(2)]
    kills: list[Kill | None] = [Kill(part, chance.choice(("pin", "asked"))) for part in PARTS]
    kills += [None] * (VISITS_AT_THE_PAGE - len(kills))
    chance.shuffle(kills)
    numbers: list[tuple[int, str]] = []
    try:
        for turn, kill in enumerate(kills):
            for kiosk in kiosks:
                kiosk.let_in(others // VISITS_AT_THE_PAGE // 2 + 1)
            if turn % 2:
                chance.choice(kiosks).kill_within_a_visit()
            name = chance.choice(AT_THE_PAGE)
            if number := visit_at_the_page(demo, at_the_page, name, kill):
                numbers.append((number, name))
            press_at_once(boards, chance.choice(("taken", "handled")))
            for page, board in boards.items():
                act_as_staff(page, board, chance)
        for kiosk in kiosks:
            kiosk.let_in(others)
        while not all(kiosk.is_done for kiosk in kiosks):
            told = told_by(kiosks)
            for page, board in boards.items():
                act_as_staff(page, board, chance)
            wait_for(lambda told=told: told_by(kiosks) > told or all(one.is_done for one in kiosks), 60)  # type: ignore[misc]
        assert len(numbers) >= kills.count(None)
        for page, board in boards.items():
            wait_for(lambda page=page, board=board: is_on_the_board(page, board), 60)  # type: ignore[misc]
        compare_the_boards(store, boards)
        check_the_store(store, kiosks, numbers)
        check_the_record(store)
        assert verify_audit(store, anchor_file(demo.state)).is_whole
    finally:
        for kiosk in kiosks:
            kiosk.close()
        store.close()


def told_by(kiosks: list[DayKiosk]) -> int:
    return sum(len(kiosk.told) for kiosk in kiosks)


def is_on_the_board(page: Page, board: str) -> bool:
    with contextlib.suppress(BrowserError):  # the server may just be coming back
        if page.url != board or page.locator("#board-panel").count() == 0:
            page.goto(board)  # it was left in the middle of the way to a check and back
        return page.url == board and page.locator("#board-panel").count() > 0
    return False


def kept_rows(store: Store) -> dict[str, KeptRow]:
    with store.reading() as db:
        found = db.execute(
            "SELECT c.check_id, c.reception_day, c.reception_number, c.kiosk, c.outcome, q.name, q.insurer_number,"
            " q.number FROM checks AS c LEFT JOIN qualifications AS q ON q.check_id = c.check_id AND q.position = 0"
        ).fetchall()
    return {cells[0]: KeptRow(*cells[:4], Outcome(cells[4]), cells[5], (cells[6], cells[7])) for cells in found}


def check_the_store(store: Store, kiosks: list[DayKiosk], numbers: list[tuple[int, str]]) -> None:
    rows = kept_rows(store)
    for day in {row.day for row in rows.values()}:
        given = sorted(row.number for row in rows.values() if row.day == day and row.number is not None)
        assert given == list(range(1, len(given) + 1)), "a reception number is missing or was given twice"
    assert Outcome.ASKING not in {row.outcome for row in rows.values()}, "a visit was left half-way"
    accepted = Counter(row.name for row in rows.values() if row.outcome is Outcome.ACCEPTED)
    told = came_again = 0
    for kiosk in kiosks:
        for check_id, owner in kiosk.owners.items():
            row = rows.get(check_id)
            assert row is None or row.name in (None, owner), "another patient's result"
            assert row is None or row.kiosk == kiosk.name
            screen, number = kiosk.told.get(check_id, ("", 0))
            if screen == "accepted":
                assert row is not None, f"{owner} was told {number}, and it is lost"
                assert (row.outcome, row.number, row.name) == (Outcome.ACCEPTED, number, owner)
                told += 1
        for owner, way in kiosk.patients:
            begun = sum(1 for one in kiosk.owners.values() if one == owner)
            came_again += begun > 1
            assert accepted[owner] <= begun
            if way in ("valid", "wrong-first") and begun == 1:
                assert accepted[owner] == 1
    for number, name in numbers:
        answer = PEOPLE[name].answer
        assert answer is not None
        wanted = answer.qualifications[0]
        found = {(row.number, row.kiosk, row.outcome, row.name, row.right) for row in rows.values()}
        right = (wanted.insurer_number, wanted.number)
        assert (number, "受付1", Outcome.ACCEPTED, wanted.name, right) in found
    assert came_again > 0, "no kill fell into a visit: nothing was tested"
    assert told + len(numbers) > PATIENTS // 2, "hardly anybody came through: nothing was tested"
    print(f"{told + len(numbers)} told, {len(rows)} rows, {came_again} came again after a kill")


def check_the_record(store: Store) -> None:
    """Staff really worked, and whatever one of them did to a row was done once."""
    with store.reading() as db:
        done = db.execute("SELECT action, subject FROM audit WHERE outcome = 'ok'").fetchall()
    counts = Counter(action for action, _ in done)
    for action in ACTS.values():
        assert counts[action.value] > 0, f"nobody ever managed {action}"
    handled = Counter(subject for action, subject in done if action == AuditAction.HANDLED.value)
    assert max(handled.values()) == 1, "two people settled one row"
    print({action.value: counts[action.value] for action in ACTS.values()})


def compare_the_boards(store: Store, boards: Mapping[Page, str]) -> None:
    """What each screen shows in the end, without a reload, is what the store has."""
    read = """(lines) => lines.map((line) => {
        const text = (part) => line.querySelector(part)?.textContent.trim() ?? null;
        const name = line.querySelector('a[id^=open-]').firstChild.textContent.trim();
        return [line.id, name, text('.verdict'), text('.taken'), text('.handled')];
    })"""
    shown = "ol.lines > li .line-body"

    def wanted(board: str) -> list[list[str | None]]:
        lines = [check_line(row) for row in board_rows(store, datetime.now(TOKYO))]
        return [
            [f"line-{one.check_id}", one.name or NO_NAME, one.verdict.words, one.taken, one.handled]
            for place, one in enumerate(lines)
            if place < SHOWN or one.is_waiting or board.endswith(WHOLE)
        ]

    for page, board in boards.items():
        expect(page.locator(shown)).to_have_count(len(wanted(board)), timeout=60_000)
        wait_for(
            lambda page=page, board=board: page.locator(shown).evaluate_all(read) == wanted(board),  # type: ignore[misc]
            60,
        )
