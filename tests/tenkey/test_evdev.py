"""Which device is the tenkey, what its keys mean, and what happens when it comes and goes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from evdev import ecodes

from app.errors import TenkeyAmbiguous, TenkeyError, TenkeyForbidden, TenkeyMissing
from app.speech.desk_model import Key
from app.tenkey.evdev_codes import KEY_OF, KEYPAD
from app.tenkey.evdev_devices import KernelInputs, find_tenkey
from app.tenkey.evdev_source import EvdevKeys
from app.tenkey.keys import KeyPressed, NotFound, Plugged, Unplugged
from tests.tenkey.fake_inputs import NAME, PORT, FakeDevice, FakeInputs, Following

MOUSE = frozenset({ecodes.ecodes["BTN_LEFT"]})
PATIENTS = "usb-0000:00:14.0-3/input0"


@pytest.mark.parametrize(
    ("key", "keypad", "arrow"),
    [
        ("0", "KEY_KP0", "KEY_INSERT"),
        ("1", "KEY_KP1", "KEY_END"),
        ("2", "KEY_KP2", "KEY_DOWN"),
        ("3", "KEY_KP3", "KEY_PAGEDOWN"),
        ("4", "KEY_KP4", "KEY_LEFT"),
        ("5", "KEY_KP5", "KEY_CLEAR"),
        ("6", "KEY_KP6", "KEY_RIGHT"),
        ("7", "KEY_KP7", "KEY_HOME"),
        ("8", "KEY_KP8", "KEY_UP"),
        ("9", "KEY_KP9", "KEY_PAGEUP"),
        ("+", "KEY_KPPLUS", "KEY_KPPLUS"),
        ("-", "KEY_KPMINUS", "KEY_MINUS"),
        ("*", "KEY_KPASTERISK", "KEY_KPASTERISK"),
        ("/", "KEY_KPSLASH", "KEY_SLASH"),
        ("Enter", "KEY_KPENTER", "KEY_ENTER"),
        (".", "KEY_KPDOT", "KEY_DELETE"),
        (".", "KEY_BACKSPACE", "KEY_KPCOMMA"),
    ],
)
def test_a_key_means_what_is_printed_on_it_whatever_num_lock_says(key: str, keypad: str, arrow: str) -> None:
    assert KEY_OF[ecodes.ecodes[keypad]] is KEY_OF[ecodes.ecodes[arrow]] is Key(key)


def test_every_key_of_the_desk_can_be_pressed() -> None:
    assert set(KEY_OF.values()) == set(Key)
    assert ecodes.ecodes["KEY_NUMLOCK"] not in KEY_OF


@pytest.mark.parametrize("wanted", ["SIGMACHIP", "sigmachip usb", "00:14.0-2"])
def test_the_tenkey_is_found_by_a_part_of_its_name_or_port(wanted: str) -> None:
    tenkey, patients = FakeDevice(), FakeDevice("/dev/input/event4", "ELECOM TK", PATIENTS)
    mouse = FakeDevice("/dev/input/event1", NAME, PORT, MOUSE)
    assert find_tenkey(FakeInputs(mouse, tenkey, patients), wanted) is tenkey
    assert tenkey.calls == []
    assert mouse.calls == patients.calls == ["close"]


def test_two_tenkeys_of_one_name_are_none_until_the_port_is_named() -> None:
    """One of them may be the patients', and its digits are a PIN."""
    tenkey, patients = FakeDevice(), FakeDevice("/dev/input/event4", NAME, PATIENTS)
    with pytest.raises(TenkeyAmbiguous) as caught:
        find_tenkey(FakeInputs(tenkey, patients), NAME)
    assert caught.value.tried == (f"{NAME} ({PORT})", f"{NAME} ({PATIENTS})")
    assert tenkey.calls == patients.calls == ["close"]
    assert find_tenkey(FakeInputs(tenkey, patients), PATIENTS) is patients


def test_several_devices_of_one_piece_of_hardware_are_one_tenkey() -> None:
    first, second = FakeDevice(), FakeDevice("/dev/input/event4", NAME, "usb-0000:00:14.0-2/input1")
    assert find_tenkey(FakeInputs(first, second), NAME) is first
    assert second.calls == ["close"]


def test_what_was_seen_is_said_when_none_fits() -> None:
    inputs = FakeInputs(FakeDevice(), FakeDevice("/dev/input/event1", "Mouse", "", MOUSE))
    with pytest.raises(TenkeyMissing) as caught:
        find_tenkey(inputs, "other")
    assert caught.value.tried == (f"{NAME} ({PORT})",)
    inputs.forbidden = {"/dev/input/event7", "/dev/input/event8"}
    with pytest.raises(TenkeyForbidden, match="2 of 4 input devices may not be opened by user"):
        find_tenkey(inputs, "other")


def test_a_machine_without_input_devices_has_no_tenkey(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TenkeyMissing, match="0 input devices"):
            find_tenkey(KernelInputs(folder), "")
    for name in ("event10", "event9", "mouse0", "eventful"):
        (tmp_path / name).touch()
    assert KernelInputs(tmp_path).paths() == [str(tmp_path / "event9"), str(tmp_path / "event10")]


@pytest.fixture
def tenkey() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def following(tenkey: FakeDevice) -> Iterator[Following]:
    with closing(Following(EvdevKeys(NAME, FakeInputs(tenkey)))) as made:
        assert made.next() == Plugged(NAME)
        yield made


def test_the_tenkey_is_ours_alone_and_its_num_lock_is_on(following: Following, tenkey: FakeDevice) -> None:
    assert tenkey.calls == ["grab", "led LED_NUML 1"]
    tenkey.press("KEY_NUMLOCK", "KEY_KP5")
    assert following.next() == KeyPressed(Key.N5)
    assert tenkey.calls[2:] == ["led LED_NUML 1"]
    following.close()
    assert tenkey.calls[-1] == "close"


def test_only_the_press_counts_and_repeats_do_not(following: Following, tenkey: FakeDevice) -> None:
    tenkey.send(("KEY_KP6", 1))
    for _ in range(30):
        tenkey.send(("KEY_KP6", 2))
    tenkey.send(("KEY_KP6", 0))
    tenkey.press("KEY_TAB", "KEY_KP8")
    assert [following.next() for _ in range(3)] == [KeyPressed(Key.N6), KeyPressed(None), KeyPressed(Key.N8)]


def test_the_key_of_two_zeros_is_two_presses(following: Following, tenkey: FakeDevice) -> None:
    tenkey.send(("KEY_KP0", 1), ("KEY_KP0", 0), ("KEY_KP0", 1), ("KEY_KP0", 0))
    assert [following.next(), following.next()] == [KeyPressed(Key.N0)] * 2


def test_a_tenkey_that_was_pulled_is_found_again_and_taken_anew() -> None:
    first = FakeDevice()
    inputs = FakeInputs(first)
    with closing(Following(EvdevKeys(NAME, inputs, 0.01))) as following:
        assert following.next() == Plugged(NAME)
        del inputs.devices[first.path]
        first.pull()
        assert following.next() == Unplugged()
        missing = following.next()
        assert isinstance(missing, NotFound)
        assert missing.error.code == "tenkey.missing"
        for _ in range(5):
            assert inputs.looked.acquire(timeout=15)  # it is told once, however often one looks
        second = FakeDevice("/dev/input/event9")
        inputs.devices[second.path] = second
        assert following.next() == Plugged(NAME)
        assert second.calls == ["grab", "led LED_NUML 1"]
        second.press("KEY_KPPLUS")
        assert following.next() == KeyPressed(Key.PLUS)
        assert first.calls[-1] == "close"


def test_a_tenkey_that_another_program_holds_is_waited_for(tenkey: FakeDevice) -> None:
    tenkey.is_taken_by_another, tenkey.has_lamp = True, False
    with closing(Following(EvdevKeys(NAME, FakeInputs(tenkey), 0.01))) as following:
        told = following.next()
        assert isinstance(told, NotFound)
        assert told.error.code == "tenkey.taken"
        assert told.error.tried == (f"{NAME} (/dev/input/event3): Device or resource busy",)
        tenkey.is_taken_by_another = False
        assert following.next() == Plugged(NAME)
        tenkey.press("KEY_KP1")
        assert following.next() == KeyPressed(Key.N1)


def test_no_log_and_no_text_form_says_which_key_was_pressed(
    caplog: pytest.LogCaptureFixture, tenkey: FakeDevice
) -> None:
    caplog.set_level(logging.DEBUG)
    with closing(Following(EvdevKeys(NAME, FakeInputs(tenkey)))) as following:
        following.next()
        quiet = len(caplog.records)
        tenkey.press("KEY_KP7", "KEY_KP9", "KEY_KPENTER")
        pressed = [following.next() for _ in range(3)]
        assert len(caplog.records) == quiet
    assert {repr(one) for one in pressed} == {"KeyPressed()"}


@pytest.mark.parametrize("kind", [TenkeyError, *TenkeyError.__subclasses__()])
def test_what_was_tried_is_kept_apart_from_the_code(kind: type[TenkeyError]) -> None:
    assert kind(["a", "b"]).tried == ("a", "b")
    assert kind.code.startswith("tenkey.")


def test_the_keypad_is_ten_digits() -> None:
    assert len(KEYPAD) == 10
