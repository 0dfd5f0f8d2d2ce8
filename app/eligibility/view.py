"""What a kiosk page may know of a visit."""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.check import Check
from app.eligibility.ports import Keypad
from app.eligibility.screens import Screen
from app.eligibility.stages import State


@dataclass(frozen=True, slots=True)
class ScreenView:
    """All that a kiosk page may know.

    ``version`` changes whenever anything else here does: eight letters of this process, then letters that grow, so
    that a page can tell the newer of two answers.
    """

    screen: Screen
    check_id: str
    keypad: Keypad | None = None
    attempts_remaining: int | None = None
    reception_number: int | None = None
    warned: bool = False
    called: bool = False
    call_failed: bool = False
    must_retype: bool = False
    help_offered: bool = False
    staff_are_asked: bool = False
    """Somebody can answer now; the wait is shown."""
    version: str = ""


def draw(check: Check, *, is_working: bool) -> ScreenView:
    """Return what is seen of a check now, without a version. ``is_working``: the reader is there."""
    if check.state is State.WAITING and not is_working:
        return ScreenView(Screen.OUT_OF_ORDER, check.check_id, called=check.called, call_failed=check.call_failed)
    screen = check.screen
    if screen is Screen.PIN and check.keypad is None:
        screen = Screen.READING
    left = check.report.attempts_remaining if check.report else None
    return ScreenView(
        screen,
        check.check_id,
        keypad=check.keypad if screen is Screen.PIN else None,
        attempts_remaining=left if screen in (Screen.PIN, Screen.PIN_WRONG, Screen.PIN_LAST) else None,
        reception_number=check.reception_number if screen is Screen.ACCEPTED else None,
        warned=check.warned,
        called=check.called,
        call_failed=check.call_failed,
        must_retype=check.must_retype and screen is Screen.PIN,
        help_offered=check.help_offered,
        staff_are_asked=check.request_id is not None,
    )
