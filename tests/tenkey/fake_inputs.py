"""Input devices that a test plugs in, presses and pulls out; each press goes through a real descriptor."""

from __future__ import annotations

import errno
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from evdev import ecodes

from app.tenkey.evdev_codes import DOWN, EV_KEY, EV_SYN, KEYPAD, SYN_DROPPED, SYN_REPORT
from app.tenkey.evdev_devices import Device, Event, Seen, port_of
from app.tenkey.evdev_source import EvdevKeys
from app.tenkey.keys import KeyEvent

NAME = "SIGMACHIP USB Keyboard"
PORT = "usb-0000:00:14.0-2"
PHYS = f"{PORT}/input0"
WAIT_S = 15.0


@dataclass(frozen=True, slots=True)
class FakeEvent:
    type: int
    code: int
    value: int


class FakeDevice:
    """``Device`` over a pipe: a byte stands for one packet of events."""

    def __init__(
        self, path: str = "/dev/input/event3", name: str = NAME, phys: str = PHYS, codes: frozenset[int] = KEYPAD
    ) -> None:
        self.path, self.name, self.phys = path, name, phys
        self.codes = codes
        self._out, self._in = os.pipe()
        self._packets: queue.SimpleQueue[list[FakeEvent] | None] = queue.SimpleQueue()
        self._is_gone = False
        self.has_lamp = True
        self.is_marked = True
        self.is_taken_by_another = False
        self.is_pulled_at_grab = False
        self.calls: list[str] = []

    def fileno(self) -> int:
        return self._out

    def read(self) -> Iterable[Event]:
        os.read(self._out, 1)
        if self._is_gone:
            raise OSError(errno.ENODEV, "No such device")
        packet = self._packets.get_nowait()
        if packet is None:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return packet

    def grab(self) -> None:
        if self.is_pulled_at_grab:
            raise OSError(errno.ENODEV, "No such device")
        if self.is_taken_by_another:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.calls.append("grab")

    def set_led(self, led: int, value: int) -> None:
        if not self.has_lamp:
            raise PermissionError("no write access")
        self.calls.append(f"led {ecodes.LED[led]} {value}")

    def close(self) -> None:
        self.calls.append("close")

    def send(self, *events: tuple[str, int]) -> None:
        """One packet: names of keys with 1 (down), 0 (up) or 2 (repeat)."""
        packet = [FakeEvent(EV_KEY, ecodes.ecodes[name], value) for name, value in events]
        self._packets.put([FakeEvent(ecodes.EV_MSC, ecodes.MSC_SCAN, 0x7005D), *packet, FakeEvent(ecodes.EV_SYN, 0, 0)])
        os.write(self._in, b"x")

    def overflow(self, *lost: tuple[str, int], is_whole: bool) -> None:
        """The kernel dropped events; what still stands before the next report came too, in this packet or a later."""
        packet = [FakeEvent(EV_SYN, SYN_DROPPED, 0), *(FakeEvent(EV_KEY, ecodes.ecodes[name], at) for name, at in lost)]
        self._packets.put([*packet, FakeEvent(EV_SYN, SYN_REPORT, 0)] if is_whole else packet)
        os.write(self._in, b"x")

    def wake_for_nothing(self) -> None:
        """Readable, and then nothing to read."""
        self._packets.put(None)
        os.write(self._in, b"x")

    def press(self, *names: str) -> None:
        for name in names:
            self.send((name, DOWN))
            self.send((name, 0))

    def pull(self) -> None:
        self._is_gone = True
        os.write(self._in, b"x")


class FakeInputs:
    """``Inputs`` that a test fills; what may not be opened stands in ``forbidden``, what was opened in ``opened``."""

    def __init__(self, *devices: FakeDevice) -> None:
        self.devices = {one.path: one for one in devices}
        self.forbidden: set[str] = set()
        self.opened: list[str] = []
        self.after_look: list[Callable[[], None]] = []
        self.looked = threading.Semaphore(0)

    def seen(self) -> list[Seen]:
        self.looked.release()
        seen = [
            Seen(one.path, one.name, port_of(one.phys), one.codes >= KEYPAD, one.is_marked)
            for _, one in sorted(self.devices.items())
        ]
        if self.after_look:
            self.after_look.pop(0)()
        return seen

    def open(self, path: str) -> Device:
        if path in self.forbidden:
            raise PermissionError(errno.EACCES, "Permission denied")
        if path not in self.devices:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        self.opened.append(path)
        return self.devices[path]


class Following:
    """A source read on a thread of its own; ``next`` waits for the next thing that happens."""

    def __init__(self, source: EvdevKeys) -> None:
        self._source = source
        self._seen: queue.SimpleQueue[KeyEvent | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._follow, args=(source.events(),))
        self._thread.start()

    def _follow(self, events: Iterator[KeyEvent]) -> None:
        for event in events:
            self._seen.put(event)
        self._seen.put(None)

    def next(self) -> KeyEvent | None:
        return self._seen.get(timeout=WAIT_S)

    def close(self) -> None:
        self._source.close()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()
