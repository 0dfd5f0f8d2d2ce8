"""Finding the one tenkey that the settings name among the kernel's input devices."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import evdev

from app.errors import TenkeyAmbiguous, TenkeyError, TenkeyForbidden, TenkeyMissing
from app.tenkey.evdev_codes import EV_KEY, KEYPAD

INPUT_FOLDER = Path("/dev/input")


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

    def codes(self) -> frozenset[int]:
        """The keys that it can send."""
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


class Inputs(Protocol):
    """The machine's input devices."""

    def paths(self) -> list[str]: ...

    def open(self, path: str) -> Device:
        """Raises ``OSError``."""
        ...


class KernelDevice:
    """``Device`` over evdev, whose own errors are no ``OSError``."""

    def __init__(self, path: str) -> None:
        self._device: evdev.InputDevice[str] = evdev.InputDevice(path)
        self.path, self.name, self.phys = path, self._device.name, self._device.phys

    def codes(self) -> frozenset[int]:
        return frozenset(self._device.capabilities().get(EV_KEY, []))

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
    """What stands in ``/dev/input``."""

    def __init__(self, folder: Path = INPUT_FOLDER) -> None:
        self._folder = folder

    def paths(self) -> list[str]:
        found = (path for path in self._folder.glob("event*") if path.name[5:].isdigit())
        return [str(path) for path in sorted(found, key=lambda path: int(path.name[5:]))]

    def open(self, path: str) -> Device:
        return KernelDevice(path)


def find_tenkey(inputs: Inputs, wanted: str) -> Device:
    """Return the open tenkey whose name, or whose port, contains ``wanted``; capitals do not matter.

    Two that fit are none: a patient's tenkey of the same make may hang on this box, and its digits are a PIN.

    Raises:
        TenkeyMissing, TenkeyForbidden, TenkeyAmbiguous: ``tried`` says what was seen.
    """
    fitting: list[Device] = []
    seen: list[str] = []
    forbidden = 0
    for path in inputs.paths():
        try:
            device = inputs.open(path)
        except PermissionError:
            forbidden += 1
            continue
        except OSError:  # it went while we looked
            continue
        if device.codes() >= KEYPAD:
            seen.append(f"{device.name} ({device.phys or device.path})")
            if wanted.casefold() in f"{device.name}\n{device.phys}".casefold():
                fitting.append(device)
                continue
        device.close()
    if len({_port(one) for one in fitting}) == 1:
        for spare in fitting[1:]:
            spare.close()
        return fitting[0]
    for one in fitting:
        one.close()
    raise _failure(fitting, seen, forbidden, inputs.paths())


def _port(device: Device) -> str:
    """One piece of hardware may be several devices on one port."""
    return device.phys.rpartition("/")[0] or device.path


def _failure(fitting: list[Device], seen: list[str], forbidden: int, paths: list[str]) -> TenkeyError:
    if fitting:
        return TenkeyAmbiguous([f"{one.name} ({one.phys or one.path})" for one in fitting])
    if forbidden:
        return TenkeyForbidden([f"{forbidden} of {len(paths)} input devices may not be opened by user {os.geteuid()}"])
    return TenkeyMissing(seen or [f"{len(paths)} input devices, none with a keypad"])
