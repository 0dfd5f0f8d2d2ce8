"""A clinic's day: 200 patients, three kiosks, three staff browsers, and every process killed at random meanwhile.

One kiosk is the demo's own, with cards on the virtual reader and a patient at its page; two more are processes with the
product's reception and played cards. The seed is printed with a failure, so that a day can be had again.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as BrowserError

from app.clock import TOKYO
from app.eligibility.people import Role
from app.eligibility.ports import Outcome
from app.sandbox.plug_client import PlugError
from app.store.audit_check import anchor_file, verify_audit
from app.store.board import BoardRow, board_rows
from app.store.database import Store
from app.store.people import add_staff
from app.web.staff.lines import NO_NAME
from tests.box.processes import wait_for
from tests.e2e.clinic import log_in
from tests.e2e.demo_process import ROOT, running_demo
from tests.e2e.demo_stack import PEOPLE, Demo
from tests.e2e.kiosk_page import PANEL_SIZE, KioskPage

PATIENTS = 200
AT_THE_PAGE = ("employee", "kokuho", "lost", "family", "elderly-10", "rare-kanji", "foreign-name", "twin-a", "twin-b")
VISITS_AT_THE_PAGE = 14
WAYS = ("valid",) * 12 + ("invalid", "wrong-first", "no-pin", "outage", "lifts")
PARTS = ("kiosk", "staff", "nginx", "card", "service", "pcscd")
PASSPHRASE = "試験用の とても長い 合言葉 です"
STAFF = ("架空 二郎", "架空 三郎")
SHOWN = "ol.lines > li .line-body"


@dataclass
class DayKiosk:
    """A kiosk process that serves its patients one by one, and is killed now and then."""

    state: Path
    name: str
    patients: list[tuple[str, str]]
    owners: dict[str, str] = field(default_factory=dict)
    """Whose card each check began with."""
    told: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Screen and number that a patient saw last."""
    kills: int = 0

    def __post_init__(self) -> None:
        self.turns: queue.Queue[int] = queue.Queue()
        self.log = (self.state / "log" / f"day-{self.name}.log").open("ab")
        self._start()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.day_kiosk", str(self.state), self.name],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ},
        )  # fmt: skip

    def _serve(self) -> None:
        for owner, way in self.patients:
            self.turns.get()
            while not self._visit(owner, way):
                self._process.wait()
                self._start()  # the patient comes again

    def _visit(self, owner: str, way: str) -> bool:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"owner": owner, "way": way}) + "\n")
            self._process.stdin.flush()
        except OSError:
            return False
        for line in self._process.stdout:
            word, check_id, rest = line.strip().split(" ", 2)
            if word == "began":
                self.owners[check_id] = rest
            else:
                screen, number = rest.rsplit(" ", 1)
                self.told[check_id] = (screen, int(number))
                return True
        return False

    def kill(self) -> None:
        self.kills += 1
        self._process.kill()

    def finish(self) -> None:
        for _ in self.patients:
            self.turns.put(1)
        self._thread.join(120)
        assert not self._thread.is_alive(), f"{self.name} did not serve all its patients"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def demo(no_pcscd: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("day") / "state") as running:
        yield Demo(running)


def act_as_staff(page: Page, chance: random.Random) -> None:
    """Do one thing that stands on the board now; another may be faster, and the connection may just be lost."""
    act = chance.choice(("taken", "handled", "handled", "confirm", "confirm", "open"))
    with contextlib.suppress(BrowserError):
        if act == "open":
            page.locator("ol.lines a[id^=open-]").first.click(timeout=1_000)
            page.go_back(timeout=3_000)
            return
        found = page.locator(f"button[id^={act}-]")
        if found.count():
            found.nth(chance.randrange(found.count())).click(timeout=1_000)


def visit_at_the_page(demo: Demo, kiosk: KioskPage, name: str, chance: random.Random) -> int | None:
    """Bring one sample card through the real kiosk; returns the reception number if the screen said one."""
    person = PEOPLE[name]
    assert person.card is not None
    assert person.card.pin is not None
    kills_at = chance.choice(("", "", "", "pin", "asked"))
    victim = chance.choice(PARTS)
    try:
        demo.tap(name)
        screen = wait_for_screen(kiosk, "pin", "unreadable", "out-of-order")
        if kills_at == "pin":
            kill(demo, victim)
        if screen == "pin":
            kiosk.type(person.card.pin)
        if kills_at == "asked":
            kill(demo, victim)
        wait_for_screen(kiosk, "accepted", "counter", "unreadable", "out-of-order", "welcome", "take-card")
        shown = kiosk.page.locator(".screen-accepted .number strong")
        return int(shown.inner_text()) if shown.count() else None
    except (BrowserError, PlugError, AssertionError):
        return None  # something was just killed: this patient gives up and goes to the counter
    finally:
        wait_for(lambda: demo.running.parts().keys() >= set(PARTS), 30)
        with contextlib.suppress(PlugError):
            demo.lift()
        go_home(kiosk)


def wait_for_screen(kiosk: KioskPage, *screens: str) -> str:
    kiosk.page.wait_for_selector(", ".join(f"#screen[data-screen={name}]" for name in screens), timeout=8_000)
    return str(kiosk.page.locator("#screen").get_attribute("data-screen"))


def go_home(kiosk: KioskPage) -> None:
    def is_home() -> bool:
        with contextlib.suppress(BrowserError):
            if kiosk.page.locator("#screen").count() == 0:
                kiosk.page.goto(kiosk.url)
            for button in ("done", "back"):
                kiosk.press_if_there(button)
            return kiosk.page.locator("#screen").get_attribute("data-screen", timeout=500) == "welcome"
        return False

    wait_for(is_home, 60)


def kill(demo: Demo, part: str) -> None:
    if demo.pid_of(part) is not None:
        with contextlib.suppress(ProcessLookupError):
            demo.kill(part)


def test_every_accepted_visit_is_there_once_with_its_own_result(demo: Demo, browser: Browser) -> None:
    seed = int(os.environ.get("UKETSUKE_DAY", random.randrange(10**6)))
    print(f"the day's seed: UKETSUKE_DAY={seed}")
    chance = random.Random(seed)
    store = demo.open_store()
    for name in STAFF:
        add_staff(store, name, PASSPHRASE, datetime.now(TOKYO), Role.STAFF)
    boards = []
    for name in (None, *STAFF):
        page = browser.new_context().new_page()
        page.set_default_timeout(10_000)
        log_in(demo, page, *(() if name is None else (name, PASSPHRASE)))
        page.goto(demo.staff_url + "?all=1")
        boards.append(page)
    patient = browser.new_context(viewport=PANEL_SIZE, has_touch=True).new_page()
    at_the_page = KioskPage(patient, demo.kiosk_url)
    at_the_page.open()

    others = PATIENTS - VISITS_AT_THE_PAGE
    people = [(f"架空　{place:03d}号", chance.choice(WAYS)) for place in range(others)]
    chance.shuffle(people)
    kiosks = [DayKiosk(demo.state, f"受付{place + 2}", people[place::2]) for place in range(2)]
    numbers: dict[int, str] = {}
    try:
        for turn in range(VISITS_AT_THE_PAGE):
            for kiosk in kiosks:
                for _ in range(others // VISITS_AT_THE_PAGE // 2 + 1):
                    kiosk.turns.put(1)
            name = chance.choice(AT_THE_PAGE)
            if number := visit_at_the_page(demo, at_the_page, name, chance):
                numbers[number] = name
            for page in boards:
                act_as_staff(page, chance)
            if turn % 2:
                chance.choice(kiosks).kill()
        for page in boards:
            for _ in range(4):
                act_as_staff(page, chance)
        for kiosk in kiosks:
            kiosk.finish()
        check_the_store(store, kiosks, numbers)
        compare_the_boards(store, boards)
        assert verify_audit(store, anchor_file(demo.state)).is_whole
    finally:
        for kiosk in kiosks:
            kiosk.close()
        store.close()


def check_the_store(store: Store, kiosks: list[DayKiosk], numbers: dict[int, str]) -> None:
    rows = {row.check_id: row for row in board_rows(store, datetime.now(TOKYO))}
    by_number = {row.reception_number: row for row in rows.values()}
    given = sorted(number for number in by_number if number is not None)
    assert given == list(range(1, len(given) + 1)), "a reception number is missing or was given twice"
    accepted = Counter(row.name for row in rows.values() if row.outcome is Outcome.ACCEPTED)
    told = killed = 0
    for kiosk in kiosks:
        for check_id, owner in kiosk.owners.items():
            row = rows.get(check_id)
            assert row is None or row.name in (None, owner), "another patient's result"
            assert row is None or row.kiosk == kiosk.name
            screen, number = kiosk.told.get(check_id, ("", 0))
            if screen == "accepted":
                assert row is not None, f"{owner} was told {number}, and it is lost"
                assert (row.outcome, row.reception_number, row.name) == (Outcome.ACCEPTED, number, owner)
                told += 1
        for owner, way in kiosk.patients:
            begun = sum(1 for one in kiosk.owners.values() if one == owner)
            killed += begun > 1
            assert accepted[owner] <= begun
            if way in ("valid", "wrong-first") and begun == 1:
                assert accepted[owner] == 1
    for number, name in numbers.items():
        answer = PEOPLE[name].answer
        assert answer is not None
        assert by_number[number].outcome is Outcome.ACCEPTED
        assert by_number[number].name == answer.qualifications[0].name
    assert told + len(numbers) > PATIENTS // 2, "hardly anybody came through: nothing was tested"
    print(f"{told + len(numbers)} told, {len(rows)} rows, {killed} came again after a kill")


def compare_the_boards(store: Store, boards: list[Page]) -> None:
    """What each screen shows in the end, without a reload, is what the store has."""

    def wanted() -> list[tuple[str, str]]:
        return [(f"line-{row.check_id}", shown_name(row)) for row in board_rows(store, datetime.now(TOKYO))]

    for page in boards:
        if "/checks/" in page.url:
            page.go_back()
        expect(page.locator(SHOWN)).to_have_count(len(wanted()), timeout=30_000)
        read = "(lines) => lines.map((l) => [l.id, l.querySelector('a[id^=open-]').firstChild.textContent.trim()])"
        assert [tuple(pair) for pair in page.locator(SHOWN).evaluate_all(read)] == wanted()


def shown_name(row: BoardRow) -> str:
    return row.name or NO_NAME
