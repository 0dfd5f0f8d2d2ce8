"""Which device is the tenkey, what its keys mean, and what happens when it comes and goes."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from evdev import ecodes

from app.errors import TenkeyError, TenkeyForbidden, TenkeyMissing, TenkeyNoPort
from app.speech.desk_model import Key
from app.tenkey.evdev_codes import KEY_OF, KEYPAD
from app.tenkey.evdev_devices import WORD_BITS, KernelInputs, Seen, find_tenkey, key_codes
from app.tenkey.evdev_source import EvdevKeys
from app.tenkey.keys import KeyPressed, NotFound, Plugged, Unplugged
from tests.tenkey.fake_inputs import NAME, PHYS, PORT, FakeDevice, FakeInputs, Following

MOUSE = frozenset({ecodes.ecodes["BTN_LEFT"]})
PATIENTS = "usb-0000:00:14.0-3"


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


def test_the_tenkey_on_the_named_port_is_opened_and_no_other_device_is() -> None:
    """Whichever the kernel counted first: the other one's digits are a PIN."""
    for here, other in ((PORT, PATIENTS), (PATIENTS, PORT)):
        mouse = FakeDevice("/dev/input/event1", NAME, f"{here}/input1", MOUSE)
        first, second = FakeDevice("/dev/input/event2", NAME, f"{other}/input0"), FakeDevice(phys=f"{here}/input0")
        inputs = FakeInputs(mouse, first, second)
        assert find_tenkey(inputs, here) is second
        assert inputs.opened == [second.path]
        assert first.calls == second.calls == mouse.calls == []


def test_a_tenkey_of_the_same_name_is_not_taken_while_the_own_one_is_pulled_out() -> None:
    inputs = FakeInputs(FakeDevice(phys=f"{PATIENTS}/input0"))
    with pytest.raises(TenkeyMissing) as caught:
        find_tenkey(inputs, PORT)
    assert caught.value.tried == (f"{NAME} ({PATIENTS})",)
    assert inputs.opened == []


@pytest.mark.parametrize(
    "there", [f"{PORT}0", f"{PORT}.1", "usb-0000:00:14.0-22", "usb-0000:00:14.0", "USB-0000:00:14.0-2"]
)
def test_a_port_is_compared_exactly(there: str) -> None:
    with pytest.raises(TenkeyMissing):
        find_tenkey(FakeInputs(FakeDevice(phys=f"{there}/input0")), PORT)


@pytest.mark.parametrize(
    "wanted", ["", NAME, "SIGMACHIP", "00:14.0-2", f"{PORT}/input0", f"x{PORT}", "usb-", "no port"]
)
def test_what_names_no_usb_port_takes_nothing_even_where_one_tenkey_alone_fits(wanted: str) -> None:
    inputs = FakeInputs(FakeDevice(), FakeDevice("/dev/input/event4", NAME, ""))
    with pytest.raises(TenkeyNoPort) as caught:
        find_tenkey(inputs, wanted)
    assert caught.value.tried == (f"{NAME} ({PORT})", f"{NAME} (no port)")
    assert inputs.opened == []


def test_what_took_the_place_of_the_tenkey_while_it_was_opened_is_let_go() -> None:
    class Swapped(FakeInputs):
        def open(self, path: str) -> FakeDevice:
            return patients

    patients = FakeDevice(phys=f"{PATIENTS}/input0")
    with pytest.raises(TenkeyMissing, match="on another port"):
        find_tenkey(Swapped(FakeDevice()), PORT)
    assert patients.calls == ["close"]


def test_a_tenkey_that_may_not_be_opened_or_went_is_told_as_that() -> None:
    inputs = FakeInputs(FakeDevice())
    inputs.forbidden = {"/dev/input/event3"}
    with pytest.raises(TenkeyForbidden, match=r"event3\) may not be opened by user"):
        find_tenkey(inputs, PORT)

    class Gone(FakeInputs):
        def open(self, path: str) -> FakeDevice:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    with pytest.raises(TenkeyMissing, match="No such file"):
        find_tenkey(Gone(FakeDevice()), PORT)


def describe(folder: Path, device: str, /, **files: str) -> None:
    for file, text in files.items():
        target = folder / device / "device" / file.replace("_", "/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", "utf-8")


def test_devices_are_seen_in_sysfs_without_opening_one(tmp_path: Path) -> None:
    keys = "1000000000007 ff000000000007ff febeffdfffefffff fffffffffffffffe"
    describe(tmp_path, "event10", name=NAME, phys=PHYS, capabilities_key=keys)
    describe(tmp_path, "event9", name="Mouse", capabilities_key="1f0000 0 0 0 0")
    describe(tmp_path, "event11", name="Odd", phys="x", capabilities_key="no number")
    (tmp_path / "mouse0").mkdir()
    (tmp_path / "eventful").mkdir()
    assert KernelInputs(tmp_path, Path("/dev/input")).seen() == [
        Seen("/dev/input/event9", "Mouse", "", has_keypad=False),
        Seen("/dev/input/event10", NAME, PORT, has_keypad=True),
        Seen("/dev/input/event11", "Odd", "", has_keypad=False),
    ]


def test_a_machine_without_input_devices_has_no_tenkey(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TenkeyMissing, match="0 input devices"):
            find_tenkey(KernelInputs(folder), PORT)


def test_keys_are_read_from_words_of_the_machine() -> None:
    assert key_codes("") == key_codes("0 0") == key_codes("x 1") == frozenset()
    assert key_codes("8000000000000001 2") == {1, WORD_BITS, 2 * WORD_BITS - 1}


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


@pytest.mark.parametrize("kind", [TenkeyError, *TenkeyError.__subclasses__()])
def test_what_was_tried_is_kept_apart_from_the_code(kind: type[TenkeyError]) -> None:
    assert kind(["a", "b"]).tried == ("a", "b")
    assert kind.code.startswith("tenkey.")


def test_the_keypad_is_ten_digits() -> None:
    assert len(KEYPAD) == 10
