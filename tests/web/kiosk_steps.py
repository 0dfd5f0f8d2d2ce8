"""How each screen of the kiosk is reached over fakes."""

from __future__ import annotations

from app.eligibility.model import Validity
from app.eligibility.ports import CardKind, DeskState, DeskStatus
from app.eligibility.screens import Button, Screen
from tests.eligibility.desk import Table
from tests.fakes import FakeCard


def reach(table: Table, screen: Screen) -> None:
    """Bring the kiosk to a screen by the cause that it has in a waiting room."""
    attempts = {Screen.PIN_LAST: 1, Screen.PIN_LOCKED: 0}.get(screen, 3)
    match screen:
        case Screen.OUT_OF_ORDER:
            table.reception.desk_changed(DeskStatus(DeskState.DOWN))
        case Screen.READING:
            table.reception.desk_changed(DeskStatus(DeskState.READING, 1))
        case Screen.UNREADABLE:
            table.reception.desk_changed(DeskStatus(DeskState.UNREADABLE, 1))
        case Screen.NO_PIN:
            table.press(Button.NO_PIN)
        case Screen.OTHER_CARD:
            table.desk.insert(FakeCard("A", kind=CardKind.OTHER))
        case Screen.WELCOME:
            pass
        case _:
            table.desk.insert(FakeCard("A", attempts=attempts))
    table.settle()
    if screen is Screen.COUNTER:
        table.gateway.validity["A"] = Validity.INVALID
    if screen is Screen.ASKING:
        view = table.reception.view()
        assert view.keypad is not None
        table.reception.submit(view.check_id, view.keypad.keypad_id, tuple("abcd"))
    if screen in (Screen.ACCEPTED, Screen.TAKE_CARD, Screen.COUNTER):
        table.type("1234")
    if screen is Screen.TAKE_CARD:
        table.press(Button.DONE)
    if screen is Screen.PIN_WRONG:
        table.type("9999")
    assert table.screen is screen
