"""Which device is the tenkey: the one on the named port, kept from the screens, and never another."""

from __future__ import annotations

import errno
import fnmatch
import re
from pathlib import Path

import pytest
from evdev import ecodes

from app.errors import TenkeyError, TenkeyForbidden, TenkeyMissing, TenkeyNoPort, TenkeyShared
from app.tenkey.evdev_devices import WORD_BITS, KernelInputs, Seen, find_tenkey, key_codes
from app.tenkey.udev_mark import MARK, is_marked
from tests.tenkey.fake_inputs import NAME, PHYS, PORT, FakeDevice, FakeInputs

MOUSE = frozenset({ecodes.ecodes["BTN_LEFT"]})
RULE = Path(__file__).parents[2] / "kiosk" / "70-uketsuke-tenkey.rules"
PATIENTS = "usb-0000:00:14.0-3"


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
    inputs = FakeInputs(FakeDevice(phys=f"{there}/input0"))
    with pytest.raises(TenkeyMissing):
        find_tenkey(inputs, PORT)
    assert inputs.opened == []


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


def test_a_tenkey_whose_keys_go_to_the_screens_too_is_not_opened() -> None:
    """Until it is grabbed, a number typed on it would fill a patient's PIN screen; all of the hardware counts."""
    tenkey, more = FakeDevice(), FakeDevice("/dev/input/event4", "more keys", f"{PORT}/input1", MOUSE)
    for bare in (tenkey, more):
        bare.is_marked = False
        inputs = FakeInputs(tenkey, more)
        with pytest.raises(TenkeyShared) as caught:
            find_tenkey(inputs, PORT)
        assert caught.value.tried == (f"{bare.name} ({bare.path}) has no {MARK} in udev's database",)
        assert inputs.opened == []
        bare.is_marked = True
    patients = FakeDevice("/dev/input/event5", NAME, f"{PATIENTS}/input0")
    patients.is_marked = False
    assert find_tenkey(FakeInputs(tenkey, patients), PORT) is tenkey


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"S:input/by-id/x\nI:1\nE:ID_INPUT=1\nE:{MARK}\nG:seat\n", True),
        ("E:ID_INPUT=1\nE:ID_INPUT_KEYBOARD=1\n", False),
        ("E:LIBINPUT_IGNORE_DEVICE=0\n", False),
        ("E:LIBINPUT_IGNORE_DEVICE=10\n", False),
        (f"S:{MARK}\nE:X={MARK}\n", False),
        ("", False),
    ],
)
def test_the_mark_is_read_in_the_database_of_udev(tmp_path: Path, text: str, *, expected: bool) -> None:
    (tmp_path / "c13:67").write_text(text, "utf-8")
    assert is_marked("13:67", tmp_path) is expected
    assert not is_marked("13:68", tmp_path)
    assert not is_marked("", tmp_path)
    assert not is_marked("13:67", tmp_path / "none")


def test_the_rule_that_is_kept_with_the_project_sets_the_mark_for_one_port() -> None:
    lines = RULE.read_text("utf-8").splitlines()
    (rule,) = [line for line in lines if not line.startswith("#")]
    name, value = MARK.split("=")
    assert rule.endswith(f'ENV{{{name}}}="{value}"')
    assert [line for line in lines if "@PORT@" in line and line != rule] == [line for line in lines if "sed " in line]
    found = re.search(r'ATTRS\{phys\}=="([^"]+)"', rule)
    assert found
    pattern = found[1].replace("@PORT@", PORT)
    assert fnmatch.fnmatchcase(PHYS, pattern)
    assert fnmatch.fnmatchcase(f"{PORT}/input1", pattern)
    for other in (f"{PORT}0/input0", f"{PORT}.1/input0", f"{PATIENTS}/input0"):
        assert not fnmatch.fnmatchcase(other, pattern)


def describe(folder: Path, device: str, /, **files: str) -> None:
    for file, text in files.items():
        target = folder / device / "device" / file.replace("_", "/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", "utf-8")


def test_devices_are_seen_in_sysfs_without_opening_one(tmp_path: Path) -> None:
    keys = "1000000000007 ff000000000007ff febeffdfffefffff fffffffffffffffe"
    describe(tmp_path, "event10", name=NAME, phys=PHYS, capabilities_key=keys)
    (tmp_path / "event10" / "dev").write_text("13:74\n")
    (tmp_path / "udev").mkdir()
    (tmp_path / "udev" / "c13:74").write_text(f"V:1\nE:{MARK}\n")
    describe(tmp_path, "event9", name="Mouse", capabilities_key="1f0000 0 0 0 0")
    describe(tmp_path, "event11", name="Odd", phys="x", capabilities_key="no number")
    (tmp_path / "mouse0").mkdir()
    (tmp_path / "eventful").mkdir()
    assert KernelInputs(tmp_path, udev_folder=tmp_path / "udev").seen() == [
        Seen("/dev/input/event9", "Mouse", "", has_keypad=False, is_marked=False),
        Seen("/dev/input/event10", NAME, PORT, has_keypad=True, is_marked=True),
        Seen("/dev/input/event11", "Odd", "", has_keypad=False, is_marked=False),
    ]


def test_a_machine_without_input_devices_has_no_tenkey(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(TenkeyMissing, match="0 input devices"):
            find_tenkey(KernelInputs(folder), PORT)


def test_keys_are_read_from_words_of_the_machine() -> None:
    assert key_codes("") == key_codes("0 0") == key_codes("x 1") == frozenset()
    assert key_codes("8000000000000001 2") == {1, WORD_BITS, 2 * WORD_BITS - 1}


@pytest.mark.parametrize("kind", [TenkeyError, *TenkeyError.__subclasses__()])
def test_what_was_tried_is_kept_apart_from_the_code(kind: type[TenkeyError]) -> None:
    assert kind(["a", "b"]).tried == ("a", "b")
    assert kind.code.startswith("tenkey.")
