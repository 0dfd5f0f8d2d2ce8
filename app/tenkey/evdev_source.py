"""Presses of a tenkey as the kernel tells them, across unplugging and plugging in."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import threading
from collections.abc import Iterator

from app.errors import TenkeyError, TenkeyMissing, TenkeyTaken
from app.tenkey.evdev_codes import DOWN, EV_KEY, EV_SYN, KEY_OF, LED_NUM_LOCK, NUM_LOCK, SYN_DROPPED, SYN_REPORT
from app.tenkey.evdev_devices import Device, Inputs, KernelInputs, find_tenkey
from app.tenkey.keys import KeyEvent, KeyPressed, NotFound, Plugged, Unplugged

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
"""How often a missing tenkey is searched for."""


class EvdevKeys:
    """``KeySource`` over evdev. The device is grabbed, so that no browser or console of this box gets its keys too.

    Args:
        wanted: the USB port, as ``usb-0000:00:14.0-2``.
    """

    def __init__(self, wanted: str, inputs: Inputs | None = None, look_again_s: float = LOOK_AGAIN_S) -> None:
        self._wanted = wanted
        self._inputs = inputs or KernelInputs()
        self._look_again_s = look_again_s
        self._closing = threading.Event()
        self._wake_out, self._wake_in = os.pipe()

    def events(self) -> Iterator[KeyEvent]:
        told: str | None = None
        met: str | None = None
        try:
            while not self._closing.is_set():
                try:
                    device = self._take()
                except TenkeyError as error:
                    # Told at the second look: udev gives rights and mark a moment after the kernel shows a device.
                    met, before = error.code, met
                    if met == before and error.code != told:
                        told = error.code
                        logger.warning("tenkey.not_found code=%s tried=%s", error.code, "; ".join(error.tried))
                        yield NotFound(error)
                    select.select([self._wake_out], [], [], self._look_again_s)
                    continue
                told = met = None
                logger.info("tenkey.plugged name=%s path=%s", device.name, device.path)
                yield Plugged(device.name)
                with contextlib.closing(device):
                    yield from self._presses(device)
                if not self._closing.is_set():
                    logger.warning("tenkey.unplugged")
                    yield Unplugged()
        finally:
            os.close(self._wake_out)

    def close(self) -> None:
        if not self._closing.is_set():
            self._closing.set()
            os.close(self._wake_in)  # what waits on the other end wakes

    def _take(self) -> Device:
        """Find the tenkey and make it ours. Raises ``TenkeyError``."""
        device = find_tenkey(self._inputs, self._wanted)
        try:
            device.grab()
        except OSError as error:
            device.close()
            kind = TenkeyMissing if error.errno == errno.ENODEV else TenkeyTaken  # pulled while it was taken
            raise kind([f"{device.name} ({device.path}): {error.strerror}"]) from error
        _light(device)
        return device

    def _presses(self, device: Device) -> Iterator[KeyEvent]:
        """Yield presses until the device goes or we close; repeats and ends of presses are none.

        After ``SYN_DROPPED`` the kernel lost some: what comes before the next report is a part of something and means
        nothing. Which keys are down is not kept, so there is nothing to make good.
        Source: Documentation/input/event-codes.rst, 2026-11.
        """
        is_behind = False
        while True:
            select.select([device.fileno(), self._wake_out], [], [])
            if self._closing.is_set():
                return
            try:
                events = list(device.read())
            except BlockingIOError:
                continue
            except OSError:
                return
            for event in events:
                if event.type == EV_SYN and event.code in (SYN_REPORT, SYN_DROPPED):
                    is_behind = event.code == SYN_DROPPED
                    if is_behind:
                        logger.warning("tenkey.keys_dropped")
                if is_behind or event.type != EV_KEY or event.value != DOWN:
                    continue
                if event.code == NUM_LOCK:
                    _light(device)
                else:
                    yield KeyPressed(KEY_OF.get(event.code))


def _light(device: Device) -> None:
    """Switch NumLock on: tenkeys that follow the lamp then send digits. Without a lamp there is nothing to follow."""
    with contextlib.suppress(OSError):
        device.set_led(LED_NUM_LOCK, 1)
