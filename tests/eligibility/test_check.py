"""The state machine alone: what is not of this visit changes nothing."""

from __future__ import annotations

import pytest

from app.eligibility import steps
from app.eligibility.check import Check
from app.eligibility.model import Validity
from app.eligibility.ports import CardKind, CardReport, Keypad
from app.eligibility.screens import Button, Screen
from app.eligibility.stages import Limits, State
from app.eligibility.visual import Preference, VisualDecision
from tests.fakes import ManualClock, result_of

MINE, OTHERS = "mine", "others"
EPOCH = 7
KEYPAD = Keypad("pad", tuple("abcdefghij"))
YES = VisualDecision(True, "試験 太郎", ManualClock().start)
REPORT = CardReport(CardKind.MY_NUMBER, True, 3)


def check_in(state: State) -> Check:
    """A check brought to a state by its own events."""
    check = Check(MINE, EPOCH, 0.0, Limits(), card_present=True)
    for event in (
        steps.CardRead(MINE, EPOCH, REPORT),
        steps.MethodChosen(MINE, EPOCH, Preference.PIN_FIRST),
        steps.KeypadOpened(MINE, EPOCH, KEYPAD),
        steps.Submitted(MINE, EPOCH, "pad", tuple("abcd")),
        steps.Signed(MINE, EPOCH),
    ):
        if check.state is state:
            return check
        check.handle(event)
    assert check.state is state
    return check


def events(check_id: str, epoch: int) -> list[steps.Event]:
    return [
        steps.CardRead(check_id, epoch, REPORT),
        steps.CardFailed(check_id, epoch, "card.unreadable"),
        steps.MethodChosen(check_id, epoch, Preference.VISUAL),
        steps.RequestOpened(check_id, epoch, "request"),
        steps.RequestNotOpened(check_id, epoch, "store.busy"),
        steps.StaffDecided(check_id, epoch, "request", YES),
        steps.CardLeft(check_id, epoch),
        steps.KeypadOpened(check_id, epoch, KEYPAD),
        steps.Submitted(check_id, epoch, "pad", tuple("abcd")),
        steps.KeypadRefused(check_id, epoch),
        steps.PinRefused(check_id, epoch, 0),
        steps.PinAbsent(check_id, epoch),
        steps.Signed(check_id, epoch),
        steps.Answered(check_id, epoch, result_of("B")),
        steps.CouldNotAsk(check_id, epoch, "gateway.timeout"),
        steps.Recorded(check_id, epoch, 5),
        steps.NotRecorded(check_id, epoch, "store.busy"),
        steps.CallKept(check_id, epoch, True),
        steps.Pressed(check_id, epoch, Button.NO_PIN, Screen.PIN),
        steps.Tick(check_id, epoch, 10_000.0),
    ]


@pytest.mark.parametrize("state", [State.READING, State.PIN, State.VERIFYING, State.ASKING])
@pytest.mark.parametrize(("check_id", "epoch"), [(OTHERS, EPOCH), (MINE, EPOCH + 1), (MINE, EPOCH - 1)])
@pytest.mark.parametrize("place", range(len(events(MINE, EPOCH))))
def test_event_of_another_visit_is_dropped_and_counted(state: State, check_id: str, epoch: int, place: int) -> None:
    check = check_in(state)
    before = (check.state, check.screen, check.keypad, check.called, check.dropped)
    assert check.handle(events(check_id, epoch)[place]) == []
    assert (check.state, check.screen, check.keypad, check.called, check.dropped) == (*before[:4], before[4] + 1)


def test_submit_with_another_keypad_proves_nothing() -> None:
    check = check_in(State.PIN)
    check.handle(steps.KeypadOpened(MINE, EPOCH, KEYPAD))
    assert check.handle(steps.Submitted(MINE, EPOCH, "older", tuple("abcd"))) == []
    assert check.state is State.PIN


def test_accepted_follows_the_record_and_nothing_earlier() -> None:
    check = check_in(State.ASKING)
    (keep,) = check.handle(steps.Answered(MINE, EPOCH, result_of("A")))
    assert isinstance(keep, steps.Keep)
    assert keep.answer
    assert check.screen is Screen.ASKING
    assert check.handle(steps.Answered(MINE, EPOCH, result_of("A", Validity.INVALID))) == []
    assert check.handle(steps.CouldNotAsk(MINE, EPOCH, "gateway.timeout")) == []
    check.handle(steps.Recorded(MINE, EPOCH, 3))
    assert (check.screen, check.reception_number) == (Screen.ACCEPTED, 3)


def test_record_that_nobody_asked_for_is_ignored() -> None:
    check = check_in(State.ASKING)
    assert check.handle(steps.Recorded(MINE, EPOCH, 3)) == []
    assert check.screen is Screen.ASKING


def test_nonce_is_fetched_while_the_pin_is_entered() -> None:
    check = Check(MINE, EPOCH, 0.0, Limits(), card_present=True)
    assert check.handle(steps.CardRead(MINE, EPOCH, REPORT)) == [steps.ChooseMethod()]
    effects = check.handle(steps.MethodChosen(MINE, EPOCH, Preference.PIN_FIRST))
    assert effects == [steps.OpenKeypad(), steps.FetchNonce()]


def test_visit_that_is_over_hears_nothing_more() -> None:
    check = check_in(State.PIN)
    check.handle(steps.CardLeft(MINE, EPOCH))
    assert check.is_over
    assert all(check.handle(event) == [] for event in events(MINE, EPOCH))
