"""The kernel's own events: a virtual tenkey, where this machine may make one."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import evdev
import pytest
from evdev import ecodes

from app.speech.desk_model import Key
from app.tenkey.evdev_codes import EV_KEY, KEY_OF, LED_NUM_LOCK
from app.tenkey.evdev_devices import INPUT_FOLDER, KernelInputs
from app.tenkey.evdev_source import EvdevKeys
from app.tenkey.keys import KeyPressed, NotFound, Plugged, Unplugged
from app.tenkey.udev_mark import MARK
from tests.tenkey.fake_inputs import Following

UINPUT = Path("/dev/uinput")
NAME = "Uketsuke test tenkey"
PORT = "usb-uketsuke-test-1"


def _why_not() -> str | None:
    if not UINPUT.exists():
        return f"{UINPUT} is not there: this kernel makes no virtual input devices (modprobe uinput)"
    if not os.access(UINPUT, os.W_OK):
        return f"{UINPUT} may not be written by this user (group input, or a udev rule)"
    if not INPUT_FOLDER.exists():
        return f"{INPUT_FOLDER} is not there: devices that the kernel makes get no file here"
    return None


pytestmark = pytest.mark.skipif(_why_not() is not None, reason=str(_why_not()))


def make_tenkey() -> evdev.UInput:
    return evdev.UInput({EV_KEY: sorted(KEY_OF), ecodes.EV_LED: [LED_NUM_LOCK]}, name=NAME, phys=f"{PORT}/input0")


def test_a_virtual_tenkey_is_found_grabbed_heard_and_missed(tmp_path: Path) -> None:
    virtual = make_tenkey()
    number = os.stat(virtual.device.path).st_rdev
    (tmp_path / f"c{os.major(number)}:{os.minor(number)}").write_text(f"E:{MARK}\n")
    inputs = KernelInputs(udev_folder=tmp_path)
    with closing(Following(EvdevKeys(PORT, inputs, 0.05))) as following:
        event = following.next()
        while isinstance(event, NotFound):  # udev gives the rights a moment later
            event = following.next()
        assert event == Plugged(NAME)
        for name in ("KEY_KP5", "KEY_HOME"):
            for value in (1, 2, 0):
                virtual.write(EV_KEY, ecodes.ecodes[name], value)
                virtual.syn()
        assert [following.next(), following.next()] == [KeyPressed(Key.N5), KeyPressed(Key.N7)]
        with closing(evdev.InputDevice(virtual.device.path)) as rival, pytest.raises(OSError, match="busy"):
            rival.grab()
        virtual.close()
        assert following.next() == Unplugged()
