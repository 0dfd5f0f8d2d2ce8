"""Finding the tenkey on the port that the settings name among the kernel's input devices."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import evdev

from app.errors import TenkeyForbidden, TenkeyMissing, TenkeyNoPort, TenkeyShared
from app.tenkey.evdev_codes import KEYPAD
from app.tenkey.udev_mark import MARK, UDEV_FOLDER, is_marked

INPUT_FOLDER = Path("/dev/input")
SYS_FOLDER = Path("/sys/class/input")
WORD_BITS = struct.calcsize("l") * 8
_USB_PORT = re.compile(r"usb-[^/\s]+")


class Event(Protocol):
    """One event of the kernel."""

    @property
    def type(self) -> int: ...
    @property
    def code(self) -> int: ...
    @property
    def value(self) -> int: ...


class Device(Protocol):
    """An open input device, as ``evdev.InputDevice`` is one."""

    @property
    def path(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phys(self) -> str:
        """The port that it is plugged into, as ``usb-0000:00:14.0-2/input0``; may be empty."""
        ...

    def fileno(self) -> int: ...

    def read(self) -> Iterable[Event]:
        """Raises ``OSError`` once it is unplugged."""
        ...

    def grab(self) -> None:
        """Raises ``OSError`` when somebody else has it."""
        ...

    def set_led(self, led: int, value: int) -> None:
        """Raises ``OSError``."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """An input device as the kernel describes it to everybody: nothing was opened to know this."""

    path: str
    name: str
    port: str
    """As ``usb-0000:00:14.0-2``; empty where the device tells none."""
    has_keypad: bool
    is_marked: bool
    """The screens of this box leave it alone, whatever we do."""


class Inputs(Protocol):
    """The machine's input devices."""

    def seen(self) -> list[Seen]: ...

    def open(self, path: str) -> Device:
        """Raises ``OSError``."""
        ...


class KernelDevice:
    """``Device`` over evdev, whose own errors are no ``OSError``."""

    def __init__(self, path: str) -> None:
        self._device: evdev.InputDevice[str] = evdev.InputDevice(path)
        self.path, self.name, self.phys = path, self._device.name, self._device.phys

    def fileno(self) -> int:
        return self._device.fileno()

    def read(self) -> Iterable[Event]:
        return self._device.read()

    def grab(self) -> None:
        self._device.grab()

    def set_led(self, led: int, value: int) -> None:
        try:
            self._device.set_led(led, value)
        except evdev.EvdevError as error:  # opened for reading alone
            raise PermissionError(str(error)) from error

    def close(self) -> None:
        self._device.close()


class KernelInputs:
    """What the kernel has. It is read in sysfs, so that looking opens nobody's keys: only what is taken is opened."""

    def __init__(
        self, sys_folder: Path = SYS_FOLDER, folder: Path = INPUT_FOLDER, udev_folder: Path = UDEV_FOLDER
    ) -> None:
        self._sys_folder = sys_folder
        self._folder = folder
        self._udev_folder = udev_folder

    def seen(self) -> list[Seen]:
        found = (place for place in self._sys_folder.glob("event*") if place.name[5:].isdigit())
        return [self._describe(place) for place in sorted(found, key=lambda place: int(place.name[5:]))]

    def open(self, path: str) -> Device:
        return KernelDevice(path)

    def _describe(self, place: Path) -> Seen:
        return Seen(
            str(self._folder / place.name),
            _text(place / "device" / "name"),
            port_of(_text(place / "device" / "phys")),
            key_codes(_text(place / "device" / "capabilities" / "key")) >= KEYPAD,
            is_marked(_text(place / "dev"), self._udev_folder),
        )


def port_of(phys: str) -> str:
    """What stands before the last slash: one piece of hardware may be several devices on one port."""
    return phys.rpartition("/")[0]


def key_codes(words: str) -> frozenset[int]:
    """Read the kernel's set of keys: hexadecimal machine words, the highest first. What cannot be read has none.

    Source: drivers/input/input.c, ``input_print_bitmap``, 2026-11.
    """
    codes: set[int] = set()
    for index, word in enumerate(reversed(words.split())):
        try:
            bits = int(word, 16)
        except ValueError:
            return frozenset()
        codes.update(index * WORD_BITS + bit for bit in range(WORD_BITS) if bits >> bit & 1)
    return frozenset(codes)


def find_tenkey(inputs: Inputs, wanted: str) -> Device:
    """Open the tenkey on the USB port ``wanted``, compared exactly; no other device is opened.

    Only a port is taken. A name fits every tenkey of that make: while the desk's own is pulled out, the patients' would
    be the only one that fits, and its digits are a PIN. No count of those that fit helps, since they come one by one.

    Raises:
        TenkeyShared: the screens of this box get its keys too (``app/tenkey/udev_mark.py`` says why that is refused).
        TenkeyNoPort, TenkeyMissing, TenkeyForbidden: ``tried`` says what was seen.
    """
    everything = inputs.seen()
    if not _USB_PORT.fullmatch(wanted):
        raise TenkeyNoPort(tell_keypads(everything))
    here = [one for one in everything if one.has_keypad and one.port == wanted]
    if not here:
        raise TenkeyMissing(tell_keypads(everything))
    bare = [one for one in everything if one.port == wanted and not one.is_marked]
    if bare:
        raise TenkeyShared([f"{one.name} ({one.path}) has no {MARK} in udev's database" for one in bare])
    return _open(inputs, here[0], wanted)


def tell_keypads(everything: list[Seen]) -> list[str]:
    """Each tenkey's name with its port in brackets."""
    told = [f"{one.name} ({one.port or 'no port'})" for one in everything if one.has_keypad]
    return told or [f"{len(everything)} input devices, none with a keypad"]


def _open(inputs: Inputs, seen: Seen, wanted: str) -> Device:
    try:
        device = inputs.open(seen.path)
    except PermissionError as error:
        raise TenkeyForbidden([f"{seen.name} ({seen.path}) may not be opened by user {os.geteuid()}"]) from error
    except OSError as error:
        raise TenkeyMissing([f"{seen.name} ({seen.path}): {error.strerror}"]) from error
    if port_of(device.phys) != wanted:  # another one took its place while we looked
        device.close()
        raise TenkeyMissing([f"{device.name} ({device.path}) is on another port"])
    return device


def _text(file: Path) -> str:
    """Empty where the kernel has nothing to tell, or no longer."""
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
