"""What the kernel calls the keys of a tenkey → what they mean at the desk.

evdev tells which key was pressed, not what a console makes of it: a keypad's 5 is ``KEY_KP5`` whether NumLock is on or
off. Some tenkeys switch by themselves and then send the arrows that stand on the same keys; some have a second row of
codes for digits, or a Backspace. All of them mean what is printed on the key.
Source: linux/input-event-codes.h, 2026-10.
"""

from __future__ import annotations

from evdev import ecodes

from app.speech.desk_model import Key

_NAMES: dict[Key, tuple[str, ...]] = {
    Key.N0: ("KEY_KP0", "KEY_INSERT", "KEY_0", "KEY_NUMERIC_0"),
    Key.N1: ("KEY_KP1", "KEY_END", "KEY_1", "KEY_NUMERIC_1"),
    Key.N2: ("KEY_KP2", "KEY_DOWN", "KEY_2", "KEY_NUMERIC_2"),
    Key.N3: ("KEY_KP3", "KEY_PAGEDOWN", "KEY_3", "KEY_NUMERIC_3"),
    Key.N4: ("KEY_KP4", "KEY_LEFT", "KEY_4", "KEY_NUMERIC_4"),
    Key.N5: ("KEY_KP5", "KEY_CLEAR", "KEY_5", "KEY_NUMERIC_5"),
    Key.N6: ("KEY_KP6", "KEY_RIGHT", "KEY_6", "KEY_NUMERIC_6"),
    Key.N7: ("KEY_KP7", "KEY_HOME", "KEY_7", "KEY_NUMERIC_7"),
    Key.N8: ("KEY_KP8", "KEY_UP", "KEY_8", "KEY_NUMERIC_8"),
    Key.N9: ("KEY_KP9", "KEY_PAGEUP", "KEY_9", "KEY_NUMERIC_9"),
    Key.PLUS: ("KEY_KPPLUS",),
    Key.MINUS: ("KEY_KPMINUS", "KEY_MINUS"),
    Key.STAR: ("KEY_KPASTERISK", "KEY_NUMERIC_STAR"),
    Key.SLASH: ("KEY_KPSLASH", "KEY_SLASH"),
    Key.ENTER: ("KEY_KPENTER", "KEY_ENTER"),
    Key.POINT: ("KEY_KPDOT", "KEY_KPCOMMA", "KEY_DELETE", "KEY_DOT", "KEY_BACKSPACE"),
}


def _code(name: str) -> int:
    code = ecodes.ecodes[name]
    assert isinstance(code, int)  # noqa: S101 - a name of one code
    return code


KEY_OF = {_code(name): key for key, names in _NAMES.items() for name in names}
KEYPAD = frozenset(_code(f"KEY_KP{digit}") for digit in range(10))
"""What a device must be able to send to count as a tenkey."""
NUM_LOCK = _code("KEY_NUMLOCK")
"""No key of ours: tenkeys that keep a NumLock of their own send it around other keys, so it may not even silence."""
EV_KEY, LED_NUM_LOCK = _code("EV_KEY"), _code("LED_NUML")
EV_SYN, SYN_REPORT, SYN_DROPPED = _code("EV_SYN"), _code("SYN_REPORT"), _code("SYN_DROPPED")
DOWN = 1
"""The value of a press; 0 is its end and 2 the kernel's repeat."""
