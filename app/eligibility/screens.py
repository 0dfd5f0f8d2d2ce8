"""Names of what the patient can see and press. Captions live in ``app/speech/phrases.py``."""

from __future__ import annotations

from enum import StrEnum


class Screen(StrEnum):
    """One thing a screen; names as in the screen contract."""

    WELCOME = "welcome"
    READING = "reading"
    PIN = "pin"
    ASKING = "asking"
    ACCEPTED = "accepted"
    PIN_WRONG = "pin-wrong"
    PIN_LAST = "pin-last"
    PIN_LOCKED = "pin-locked"
    NO_PIN = "no-pin"
    UNREADABLE = "unreadable"
    OTHER_CARD = "other-card"
    COUNTER = "counter"
    TAKE_CARD = "take-card"
    OUT_OF_ORDER = "out-of-order"


class Button(StrEnum):
    """What a patient can press besides the keypad."""

    NO_PIN = "no-pin"
    """暗証番号がない・わからない, and わからない on the PIN screen."""
    CALL = "call"
    AGAIN = "again"
    ONCE_MORE = "once-more"
    """もう一度だけ: the patient asks for the last try, knowing what it is."""
    STAFF = "staff"
    """職員に見てもらう."""
    UNDERSTOOD = "understood"
    BACK = "back"
    DONE = "done"
    STAY = "stay"
    """Any key or touch while a limit warns: the limit starts anew."""
