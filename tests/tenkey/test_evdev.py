"""What the keys of the tenkey mean, and what happens when it comes and goes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
from evdev import ecodes

from app.speech.desk_model import Key
from app.tenkey.evdev_codes import KEY_OF, KEYPAD
from app.tenkey.evdev_source import EvdevKeys
from app.tenkey.keys import KeyPressed, NotFound, Plugged, Unplugged
from tests.tenkey.fake_inputs import NAME, PORT, FakeDevice, FakeInputs, Following


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


@pytest.fixture
def tenkey() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def following(tenkey: FakeDevice) -> Iterator[Following]:
    with closing(Following(EvdevKeys(PORT, FakeInputs(tenkey)))) as made:
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


@pytest.mark.parametrize("is_whole", [True, False])
def test_keys_that_the_kernel_lost_mean_nothing_and_the_next_ones_do(
    following: Following, tenkey: FakeDevice, caplog: pytest.LogCaptureFixture, *, is_whole: bool
) -> None:
    tenkey.press("KEY_KP1")
    tenkey.overflow(("KEY_KP2", 0), ("KEY_KP3", 1), is_whole=is_whole)
    if not is_whole:
        tenkey.press("KEY_KP4")  # its own report ends what was lost
    tenkey.press("KEY_KP5", "KEY_KP3")
    assert [following.next() for _ in range(3)] == [KeyPressed(Key.N1), KeyPressed(Key.N5), KeyPressed(Key.N3)]
    assert [record.getMessage() for record in caplog.records].count("tenkey.keys_dropped") == 1


def test_a_wake_without_a_key_is_waited_out(following: Following, tenkey: FakeDevice) -> None:
    tenkey.wake_for_nothing()
    tenkey.press("KEY_KP6")
    assert following.next() == KeyPressed(Key.N6)
    assert "close" not in tenkey.calls


def test_a_tenkey_that_is_pulled_while_it_is_taken_is_missing_and_not_another_programs(tenkey: FakeDevice) -> None:
    tenkey.is_pulled_at_grab = True
    with closing(Following(EvdevKeys(PORT, FakeInputs(tenkey), 0.01))) as following:
        told = following.next()
        assert isinstance(told, NotFound)
        assert told.error.code == "tenkey.missing"
        assert told.error.tried == (f"{NAME} (/dev/input/event3): No such device",)
        assert tenkey.calls[0] == "close"


def test_a_tenkey_that_was_pulled_is_found_again_and_taken_anew() -> None:
    first = FakeDevice()
    inputs = FakeInputs(first)
    with closing(Following(EvdevKeys(PORT, inputs, 0.01))) as following:
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


def test_what_udev_has_not_yet_given_is_told_only_when_it_stays_away(tenkey: FakeDevice) -> None:
    inputs = FakeInputs(tenkey)
    tenkey.is_marked = False
    source = EvdevKeys(PORT, inputs, 0.0)
    inputs.after_look = [lambda: setattr(tenkey, "is_marked", True)]
    with closing(Following(source)) as following:
        assert following.next() == Plugged(NAME)
    inputs.after_look = []
    tenkey.is_marked = False
    with closing(Following(EvdevKeys(PORT, inputs, 0.01))) as following:
        told = following.next()
        assert isinstance(told, NotFound)
        assert told.error.code == "tenkey.shared"
        tenkey.is_marked = True
        assert following.next() == Plugged(NAME)


def test_a_tenkey_that_another_program_holds_is_waited_for(tenkey: FakeDevice) -> None:
    tenkey.is_taken_by_another, tenkey.has_lamp = True, False
    with closing(Following(EvdevKeys(PORT, FakeInputs(tenkey), 0.01))) as following:
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
    with closing(Following(EvdevKeys(PORT, FakeInputs(tenkey)))) as following:
        following.next()
        quiet = len(caplog.records)
        tenkey.press("KEY_KP7", "KEY_KP9", "KEY_KPENTER")
        pressed = [following.next() for _ in range(3)]
        assert len(caplog.records) == quiet
    assert {repr(one) for one in pressed} == {"KeyPressed()"}


def test_the_keypad_is_ten_digits() -> None:
    assert len(KEYPAD) == 10
