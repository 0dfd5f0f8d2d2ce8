"""Steps of a visit that several modules take: the next patient, an answer that is held back, the newest row."""

from __future__ import annotations

import re
import time

from app.eligibility.ports import Outcome
from app.store.board import BoardRow
from tests.box.processes import wait_for
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage

PATIENCE_S = 30.0
CODE = re.compile(r"\bcode=(\S+)")


class Told:
    """What is new since this was made: codes in the logs of card and kiosk process, and rows on the board."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._before = {part: len(demo.log(part)) for part in ("card", "kiosk")}
        self._rows = {row.check_id for row in demo.board()}

    def lines(self) -> list[str]:
        logs = (self._demo.log(part)[start:] for part, start in self._before.items())
        return [line for log in logs for line in log.splitlines() if CODE.search(line)]

    def codes(self) -> list[str]:
        return sorted(code for line in self.lines() for code in CODE.findall(line))

    def rows(self) -> list[tuple[Outcome, str | None, bool]]:
        """Outcome, reason and whether it waits for staff, newest first."""
        return [
            (row.outcome, row.reason, row.is_waiting) for row in self._demo.board() if row.check_id not in self._rows
        ]

    def demand(self, *codes: str, row: tuple[Outcome, str] | None = None) -> None:
        """Exactly these lines with a code are new, and one row that waits, or none."""
        wanted = (sorted(codes), [] if row is None else [(*row, True)])
        end = time.monotonic() + PATIENCE_S
        while (found := (self.codes(), self.rows())) != wanted:  # a row is opened before it says how the visit ended
            assert len(found[0]) <= len(codes), self.lines()
            assert time.monotonic() < end, (found, self.lines())
            time.sleep(0.02)


def assert_left_clean(demo: Demo, kiosk: KioskPage) -> None:
    """The card is taken; the welcome screen stands there as for the first patient of the day."""
    demo.lift()
    kiosk.home()
    shown = " ".join(kiosk.page.locator("#screen").inner_text().split())
    assert shown == "マイナ保険証で受付します カードを置いてください 暗証番号がない・わからない 係員を呼ぶ"
    assert kiosk.page.locator("#pin-form, .number, .left, .warned").count() == 0


def newest(demo: Demo) -> BoardRow:
    return demo.board()[0]


def assert_next_patient_is_served(demo: Demo, kiosk: KioskPage) -> None:
    demo.lift()
    kiosk.home()
    demo.fresh_cards()
    demo.tap("family")
    kiosk.expect("pin")
    kiosk.type("2345")
    kiosk.expect("accepted")
    assert newest(demo).outcome is Outcome.ACCEPTED


def hold_the_answer(demo: Demo, kiosk: KioskPage, name: str, pin: str) -> None:
    """Bring a visit to the point where the service has its answer ready and keeps it."""
    demo.fault("hold", kinds=["confirmation"])
    demo.tap(name)
    kiosk.expect("pin")
    kiosk.type(pin)
    kiosk.expect("asking")
    wait_for(lambda: demo.service()["requests"]["held"] == 1)
