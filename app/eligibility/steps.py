"""What may happen to a check (events) and what it asks for (effects).

Every event carries ``check_id`` and ``epoch``; the check drops and counts what bears another visit's.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.eligibility.model import EligibilityResult
from app.eligibility.ports import CardReport, Keypad, Method, Outcome
from app.eligibility.screens import Button, Screen
from app.eligibility.visual import DEFAULT, Preference, VisualDecision


@dataclass(frozen=True, slots=True)
class Event:
    check_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class CardRead(Event):
    report: CardReport


@dataclass(frozen=True, slots=True)
class MethodChosen(Event):
    preference: Preference


@dataclass(frozen=True, slots=True)
class CardFailed(Event):
    """The card lies there but could not be read or used."""

    code: str


@dataclass(frozen=True, slots=True)
class CardLeft(Event):
    """The card was taken or changed; with ``code`` it may lie there still, but reader or card process are gone."""

    code: str | None = None


@dataclass(frozen=True, slots=True)
class KeypadOpened(Event):
    keypad: Keypad


@dataclass(frozen=True, slots=True)
class Submitted(Event):
    """Four tokens came back. No digit is in them, but with the keypad they were drawn on they are the PIN."""

    keypad_id: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeypadRefused(Event):
    """The tokens were spent, expired or of another card; the card was not asked."""


@dataclass(frozen=True, slots=True)
class PinRefused(Event):
    """The card said no. 0 attempts remaining means locked."""

    attempts_remaining: int


@dataclass(frozen=True, slots=True)
class PinAbsent(Event):
    """The card turned out to have no PIN."""


@dataclass(frozen=True, slots=True)
class Signed(Event):
    """What the service needs is here: the card's signature, or its certificate and the word of staff."""


@dataclass(frozen=True, slots=True)
class RequestOpened(Event):
    """Staff see that they are asked."""

    request_id: str


@dataclass(frozen=True, slots=True)
class RequestNotOpened(Event):
    code: str


@dataclass(frozen=True, slots=True)
class StaffDecided(Event):
    """Staff answered a request. Only the request that is open now counts."""

    request_id: str
    decision: VisualDecision


@dataclass(frozen=True, slots=True)
class Answered(Event):
    result: EligibilityResult


@dataclass(frozen=True, slots=True)
class CouldNotAsk(Event):
    """An error on the way: nothing is known about the person."""

    code: str
    service_code: str | None = None
    service_message: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded(Event):
    """The final record is durable."""

    reception_number: int


@dataclass(frozen=True, slots=True)
class NotRecorded(Event):
    """The final record could not be made durable in time; it is being retried behind the scenes."""

    code: str


@dataclass(frozen=True, slots=True)
class CallKept(Event):
    """The call for help stands on the board, or could not be written."""

    is_kept: bool


@dataclass(frozen=True, slots=True)
class Pressed(Event):
    button: Button
    screen: Screen
    """The screen that carried the button: a press on a screen that is gone does nothing."""


@dataclass(frozen=True, slots=True)
class Tick(Event):
    now_s: float


@dataclass(frozen=True, slots=True)
class Effect:
    """A wish of the check; ``Reception`` fulfils it."""


@dataclass(frozen=True, slots=True)
class ChooseMethod(Effect):
    """Look up how this card is to be confirmed."""


@dataclass(frozen=True, slots=True)
class OpenKeypad(Effect):
    pass


@dataclass(frozen=True, slots=True)
class Warm(Effect):
    """Open the way to the service while staff look at the patient."""


@dataclass(frozen=True, slots=True)
class FetchNonce(Effect):
    """Have a nonce ready when the PIN is; opens the way to the service too."""


@dataclass(frozen=True, slots=True)
class Prove(Effect):
    """Take a nonce, then let the card verify the PIN once and sign."""

    keypad_id: str
    tokens: tuple[str, ...]
    is_last_try: bool = False
    """The service must answer now before the card is asked."""


@dataclass(frozen=True, slots=True)
class AskStaff(Effect):
    """Open a request for 目視確認."""


@dataclass(frozen=True, slots=True)
class EndRequest(Effect):
    """Nobody can answer this request any more."""

    request_id: str


@dataclass(frozen=True, slots=True)
class ShowCertificate(Effect):
    """Read the certificate without a PIN, to ask on the word of staff."""

    decision: VisualDecision


@dataclass(frozen=True, slots=True)
class Ask(Effect):
    """Open the row, then ask the service once."""

    method: Method = Method.PIN


@dataclass(frozen=True, slots=True)
class Keep(Effect):
    """Record where the check stands. ``answer`` tells the check when that is durable."""

    outcome: Outcome
    reason: str | None
    result: EligibilityResult | None = None
    service_code: str | None = None
    service_message: str | None = None
    answer: bool = False
    method: Method = Method.PIN


@dataclass(frozen=True, slots=True)
class Withdraw(Effect):
    pass


@dataclass(frozen=True, slots=True)
class CallStaff(Effect):
    screen: Screen


@dataclass(frozen=True, slots=True)
class ReadAgain(Effect):
    pass


@dataclass(frozen=True, slots=True)
class Release(Effect):
    """Wipe the keypad and power the card off."""


def after_bug(check_id: str, epoch: int, effect: Effect) -> Event | None:
    """Return what a check is told when an effect of its own broke: a patient must not wait for ever."""
    match effect:
        case ChooseMethod():
            return MethodChosen(check_id, epoch, DEFAULT)
        case AskStaff():
            return RequestNotOpened(check_id, epoch, "check.bug")
        case Prove() | ShowCertificate() | Ask():
            return CouldNotAsk(check_id, epoch, "check.bug")
        case Keep(answer=True):
            return NotRecorded(check_id, epoch, "check.bug")
        case OpenKeypad() | ReadAgain():
            return CardFailed(check_id, epoch, "check.bug")
        case CallStaff():
            return CallKept(check_id, epoch, is_kept=False)
    return None
