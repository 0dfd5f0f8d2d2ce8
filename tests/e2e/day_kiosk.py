"""A kiosk process of a busy day, to be killed. Not a test; ``test_day.py`` starts it.

The reception, its effects and the store are the product's; card and service are played. One patient a line of JSON on
stdin: ``{"owner": "架空 007", "way": "valid"}``. It says ``began CHECK_ID OWNER`` when the card lies there and, when
the screen has said its last word, ``told CHECK_ID SCREEN NUMBER``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from app.clock import SystemClock
from app.eligibility.effects import EffectRunner
from app.eligibility.model import Validity
from app.eligibility.outbox import Outbox
from app.eligibility.reception import Reception
from app.eligibility.screens import Button, Screen
from app.eligibility.stages import Limits
from app.errors import GatewayUnreachable
from app.store.checks import CheckKeeper
from app.store.database import Store
from app.store.events import Waker
from app.store.files import read_key
from app.store.visual import StoreVisualDesk
from tests.fakes import FakeCard, FakeDesk, FakeGateway

LAST_WORDS = {Screen.ACCEPTED, Screen.COUNTER}
PATIENCE_S = 60.0


class DayKiosk:
    def __init__(self, store: Store, wake: Waker, name: str) -> None:
        self.desk, self.gateway, clock = FakeDesk(), FakeGateway(), SystemClock()
        effects = EffectRunner(
            self.desk,
            self.gateway,
            CheckKeeper(store, wake.wake),
            StoreVisualDesk(store, wake.wake),
            clock,
            name,
            Outbox(),
        )
        self.reception = Reception(self.desk, effects, clock, Limits())
        self.reception.start()

    def wait(self, wanted: set[Screen]) -> Screen:
        """Wait for one of these screens; returns the one that stands there when patience ends."""
        end = time.monotonic() + PATIENCE_S
        view = self.reception.view()
        while view.screen not in wanted and time.monotonic() < end:
            view = self.reception.wait_view(view.version, end - time.monotonic())
        return view.screen

    def type(self, pin: str) -> None:
        view = self.reception.view()
        assert view.keypad is not None
        tokens = tuple(view.keypad.tokens["1234567890".index(digit)] for digit in pin)
        self.reception.submit(view.check_id, view.keypad.keypad_id, tokens)

    def press(self, button: Button) -> None:
        view = self.reception.view()
        self.reception.press(view.check_id, button, view.screen)

    def visit(self, owner: str, way: str) -> None:
        self.gateway.validity = {owner: Validity.INVALID} if way == "invalid" else {}
        self.gateway.confirm_error = GatewayUnreachable() if way == "outage" else None
        self.desk.insert(FakeCard(owner, has_pin=way != "no-pin"))
        self.wait({Screen.PIN, Screen.NO_PIN})
        check_id = self.reception.view().check_id
        os.write(1, f"began {check_id} {owner}\n".encode())
        if way != "no-pin":
            if way == "wrong-first":
                self.type("9999")
                self.wait({Screen.PIN_WRONG})
                self.press(Button.AGAIN)
                self.wait({Screen.PIN})
            if way == "lifts":
                self.desk.remove()
                self.wait({Screen.WELCOME})
            else:
                self.type("1234")
        screen = Screen.WELCOME if way == "lifts" else self.wait(LAST_WORDS)
        view = self.reception.view()
        assert way == "lifts" or view.check_id == check_id
        os.write(1, f"told {check_id} {screen.value} {view.reception_number or 0}\n".encode())
        self.desk.remove()
        self.press(Button.DONE)
        self.wait({Screen.WELCOME})


def main() -> None:
    state, name = Path(sys.argv[1]), sys.argv[2]
    store = Store(state / "store" / "uketsuke.db", read_key(state / "keys" / "store.key"))
    kiosk = DayKiosk(store, Waker(state / "run" / "wake.sock"), name)
    for line in sys.stdin:
        patient = json.loads(line)
        kiosk.visit(patient["owner"], patient["way"])


if __name__ == "__main__":
    main()
