"""Steps of a visit that several modules take: the next patient, an answer that is held back, the newest row."""

from __future__ import annotations

from app.eligibility.ports import Outcome
from app.store.board import BoardRow
from tests.box.processes import wait_for
from tests.e2e.demo_stack import Demo
from tests.e2e.kiosk_page import KioskPage


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
